"""The bounds that the process sets to itself before it reads a job."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.requires import need
from understudy.functions import sandbox

need("quickjs")

CONFINED = f"""
import runpy, os, socket, signal, sys
child = runpy.run_path({str(Path(sandbox.__file__).with_name("child.py"))!r})
kept = open(os.environ["KEPT"], "w", buffering=1)
child["_confine"]()
try:
    {{}}
except (OSError, MemoryError) as exc:
    print(type(exc).__name__)
else:
    print("done")
"""


@pytest.mark.parametrize(
    ("what", "outcome"),
    [
        ("open('/etc/passwd')", "OSError"),
        ("os.listdir('/')", "OSError"),
        ("socket.socket()", "OSError"),
        ("socket.socketpair()", "OSError"),
        ("os.pipe()", "OSError"),
        ("os.dup(1)", "OSError"),
        ("bytearray(512 * 2**20)", "MemoryError"),
        ("bytearray(16 * 2**20)", "done"),
        ("signal.signal(signal.SIGXFSZ, signal.SIG_IGN); kept.write('x'); kept.flush()", "OSError"),
    ],
)
def test_a_confined_process_reaches_nothing(tmp_path: Path, what: str, outcome: str) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", CONFINED.replace("{}", what)],
        env={"KEPT": str(tmp_path / "kept")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == outcome
    assert (tmp_path / "kept").read_text() == ""


def test_a_confined_process_is_bounded_in_time_and_cannot_undo_it(tmp_path: Path) -> None:
    ask = "import resource; print([resource.getrlimit(w) for w in (W, N, C)], end=' ')"
    ask = ask.replace("W, N, C", "resource.RLIMIT_CPU, resource.RLIMIT_NPROC, resource.RLIMIT_CORE")
    done = subprocess.run(
        [sys.executable, "-I", "-c", CONFINED.replace("{}", ask)],
        env={"KEPT": str(tmp_path / "kept")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[(4, 4), (0, 0), (0, 0)] done"
