"""Request bodies as FastAPI services check them: strict pydantic models, and their verdicts.

DeepInfra and most OpenAI-compatible servers answer a bad body with FastAPI's list of entries
(``type``, ``loc``, ``msg``, ``input``, ``ctx``). ``read`` gives the same list, bounded in size.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticKnownError

from understudy.errors import SchemaViolation

MAX_ENTRIES = 16
_MAX_TEXT = 200
_MAX_ITEMS = 8
_MAX_DEPTH = 3


class Body(BaseModel):
    """A JSON object. Types are strict: "1" is no number, true is no integer. Keys that the
    schema does not name pass, as they do on the services; null means "not given"."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False, frozen=True)


def encodable(text: str) -> str:
    """JSON can spell half of a surrogate pair; no tokenizer and no UTF-8 reply can hold it."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise PydanticKnownError("string_unicode") from None
    return text


def _integral(value: Any) -> Any:
    """JSON has one kind of number: 16.0 is the integer 16 (bool is not a float)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, AfterValidator(encodable)]
Integer = Annotated[int, BeforeValidator(_integral)]

Schema = TypeVar("Schema", bound=Body)


def read(schema: type[Schema], body: Any) -> Schema:
    """``body`` (decoded JSON) as a ``schema``. Raises SchemaViolation with FastAPI's entries."""
    try:
        return schema.model_validate(body, from_attributes=True)
    except ValidationError as exc:
        found = [_placed(error, body) for error in exc.errors(include_url=False)[:MAX_ENTRIES]]
        raise SchemaViolation(_summary(found[0]), [_entry(error) for error in found]) from None


def entry(kind: str, loc: tuple[str | int, ...], message: str, given: Any) -> dict[str, Any]:
    """One FastAPI entry of our own; ``loc`` is counted from the body."""
    return {"type": kind, "loc": ["body", *loc], "msg": message, "input": abridge(given)}


def abridge(value: Any, depth: int = 0) -> Any:
    """``value`` small enough, and JSON enough, to send back to whoever sent it."""
    match value:
        case str():
            return _short(value)
        case float() if not math.isfinite(value):
            return str(value)
        case bool() | float() | None:
            return value
        case int():
            return value if value.bit_length() <= 128 else _short(f"{value:#x}")
        case list() | dict() if depth == _MAX_DEPTH:
            return "…"
        case list():
            short = [abridge(item, depth + 1) for item in value[:_MAX_ITEMS]]
            return [*short, "…"] if len(value) > _MAX_ITEMS else short
        case dict():
            keys = list(value)[:_MAX_ITEMS]
            cut = {_short(str(key)): abridge(value[key], depth + 1) for key in keys}
            return {**cut, "…": "…"} if len(value) > _MAX_ITEMS else cut
        case _:
            return f"<{type(value).__name__}>"


def _placed(error: Any, body: Any) -> Any:
    """``error`` with the place that the caller wrote: without the tags of unions, and without an
    index into what we made a list of."""
    place = list(error["loc"])
    loc, here = [], body
    for at, part in enumerate(place):
        absent = error["type"] == "missing" and at == len(place) - 1
        match here:
            case dict() if part in here:
                here = here[part]
            case list() if isinstance(part, int) and part < len(here):
                here = here[part]
            case dict() if absent:
                pass
            case _:
                continue
        loc.append(part)
    return {**error, "loc": tuple(loc)}


def _short(text: str) -> str:
    text = text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "…"
    return text.encode(errors="replace").decode()


def _entry(error: Any) -> dict[str, Any]:
    loc = tuple(_short(part) if isinstance(part, str) else part for part in error["loc"])
    made = entry(error["type"], loc, error["msg"], error["input"])
    if "ctx" in error:
        made["ctx"] = {key: abridge(value) for key, value in error["ctx"].items()}
    return made


def _summary(error: Any) -> str:
    where = ".".join(_short(str(part)) for part in error["loc"]) or "body"
    return f"{where}: {error['msg']}"
