"""The adapter that a request names: found under its caller's key, put into the model's engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from understudy.errors import (
    AdapterIncomplete,
    AdapterInvalid,
    AdaptersUnsupported,
    UnknownAdapter,
)
from understudy.models.finetune import ASSETS, Finetune
from understudy.models.finetunes import FinetuneStore
from understudy.models.loaded import LoadedModel


def find_adapter(store: FinetuneStore, reference: str | None, caller: str) -> Finetune | None:
    """The finetune that ``caller`` (the id of a key) means by an id, a name or a public name.

    Raises UnknownAdapter and AdapterIncomplete. What a door calls a model and is an adapter is
    found here too.
    """
    if reference is None:
        return None
    finetune = store.get(reference, caller)
    if finetune.missing:
        raise AdapterIncomplete(reference, finetune.missing)
    return finetune


@asynccontextmanager
async def adapted(finetune: Finetune | None, loaded: LoadedModel) -> AsyncIterator[str | None]:
    """The name that the model's engine has for ``finetune``, which stays loaded meanwhile.

    Raises AdaptersUnsupported, AdapterInvalid for one of another model or shape, UnknownAdapter
    for one that was deleted meanwhile, AdapterIncomplete for one whose files were, and
    EngineClosed.
    """
    if finetune is None:
        yield None
        return
    if loaded.adapters is None:
        raise AdaptersUnsupported(loaded.card.name)
    # What answers decides: a stand-in takes its own adapters, and not those of the model that it
    # stands in for.
    if finetune.model != loaded.served_by:
        raise AdapterInvalid(
            f"'{finetune.name}' is an adapter of {finetune.model}, and {loaded.served_by} answers."
        )
    async with AsyncExitStack() as used:
        try:
            key = f"{finetune.id}@{finetune.content()}"
            name = await used.enter_async_context(loaded.adapters.use(key, finetune.folder))
        except (OSError, AdapterInvalid):
            # It may have waited for its turn to be read.
            _check_here(finetune)
            raise
        yield name


def _check_here(finetune: Finetune) -> None:
    if not finetune.folder.exists():
        raise UnknownAdapter(finetune.name)
    missing = [name for name in ASSETS if not (finetune.folder / name).exists()]
    if missing:
        raise AdapterIncomplete(finetune.name, missing)
