"""What requests to Workers AI say beside an inference body: the query string, and the newer
run route that names the model in the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.dialects.base import Call
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_errors import ModelMissing
from understudy.errors import InvalidField, UnsupportedField

# What would change how a request is carried out, and is not done here.
_REFUSED = ("queueRequest", "websocket")
_BUSY = "rejectIfBusy"
_FLAGS = {"": False, "false": False, "true": True}
_BESIDE_INPUT = ("model", "input", "options")


def with_query(call: Call, query: Mapping[str, str], card: ModelCard) -> Call:
    """``call`` as the query string wants it: clients put there the run options they do not know.

    Raises UnsupportedField and InvalidField. Parameters that nobody knows pass, as on the service.
    """
    for name in _REFUSED:
        if _flag(query, name):
            raise UnsupportedField(name)
    if not _flag(query, _BUSY):
        return call
    return replace(call, request=replace(call.request, wait=False))


def _flag(query: Mapping[str, str], name: str) -> bool:
    text = query.get(name, "")
    if text not in _FLAGS:
        raise InvalidField(name, f"'{name}' must be true or false.")
    return _FLAGS[text]


class WorkersRun(WorkersAI):
    """``POST …/ai/run``: ``{"model", "input", "options"}``, or ``model`` beside the fields of an
    input."""

    def model_name(self, body: Any) -> str:
        """The model asked for. Raises ModelMissing."""
        name = body.get("model") if isinstance(body, dict) else None
        if not isinstance(name, str) or not name:
            raise ModelMissing
        return name

    def parse(self, body: Any, card: ModelCard) -> Call:
        """Raises what WorkersAI raises, for the fields of the input."""
        return super().parse(_input(body), card)


def _input(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The inference body. Raises InvalidField for what would be lost beside ``input``, and for one
    that holds no fields."""
    given = body.get("input")
    if given is None:
        return {name: value for name, value in body.items() if name not in ("model", "input")}
    if not isinstance(given, dict):
        raise InvalidField("input", "'input' must be an object.")
    for name in body:
        if name not in _BESIDE_INPUT:
            raise InvalidField(name, f"'{name}' must stand inside 'input'.")
    if body.get("options") is None:
        return given
    if "options" in given:
        raise InvalidField("options", "'options' must stand beside 'input' or inside, not both.")
    return {**given, "options": body["options"]}
