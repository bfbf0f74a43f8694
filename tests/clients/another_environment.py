"""Clients whose dependencies exclude ours: their programs run in environments of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = Path(__file__).parent / "outside"
_TREE = Path(__file__).parents[2]
OURS = Path(sys.executable)
PYTHON = _TREE / ".venv-clients" / "bin" / "python"
OLDER = _TREE / ".venv-clients-older" / "bin" / "python"
PATIENCE = 600
QUIET = {
    # They would ask the network what models cost, and tell it what ran.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    # It counts tokens with a tokenizer from there, and asks again for minutes where there is none.
    "HF_HUB_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def needed(python: Path) -> Path:
    """``python``, or a skip (a failure under REQUIRE_ALL=1) where it is not installed."""
    if not python.exists():
        complain = pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip
        complain("the clients' environments are missing: make clients")
    return python


def quiet(server: Any) -> dict[str, str]:
    """What the programs read, and what keeps packages from asking and telling others."""
    return os.environ | QUIET | {"UNDERSTUDY_URL": server.url, "UNDERSTUDY_API_KEY": server.key}


def told(program: str, server: Any, python: Path = PYTHON) -> dict[str, Any]:
    """What ``program`` of the folder ``outside`` saw at ``server``, by the name of its cases."""
    done = subprocess.run(
        [str(needed(python)), str(PROGRAMS / program)],
        env=quiet(server),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
