"""Runs Node, and what is written for it, against a server of ours."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.running import Running

PACKAGES = Path(__file__).parent / "node"
ACCOUNT = "0123456789abcdef0123456789abcdef"
PATIENCE = 300


def environment(server: Running, home: Path) -> dict[str, str]:
    """What every client reads, a home of its own, and nothing of who runs the tests."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CI": "1",
        "WRANGLER_SEND_METRICS": "false",
        "UNDERSTUDY_URL": server.url,
        "UNDERSTUDY_API_KEY": server.key,
        "CLOUDFLARE_API_BASE_URL": f"{server.url}/client/v4",
        "CLOUDFLARE_API_TOKEN": server.key,
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
    }


def run(command: Sequence[str | Path], cwd: Path, environ: Mapping[str, str]) -> str:
    """The standard output of a command that must succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=dict(environ),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, f"{done.stdout[-8000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def run_tests(file: Path, environ: Mapping[str, str]) -> None:
    """Node's own test runner over one file, of which every test must run and pass."""
    told = run(["node", "--test", "--test-reporter=tap", file], file.parent, environ)
    counts = dict(line[2:].split(" ", 1) for line in told.splitlines() if line.startswith("# "))
    assert int(counts["pass"]) == int(counts["tests"]) > 0, told
