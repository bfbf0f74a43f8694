"""Pulling a model: plan, download, verify, convert, try.

Every step leaves on disk what it has done, so that a pull that was killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
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
from understudy.models.store import Manifest, ModelStore, SourceFile
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
    manifest = _agreed_manifest(card, store)
    missing = store.missing(card, manifest)
    plan = plan_pull(card, manifest.files, missing, store, settings, free)
    report(plan)
    if not plan.fits_on_disk:
        raise DiskTooSmall(plan.disk, plan.disk_free, str(store.root))
    done = plan.download - sum(file.size for file in missing)
    for file in sorted(missing, key=lambda f: f.size):
        manifest = _fetch_one(card, manifest, file, store, report, done)
        done += file.size


def _agreed_manifest(card: ModelCard, store: ModelStore) -> Manifest:
    """What is to be here: as the hub lists it now, less asking where the card pins a commit."""
    assert card.repo is not None
    known = store.manifest(card)
    if known is not None and known.repo == card.repo and known.commit == card.revision:
        return known
    commit, files = hub.list_files(card.repo, card.revision)
    # NOTE: a file that the new commit shares with the old one need not be fetched again.
    kept = set(known.files) & set(files) if known is not None else set()
    verified = tuple(
        file.path for file in files if file in kept and known and file.path in known.verified
    )
    manifest = Manifest(card.repo, card.revision, commit, files, verified)
    store.write_manifest(card, manifest)
    store.discard_strangers(card, manifest)
    return manifest


def _fetch_one(
    card: ModelCard,
    manifest: Manifest,
    file: SourceFile,
    store: ModelStore,
    report: Report,
    before: int,
) -> Manifest:
    """Download, verify and put in place one file, and note that it is here."""
    total = sum(f.size for f in manifest.files)
    part, whole = store.partial(card, file), store.source(card) / file.path
    if whole.exists() and whole.stat().st_size == file.size:
        # Put in place by a pull that was killed before it could say so, or by hand.
        whole.replace(part)
    hub.download(
        manifest.repo,
        manifest.commit,
        file,
        part,
        lambda done: report(Progress("download", file.path, before + done, total)),
    )
    report(Progress("verify", file.path, before + file.size, total))
    hub.verify(manifest.repo, file, part)
    part.replace(whole)
    manifest = manifest.with_verified(file.path)
    store.write_manifest(card, manifest)
    return manifest


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
