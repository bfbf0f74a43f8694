"""What the toy model answers to one request with nothing else in the world."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from tests.engine.toy import toy_logits
from understudy.engine.bias import Bias
from understudy.engine.grammar import Grammar
from understudy.engine.penalties import SeenTokens, has_penalties
from understudy.engine.sampler import Draw, Sampler
from understudy.request import SamplingParams


def answer_alone(
    prompt: Sequence[int],
    sampling: SamplingParams,
    *,
    eos_token_ids: Collection[int] = (),
    vocab_size: int = 50,
    choice: int = 0,
    adapter: str | None = None,
    grammar: Grammar | None = None,
) -> list[int]:
    """Return the output tokens: no blocks, no batch, no scheduler, no drafts."""
    sampler, tokens = Sampler(vocab_size), list(prompt)
    bias = Bias.of(sampling)
    seen = SeenTokens(prompt) if has_penalties(sampling) else None
    matcher = None if grammar is None else grammar.matcher()
    ends = {*sampling.stop_token_ids, *(() if sampling.ignore_eos else eos_token_ids)}
    assert sampling.seed is not None
    for position in range(sampling.max_tokens or 0):
        logits = toy_logits(tokens, vocab_size, adapter)[np.newaxis]
        mask = None if matcher is None else matcher.mask()
        draw = Draw(0, sampling, sampling.seed, position, choice, bias, seen, mask)
        [token] = sampler.draw_rows(logits, [draw])
        assert token is not None
        tokens.append(token)
        if seen:
            seen.add(token)
        if token in ends:
            break
        if matcher is not None:
            assert matcher.accept(token)
            if matcher.complete:
                break
    return tokens[len(prompt) :]
