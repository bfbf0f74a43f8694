"""JSON inside of texts: what the RFC has, and no deeper than a body."""

from __future__ import annotations

import json

import pytest

from understudy.strict_json import MAX_DEPTH, loads, too_deep


@pytest.mark.parametrize("text", ['{"a": [1, 2.5e3, "[", null, true]}', '"x"', "[" * 9 + "]" * 9])
def test_json_is_read_as_it_is(text: str) -> None:
    assert loads(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *(("NaN", "NaN is no number"), ("-Infinity", "no number"), ("1e999", "too large")),
        *(("", "Expecting value"), ("{", "Expecting"), ("01", "Extra data")),
        ("[" * 100_000, "100 levels"),
    ],
    ids=range(7),
)
def test_what_the_rfc_does_not_have_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        loads(text)


def test_levels_count_and_not_brackets() -> None:
    assert len(loads(json.dumps([[]] * 1000))) == 1000
    assert loads(json.dumps("[" * 1000)) == "[" * 1000
    deep = '{"a":' * (MAX_DEPTH - 1) + "[]" + "}" * (MAX_DEPTH - 1)
    assert not too_deep(loads(deep))
    with pytest.raises(ValueError, match="100 levels"):
        loads(f"[{deep}]")
