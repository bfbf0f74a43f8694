"""LoRA adapters that callers have made known, as the service calls them: finetunes.

``<home>/finetunes/<id>/`` holds ``finetune.json`` and, once they have been uploaded and checked,
``adapter_config.json`` and ``adapter_model.safetensors``. The record says which files there are: a
file that is in the folder and not in the record was being taken in when the process ended, and
counts as missing. Beside these folders, under names that begin with a dot, lies what is coming or
going.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from understudy.errors import AdapterNotStored, InvalidField, RequestError, UnknownAdapter
from understudy.models.finetune import (
    PUBLIC_PREFIX,
    Asset,
    Finetune,
    check_words,
    from_json,
    now,
    to_json,
    with_asset,
)
from understudy.models.store import PRIVATE_FILE, make_private, write_private

log = logging.getLogger(__name__)

MOST_PER_OWNER = 100
RECORD = "finetune.json"

_ABANDONED_S = 86400.0
"""No upload takes as long: what lies about for longer was left by a process that ended."""


Check = Callable[[Finetune, Path], None]
"""Judges those assets of a finetune that lie in a folder. Raises AdapterInvalid."""


class FinetuneStore:
    """The finetunes under ``home``, and ``shipped`` ones, which nobody can change.

    ``check`` judges files before they are taken in. Everything may be called from any thread;
    changes wait for each other, across processes too. Nothing is made on disk before something is
    written, and files are read again when they have changed.
    """

    def __init__(self, home: Path, check: Check, shipped: Sequence[Finetune] = ()) -> None:
        self._root = home.expanduser() / "finetunes"
        self._check = check
        self._shipped = tuple(shipped)
        self._known: dict[str, tuple[tuple[int, int, int], Finetune | None]] = {}
        self._lock = threading.Lock()

    def owned(self, owner: str) -> list[Finetune]:
        """Those of one key, oldest first."""
        return [finetune for finetune in self._stored() if finetune.owner == owner]

    def public(self) -> list[Finetune]:
        """Those that every key may use, shipped ones first, then oldest first."""
        return [*self._shipped, *(finetune for finetune in self._stored() if finetune.public)]

    def get(self, reference: str, owner: str) -> Finetune:
        """The finetune that ``owner`` means by an id, a name or a public name.

        Of its own it may say the id or the name, of public ones the id or the public name: no two
        of them are alike. Raises UnknownAdapter.
        """

        def meant(finetune: Finetune) -> bool:
            own = finetune.owner == owner and reference in (finetune.id, finetune.name)
            return own or (finetune.public and reference in (finetune.id, finetune.public_name))

        shipped = next(filter(meant, self._shipped), None)
        return shipped or self._find(reference, meant)

    def get_owned(self, reference: str, owner: str) -> Finetune:
        """The one of ``owner``'s own that has this id or name. Raises UnknownAdapter."""
        return self._find(reference, lambda f: f.owner == owner and reference in (f.id, f.name))

    def create(
        self, owner: str, model: str, name: str, description: str = "", public: bool = False
    ) -> Finetune:
        """A new finetune without assets. Raises InvalidField for a name that cannot be had,
        RequestError where ``owner`` has as many as it may, and AdapterNotStored."""
        check_words(name, description)
        with self._writing(), self.staging() as coming:
            self._check_free(owner, name, public)
            moment, own_id = now(), str(uuid.uuid4())
            finetune = Finetune(
                own_id,
                name,
                model,
                description,
                public,
                owner,
                created_at=moment,
                modified_at=moment,
                assets=(),
                folder=self._root / own_id,
            )
            write_private(coming / RECORD, to_json(finetune))
            coming.rename(finetune.folder)
            return finetune

    def delete(self, finetune: Finetune) -> None:
        """Forget a finetune and its files; whoever answers with it goes on. Raises
        UnknownAdapter and AdapterNotStored."""
        with self._writing():
            going = self._root / f".gone-{finetune.id}"
            try:
                finetune.folder.rename(going)
            except FileNotFoundError:
                raise UnknownAdapter(finetune.id) from None
            self._known.pop(finetune.id, None)
            shutil.rmtree(going, ignore_errors=True)

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder of its own for what is on its way in; gone when the block ends.

        What cannot be written in the block raises AdapterNotStored.
        """
        folder = self._root / f".staged-{uuid.uuid4()}"
        with _kept_here():
            try:
                yield make_private(folder)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def take_in(self, finetune: Finetune, staged: Path) -> Asset:
        """Check a file that lies in a staging folder under its own name, and move it in, in place
        of the one that was there.

        It is judged together with the other file if that is here. Raises AdapterInvalid,
        UnknownAdapter where the finetune is gone, and AdapterNotStored.
        """
        with self._writing():
            current = self._read(finetune.folder)
            if current is None:
                raise UnknownAdapter(finetune.id)
            for asset in current.assets:
                if asset.file_name != staged.name:
                    _link(current.folder / asset.file_name, staged.parent / asset.file_name)
            self._check(current, staged.parent)
            _settle(staged, current.folder / staged.name)
            asset, changed = with_asset(current, staged.name)
            write_private(current.folder / RECORD, to_json(changed))
            return asset

    def _check_free(self, owner: str, name: str, public: bool) -> None:
        own = self.owned(owner)
        if any(finetune.name == name for finetune in own):
            raise InvalidField("name", f"There is a finetune '{name}' already; delete it first.")
        if public and any(PUBLIC_PREFIX + name == other.public_name for other in self.public()):
            raise InvalidField("name", f"There is a public finetune '{PUBLIC_PREFIX}{name}'.")
        if len(own) >= MOST_PER_OWNER:
            raise RequestError(f"There are {MOST_PER_OWNER} finetunes already; delete one first.")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        from filelock import FileLock

        with _kept_here(), self._lock:
            make_private(self._root)
            with FileLock(self._root / ".lock", mode=PRIVATE_FILE):
                self._clear_away()
                yield

    def _clear_away(self) -> None:
        """Remove what a process that ended left half-way."""
        for path in self._root.glob(".*-*"):
            try:
                abandoned = time.time() - path.stat().st_mtime > _ABANDONED_S
            except FileNotFoundError:
                continue
            if abandoned:
                shutil.rmtree(path, ignore_errors=True)

    def _find(self, reference: str, meant: Callable[[Finetune], bool]) -> Finetune:
        """Asked at every request that names an adapter, so only the one that is meant is looked at
        on disk: whose a finetune is and what it is called never changes."""
        for folder in self._folders():
            _, known = self._known.get(folder, (None, None))
            finetune = known or self._read(self._root / folder)
            if finetune is not None and meant(finetune):
                finetune = self._read(finetune.folder)
                if finetune is not None and meant(finetune):
                    return finetune
        raise UnknownAdapter(reference)

    def _stored(self) -> list[Finetune]:
        found = (self._read(self._root / folder) for folder in self._folders())
        return sorted((f for f in found if f is not None), key=lambda f: (f.created_at, f.id))

    def _folders(self) -> list[str]:
        try:
            return [name for name in os.listdir(self._root) if not name.startswith(".")]
        except FileNotFoundError:
            return []

    def _read(self, folder: Path) -> Finetune | None:
        """The finetune of a folder; None if it is gone, or cannot be read."""
        record = folder / RECORD
        try:
            stat = record.stat()
        except OSError:
            return None
        stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        known = self._known.get(folder.name)
        if known is None or known[0] != stamp:
            try:
                finetune = from_json(record.read_bytes(), folder)
            except (OSError, ValueError, KeyError, TypeError) as exc:
                log.error("the finetune %s cannot be read: %r", folder.name, exc)
                finetune = None
            known = self._known[folder.name] = (stamp, finetune)
        return known[1]


@contextmanager
def _kept_here() -> Iterator[None]:
    """What goes wrong with the disk becomes one error of our tree."""
    try:
        yield
    except OSError as exc:
        raise AdapterNotStored(exc.strerror or type(exc).__name__) from exc


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        # Not every file system can.
        shutil.copyfile(source, target)


def _settle(staged: Path, target: Path) -> None:
    """Move a file into place, whole also after the power has failed."""
    staged.chmod(PRIVATE_FILE)
    with staged.open("rb") as content:
        os.fsync(content.fileno())
    staged.replace(target)
