"""How Workers AI speaks of finetunes: bodies in, entries out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from understudy.dialects.cabidela import Validator
from understudy.errors import InvalidField, SchemaViolation
from understudy.models.finetune import ASSETS, Asset, Finetune

NEW_FINETUNE = {
    "type": "object",
    "properties": {
        "model": {"type": "string", "minLength": 1},
        "name": {"type": "string", "minLength": 1},
        "description": {"type": "string"},
        "public": {"type": "boolean"},
    },
    "required": ["model", "name"],
}
_NEW = Validator(NEW_FINETUNE)
_BUCKET = "finetunes"
"""The service names the bucket that a file lies in; clients' types ask for a text."""


@dataclass(frozen=True, slots=True)
class NewFinetune:
    """What a body asks to create."""

    model: str
    name: str
    description: str
    public: bool


def new_finetune(body: Any) -> NewFinetune:
    """Read a body. Null is as good as absent for what may be left out, and unknown keys pass.

    Raises SchemaViolation.
    """
    if isinstance(body, dict):
        optional = ("description", "public")
        body = {k: v for k, v in body.items() if v is not None or k not in optional}
    if problem := _NEW.verdict(body):
        raise SchemaViolation(problem)
    if not isinstance(body, dict):
        raise SchemaViolation("the body must be an object")
    description, public = body.get("description", ""), body.get("public", False)
    return NewFinetune(body["model"], body["name"], description, public)


def asset_name(fields: Mapping[str, str]) -> str:
    """The name of an uploaded file, which its part ``file_name`` tells: the file part's own name
    is "blob" with some clients. Raises InvalidField for any other than the two there are."""
    name = fields.get("file_name")
    if name not in ASSETS:
        said = "is missing" if name is None else f"is '{name}'"
        raise InvalidField("file_name", f"'file_name' {said}; it must be {' or '.join(ASSETS)}.")
    return name


def entry(finetune: Finetune, caller: str) -> dict[str, Any]:
    """One finetune as ``caller`` (the id of a key) knows it: others' by its public name."""
    return {
        "id": finetune.id,
        "created_at": finetune.created_at,
        "modified_at": finetune.modified_at,
        "model": finetune.model,
        "name": finetune.name if finetune.owner == caller else finetune.public_name,
        "description": finetune.description,
        "public": finetune.public,
    }


def public_entry(finetune: Finetune) -> dict[str, Any]:
    return entry(finetune, "")


def whole_entry(finetune: Finetune, caller: str) -> dict[str, Any]:
    """A finetune with its files, and the names of those that it still lacks."""
    return {
        **entry(finetune, caller),
        "assets": [asset_entry(asset, finetune) for asset in finetune.assets],
        "missing": list(finetune.missing),
    }


def asset_entry(asset: Asset, finetune: Finetune) -> dict[str, Any]:
    return {
        "id": asset.id,
        "bucket_name": _BUCKET,
        "created_at": asset.created_at,
        "modified_at": asset.modified_at,
        "file_name": asset.file_name,
        "finetune_id": finetune.id,
    }
