"""The catalogue that every command sees: ours, and the owner's own cards."""

from __future__ import annotations

from understudy.catalog.registry import Catalog
from understudy.config import Settings


def catalogue(settings: Settings) -> Catalog:
    """Our cards and those in ``<home>/cards``. Raises CardError for one that is wrong."""
    return Catalog.load(settings.home / "cards")
