"""What the toy model answers to one request with nothing else in the world."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tests.engine.toy import toy_logits
from understudy.engine.penalties import SeenTokens, has_penalties
from understudy.engine.sampler import Sampler
from understudy.request import SamplingParams


def answer_alone(
    prompt: Sequence[int],
    sampling: SamplingParams,
    *,
    eos_token_ids: Collection[int] = (),
    vocab_size: int = 50,
) -> list[int]:
    """Return the output tokens: no blocks, no batch, no scheduler."""
    sampler, tokens = Sampler(vocab_size), list(prompt)
    seen = SeenTokens(prompt) if has_penalties(sampling) else None
    ends = {*sampling.stop_token_ids, *(() if sampling.ignore_eos else eos_token_ids)}
    assert sampling.seed is not None
    for position in range(sampling.max_tokens or 0):
        logits = toy_logits(tokens, vocab_size)
        token = sampler.draw(logits, sampling, sampling.seed, position, seen)
        assert token is not None
        tokens.append(token)
        if seen:
            seen.add(token)
        if token in ends:
            break
    return tokens[len(prompt) :]
