"""``understudy bench``: the engine alone, on a model that is here or on random weights."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from understudy.cli.catalogue import catalogue
from understudy.config import Settings
from understudy.engine.bench import BenchCase
from understudy.engine.bench import bench as measure
from understudy.errors import ConfigError, ModelNotDownloaded
from understudy.models.store import ModelState, ModelStore, make_private
from understudy.prompt.folder import read_json


def bench(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print decode and prefill rates, memory bandwidth and resident memory."""
    case = BenchCase(arguments.decode, arguments.prefill, settings.threads, settings.precise)
    folder, architecture = _subject(arguments, settings)
    # Random weights of a large model would fill a temporary folder that is held in memory.
    work = make_private(settings.home)
    try:
        figures = measure(
            None if arguments.random else folder,
            architecture,
            settings.quantize,
            case,
            work=work,
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )
    except ValueError as exc:
        raise ConfigError(f"{arguments.model} cannot be measured so: {exc}.") from exc
    print(json.dumps(figures) if arguments.json else _for_people(figures))
    return 0


def _subject(
    arguments: argparse.Namespace, settings: Settings
) -> tuple[Path | None, Mapping[str, Any] | None]:
    """The folder to measure, and with ``--random`` the architecture to measure instead."""
    folder = Path(arguments.model)
    if folder.is_dir():
        return folder, read_json(folder, "config.json")
    card = catalogue(settings).get(arguments.model)
    if arguments.random:
        return None, card.architecture
    store = ModelStore(settings.home)
    if store.state(card) not in (ModelState.BUNDLED, ModelState.DOWNLOADED):
        raise ModelNotDownloaded(card.name)
    return store.source(card), None


def _for_people(figures: Mapping[str, Any]) -> str:
    lines = [
        f"decode   {count:>6} at once  {rate:>10.1f} tokens/s"
        for count, rate in figures["decode"].items()
    ]
    lines += [
        f"prefill  {length:>6} tokens   {rate:>10.1f} tokens/s"
        for length, rate in figures["prefill"].items()
    ]
    lines.append(f"memory reads at {figures['read_bandwidth_gb_s']:.1f} GB/s")
    lines.append(f"resident memory {figures['rss_mb']} MB")
    return "\n".join(lines)
