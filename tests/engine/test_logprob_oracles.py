"""Log-probabilities of prompts and answers are those of ``transformers``, within 1e-3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.oracles.models import TINY
from tests.oracles.running import tiny_runner
from tests.requires import need
from understudy.engine.engine import Engine
from understudy.engine.options import EngineOptions
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.events import Event, PromptLogprobsEvent, TokenEvent, TokenLogprob
from understudy.models.convert import convert
from understudy.models.store import house_folder
from understudy.request import SamplingParams

TOP = 20
PROMPT = 300
"""Longer than a chunk of scored tokens, and than two blocks."""


@contextmanager
def model(name: str, folder: Path) -> Iterator[tuple[OpenVinoRunner, Path]]:
    """A model in float32, and its Hugging Face folder."""
    if name != "house":
        with tiny_runner(name, folder, "f32", precise=True) as runner:
            yield runner, folder / name
        return
    architecture = convert(house_folder(), folder / "packed", "f32")
    options = RunnerOptions(128, threads=2, precise=True)
    with closing(OpenVinoRunner(folder / "packed", architecture, options)) as runner:
        yield runner, house_folder()


def expected_logprobs(folder: Path, tokens: list[int]) -> Any:
    """Row ``i`` holds the log-probabilities of token ``i + 1``."""
    import torch
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    )
    with torch.inference_mode():
        logits = model(torch.tensor([tokens]), use_cache=False).logits[0]
        return torch.log_softmax(logits, dim=-1).numpy()


def check(told: TokenLogprob | None, token: int, row: Any) -> None:
    assert told is not None
    assert told.token_id == token
    assert told.logprob == pytest.approx(row[token], abs=1e-3)
    assert len(told.top) == TOP
    values = [value for _, value in told.top]
    assert values == sorted(values, reverse=True)
    np.testing.assert_allclose(values, np.sort(row)[::-1][:TOP], rtol=0, atol=1e-3)
    np.testing.assert_allclose(values, [row[other] for other, _ in told.top], rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", [*TINY, "house"])
async def test_logprobs_echo_and_top_k_agree_with_transformers(name: str, tmp_path: Path) -> None:
    need("torch")
    need("transformers")
    sampling = SamplingParams(max_tokens=24, temperature=0.9, seed=5, ignore_eos=True)
    with (
        model(name, tmp_path) as (runner, folder),
        closing(Engine(runner, EngineOptions(step_tokens=200))) as engine,
    ):
        rng = np.random.default_rng(1)
        length = min(PROMPT, runner.context_length - 64)
        prompt: list[int] = rng.integers(0, runner.vocab_size, length).tolist()
        steps = engine.generate(prompt, sampling, choices=2, logprobs=TOP, prompt_logprobs=TOP)
        events: list[Event] = [event async for step in steps for event in step]
    [scored] = [event for event in events if isinstance(event, PromptLogprobsEvent)]
    assert scored.tokens[0] is None
    for choice in range(2):
        drawn = [e for e in events if isinstance(e, TokenEvent) and e.choice == choice]
        tokens = [*prompt, *(event.token_id for event in drawn)]
        rows = expected_logprobs(folder, tokens)
        told = [*scored.tokens[1:], *(event.logprob for event in drawn)]
        for place, each in enumerate(told, 1):
            check(each, tokens[place], rows[place - 1])
