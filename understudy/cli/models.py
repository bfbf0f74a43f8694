"""``understudy models``: what there is, what is here, what each needs."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from understudy.catalog.registry import Catalog
from understudy.cli.catalogue import catalogue
from understudy.cli.pull import size
from understudy.config import Settings
from understudy.models.fits import MemoryPlan, plan_memory
from understudy.models.plan import describe
from understudy.models.store import ModelState, ModelStore


def models(arguments: argparse.Namespace, settings: Settings) -> int:
    """One line per model, in the catalogue's order; or the plan of one model."""
    if arguments.action == "plan" and arguments.model is None:
        arguments.wrong("plan needs a MODEL")
    if arguments.action == "list" and arguments.model is not None:
        arguments.wrong("list takes no MODEL")
    catalog, store = catalogue(settings), ModelStore(settings.home)
    if arguments.action == "plan":
        return _plan(arguments.model, arguments.json, catalog, store, settings)
    found = [describe(card, store, settings) for card in catalog]
    if arguments.json:
        print(json.dumps([asdict(status) for status in found], indent=1))
        return 0
    width = max(len(status.model) for status in found)
    print(f"{'MODEL':<{width}}  STATE       CONTEXT  ON DISK    MEMORY AT {settings.quantize}")
    for status in found:
        # What is computed elsewhere takes none.
        memory = "-" if status.state is ModelState.UPSTREAM else size(status.memory_bytes)
        print(
            f"{status.model:<{width}}  {status.state:<10}  {status.context_limit:>7}  "
            f"{size(status.disk_bytes):>9}  {memory:>9}"
        )
    return 0


def _plan(name: str, as_json: bool, catalog: Catalog, store: ModelStore, settings: Settings) -> int:
    card = catalog.get(name)
    others = [other for other in catalog if other is not card]
    plan = plan_memory(card, store, settings, others)
    if as_json:
        print(json.dumps(asdict(plan), indent=1))
        return 0
    print(f"{plan.model}: {plan.parameters / 1e9:.2f} billion parameters,", end=" ")
    print(f"context {plan.context} tokens of {plan.kv_bytes_per_token / 1e3:.1f} KB each")
    print(f"Memory that models may take here: {size(plan.budget_bytes)}\n")
    print("PRECISION    WEIGHTS  CONTEXT   KV CACHE     IN ALL  FITS")
    for way in plan.ways:
        print(
            f"{way.precision:<9}  {size(way.weights_bytes):>9}  {way.context:>7}  "
            f"{size(way.kv_bytes):>9}  {size(way.memory_bytes):>9}  {'yes' if way.fits else 'no'}"
        )
    tokens = settings.kv_cache_tokens
    print(f"\nA server's cache has {tokens} tokens where there is room, for all requests together.")
    print(_advice(plan, settings))
    return 0


def _advice(plan: MemoryPlan, settings: Settings) -> str:
    if plan.upstream is not None:
        return f"It is computed by {plan.upstream}, and takes no memory here."
    use = plan.use
    if use is None:
        return _elsewhere(plan)
    quantize = "" if use.precision == settings.quantize else f" --quantize {use.precision}"
    if plan.advice == "as it is":
        return f"It fits as it is, at {use.precision}."
    if plan.advice == "smaller precision":
        return (
            f"At {settings.quantize} it does not fit; at {use.precision} it does: use{quantize} "
            "with pull and serve."
        )
    return (
        f"Its whole context does not fit. {use.context} tokens of it do, at {use.precision}: use "
        f"kv_cache_tokens = {use.context}{' and' if quantize else ''}{quantize}."
    )


def _elsewhere(plan: MemoryPlan) -> str:
    smallest = min(plan.ways, key=lambda way: way.memory_bytes)
    lines = [
        f"It does not fit here: {size(smallest.memory_bytes)} are needed at least. Let a server "
        "that holds it compute it (docs/upstream.md):",
        f'  [upstreams."{plan.model}"]',
        '  url = "http://that-machine:8000/v1"',
        '  kind = "vllm"',
    ]
    if plan.instead:
        lines.append("Models that fit here instead: " + ", ".join(plan.instead))
    return "\n".join(lines)
