"""Training on a tiny configuration: stop-and-resume equals run-through, and the rate's course."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.requires import need

need("torch")

import torch  # noqa: E402

from training import tokenizer as tokens  # noqa: E402
from training.__main__ import parser, plan_from  # noqa: E402
from training.model import Shape  # noqa: E402
from training.muon import orthogonal  # noqa: E402
from training.train import Plan, Trainer, load, saved  # noqa: E402
from understudy import house  # noqa: E402

TOKENIZER = tokens.load(house.path())
TINY = Shape(hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
             num_key_value_heads=1, head_dim=32)  # fmt: skip
PLAN = Plan(total_tokens=4096, shard_tokens=256, induction=0.3, threads=1, ahead=False)


def trainer(folder: Path, plan: Plan = PLAN) -> Trainer:
    return Trainer(plan, TINY, TOKENIZER, folder)


def assert_same(one: Trainer, two: Trainer) -> None:
    assert one.progress.tokens == two.progress.tokens
    for name, value in one.network.state_dict().items():
        assert torch.equal(value, two.network.state_dict()[name]), name


@pytest.mark.parametrize("ahead", [False, True], ids=["written here", "written ahead"])
def test_resume_equals_run_through(tmp_path: Path, ahead: bool) -> None:
    whole = trainer(tmp_path / "whole", replace(PLAN, ahead=ahead))
    whole.run()
    stopped = trainer(tmp_path / "parts", replace(PLAN, ahead=ahead))
    stopped.run(until=0.5)
    resumed = trainer(tmp_path / "parts", replace(PLAN, ahead=ahead))
    assert resumed.resume()
    assert 0.4 < resumed.done < 0.7
    resumed.run()
    assert resumed.done == 1.0
    assert_same(whole, resumed)


def test_the_number_of_threads_changes_no_bit(tmp_path: Path) -> None:
    one = trainer(tmp_path / "one")
    two = trainer(tmp_path / "two", replace(PLAN, threads=2))
    one.run()
    two.run()
    assert_same(one, two)


def test_the_loss_falls(tmp_path: Path) -> None:
    one = trainer(tmp_path, replace(PLAN, induction=0.0))
    losses = [one.step() for _ in range(12)]
    assert losses[-1] < losses[0] - 0.3


def test_a_stop_ends_the_run_after_the_step_and_keeps_it(tmp_path: Path) -> None:
    one = trainer(tmp_path)
    one.step()
    one.stop()
    one.run()
    assert one.progress.steps == 1
    kept = saved(tmp_path)
    assert kept == (PLAN, TINY)
    assert torch.equal(load(tmp_path).weights["qkv"], one.network.weights["qkv"])


def test_a_folder_without_a_checkpoint_is_nothing_to_resume(tmp_path: Path) -> None:
    assert saved(tmp_path) is None
    assert not trainer(tmp_path).resume()


def test_a_loss_that_is_no_number_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    one = trainer(tmp_path)
    one.run(until=0.2)
    kept = (tmp_path / "checkpoint.pt").read_bytes()
    one.network.weights["embedding"].fill_(float("nan"))
    with pytest.raises(FloatingPointError):
        one.run()
    assert (tmp_path / "checkpoint.pt").read_bytes() == kept


def test_the_rate_warms_up_holds_and_decays(tmp_path: Path) -> None:
    one = trainer(tmp_path, replace(PLAN, warmup=0.1, decay=0.2))
    rates = [one.rate(done) for done in (0.05, 0.5, 0.79, 0.9, 1.0)]
    assert [round(rate, 3) for rate in rates] == [0.5, 1.0, 1.0, 0.5, 0.0]


@pytest.mark.parametrize("size", [(2, 16, 64), (2, 64, 16)], ids=["wide", "tall"])
def test_muon_steps_are_nearly_orthogonal(size: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    singular = torch.linalg.svdvals(orthogonal(torch.randn(size)))
    low, high = float(singular.min()), float(singular.max())
    assert 0.5 < low <= high < 1.5


def test_hours_are_a_budget_in_place_of_the_tokens() -> None:
    def planned(*arguments: str) -> tuple[int, float]:
        plan = plan_from(parser().parse_args(["train", *arguments]))
        return plan.total_tokens, plan.hours

    assert planned() == (Plan.total_tokens, Plan.hours)
    assert planned("--hours", "3") == (0, 3.0)
    assert planned("--hours", "3", "--total-tokens", "1000") == (1000, 3.0)
