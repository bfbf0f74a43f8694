"""What tools give back, in the many shapes that programs choose, and the answer from it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from typing import Any

from .pen import Pen, dumps
from .tool_offers import Call, Offered, plain

_TRUE: dict[str, Callable[[Iterable[Any]], Any]] = {"add": sum, "multiply": math.prod}
"""Topics whose results follow from the arguments."""

_DONE: list[Any] = [
    {"status": "ok"}, {"success": True}, {"ok": True}, {"result": "done"}, {"status": "done"},
    {"error": None}, "ok", "OK", "done", "Done.", "success", "true", {"code": 200},
    {"message": "done"}, {"status": "success"}, {"done": True}, {},
]  # fmt: skip
_WRONG = ("[not found|not allowed|timeout|no connection|the service is down|wrong password"
          "|try later|access denied|too many requests"
          "|{v} was not found|{v} is not known|there is no {v}"
          "|code {n}|error {n}|{w} failed|out of {w}|invalid {k}|missing {k}]")  # fmt: skip


def outcome(pen: Pen, offered: Offered, call: Call) -> tuple[str, str]:
    """The result as text, and the answer that the model gives from it."""
    if pen.chance(0.07):
        return _failed(pen, call)
    true = _TRUE.get(offered.topic)
    drawn = [
        (key, true(call.args.values()) if true else kind.draw(pen)) for key, kind in offered.results
    ]
    values = {f"r{place}": plain(value) for place, (_, value) in enumerate(drawn)}
    answer = _filled(offered.answer, {**call.slots, **values})
    if not drawn:
        return _done(pen, call, answer), answer
    return shaped(pen, dict(drawn), call, answer), answer


def _filled(template: str, slots: dict[str, str]) -> str:
    for name, value in slots.items():
        template = template.replace(f"{{{name}}}", value)
    return template[:-1] if template.endswith((". .", "..", "?.", "!.")) else template


def _failed(pen: Pen, call: Call) -> tuple[str, str]:
    value = pen.pick(list(call.slots.values()) or [call.name])
    key = pen.pick(list(call.args) or ["request"])
    reason = pen.say(_WRONG, v=value, n=pen.number(400, 599), w=pen.invented(), k=key)
    form: Any = pen.pick([
        {"error": reason}, {"status": "error", "message": reason}, {"error": {"message": reason}},
        {"success": False, "error": reason}, {"ok": False, "reason": reason}, f"Error: {reason}",
    ])  # fmt: skip
    return (form if isinstance(form, str) else written(pen, form)), f"That did not work: {reason}."


def _done(pen: Pen, call: Call, answer: str) -> str:
    if pen.chance(0.15):
        return answer
    form = pen.pick(_DONE)
    if isinstance(form, dict) and pen.chance(0.4):
        form = {**form, **_aside(pen, call)}
    return form if isinstance(form, str) else written(pen, form)


def _aside(pen: Pen, call: Call) -> dict[str, Any]:
    """Members that the answer does not need."""
    if call.args and pen.chance(0.5):
        key = pen.pick(list(call.args))
        return {key: call.args[key]}
    return pen.pick([{"id": pen.number(1, 9999)}, {"source": pen.invented()}, {"cached": True},
                     {"took_ms": pen.number(1, 900)}, {"version": pen.number(1, 9)}])  # fmt: skip


def shaped(pen: Pen, data: dict[str, Any], call: Call, answer: str) -> str:
    """The values as an object, plain or wrapped, a list, lines, a bare value or a sentence."""
    items = list(data.items())
    if pen.chance(0.4):
        aside = [item for item in _aside(pen, call).items() if item[0] not in data]
        items = [*items, *aside] if pen.chance(0.5) else [*aside, *items]
    full = dict(items)
    form = pen.number(0, 13)
    if form == 0:
        return written(pen, {pen.pick(["result", "data", "response", "output"]): full})
    if form == 1:
        return written(pen, {"status": "ok", pen.pick(["data", "result"]): full})
    if form == 2:
        return written(pen, [full])
    if form == 3 and not _has_list(full):
        return pen.pick(["\n", ", "]).join(f"{key}: {plain(value)}" for key, value in full.items())
    if form == 4 and len(data) == 1:
        value = next(iter(data.values()))
        return value if isinstance(value, str) else dumps(value)
    return answer if form == 5 else written(pen, full)


def _has_list(data: dict[str, Any]) -> bool:
    return any(isinstance(value, list) for value in data.values())


def written(pen: Pen, value: Any) -> str:
    """JSON as Python, JavaScript or a person's eye would have it."""
    form = pen.number(0, 9)
    if form < 5:
        return dumps(value)
    if form < 9:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json.dumps(value, ensure_ascii=False, indent=2)
