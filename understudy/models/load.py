"""From files to a model that answers: the one place where tensors, engine and prompt room meet."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from functools import partial

from understudy.backends.local import LocalBackend
from understudy.catalog.card import ModelCard
from understudy.config import Settings
from understudy.decode.grammar import Grammars
from understudy.engine.architecture import Architecture
from understudy.engine.engine import Engine
from understudy.engine.options import EngineOptions
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.errors import ModelFolderInvalid
from understudy.models.adapter_shelf import AdapterShelf
from understudy.models.adapters import read_adapter
from understudy.models.loaded import LoadedModel
from understudy.models.pack import packed_weights
from understudy.models.plan import architecture_of
from understudy.models.store import ModelStore
from understudy.prompt.template import template_for
from understudy.prompt.tokenizer import Tokenizer
from understudy.prompt.tools import FORMATS

log = logging.getLogger(__name__)


def load_model(card: ModelCard, store: ModelStore, settings: Settings) -> LoadedModel:
    """Load ``card`` from what is on disk, converting its weights first where that was not done.

    Its KV cache is of ``settings.kv_cache_tokens``, rounded up to whole blocks. Takes seconds:
    call it off the event loop. Raises ModelFolderInvalid.
    """
    began = time.monotonic()
    architecture = architecture_of(card, store)
    source = store.source(card)
    tokenizer = Tokenizer.from_folder(source)
    template = template_for(card, source)
    context = min(architecture.context_length, card.context_length or architecture.context_length)
    runner = start_runner(card, store, settings, architecture, context)
    # NOTE: nothing after this may fail, for the engine has a thread that only close() ends.
    engine = start_engine(runner, settings)
    shelf = AdapterShelf(
        engine.adapters,
        partial(read_adapter, architecture=architecture),
        int(settings.adapter_memory_gb * 1e9),
    )
    log.info("loaded %s in %.1f s", card.name, time.monotonic() - began)
    return LoadedModel(
        card=card,
        backend=LocalBackend(engine, card.eos_token_ids),
        tokenizer=tokenizer,
        template=template,
        context_length=engine.context_length,
        served_by=card.name,
        healthy=lambda: engine.ready,
        grammars=Grammars(tokenizer, card.eos_token_ids, architecture.vocab_size),
        adapters=shelf if settings.adapters else None,
        tool_format=FORMATS[card.tool_format],
    )


def start_engine(runner: OpenVinoRunner, settings: Settings) -> Engine:
    """An engine that owns ``runner``, which is closed if there cannot be one."""
    try:
        return Engine(runner, _engine_options(settings))
    except BaseException:
        runner.close()
        raise


def _engine_options(settings: Settings) -> EngineOptions:
    options = EngineOptions(settings.max_batch, queue_limit=settings.queue_limit)
    return options if settings.speculate else replace(options, draft_rows=0)


def start_runner(
    card: ModelCard,
    store: ModelStore,
    settings: Settings,
    architecture: Architecture,
    context: int,
) -> OpenVinoRunner:
    """The compiled model, with its weights repacked and its KV blocks allocated."""
    options = RunnerOptions(
        num_blocks=-(-settings.kv_cache_tokens // OpenVinoRunner.block_size),
        threads=settings.threads,
        precise=settings.precise,
        context_length=context,
        adapters=settings.adapters,
    )
    with packed_weights(card, store, settings.quantize) as weights:
        runner = OpenVinoRunner(weights, architecture, options)
    try:
        runner.warm()
    except Exception as exc:
        runner.close()
        raise ModelFolderInvalid(card.name, f"{card.name} cannot be computed here.") from exc
    return runner
