"""What the README and the architecture page say of the tree itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "understudy"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 400
BELOW_DIALECTS = ("backends", "decode", "engine", "models", "prompt")


def imports(module: Path) -> set[str]:
    """Names of the modules that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_every_module_can_be_held_in_the_head() -> None:
    lengths = {m: len(m.read_text(encoding="utf-8").splitlines()) for m in MODULES}
    assert not {str(m): n for m, n in lengths.items() if n > LONGEST}


@pytest.mark.parametrize("room", BELOW_DIALECTS)
def test_no_room_below_the_dialects_knows_one(room: str) -> None:
    for module in (PACKAGE / room).rglob("*.py"):
        known = {name for name in imports(module) if name.startswith("understudy.dialects")}
        assert not known, module


@pytest.mark.parametrize("oracle", ["torch", "transformers"])
def test_serving_needs_no_oracle(oracle: str) -> None:
    for module in MODULES:
        assert not {n for n in imports(module) if n.split(".")[0] == oracle}, module


def test_only_cards_know_a_models_name() -> None:
    from understudy.catalog.registry import Catalog

    names = {card.name for card in Catalog.load() if not card.bundled}
    for module in MODULES:
        source = module.read_text(encoding="utf-8")
        assert not {name for name in names if name in source}, module
