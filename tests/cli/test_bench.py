"""``understudy bench`` on each kind of thing that it measures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_cli import assert_one_line, understudy_run
from tests.running import TINY
from understudy.models.random_weights import write_random

FEW = ("--decode", "1,2", "--prefill", "64", "--quantize", "f32")


@pytest.mark.parametrize("random", [(), ("--random",)])
@pytest.mark.parametrize("kind", ["folder", "name"])
def test_the_figures_are_printed_as_json(
    tmp_path: Path, kind: str, random: tuple[str, ...]
) -> None:
    folder = tmp_path / "tiny"
    write_random(TINY, folder)
    model = str(folder) if kind == "folder" else "@house/prompter"
    done = understudy_run(tmp_path / "home", "bench", model, *FEW, *random, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert list(figures["decode"]) == ["1", "2"]
    assert list(figures["prefill"]) == ["64"]
    rates = [*figures["decode"].values(), *figures["prefill"].values()]
    assert all(rate > 0 for rate in [*rates, figures["read_bandwidth_gb_s"], figures["rss_mb"]])
    assert list((tmp_path / "home").iterdir()) == []


def test_people_get_lines(tmp_path: Path) -> None:
    done = understudy_run(tmp_path, "bench", "@house/prompter", *FEW)
    assert done.returncode == 0, done.stderr
    assert "2 at once" in done.stdout
    assert "tokens/s" in done.stdout


def test_a_model_that_is_not_here_can_only_be_measured_at_random(tmp_path: Path) -> None:
    done = understudy_run(tmp_path, "bench", "@cf/openchat/openchat-3.5-0106", *FEW)
    assert_one_line(done, 1, "understudy pull")


def test_a_prompt_over_the_context_is_refused(tmp_path: Path) -> None:
    done = understudy_run(tmp_path, "bench", "@house/prompter", "--prefill", "999999")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "999999" in done.stderr.splitlines()[-1]


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    assert_one_line(understudy_run(tmp_path / "home", "bench", str(tmp_path)), 1, "config.json")
