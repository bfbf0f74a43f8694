"""Which adapters an engine has, by the names that requests use, and who still uses them."""

from __future__ import annotations

from collections import Counter
from itertools import count

from understudy.errors import UnknownAdapter


class AdapterNames:
    """Names of loaded adapters. Each load gets a key of its own, under which the runner and the
    prefix cache know it: a name loaded anew with other weights finds no old blocks.

    Not thread-safe: the engine's lock guards it.
    """

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self._users: Counter[str] = Counter()
        self._retired: set[str] = set()
        self._loads = count(1)

    @property
    def names(self) -> list[str]:
        return list(self._keys)

    def new_key(self, name: str) -> str:
        """Return a key that no load has had."""
        return f"{name}#{next(self._loads)}"

    def put(self, name: str, key: str) -> str | None:
        """Let requests find ``key`` under ``name``; return a key that this leaves unused."""
        old = self._keys.get(name)
        self._keys[name] = key
        return None if old is None else self._retire(old)

    def drop(self, name: str) -> str | None:
        """Let no new request find ``name``; return its key if nobody uses it.

        Raises UnknownAdapter.
        """
        if name not in self._keys:
            raise UnknownAdapter(name)
        return self._retire(self._keys.pop(name))

    def take(self, name: str) -> str:
        """Count one user more of ``name`` and return its key. Raises UnknownAdapter."""
        key = self._keys.get(name)
        if key is None:
            raise UnknownAdapter(name)
        self._users[key] += 1
        return key

    def give_back(self, key: str) -> str | None:
        """Count one user less; return the key if it is dropped and that was the last."""
        self._users[key] -= 1
        if self._users[key]:
            return None
        del self._users[key]
        if key not in self._retired:
            return None
        self._retired.remove(key)
        return key

    def _retire(self, key: str) -> str | None:
        if not self._users[key]:
            del self._users[key]
            return key
        self._retired.add(key)
        return None
