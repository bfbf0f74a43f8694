"""API keys: made here, kept as hashes, compared in constant time."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from understudy.errors import BadCredentials, ConfigError

SCOPES = ("run", "admin")
FILE_NAME = "keys.json"

_PREFIX = "usk"
_LONGEST_NAME = 100
_LEAST_WEIGHT = 0.001
_LARGEST_WEIGHT = 1000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: a stable id for caches and logs (never the key), what it may do, and its
    share of the engine's time beside other callers."""

    id: str
    scopes: frozenset[str]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class StoredKey:
    """One key at rest. ``hash`` is the SHA-256 of the whole key, in hex.

    The key's secret part is 256 random bits, so a plain hash cannot be searched. ``created``
    is in epoch seconds.
    """

    id: str
    name: str
    scopes: tuple[str, ...]
    hash: str
    created: int
    weight: float = 1.0


class KeyStore:
    """The keys of one home folder, and the one key that the settings may name.

    The file is read again when it changes, so a key made or revoked by another process holds
    from the next request on.
    """

    def __init__(self, home: Path, configured: str | None = None) -> None:
        self._path = home / FILE_NAME
        self._configured = None if configured is None else _digest(configured)
        self._stamp: tuple[int, int, int] | None = None
        self._keys: dict[str, StoredKey] = {}

    def verify(self, key: str) -> Caller:
        """Who sent ``key``. Raises BadCredentials."""
        digest = _digest(key)
        if self._configured is not None and hmac.compare_digest(digest, self._configured):
            return Caller("configured", frozenset(SCOPES))
        stored = self._current().get(_id_of(key))
        # An unknown id costs the same comparison as a known one.
        expected = stored.hash if stored else "0" * len(digest)
        if not hmac.compare_digest(digest, expected) or stored is None:
            raise BadCredentials
        return Caller(stored.id, frozenset(stored.scopes), stored.weight)

    def empty(self) -> bool:
        """Whether no key at all would be accepted."""
        return self._configured is None and not self._current()

    def list(self) -> list[StoredKey]:
        """The stored keys, oldest first."""
        return sorted(self._current().values(), key=lambda key: (key.created, key.id))

    def create(self, name: str, scopes: Sequence[str] = ("run",), weight: float = 1.0) -> str:
        """Make a key, store its hash, and return it: the only time that it can be seen.

        ``name`` is for people: printable, and no other key's name or id, so that it can be listed
        in a line and revoked by. Raises ConfigError for another, for an unknown scope or none, and
        for a weight that is not from 0.001 to 1000.
        """
        if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
            raise ConfigError(
                f"The name of a key is 1 to {_LONGEST_NAME} printable characters, not all spaces."
            )
        if not scopes or any(scope not in SCOPES for scope in scopes):
            raise ConfigError(f"The scopes of a key are one or more of: {', '.join(SCOPES)}.")
        if not _is_weight(weight):
            raise ConfigError(f"The weight of a key is from {_LEAST_WEIGHT} to {_LARGEST_WEIGHT}.")
        with self._locked():
            keys = self._current()
            if _named(keys, name):
                raise ConfigError(f"There is a key '{name}' already; revoke it first.")
            key_id = secrets.token_hex(4)
            while key_id in keys:
                key_id = secrets.token_hex(4)
            key = f"{_PREFIX}-{key_id}-{secrets.token_urlsafe(32)}"
            chosen, now = tuple(dict.fromkeys(scopes)), int(time.time())
            entry = StoredKey(key_id, name, chosen, _digest(key), now, float(weight))
            self._write({**keys, key_id: entry})
        return key

    def revoke(self, id_or_name: str) -> StoredKey:
        """Forget the key of this id, or else of this name. Raises ConfigError unless there is
        exactly one."""
        with self._locked():
            keys = self._current()
            found = _named(keys, id_or_name)
            if len(found) != 1:
                why = "No key has" if not found else "More than one key has"
                raise ConfigError(f"{why} the id or name '{id_or_name}'.")
            self._write({key_id: key for key_id, key in keys.items() if key is not found[0]})
        return found[0]

    def _current(self) -> dict[str, StoredKey]:
        # One stat a request costs microseconds, and is what makes a revocation hold at once.
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._keys = None, {}
            return self._keys
        except OSError as exc:
            raise ConfigError(f"The key file {self._path} cannot be read: {exc!r}.") from exc
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if stamp != self._stamp:
            self._keys = {key.id: key for key in _read(self._path)}
            self._stamp = stamp
        return self._keys

    def _write(self, keys: dict[str, StoredKey]) -> None:
        document = {"keys": [asdict(key) for key in keys.values()]}
        # mkstemp makes the file readable by its owner alone; the rename makes the change whole.
        handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=".keys-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(document, file, indent=1)
            os.replace(temporary, self._path)
        except BaseException:
            os.unlink(temporary)
            raise

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, across processes."""
        from filelock import FileLock

        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(self._path.with_suffix(".lock"), mode=0o600):
            yield


def _named(keys: dict[str, StoredKey], id_or_name: str) -> list[StoredKey]:
    if id_or_name in keys:
        return [keys[id_or_name]]
    return [key for key in keys.values() if key.name == id_or_name]


def _read(path: Path) -> list[StoredKey]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return [_stored(entry) for entry in document["keys"]]
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ConfigError(f"The key file {path} cannot be read: {exc!r}.") from exc


def _stored(entry: dict[str, Any]) -> StoredKey:
    key = StoredKey(**{**entry, "scopes": tuple(entry["scopes"])})
    if not _is_weight(key.weight):
        raise ValueError(f"the weight of {key.id} is not from {_LEAST_WEIGHT} to {_LARGEST_WEIGHT}")
    return key


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and _LEAST_WEIGHT <= value <= _LARGEST_WEIGHT


def _id_of(key: str) -> str:
    prefix, _, rest = key.partition("-")
    return rest.partition("-")[0] if prefix == _PREFIX else ""


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
