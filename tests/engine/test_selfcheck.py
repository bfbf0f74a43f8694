"""A changed OpenVINO is noticed at start, not by wrong or slow answers."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.oracles.models import TINY
from tests.oracles.running import tiny_runner
from understudy.engine import paged_attention, selfcheck
from understudy.engine.architecture import Architecture
from understudy.errors import ConfigError

SMALL = Architecture.from_config(TINY["llama-2-7b"])
LARGER = Architecture.from_config({**TINY["llama-2-7b"], "num_hidden_layers": 3})


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("precise", [False, True])
def test_every_architecture_compiles_with_its_fusions(
    name: str, precise: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), tiny_runner(name, tmp_path, "int8", precise=precise):
        assert caplog.messages == []


def test_another_release_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selfcheck, "release", lambda: "2027.0")
    with pytest.raises(ConfigError, match=r"2026\.4.*2027\.0"):
        selfcheck.check_release()


def test_another_number_of_inputs_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    full = paged_attention._unused
    monkeypatch.setattr(paged_attention, "_unused", lambda: full()[:-1])
    with (
        pytest.raises(ConfigError, match="paged attention"),
        tiny_runner("llama-2-7b", tmp_path, "int8"),
    ):
        pass


def test_attention_that_was_lost_is_refused(tmp_path: Path) -> None:
    with (
        tiny_runner("llama-2-7b", tmp_path, "int8") as runner,
        pytest.raises(ConfigError, match="every layer"),
    ):
        selfcheck.check_compiled(runner._compiled, LARGER)


def test_a_lost_fusion_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An axis spelt -1 instead of 3 keeps the rotary embedding from being recognised."""
    from understudy.engine import graph

    longs = graph._longs
    monkeypatch.setattr(graph, "_longs", lambda values: longs(-1 if values == 3 else values))
    with caplog.at_level(logging.WARNING), tiny_runner("llama-2-7b", tmp_path, "int8"):
        assert any("0 fused RoPE nodes where 4" in message for message in caplog.messages)
