"""A measuring process prints a JSON object or says what went wrong, and always ends."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from benchmarks.side_by_side.process import Failed, figures_of, running


def python(source: str) -> list[str]:
    return [sys.executable, "-c", source]


def test_the_last_line_is_read() -> None:
    assert figures_of(python("print('loading'); print('{\"a\": 1}')"), 60) == {"a": 1}


def test_input_reaches_the_process() -> None:
    source = "import sys, json; print(json.dumps({'got': sys.stdin.read()}))"
    assert figures_of(python(source), 60, "words") == {"got": "words"}


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("raise SystemExit('out of luck')", "out of luck"),
        ("print('no json')", "no JSON"),
        ("pass", "no JSON"),
        ("print([1])", "no JSON object"),
        ("import threading; threading.Event().wait()", "not done after 1 s"),
    ],
)
def test_what_went_wrong_is_said(source: str, why: str) -> None:
    with pytest.raises(Failed, match=why):
        figures_of(python(source), 1 if "wait" in source else 60)


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(Failed, match="no-such-program"):
        figures_of(["no-such-program"], 60)


def test_what_a_process_started_ends_with_it() -> None:
    child = "import threading; threading.Event().wait()"
    source = (
        "import subprocess, sys, threading\n"
        f"print(subprocess.Popen([sys.executable, '-c', {child!r}]).pid, flush=True)\n"
        "threading.Event().wait()"
    )
    with running(python(source), subprocess.PIPE) as (process, _):
        assert process.stdout is not None
        grandchild = psutil.Process(int(process.stdout.readline()))
        assert grandchild.is_running()
        process.stdout.close()
    assert process.returncode is not None
    psutil.wait_procs([grandchild], timeout=30)  # the signal may be on its way
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE
