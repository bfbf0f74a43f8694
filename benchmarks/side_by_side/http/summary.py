"""From answers to figures: rates, percentiles of waiting, how many failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.side_by_side.http.client import Answer
from benchmarks.side_by_side.http.workloads import SCHEMA


def summary(answers: Sequence[Answer]) -> dict[str, Any]:
    """Tokens per second from the first request to the last token, percentiles of the time to the
    first text and of the gaps between texts in ms, and ``failed`` answers, which count for nothing
    else. Only ``failed`` where there is no whole answer."""
    whole = [one for one in answers if not one.error and one.times]
    failed = len(answers) - len(whole)
    if not whole:
        return {"failed": failed}
    firsts = [one.times[0] - one.sent for one in whole]
    gaps = [gap for one in whole for gap in np.diff(one.times)]
    span = max(one.times[-1] for one in whole) - min(one.sent for one in whole)
    return {
        "tokens_s": sum(one.tokens or len(one.times) for one in whole) / span,
        **_percentiles("first_ms", firsts),
        **_percentiles("gap_ms", gaps),
        "failed": failed,
    }


def together(answers: Sequence[Answer]) -> dict[str, Any]:
    """``summary``, and the tokens per second of the time in which every answer was coming."""
    found = summary(answers)
    whole = [one for one in answers if not one.error and len(one.times) > 1]
    if len(whole) < len(answers):
        return found
    start, end = max(one.times[0] for one in whole), min(one.times[-1] for one in whole)
    if end <= start:
        return found
    return {
        **found,
        "decode_tokens_s": sum(_between(one, start, end) for one in whole) / (end - start),
    }


def turns(answers: Sequence[Answer]) -> dict[str, Any]:
    """``summary``, with the time to the first text of first turns apart from that of later ones,
    and the share of later prompts that came from a cache, where usage tells."""
    found = summary(answers)
    opening = [one for one in answers if one.times and one.turn == 0]
    later = [one for one in answers if one.times and one.turn > 0]
    if opening and later:
        for name, some in (("opening", opening), ("later", later)):
            firsts = [one.times[0] - one.sent for one in some]
            found[f"{name}_first_ms_p50"] = 1000 * float(np.median(firsts))
        prompts = sum(one.prompt_tokens for one in later)
        if prompts:
            found["later_cached_share"] = sum(one.cached_tokens for one in later) / prompts
    return found


def constrained(answers: Sequence[Answer]) -> dict[str, Any]:
    """``summary``, and the share of finished answers that are what the schema asks for."""
    found = summary(answers)
    finished = [one for one in answers if not one.error and one.finish == "stop"]
    found["finished"] = len(finished)
    if finished:
        found["valid_share"] = sum(fits(one.text) for one in finished) / len(finished)
    return found


def fits(text: str) -> bool:
    """Whether ``text`` is an object with the members of ``SCHEMA``, of their types."""
    try:
        value = json.loads(text)
    except ValueError:
        return False
    kinds = {"name": str, "colour": str, "sizes": list, "sold": bool}
    return (
        isinstance(value, dict)
        and sorted(value) == sorted(SCHEMA["required"])
        and all(isinstance(value[name], kind) for name, kind in kinds.items())
        and value["colour"] in SCHEMA["properties"]["colour"]["enum"]
        and all(type(size) is int and 0 <= size <= 999 for size in value["sizes"])
        and len(value["name"]) <= 24
        and 2 <= len(value["sizes"]) <= 4
    )


def _between(one: Answer, start: float, end: float) -> float:
    """Tokens after ``start`` up to ``end``; events are taken to carry equally many."""
    events = sum(start < at <= end for at in one.times)
    return events * (one.tokens or len(one.times)) / len(one.times)


def _percentiles(name: str, seconds: Sequence[float]) -> dict[str, float]:
    if not len(seconds):
        return {}
    p50, p95 = np.percentile(np.asarray(seconds) * 1000, (50, 95))
    return {f"{name}_p50": float(p50), f"{name}_p95": float(p95)}
