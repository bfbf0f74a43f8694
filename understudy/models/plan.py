"""What a model costs in disk and memory, known before anything is fetched or loaded."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from understudy.catalog.card import ModelCard
from understudy.config import Precision, Settings
from understudy.engine.architecture import Architecture
from understudy.engine.weights import weight_bytes
from understudy.errors import ModelDoesNotFit, ModelFolderInvalid
from understudy.models.checkpoint import read_architecture
from understudy.models.memory import available_memory, free_disk
from understudy.models.store import ModelState, ModelStore, SourceFile

log = logging.getLogger(__name__)

Estimator = Callable[[ModelCard, ModelStore, Settings], int]
"""Bytes of memory that a model takes under some settings."""

PACKED_SLACK = 1_000_000
"""The header and alignment of a packed file, at most."""

WORKING_BYTES = 200_000_000
"""The compiled graph and its activations, whatever the model's size."""

WORKING_SHARE = 1.04
"""Resident weights over packed ones, at most."""

TOKENIZER_BYTES = 1200
"""What the tokenizer keeps for each entry of its vocabulary."""


@dataclass(frozen=True, slots=True)
class PullPlan:
    """The price of a pull, all in bytes.

    ``download`` is what the hub's files measure and ``remaining`` what of that is not here yet.
    ``disk`` is what will be written from now on: the rest of the download and the packed file.
    """

    download: int
    remaining: int
    packed: int
    memory: int
    disk_free: int
    memory_free: int

    @property
    def disk(self) -> int:
        return self.remaining + self.packed

    @property
    def fits_on_disk(self) -> bool:
        return self.disk <= self.disk_free

    @property
    def fits_in_memory(self) -> bool:
        return self.memory <= self.memory_free


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One line of the list of models. Bytes; ``precision`` is what it would be loaded at.

    ``context_limit`` is in tokens, as the service allows them.
    """

    model: str
    state: ModelState
    precision: Precision
    packed: tuple[Precision, ...]
    disk_bytes: int
    memory_bytes: int
    context_limit: int


def packed_bytes(architecture: Architecture, precision: Precision) -> int:
    """How large the packed file is, at most a megabyte too much."""
    return weight_bytes(architecture, precision) + PACKED_SLACK


def memory_bytes(architecture: Architecture, packed: int, settings: Settings) -> int:
    """About what a loaded model takes: weights, KV cache, tokenizer, compiled graph, activations.

    On the safe side, by little, of what ``benchmarks/stream_full_size.py`` shows as resident.
    """
    per_token = architecture.kv_bytes_per_token(precise=settings.precise)
    cache = per_token * settings.kv_cache_tokens
    weights = int(packed * WORKING_SHARE)
    return weights + cache + architecture.vocab_size * TOKENIZER_BYTES + WORKING_BYTES


def with_whole_context(card: ModelCard, settings: Settings) -> Settings:
    """Settings whose KV cache holds at least one whole context of what the service allows."""
    return replace(settings, kv_cache_tokens=max(settings.kv_cache_tokens, card.context_limit))


def memory_needed(card: ModelCard, store: ModelStore, settings: Settings) -> int:
    """What loading ``card`` will take with a KV cache of exactly ``settings.kv_cache_tokens``.

    From the files that are here, where there are any. Raises ModelFolderInvalid.
    """
    architecture = architecture_of(card, store)
    try:
        packed = store.packed(card, settings.quantize).stat().st_size
    except OSError:
        packed = packed_bytes(architecture, settings.quantize)
    return memory_bytes(architecture, packed, settings)


def fit_cache(
    card: ModelCard,
    store: ModelStore,
    settings: Settings,
    spare: int,
    estimate: Estimator = memory_needed,
) -> tuple[Settings, int]:
    """Settings under which ``card`` takes at most ``spare`` bytes, and the bytes it takes.

    The KV cache is of ``settings.kv_cache_tokens`` or of one whole context, whichever is more.
    Only it gives way, down to the lesser of the two: a context longer than ``kv_cache_tokens``
    is cut, which the log says, rather than the model refused. Raises ModelDoesNotFit,
    ModelFolderInvalid.
    """
    fewest = min(settings.kv_cache_tokens, card.context_limit)
    settings = with_whole_context(card, settings)
    whole = estimate(card, store, settings)
    if whole <= spare:
        return settings, whole
    least = estimate(card, store, replace(settings, kv_cache_tokens=fewest))
    if least > spare:
        raise ModelDoesNotFit(card.name, least, max(0, spare))
    # What a cache takes grows in proportion to its tokens.
    more = (settings.kv_cache_tokens - fewest) * (spare - least) // (whole - least)
    fitted = replace(settings, kv_cache_tokens=fewest + more)
    _say_shrunk(card, settings.kv_cache_tokens, fitted.kv_cache_tokens)
    return fitted, estimate(card, store, fitted)


def _say_shrunk(card: ModelCard, wanted: int, got: int) -> None:
    if got < card.context_limit:
        log.warning(
            "%s has a context of %d tokens, and memory for only %d of them: longer requests to "
            "it will be refused",
            card.name,
            card.context_limit,
            got,
        )
    else:
        log.info("%s gets a KV cache of %d tokens instead of %d", card.name, got, wanted)


def plan_pull(
    card: ModelCard,
    files: tuple[SourceFile, ...],
    missing: tuple[SourceFile, ...],
    store: ModelStore,
    settings: Settings,
    free: Callable[[Path], int] = free_disk,
) -> PullPlan:
    """The price of fetching ``missing`` of ``files`` and converting them once."""
    architecture = architecture_of(card, store)
    packed = packed_bytes(architecture, settings.quantize)
    already = store.packed(card, settings.quantize).exists() and not missing
    return PullPlan(
        download=sum(file.size for file in files),
        remaining=sum(file.size - store.partial_bytes(card, file) for file in missing),
        packed=0 if already else packed,
        memory=memory_bytes(architecture, packed, with_whole_context(card, settings)),
        disk_free=free(store.root),
        memory_free=available_memory(),
    )


def describe(card: ModelCard, store: ModelStore, settings: Settings) -> ModelStatus:
    """One model's line in the list of models; reads sizes only, loads nothing.

    A model that a server elsewhere computes takes no memory here.
    """
    precisions: tuple[Precision, ...] = get_args(Precision)
    routed = any(upstream.model == card.name for upstream in settings.upstreams)
    needed = 0 if routed else memory_needed(card, store, with_whole_context(card, settings))
    return ModelStatus(
        model=card.name,
        state=ModelState.UPSTREAM if routed else store.state(card),
        precision=settings.quantize,
        packed=tuple(p for p in precisions if store.packed(card, p).exists()),
        disk_bytes=store.disk_bytes(card),
        memory_bytes=needed,
        context_limit=card.context_limit,
    )


def architecture_of(card: ModelCard, store: ModelStore) -> Architecture:
    """The shape of the files that are here, or of the card where there are none yet.

    Raises ModelFolderInvalid.
    """
    if store.state(card) in (ModelState.BUNDLED, ModelState.DOWNLOADED):
        try:
            return read_architecture(store.source(card), card.name)
        except ModelFolderInvalid as exc:
            raise ModelFolderInvalid(card.name, str(exc)) from exc.__cause__
    return Architecture.from_config(card.architecture, card.name)
