"""One way to say that a test needs something the machine may lack."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest


def need(name: str, *, tool: bool = False) -> None:
    """Skip unless module ``name`` (a program with ``tool``) is here; fail under REQUIRE_ALL=1."""
    found = shutil.which(name) if tool else importlib.util.find_spec(name)
    if not found:
        _lack(f"{name} is not installed")


def need_packages(folder: Path, *, node: int = 20, fetch: bool = False) -> None:
    """Need Node from version ``node`` on, and the npm packages of ``folder`` by its lock file.

    They are installed into the folder where they are missing, once, with ``fetch`` and under
    REQUIRE_ALL=1 only: some take hundreds of megabytes.
    """
    need("node", tool=True)
    need("npm", tool=True)
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    if int(version.stdout.removeprefix("v").partition(".")[0]) < node:
        _lack(f"Node {node} is needed, and {version.stdout.strip()} is here")
    if _installed(folder):
        return
    if not fetch and not _all_required():
        _lack(f"'npm ci' in {folder} installs what this needs")
    done = subprocess.run(["npm", "ci"], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        _lack(f"npm cannot install {folder}: {done.stderr[-300:]}")


def _installed(folder: Path) -> bool:
    """Whether npm has installed the lock file as it is now: it notes down what it did."""
    done = folder / "node_modules" / ".package-lock.json"
    return done.is_file() and done.stat().st_mtime >= (folder / "package-lock.json").stat().st_mtime


def _all_required() -> bool:
    return os.environ.get("REQUIRE_ALL") == "1"


def _lack(what: str) -> NoReturn:
    if _all_required():
        pytest.fail(f"{what}, and REQUIRE_ALL=1", pytrace=False)
    pytest.skip(what, allow_module_level=True)
