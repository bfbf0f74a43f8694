"""The small JSON files of a model folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from understudy.errors import ModelFolderInvalid


def read_json(folder: Path, name: str, *, required: bool = True) -> dict[str, Any]:
    """The object in ``folder/name``, empty if the file may be missing and is.

    Raises ModelFolderInvalid for a missing or damaged file.
    """
    file = folder / name
    if not required and not file.is_file():
        return {}
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelFolderInvalid(str(folder), f"There is no {name} in {folder}.") from None
    except (OSError, ValueError) as error:
        raise ModelFolderInvalid(str(folder), f"{file} cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise ModelFolderInvalid(str(folder), f"{file} does not hold a JSON object.")
    return value


def special_token(config: Mapping[str, Any], key: str) -> str | None:
    """A token's text in ``tokenizer_config.json``: plain, or in an AddedToken's mapping."""
    value = config.get(key)
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) else None
