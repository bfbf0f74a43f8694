"""The page about clients names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

CLIENTS = Path(__file__).parent
PAGE = (CLIENTS.parents[1] / "docs" / "clients.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`((?:node/)?\w+\.(?:py|test\.mjs))`", PAGE))
    assert len(named) > 10
    assert {name for name in named if not (CLIENTS / name).exists()} == set()
