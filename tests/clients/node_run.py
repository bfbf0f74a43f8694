"""Runs Node, and what is written for it, against a server of ours."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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


class Command:
    """A program that runs until it is told to end, and what it prints, line by line."""

    def __init__(
        self, command: Sequence[str | Path], cwd: Path, environ: Mapping[str, str]
    ) -> None:
        self.printed = ""
        self._process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=dict(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # npm does not pass signals on: what ends must be the whole group.
            start_new_session=True,
        )
        self._limit = threading.Timer(PATIENCE, self._signal, [signal.SIGKILL])
        self._limit.start()

    def until(self, pattern: str) -> re.Match[str]:
        """The first line from here on that has ``pattern``; fails where the output ends."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.printed += line
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"no line with {pattern!r} in:\n{self.printed}")

    def end(self) -> int:
        """Ask it to end, and its exit status."""
        if self._process.returncode is None:
            self._signal(signal.SIGINT)
            rest, _ = self._process.communicate()
            self._limit.cancel()
            self.printed += rest
        return self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


@contextmanager
def running_command(
    command: Sequence[str | Path], cwd: Path, environ: Mapping[str, str]
) -> Iterator[Command]:
    """A ``Command`` that is ended in any case."""
    started = Command(command, cwd, environ)
    try:
        yield started
    finally:
        started.end()


def copied(project: Path, home: Path) -> Path:
    """A copy of a Node project that uses the packages that the tests have installed."""
    copy = home / project.name
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("node_modules"))
    (copy / "node_modules").symlink_to(PACKAGES / "node_modules")
    return copy


def pins(project: Path) -> dict[str, str]:
    """The versions of packages that a Node project names."""
    named: dict[str, str] = json.loads((project / "package.json").read_text())["dependencies"]
    return named
