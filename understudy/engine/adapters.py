"""The adapters that an engine has, by the names that requests use, and who still uses them."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count

from understudy.engine.batch import Adapter, ModelRunner
from understudy.engine.errands import Errand
from understudy.errors import AdapterInvalid, EngineClosed, UnknownAdapter


class Adapters:
    """Loads and unloads adapters while requests run; thread-safe.

    ``send`` has an errand run between two steps; it raises EngineClosed. Each load gets a key
    of its own, under which the runner and the prefix cache know it: a name loaded anew with
    other weights finds no old blocks, and requests that run keep the weights they began with.
    """

    def __init__(self, runner: ModelRunner, send: Callable[[Errand], None]) -> None:
        self._runner = runner
        self._send = send
        self._lock = threading.Lock()
        self._keys: dict[str, str] = {}
        self._users: Counter[str] = Counter()
        self._retired: set[str] = set()
        self._loads = count(1)

    @property
    def names(self) -> list[str]:
        """Names that requests can use."""
        with self._lock:
            return list(self._keys)

    async def load(self, name: str, adapter: Adapter) -> None:
        """Let requests use ``adapter`` under ``name``, in place of what had that name.

        Raises AdapterInvalid where the model was loaded without room for adapters or the
        adapter does not fit it, and EngineClosed.
        """
        if not self._runner.takes_adapters:
            raise AdapterInvalid("The model was loaded without room for adapters.")
        key = f"{name}#{next(self._loads)}"
        try:
            await self._on_thread(partial(self._runner.load_adapter, key, adapter))
        except ValueError as exc:
            raise AdapterInvalid(f"The adapter does not fit the model: {exc}") from exc
        except asyncio.CancelledError:
            self._unload_later(key)
            raise
        with self._lock:
            old = self._keys.get(name)
            self._keys[name] = key
            unused = None if old is None else self._retire(old)
        await self._unload(unused)

    async def unload(self, name: str) -> None:
        """Take ``name`` from new requests; free its memory once no running one uses it.

        Raises UnknownAdapter and EngineClosed.
        """
        with self._lock:
            if name not in self._keys:
                raise UnknownAdapter(name)
            unused = self._retire(self._keys.pop(name))
        await self._unload(unused)

    def take(self, name: str) -> str:
        """Count one request more that uses ``name``; return its key. Raises UnknownAdapter."""
        with self._lock:
            key = self._keys.get(name)
            if key is None:
                raise UnknownAdapter(name)
            self._users[key] += 1
            return key

    def give_back(self, key: str) -> None:
        """Count one request less; the last one of an unloaded adapter frees it."""
        with self._lock:
            self._users[key] -= 1
            if self._users[key]:
                return
            del self._users[key]
            if key not in self._retired:
                return
            self._retired.remove(key)
        self._unload_later(key)

    def _retire(self, key: str) -> str | None:
        """Return ``key`` if nobody uses it; else remember it for who uses it last."""
        if self._users[key]:
            self._retired.add(key)
            return None
        del self._users[key]
        return key

    async def _unload(self, key: str | None) -> None:
        if key is not None:
            await self._on_thread(partial(self._runner.unload_adapter, key))

    def _unload_later(self, key: str) -> None:
        # An engine that closes frees everything.
        with suppress(EngineClosed):
            self._send(Errand(partial(self._runner.unload_adapter, key)))

    async def _on_thread(self, work: Callable[[], None]) -> None:
        errand = Errand(work, asyncio.get_running_loop())
        self._send(errand)
        await errand.done()
