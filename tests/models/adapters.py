"""A finetune store over a card without weights, and PEFT files that fit it, or do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.models.cards import ARCHITECTURE, Cards, make_card
from tests.oracles.adapters import of_kinds, peft_tensors, random_adapter, write_peft
from understudy.engine.architecture import Architecture
from understudy.models.adapter_config import CONFIG
from understudy.models.adapters import WEIGHTS
from understudy.models.finetune import Finetune
from understudy.models.finetune_check import AdapterCheck
from understudy.models.finetunes import FinetuneStore

BASE = make_card("@cf/some/base", repo="someone/base")
OTHER = make_card("@cf/some/other", repo="someone/other")
SHAPE = Architecture.from_config(ARCHITECTURE)


def make_store(home: Path, **more: Any) -> FinetuneStore:
    check = AdapterCheck(Cards(BASE, OTHER), lambda card: Architecture.from_config(ARCHITECTURE))
    return FinetuneStore(home, check, **more)


def peft_folder(
    folder: Path,
    *,
    rank: int = 4,
    architecture: Architecture = SHAPE,
    seed: int = 0,
    spread: float = 0.05,
    kinds: tuple[str, ...] = ("q_proj", "v_proj"),
    **config: Any,
) -> Path:
    """An adapter as PEFT would write it."""
    only = of_kinds(*kinds)
    adapter = random_adapter(architecture, rank, seed, only=only, spread=spread)
    return write_peft(folder, peft_tensors(adapter.matrices), {"r": rank, **config})


def upload(store: FinetuneStore, finetune: Finetune, folder: Path, *names: str) -> None:
    """Take in files of ``folder``, as the route does it."""
    for name in names or (CONFIG, WEIGHTS):
        take_in(store, finetune, name, lambda staged, name=name: copy(folder / name, staged))


def take_in(
    store: FinetuneStore, finetune: Finetune, name: str, write: Callable[[Path], None]
) -> None:
    with store.staging() as folder:
        write(folder / name)
        store.take_in(finetune, folder / name)


def copy(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())
