"""What a request is told of an adapter that changes on disk while the request waits for it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from tests.engine.toy import ToyRunner
from tests.models.adapters import BASE, SHAPE, make_store, peft_folder, upload
from tests.models.world import until
from understudy.engine.batch import Adapter
from understudy.engine.engine import Engine
from understudy.errors import AdapterIncomplete, AdapterInvalid, RequestError, UnknownAdapter
from understudy.models.adapter_config import CONFIG
from understudy.models.adapter_shelf import AdapterShelf
from understudy.models.adapters import WEIGHTS, read_adapter
from understudy.models.finetune import Finetune
from understudy.models.finetunes import FinetuneStore
from understudy.models.loaded import LoadedModel
from understudy.server.adapted import adapted


def delete(store: FinetuneStore, finetune: Finetune) -> None:
    store.delete(finetune)


def lose(store: FinetuneStore, finetune: Finetune) -> None:
    (finetune.folder / WEIGHTS).unlink()


def damage(store: FinetuneStore, finetune: Finetune) -> None:
    (finetune.folder / WEIGHTS).write_bytes(b"damaged")


@pytest.mark.parametrize(
    ("change", "told"),
    [(delete, UnknownAdapter), (lose, AdapterIncomplete), (damage, AdapterInvalid)],
)
async def test_what_became_of_an_adapter_is_told_as_it_is(
    tmp_path: Path, change: Any, told: type[RequestError]
) -> None:
    store = make_store(tmp_path)
    finetune = store.create("ann", BASE.name, "mine")
    upload(store, finetune, peft_folder(tmp_path / "peft"), CONFIG, WEIGHTS)
    waiting, gate = threading.Event(), threading.Event()

    def read(folder: Path) -> Adapter:
        waiting.set()
        assert gate.wait(timeout=30)
        return read_adapter(folder, SHAPE)

    async def ask(loaded: LoadedModel) -> None:
        async with adapted(finetune, loaded):
            pass

    with closing(Engine(ToyRunner())) as engine:
        shelf = AdapterShelf(engine.adapters, read, 1 << 30)
        nothing = cast(Any, None)
        loaded = LoadedModel(BASE, nothing, nothing, nothing, 1, BASE.name, adapters=shelf)
        asking = asyncio.create_task(ask(loaded))
        await until(waiting.is_set)
        change(store, finetune)
        gate.set()
        with pytest.raises(told):
            await asking
        assert shelf.keys == ()
