"""``understudy models``: what there is, what is here, what each needs."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from understudy.cli.catalogue import catalogue
from understudy.cli.pull import size
from understudy.config import Settings
from understudy.models.plan import describe
from understudy.models.store import ModelStore


def models(arguments: argparse.Namespace, settings: Settings) -> int:
    """One line per model, in the catalogue's order."""
    store = ModelStore(settings.home)
    found = [describe(card, store, settings) for card in catalogue(settings)]
    if arguments.json:
        print(json.dumps([asdict(status) for status in found], indent=1))
        return 0
    width = max(len(status.model) for status in found)
    print(f"{'MODEL':<{width}}  STATE       CONTEXT  ON DISK    MEMORY AT {settings.quantize}")
    for status in found:
        print(
            f"{status.model:<{width}}  {status.state:<10}  {status.context_limit:>7}  "
            f"{size(status.disk_bytes):>9}  {size(status.memory_bytes):>9}"
        )
    return 0
