"""The graph computes what ``transformers`` computes, for every architecture of the catalogue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.oracles.make import (
    KEPT_LOGITS,
    TOKENS,
    Answer,
    prompt_for,
    stored_answer,
    transformers_answer,
)
from tests.oracles.models import TINY, write_tiny
from tests.oracles.running import greedy, tiny_runner
from tests.requires import need
from understudy.models.checkpoint import source_digest


def _assert_equal_to(answer: Answer, name: str, folder: Path) -> None:
    blocks = [3, 1, 4, 0]
    with tiny_runner(name, folder, "f32", precise=True) as runner:
        tokens, logits = greedy(runner, answer.prompt, TOKENS, blocks)
    assert tokens == answer.tokens
    np.testing.assert_allclose(logits[list(KEPT_LOGITS)], answer.logits, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", TINY)
def test_greedy_tokens_and_logits_equal_the_stored_answers(name: str, tmp_path: Path) -> None:
    answer, digest = stored_answer(name)
    write_tiny(name, tmp_path / name)
    assert source_digest(tmp_path / name) == digest, "make the answers again: tests.oracles.make"
    _assert_equal_to(answer, name, tmp_path)


@pytest.mark.parametrize("name", TINY)
def test_greedy_tokens_and_logits_equal_transformers(name: str, tmp_path: Path) -> None:
    need("torch")
    need("transformers")
    write_tiny(name, tmp_path / name)
    _assert_equal_to(transformers_answer(tmp_path / name, prompt_for(name)), name, tmp_path)


def test_the_stored_answers_use_the_sliding_window(tmp_path: Path) -> None:
    """Or the comparison above would not notice a window that is ignored."""
    answer, _ = stored_answer("openchat")
    without = {**TINY["openchat"], "sliding_window": None}
    assert len(answer.prompt) > TINY["openchat"]["sliding_window"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TINY, "openchat", without)  # type: ignore[arg-type]
        with tiny_runner("openchat", tmp_path, "f32", precise=True) as runner:
            tokens, _ = greedy(runner, answer.prompt, TOKENS, [0, 1, 2, 3])
    assert tokens != answer.tokens
