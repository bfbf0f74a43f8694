"""Packed weights for a model that is here: made once, kept beside its source."""

from __future__ import annotations

import errno
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from understudy.catalog.card import ModelCard
from understudy.config import Precision
from understudy.errors import ModelFolderInvalid
from understudy.models.convert import Progress, convert, is_current
from understudy.models.store import PRIVATE_FILE, ModelStore, make_private

log = logging.getLogger(__name__)

_READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)


def pack(
    card: ModelCard, store: ModelStore, precision: Precision, progress: Progress | None = None
) -> Path:
    """The packed file, converted now unless a current one is there. The caller holds the lock.

    Raises ModelFolderInvalid for a damaged source, OSError where the store cannot be written.
    """
    source, packed = store.source(card), store.packed(card, precision)
    if is_current(packed, source, precision):
        return packed
    make_private(packed.parent)
    for abandoned in packed.parent.glob(f"{packed.name}*.partial"):
        abandoned.unlink()
    log.info("converting %s to %s", card.name, precision)
    convert(source, packed, precision, progress=progress)
    packed.chmod(PRIVATE_FILE)
    return packed


@contextmanager
def packed_weights(card: ModelCard, store: ModelStore, precision: Precision) -> Iterator[Path]:
    """The packed file while the block runs, made first if need be.

    Where the store cannot be written it is a temporary one: what maps it keeps it alive. Raises
    ModelFolderInvalid.
    """
    source, packed = store.source(card), store.packed(card, precision)
    if is_current(packed, source, precision):
        yield packed
        return
    try:
        with store.lock(card, wait=True):
            packed = pack(card, store, precision)
    except OSError as exc:
        if exc.errno not in _READ_ONLY:
            raise _failed(card, exc) from exc
        log.warning("%s cannot be kept in %s (%s)", card.name, packed.parent, exc.strerror)
    else:
        yield packed
        return
    with tempfile.TemporaryDirectory(prefix="understudy-") as folder:
        temporary = Path(folder, packed.name)
        try:
            convert(source, temporary, precision)
        except OSError as exc:
            raise _failed(card, exc) from exc
        yield temporary


def _failed(card: ModelCard, exc: OSError) -> ModelFolderInvalid:
    return ModelFolderInvalid(card.name, f"{card.name} cannot be converted: {exc.strerror or exc}.")
