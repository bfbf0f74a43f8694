"""Training on a tiny configuration: what carries loss, and stop-and-resume equals run-through."""

from dataclasses import replace
from pathlib import Path

from tests.requires import need

need("torch")
need("transformers")

import torch  # noqa: E402

from training import tokenizer as tokens  # noqa: E402
from training.data import Masker, Packer  # noqa: E402
from training.model import Shape  # noqa: E402
from training.muon import orthogonal  # noqa: E402
from training.template import render  # noqa: E402
from training.train import Plan, Trainer  # noqa: E402
from understudy import house  # noqa: E402

TOKENIZER = tokens.load(house.path())
TINY = Shape(hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=1,
             num_key_value_heads=1, head_dim=64)  # fmt: skip
PLAN = Plan(tokens_per_step=256, length=64, long_length=128, long_every=3, max_steps=6, threads=1)


def test_only_the_assistant_carries_loss() -> None:
    messages = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "good day"}]
    ids = TOKENIZER.encode(render(messages), add_special_tokens=False).ids
    kept = [i for i, keep in zip(ids, Masker(TOKENIZER)(ids), strict=True) if keep]
    assert TOKENIZER.decode(kept, skip_special_tokens=False) == "good day<|eot_id|>"


def test_all_of_raw_text_carries_loss() -> None:
    ids = TOKENIZER.encode("Once upon a time").ids
    assert Masker(TOKENIZER)(ids) == [True] * len(ids)


def test_packs_follow_on_from_each_other_whatever_their_size() -> None:
    one, two = Packer(TOKENIZER, "s"), Packer(TOKENIZER, "s")
    whole, _ = one.batch(4, 64)
    parts = [two.batch(1, 64)[0] for _ in range(4)]
    assert whole.tolist() == [row for part in parts for row in part.tolist()]


def test_muon_steps_are_nearly_orthogonal() -> None:
    torch.manual_seed(0)
    singular = torch.linalg.svdvals(orthogonal(torch.randn(2, 16, 64)))
    low, high = float(singular.min()), float(singular.max())
    assert 0.5 < low <= high < 1.5


def trained(folder: Path, plan: Plan) -> Trainer:
    trainer = Trainer(plan, TINY, TOKENIZER, folder)
    trainer.resume()
    trainer.run()
    return trainer


def test_resume_equals_run_through(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole", PLAN)
    stopped = Trainer(PLAN, TINY, TOKENIZER, tmp_path / "parts")
    for _ in range(3):
        stopped.step()
    stopped.save()
    resumed = trained(tmp_path / "parts", PLAN)
    assert resumed.progress.tokens == whole.progress.tokens
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name


def test_the_rate_warms_up_holds_and_decays(tmp_path: Path) -> None:
    trainer = Trainer(replace(PLAN, warmup=0.1, decay=0.2), TINY, TOKENIZER, tmp_path)
    rates = [trainer.rate(done) for done in (0.05, 0.5, 0.79, 0.9, 1.0)]
    assert [round(rate, 3) for rate in rates] == [0.5, 1.0, 1.0, 0.5, 0.0]
