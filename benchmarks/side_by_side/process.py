"""Running one measuring process at a time, with an end to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from benchmarks.side_by_side.machine import ROOT

STOP_S = 15.0
"""What a process may take to end once asked."""

_HEAD, _TAIL = 200, 600


class Failed(Exception):
    """A process did not do what it was for; the message holds what it wrote to standard error."""


def figures_of(argv: Sequence[str], timeout_s: float, stdin: str = "") -> dict[str, Any]:
    """The JSON object that a process prints as its last line. Raises Failed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as given:
        given.write(stdin.encode())
        given.seek(0)
        with running(argv, out, given) as (process, errors):
            try:
                code = process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                raise Failed(f"not done after {timeout_s:.0f} s; {words(errors)}") from None
            if code:
                raise Failed(f"exit code {code}; {words(errors)}")
        out.seek(0)
        lines = out.read().decode(errors="replace").strip().splitlines()
    try:
        found = json.loads(lines[-1])
    except (IndexError, json.JSONDecodeError):
        raise Failed("the last line printed is no JSON") from None
    if not isinstance(found, dict):
        raise Failed("the last line printed is no JSON object")
    return found


@contextmanager
def running(
    argv: Sequence[str], out: IO[bytes] | int, given: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """A process in a group of its own, with the file that its standard error goes to. It, and
    whatever it started, has ended when the block has. Raises Failed if it cannot start."""
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                list(argv), cwd=ROOT, stdin=given, stdout=out, stderr=errors, start_new_session=True
            )
        except OSError as exc:
            raise Failed(f"{argv[0]} cannot be started: {exc}") from exc
        try:
            yield process, errors
        finally:
            _stop(process)


def words(errors: IO[bytes]) -> str:
    """What was written to ``errors``: where it is long, its beginning and its end."""
    errors.seek(0)
    text = errors.read().decode(errors="replace").strip()
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]} ... {text[-_TAIL:]}"
    return text or "nothing on standard error"


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            continue
        if not _group_lives(process.pid):
            return
    process.wait()


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
