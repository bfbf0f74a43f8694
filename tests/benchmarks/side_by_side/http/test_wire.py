"""However an answer is cut into pieces, the same events are read from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.side_by_side.http.wire import Malformed, answer, events

EVENTS = [b'{"text":"a"}', b'{"text":"\xc3\xa9"}', b"[DONE]"]
BODY = b"".join(b"data: " + event + b"\n\n" for event in EVENTS)
CHUNKED = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:7], BODY[7:]))
    + b"0\r\n\r\n"
)
PLAIN = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + BODY


@given(st.data(), st.sampled_from([CHUNKED, PLAIN]))
def test_pieces_do_not_matter(data: st.DataObject, whole: bytes) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=12)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    status, parts = answer([(float(at), piece) for at, piece in enumerate(pieces)])
    found = events(parts)
    assert status == 200
    assert [event for _, event in found] == EVENTS
    assert found[-1][0] <= len(pieces)


def test_an_event_has_the_time_of_its_last_byte() -> None:
    parts = [(1.0, b"data: a\n"), (2.0, b"\ndata: b\r\n\r\n"), (3.0, b": nothing\n\n")]
    assert events(parts) == [(2.0, b"a"), (2.0, b"b")]


@pytest.mark.parametrize("data", [b"", b"no answer\r\n\r\n", CHUNKED[:-4]])
def test_what_is_no_whole_answer_is_told(data: bytes) -> None:
    with pytest.raises(Malformed):
        answer([(0.0, data)])
