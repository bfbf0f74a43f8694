"""One way to say that a test needs something the machine may lack."""

from __future__ import annotations

import importlib.util
import os
import shutil

import pytest


def need(name: str, *, tool: bool = False) -> None:
    """Skip unless module ``name`` (a program with ``tool``) is here; fail under REQUIRE_ALL=1."""
    found = shutil.which(name) if tool else importlib.util.find_spec(name)
    if found:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{name} is missing and REQUIRE_ALL=1", pytrace=False)
    pytest.skip(f"{name} is not installed", allow_module_level=True)
