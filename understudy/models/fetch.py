"""Pulling a model: plan, download, verify, convert, try.

Every step leaves on disk what it has done, so that a pull that was killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from understudy.catalog.card import ModelCard
from understudy.config import Settings
from understudy.errors import DiskTooSmall, PullError
from understudy.models import hub
from understudy.models.memory import free_disk
from understudy.models.pack import pack
from understudy.models.plan import PullPlan, architecture_of, plan_pull
from understudy.models.store import Manifest, ModelState, ModelStore, SourceFile
from understudy.prompt.template import template_for
from understudy.prompt.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one step of a pull is. Bytes; ``total`` of the whole step, not of ``item``."""

    step: Literal["download", "verify", "convert"]
    item: str
    done: int
    total: int


Report = Callable[[PullPlan | Progress], None]
"""Gets the plan once, before anything is fetched, then progress."""


def ignore(_: PullPlan | Progress) -> None:
    """Report to nobody."""


def pull(
    card: ModelCard,
    settings: Settings,
    report: Report = ignore,
    *,
    store: ModelStore | None = None,
    free: Callable[[Path], int] = free_disk,
) -> Path:
    """Download what is not here of ``card``, convert it to ``settings.quantize``, try it.

    Returns the packed file. The hub's address and token come from its client's usual variables
    (HF_ENDPOINT, HF_TOKEN). Raises PullError (HubUnavailable, ChecksumMismatch, DiskTooSmall) and
    ModelFolderInvalid; run it again to go on.
    """
    store = store or ModelStore(settings.home)
    try:
        with store.lock(card, wait=False):
            if not card.bundled:
                _fetch(card, settings, report, store, free)
            return _convert(card, settings, report, store)
    except OSError as exc:
        raise PullError(f"{store.root} cannot be written: {exc.strerror or exc}.") from exc


def _fetch(
    card: ModelCard,
    settings: Settings,
    report: Report,
    store: ModelStore,
    free: Callable[[Path], int],
) -> None:
    """Bring the source up to date. Until everything new is here, what was here stays as it is."""
    _finish_switch(card, store)
    manifest = _agreed_manifest(card, store)
    missing = _to_fetch(card, store, manifest.files, manifest.verified)
    known = store.manifest(card)
    works = known is not None and store.state(card) is ModelState.DOWNLOADED
    store.discard_strangers(card, manifest, *([known] if known and works else []))
    plan = plan_pull(card, manifest.files, missing, store, settings, free)
    report(plan)
    if not plan.fits_on_disk:
        raise DiskTooSmall(plan.disk, plan.disk_free, str(store.root))
    done = plan.download - sum(file.size for file in missing)
    for file in sorted(missing, key=lambda f: f.size):
        _fetch_one(card, manifest, file, store, report, done)
        done += file.size
    if not works or known != manifest:
        store.switch(card, manifest)


def _finish_switch(card: ModelCard, store: ModelStore) -> None:
    """Complete, without the hub, a pull that was killed between its last file and its end."""
    known = store.manifest(card)
    if known is None or known.repo != card.repo or not store.missing(card, known):
        return
    if not _to_fetch(card, store, known.files, _in_place(card, store, known.files, known)):
        store.switch(card, known)


def _agreed_manifest(card: ModelCard, store: ModelStore) -> Manifest:
    """What is to be here: as the hub lists it now, less asking where the card pins a commit."""
    assert card.repo is not None
    known = store.manifest(card)
    if known is not None and known.repo == card.repo and known.commit == card.revision:
        commit, files = known.commit, known.files
    else:
        commit, files = hub.list_files(card.repo, card.revision)
    in_place = _in_place(card, store, files, known)
    return Manifest(card.repo, card.revision, commit, files, tuple(sorted(in_place)))


def _in_place(
    card: ModelCard, store: ModelStore, files: tuple[SourceFile, ...], known: Manifest | None
) -> list[str]:
    """Which of ``files`` are there under their own names, with the content that was announced.

    Those that no pull has verified are hashed: a name and a size are no proof.
    """
    sound = set(known.files) - set(store.missing(card, known)) if known is not None else set()
    source = store.source(card)
    return [
        file.path
        for file in files
        if file in sound
        or (not store.fetched(card, file).exists() and hub.matches(file, source / file.path))
    ]


def _to_fetch(
    card: ModelCard, store: ModelStore, files: tuple[SourceFile, ...], in_place: Sequence[str]
) -> tuple[SourceFile, ...]:
    """The files that are neither in place nor waiting to be put there."""
    return tuple(
        file
        for file in files
        if file.path not in in_place and not store.fetched(card, file).exists()
    )


def _fetch_one(
    card: ModelCard,
    manifest: Manifest,
    file: SourceFile,
    store: ModelStore,
    report: Report,
    before: int,
) -> None:
    """Download and verify one file, and keep it beside those that it is to replace."""
    total = sum(f.size for f in manifest.files)
    part = store.partial(card, file)
    hub.download(
        manifest.repo,
        manifest.commit,
        file,
        part,
        lambda done: report(Progress("download", file.path, before + done, total)),
    )
    report(Progress("verify", file.path, before + file.size, total))
    hub.verify(manifest.repo, file, part)
    store.keep_fetched(card, file)


def _convert(card: ModelCard, settings: Settings, report: Report, store: ModelStore) -> Path:
    def progress(done: int, total: int) -> None:
        report(Progress("convert", settings.quantize, done, total))

    packed = pack(card, store, settings.quantize, progress)
    _try_out(card, store)
    return packed


def _try_out(card: ModelCard, store: ModelStore) -> None:
    """Load what is small, so that a repository that cannot be served is found out now."""
    source = store.source(card)
    architecture_of(card, store)
    template_for(card, source)
    Tokenizer.from_folder(source)
