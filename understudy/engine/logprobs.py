"""Log-probabilities of tokens under the model itself, from rows of raw logits."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from understudy.engine.penalties import Floats
from understudy.engine.top import largest
from understudy.events import TokenLogprob

LEAST_LOGPROB = -9999.0
"""What stands for the logarithm of no chance at all, which JSON has no word for. OpenAI's
reference names this value for tokens too unlikely to tell; vLLM has taken it over."""


def token_logprob(row: Floats, token: int, top: int) -> TokenLogprob:
    """Return the log-probability of ``token``, and of the ``top`` likeliest (0 to 20).

    ``row`` has shape (vocab_size,) and holds logits as the model gave them; it is left as it
    is. A row with NaN gives no probabilities: LEAST_LOGPROB, and no likeliest tokens. Several
    of plus infinity share the probability, and the rest have none.
    """
    highest = float(row.max())
    if math.isnan(highest):
        return TokenLogprob(token, LEAST_LOGPROB)
    normaliser = _log_sum_exp(row, highest)
    best = largest(row, top)
    values = row[[token, *best]].tolist()
    own, *others = (_logprob(value, highest, normaliser) for value in values)
    return TokenLogprob(token, own, tuple(zip(best, others, strict=True)))


def prompt_logprobs(rows: Floats, tokens: Sequence[int], top: int) -> list[TokenLogprob]:
    """Return ``token_logprob`` for each of ``rows``, shape (n, vocab_size), and its token.

    Row ``i`` is the one that predicts ``tokens[i]``: the logits at the position before it.
    """
    return [token_logprob(row, token, top) for row, token in zip(rows, tokens, strict=True)]


def _logprob(value: float, highest: float, normaliser: float) -> float:
    if math.isinf(highest):
        return -normaliser if value == highest == math.inf else LEAST_LOGPROB
    return max(value - highest - normaliser, LEAST_LOGPROB)


def _log_sum_exp(row: Floats, highest: float) -> float:
    """Return the log of the sum of exp(row - highest): at least 0, so nothing overflows."""
    if math.isinf(highest):
        return math.log(np.count_nonzero(row == np.float32(highest)))
    weights = row - np.float32(highest)
    np.exp(weights, out=weights)
    return math.log(float(weights.sum()))
