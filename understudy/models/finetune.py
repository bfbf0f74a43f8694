"""One finetune: a LoRA adapter with a name, a model and an owner, as a value and as JSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from understudy.errors import InvalidField
from understudy.models.adapter_config import CONFIG
from understudy.models.adapters import WEIGHTS

ASSETS = (WEIGHTS, CONFIG)
PUBLIC_PREFIX = "cf-public-"

_LONGEST_NAME = 100
_LONGEST_DESCRIPTION = 1000


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of a finetune; times in ISO 8601, UTC."""

    id: str
    file_name: str
    created_at: str
    modified_at: str


@dataclass(frozen=True, slots=True)
class Finetune:
    """An adapter of ``model``, and whose it is: ``owner`` is the id of a key, empty for those that
    ship with the package. ``folder`` is where its assets lie."""

    id: str
    name: str
    model: str
    description: str
    public: bool
    owner: str
    created_at: str
    modified_at: str
    assets: tuple[Asset, ...]
    folder: Path

    @property
    def public_name(self) -> str:
        """What everybody may call it, if it is public."""
        return self.name if not self.owner else PUBLIC_PREFIX + self.name

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the files without which it cannot answer."""
        here = {asset.file_name for asset in self.assets}
        return tuple(name for name in ASSETS if name not in here)

    def content(self) -> str:
        """Changes whenever an asset does. Raises OSError where one is gone."""
        stats = [(self.folder / name).stat() for name in ASSETS]
        return "-".join(f"{s.st_ino:x}.{s.st_mtime_ns:x}.{s.st_size:x}" for s in stats)


def now() -> str:
    """The time in ISO 8601, UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def with_asset(finetune: Finetune, file_name: str) -> tuple[Asset, Finetune]:
    """``finetune`` with a file that has just come, and the file's entry."""
    moment = now()
    before = {asset.file_name: asset for asset in finetune.assets}
    known = before.get(file_name)
    asset = (
        Asset(str(uuid.uuid4()), file_name, moment, moment)
        if known is None
        else replace(known, modified_at=moment)
    )
    assets = tuple({**before, file_name: asset}.values())
    return asset, replace(finetune, assets=assets, modified_at=moment)


def check_words(name: str, description: str) -> None:
    """Raise InvalidField for a name or a description that no finetune may have."""
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise InvalidField(
            "name",
            f"A name is 1 to {_LONGEST_NAME} printable characters and has no spaces at its ends.",
        )
    if "/" in name or name in ("public", ".", ".."):
        raise InvalidField("name", "A name has no '/', and is not 'public', which is a route.")
    if name.startswith(PUBLIC_PREFIX):
        raise InvalidField("name", f"Names that begin with '{PUBLIC_PREFIX}' are reserved.")
    if _is_uuid(name):
        raise InvalidField("name", "A name has not the form of an id.")
    if len(description) > _LONGEST_DESCRIPTION:
        raise InvalidField(
            "description", f"A description has at most {_LONGEST_DESCRIPTION} characters."
        )


def shipped_adapters(folder: Path, model: str, created_at: str, prefix: str) -> Iterator[Finetune]:
    """The adapters of ``model`` that lie in the package: one folder each, which names them.

    They are ``cf-public-<prefix>-<folder>``. What lacks one of its files is left out.
    """
    for assets in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not all((assets / name).is_file() for name in ASSETS):
            continue
        name = f"{PUBLIC_PREFIX}{prefix}-{assets.name}"
        own_id = uuid.uuid5(uuid.NAMESPACE_URL, f"understudy:{name}")
        yield Finetune(
            str(own_id),
            name,
            model,
            f"An adapter of {model} that ships with Understudy: {assets.name}.",
            public=True,
            owner="",
            created_at=created_at,
            modified_at=created_at,
            assets=tuple(
                Asset(str(uuid.uuid5(own_id, file)), file, created_at, created_at)
                for file in ASSETS
            ),
            folder=assets,
        )


def to_json(finetune: Finetune) -> str:
    fields = asdict(finetune)
    del fields["folder"]
    return json.dumps(fields, indent=1)


def from_json(text: bytes, folder: Path) -> Finetune:
    """What ``to_json`` wrote. Raises ValueError, KeyError and TypeError for anything else."""
    fields: dict[str, Any] = json.loads(text)
    assets = tuple(Asset(**asset) for asset in fields.pop("assets"))
    finetune = Finetune(**fields, assets=assets, folder=folder)
    if finetune.id != folder.name:
        raise ValueError(f"it says that it is {finetune.id}")
    return finetune


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
