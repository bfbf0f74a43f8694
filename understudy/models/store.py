"""Where a model's files lie on disk, and what of it is there.

``<home>/models/<folder name>/`` holds ``manifest.json`` (what the hub announced and what has
been verified), ``source/`` (the hub's files, as they are, and beside
them, under names that begin with a dot, those of a pull that is not complete) and one
``packed-<precision>.safetensors`` for each precision it was converted to. A bundled model has
its source in the package, and only packed files here.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from understudy.catalog.card import ModelCard
from understudy.config import Precision
from understudy.errors import PullError

log = logging.getLogger(__name__)

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789@._-")
_LONGEST_NAME = 180


class ModelState(StrEnum):
    """How much of a model is on this machine; of one in UPSTREAM nothing need be."""

    BUNDLED = "bundled"
    DOWNLOADED = "downloaded"
    PARTIAL = "partial"
    ABSENT = "absent"
    UPSTREAM = "upstream"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a hub repository. ``size`` in bytes.

    ``sha256`` is known for files in large-file storage, ``blob_id`` (git's SHA-1 of the content
    behind a ``blob <size>`` header) for all others.
    """

    path: str
    size: int
    sha256: str | None = None
    blob_id: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a pull has set out to fetch, and which of it is here and verified."""

    repo: str
    revision: str | None
    commit: str
    files: tuple[SourceFile, ...]
    verified: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Manifest:
        """Raises KeyError or TypeError for anything but what ``to_json`` writes."""
        files = tuple(SourceFile(**entry) for entry in data["files"])
        return cls(
            repo=data["repo"],
            revision=data["revision"],
            commit=data["commit"],
            files=files,
            verified=tuple(data["verified"]),
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def folder_name(model: str) -> str:
    """A model's name as one path component: injective, also where case is ignored.

    Slashes become ``+``, capitals ``!`` and the small letter; whatever else is not plain is
    percent-encoded, as is a leading dot. A name too long for a file system ends in its hash.
    """
    parts: list[str] = []
    for char in model:
        if char == "/":
            parts.append("+")
        elif "A" <= char <= "Z":
            parts.append("!" + char.lower())
        elif char in _PLAIN and (parts or char != "."):
            parts.append(char)
        else:
            parts.extend(f"%{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
    name = "".join(parts)
    if not name:
        raise ValueError("a model's name cannot be empty")
    if len(name) <= _LONGEST_NAME:
        return name
    digest = sha256(model.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name[: _LONGEST_NAME - 65]}~{digest}"


def make_private(folder: Path) -> Path:
    """Make ``folder`` and its missing parents, closed to other users."""
    for missing in reversed([folder, *folder.parents]):
        if not missing.exists():
            missing.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file that only the owner reads, whole or not at all."""
    make_private(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            # NOTE: else a power failure could leave the new name on an empty file.
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def house_folder() -> Path:
    """The bundled model's folder in the package."""
    from understudy import house

    return house.path()


class ModelStore:
    """The models' folder under ``home``. Nothing is made on disk before something is written."""

    def __init__(self, home: Path, bundled: Callable[[], Path] = house_folder) -> None:
        self.root = home.expanduser() / "models"
        self._bundled = bundled
        self._manifests: dict[str, tuple[tuple[int, int, int], Manifest]] = {}

    def folder(self, card: ModelCard) -> Path:
        return self.root / folder_name(card.name)

    def source(self, card: ModelCard) -> Path:
        """The folder of ``config.json``, tokenizer and unconverted weights."""
        return self._bundled() if card.bundled else self.folder(card) / "source"

    def packed(self, card: ModelCard, precision: Precision) -> Path:
        return self.folder(card) / f"packed-{precision}.safetensors"

    def partial(self, card: ModelCard, file: SourceFile) -> Path:
        """Where a file grows until it is whole; named by content, so that no other resumes it."""
        return self._beside(card, file, "part")

    def fetched(self, card: ModelCard, file: SourceFile) -> Path:
        """Where a file that is whole and verified waits for the others of its commit."""
        return self._beside(card, file, "fetched")

    def _beside(self, card: ModelCard, file: SourceFile, suffix: str) -> Path:
        content = file.sha256 or file.blob_id or "unknown"
        return self.source(card) / f".{file.path}.{content[:16]}.{suffix}"

    def partial_bytes(self, card: ModelCard, file: SourceFile) -> int:
        """Bytes of ``file`` that a download need not fetch again."""
        return min(file.size, _size(self.partial(card, file)) or 0)

    def keep_fetched(self, card: ModelCard, file: SourceFile) -> None:
        """Note that the partial file of ``file`` is whole and verified."""
        part = self.partial(card, file)
        with part.open("rb") as content:
            # NOTE: its new name says that it was verified, also after the power has failed.
            os.fsync(content.fileno())
        part.replace(self.fetched(card, file))

    def switch(self, card: ModelCard, manifest: Manifest) -> None:
        """Make ``manifest``, whose files are all verified in place or fetched, the model's own.

        Ended half-way it leaves the model partial, with every file still here.
        """
        waiting = {f.path: self.fetched(card, f) for f in manifest.files}
        waiting = {path: fetched for path, fetched in waiting.items() if fetched.exists()}
        if waiting:
            kept = tuple(f.path for f in manifest.files if f.path not in waiting)
            self.write_manifest(card, replace(manifest, verified=kept))
        for path, fetched in waiting.items():
            fetched.replace(self.source(card) / path)
        self.discard_strangers(card, manifest)
        everything = tuple(sorted(file.path for file in manifest.files))
        self.write_manifest(card, replace(manifest, verified=everything))

    def discard_strangers(self, card: ModelCard, *manifests: Manifest) -> None:
        """Delete from the source folder what belongs to none of ``manifests``."""
        expected: set[Path] = set()
        for file in (file for manifest in manifests for file in manifest.files):
            expected.add(self.source(card) / file.path)
            expected |= {self.partial(card, file), self.fetched(card, file)}
        for path in _files(self.source(card)):
            if path not in expected:
                path.unlink()

    @contextmanager
    def lock(self, card: ModelCard, *, wait: bool) -> Iterator[None]:
        """Hold a model's files for writing, against every process on this machine.

        Ends with the process at the latest. Raises PullError where another holds them and
        ``wait`` is false, OSError where the store cannot be written.
        """
        from filelock import FileLock, Timeout

        path = make_private(self.root) / f".{folder_name(card.name)}.lock"
        lock = FileLock(path, mode=PRIVATE_FILE)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not wait:
                raise PullError(f"Another process is pulling {card.name} just now.") from None
            log.info("waiting for another process that writes %s", card.name)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def state(self, card: ModelCard) -> ModelState:
        if card.bundled:
            return ModelState.BUNDLED
        manifest = self.manifest(card)
        if manifest is None:
            return ModelState.PARTIAL if self.folder(card).exists() else ModelState.ABSENT
        if manifest.repo != card.repo:
            return ModelState.PARTIAL
        missing = self.missing(card, manifest)
        return ModelState.PARTIAL if missing else ModelState.DOWNLOADED

    def missing(self, card: ModelCard, manifest: Manifest) -> tuple[SourceFile, ...]:
        """The announced files that are not here whole and verified."""
        source = self.source(card)
        verified = frozenset(manifest.verified)
        return tuple(
            file
            for file in manifest.files
            if file.path not in verified or _size(source / file.path) != file.size
        )

    def manifest(self, card: ModelCard) -> Manifest | None:
        """What the last pull wrote; None if there was none, or if it cannot be read.

        Asked at every request that another model may have to answer, so it is read again only
        when it has changed.
        """
        path = self.folder(card) / "manifest.json"
        try:
            stat = path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            known = self._manifests.get(card.name)
            if known is None or known[0] != stamp:
                manifest = Manifest.from_json(json.loads(path.read_text(encoding="utf-8")))
                known = self._manifests[card.name] = (stamp, manifest)
            return known[1]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write_manifest(self, card: ModelCard, manifest: Manifest) -> None:
        write_private(self.folder(card) / "manifest.json", json.dumps(manifest.to_json(), indent=1))

    def disk_bytes(self, card: ModelCard) -> int:
        """Bytes that the model takes on disk now, the package's own files included."""
        own = sum(_size(path) or 0 for path in _files(self.folder(card)))
        if card.bundled:
            own += sum(_size(path) or 0 for path in _files(self._bundled()))
        return own

    def remove(self, card: ModelCard) -> None:
        """Delete everything of a model that is under ``home``."""
        shutil.rmtree(self.folder(card), ignore_errors=True)


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        for name in names:
            yield Path(parent, name)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
