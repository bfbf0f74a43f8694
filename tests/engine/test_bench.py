"""The bench prints one form, from real runs, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracles.models import TINY, write_tiny
from understudy.engine import bench as module
from understudy.engine.bench import BenchCase, bench, read_bandwidth
from understudy.errors import ModelFolderInvalid

CASE = BenchCase(decode=(1, 3), prefill=(64, 200), threads=1)


@pytest.fixture(autouse=True)
def _small_bandwidth_array(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BANDWIDTH_BYTES", 1 << 20)


@pytest.mark.parametrize("source", ["folder", "random"])
def test_the_figures_have_the_documented_form(source: str, tmp_path: Path) -> None:
    folder = tmp_path / "tiny" if source == "folder" else None
    if folder:
        write_tiny("llama-2-7b", folder)
    work = tmp_path / "work"
    work.mkdir()
    said: list[str] = []
    figures = bench(folder, TINY["llama-2-7b"], "int8", CASE, work=work, say=said.append)
    assert list(figures) == ["decode", "prefill", "read_bandwidth_gb_s", "rss_mb"]
    assert list(figures["decode"]) == ["1", "3"]
    assert list(figures["prefill"]) == ["64", "200"]
    assert all(rate > 0 for rate in (*figures["decode"].values(), *figures["prefill"].values()))
    assert figures["rss_mb"] > 10
    assert ("writing random weights" in said) == (source == "random")
    assert list(work.iterdir()) == []
    assert folder is None or (folder / "model.safetensors").exists()


def test_a_prompt_past_the_context_is_refused(tmp_path: Path) -> None:
    case = BenchCase(decode=(), prefill=(2048,))
    with pytest.raises(ValueError, match="context of 2048"):
        bench(None, TINY["llama-2-7b"], "int8", case, work=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderInvalid):
        bench(tmp_path, None, "int8")


def test_neither_folder_nor_architecture_is_refused() -> None:
    with pytest.raises(ValueError, match="folder or an architecture"):
        bench(None, None, "int8")


def test_bandwidth_is_a_rate() -> None:
    assert read_bandwidth(1) > 0
