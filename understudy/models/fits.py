"""What a model takes in memory at each precision and context, what of that fits, and what to do
where nothing does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count, takewhile
from typing import Literal

from understudy.catalog.card import ModelCard
from understudy.config import Precision, Settings
from understudy.models.memory import budget_bytes
from understudy.models.plan import architecture_of, memory_bytes, packed_bytes
from understudy.models.store import ModelStore

PRECISIONS: tuple[Precision, ...] = ("bf16", "int8", "int4")
"""From exact to small."""

SHORTEST = 1024
"""Tokens: a context below this is of little use to a conversation."""

Advice = Literal["as it is", "smaller precision", "shorter context", "upstream", "routed"]


@dataclass(frozen=True, slots=True)
class Fit:
    """One way to load a model, in bytes. ``context`` is in tokens, and the KV cache holds as many;
    ``memory_bytes`` is weights, cache, and what else a loaded model takes."""

    precision: Precision
    context: int
    weights_bytes: int
    kv_bytes: int
    memory_bytes: int
    fits: bool


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """What ``understudy models plan`` tells.

    ``use`` is the best of ``ways``: what the settings name where it fits, else the most exact
    precision with the whole context, else the longest context; None where nothing fits, or where
    ``upstream`` (an address) computes the model. ``instead`` are models that fit as they are.
    """

    model: str
    parameters: int
    context: int
    kv_bytes_per_token: int
    budget_bytes: int
    ways: tuple[Fit, ...]
    advice: Advice
    use: Fit | None = None
    upstream: str | None = None
    instead: tuple[str, ...] = ()


def plan_memory(
    card: ModelCard,
    store: ModelStore,
    settings: Settings,
    others: Iterable[ModelCard] = (),
    budget: int | None = None,
) -> MemoryPlan:
    """The plan for ``card``; nothing is loaded. ``budget`` is in bytes, None: that of a server
    started now. ``others`` are models to use instead. Raises ModelFolderInvalid."""
    budget = budget_bytes(settings) if budget is None else budget
    architecture = architecture_of(card, store)
    ways = tuple(
        _fit(card, store, settings, precision, context, budget)
        for precision in PRECISIONS
        for context in contexts(card.context_limit)
    )
    plan = MemoryPlan(
        model=card.name,
        parameters=architecture.parameter_count,
        context=card.context_limit,
        kv_bytes_per_token=architecture.kv_bytes_per_token(precise=settings.precise),
        budget_bytes=budget,
        ways=ways,
        advice="upstream",
    )
    for upstream in settings.upstreams:
        if upstream.model == card.name:
            return replace(plan, advice="routed", upstream=upstream.url)
    own = _fit(card, store, settings, settings.quantize, card.context_limit, budget)
    if own.fits:
        return replace(plan, advice="as it is", use=own)
    if whole := [way for way in ways if way.fits and way.context == card.context_limit]:
        return replace(plan, advice="smaller precision", use=whole[0])
    # Of equal contexts the first is the most exact.
    if cut := max((way for way in ways if way.fits), key=lambda way: way.context, default=None):
        return replace(plan, advice="shorter context", use=cut)
    fitting = (
        other.name
        for other in others
        if _fit(other, store, settings, settings.quantize, other.context_limit, budget).fits
    )
    return replace(plan, instead=tuple(fitting))


def contexts(limit: int) -> tuple[int, ...]:
    """Contexts to compare: the whole one last, before it at most three round ones."""
    shorter = takewhile(lambda tokens: tokens < limit, (SHORTEST * 4**step for step in count()))
    return (*tuple(shorter)[-3:], limit)


def _fit(
    card: ModelCard,
    store: ModelStore,
    settings: Settings,
    precision: Precision,
    context: int,
    budget: int,
) -> Fit:
    architecture = architecture_of(card, store)
    weights = packed_bytes(architecture, precision)
    needed = memory_bytes(architecture, weights, replace(settings, kv_cache_tokens=context))
    cache = context * architecture.kv_bytes_per_token(precise=settings.precise)
    return Fit(precision, context, weights, cache, needed, needed <= budget)
