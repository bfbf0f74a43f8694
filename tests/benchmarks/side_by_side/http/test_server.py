"""The workloads against a real server, from its start to its end."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.side_by_side.http.server import ask, free_port, measure
from benchmarks.side_by_side.http.workloads import (
    Chain,
    HttpWork,
    Request,
    arrivals,
    conversations,
)
from benchmarks.side_by_side.process import Failed
from tests.running import running, settings_for, tiny_pool

MODEL = "@house/prompter"
WORK = replace(HttpWork().quick(), token_ids=(260, 500))


def test_everything_is_asked_of_a_server_that_then_ends(tmp_path: Path) -> None:
    settings = [f"UNDERSTUDY_HOME={tmp_path}", "UNDERSTUDY_API_KEY=key"]
    serve = ["env", *settings, sys.executable, "-m", "understudy", "serve", "--port"]
    found = measure(lambda port: [*serve, str(port)], WORK, MODEL, "key")
    assert found["start_up_s"] > 0
    assert found["peak_mb"] >= found["steady_mb"] > 50
    for kind in ("streams 2", "arrivals 4", "turns", "json free"):
        assert found[kind]["failed"] == 0, found[kind]
        assert found[kind]["tokens_s"] > 0
    assert "later_first_ms_p50" in found["turns"]


def test_a_server_that_ends_at_once_is_told_with_its_last_words() -> None:
    argv = [sys.executable, "-c", "raise SystemExit('no such flag')"]
    with pytest.raises(Failed, match="no such flag"):
        measure(lambda port: argv, WORK, MODEL, "key")


def test_usage_times_and_refusals_are_read(tmp_path: Path) -> None:
    bad = Chain(0.0, (Request("/v1/completions", {"model": "nobody", "prompt": "x"}),))
    with running(settings_for(tmp_path), tiny_pool) as server:
        port = int(server.url.rsplit(":", 1)[1])
        first, *_, refused = ask(port, server.key, (*arrivals(WORK, 100.0, MODEL), bad))
        turns = ask(port, server.key, conversations(WORK, MODEL))
    assert (first.tokens, first.prompt_tokens, first.finish) == (8, 32, "length")
    assert 0 <= first.sent < first.times[0] <= first.times[-1]
    assert refused.error.startswith("status 404")
    assert [(one.chain, one.turn) for one in turns] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert all(turns[later].sent >= turns[later - 1].times[-1] for later in (1, 3))
    assert turns[1].cached_tokens >= 64


def test_nobody_listening_is_an_error() -> None:
    with pytest.raises(Failed, match="exit code 1"):
        ask(free_port(), "key", arrivals(WORK, 100.0, MODEL))
