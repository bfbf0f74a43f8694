"""One peer's server, from its start to everything that is asked of it, to its end."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from benchmarks.side_by_side.http import summary
from benchmarks.side_by_side.http.client import HOST, Answer, play
from benchmarks.side_by_side.http.workloads import (
    HttpWork,
    Plan,
    arrivals,
    conversations,
    first,
    json_answers,
    streams,
)
from benchmarks.side_by_side.process import Failed, figures_of, running, words

START_S = 180.0
"""What a server may take to its first token."""

_PLAN_S = 600.0
_LOOK_S = 0.05

Serve = Callable[[int], Sequence[str]]
"""From a port to the arguments of a server."""


@dataclass(frozen=True)
class Served:
    """A server that answered once, and how long after its start that was."""

    port: int
    start_up_s: float
    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    def check(self, what: str) -> None:
        """Raise Failed if it has ended."""
        if self.process.poll() is not None:
            raise Failed(f"the server ended while asked {what}; {words(self.errors)}")


@contextmanager
def serving(serve: Serve, key: str, once: Plan) -> Iterator[Served]:
    """Start a server and ask it ``once``, a single request, until it answers; stop it when the
    block ends. Raises Failed if it does not come up."""
    port = free_port()
    began = time.perf_counter()
    with running(serve(port), subprocess.DEVNULL) as (process, errors):
        _first_token(process, port, key, once, lambda: words(errors))
        yield Served(port, time.perf_counter() - began, process, errors)


def measure(serve: Serve, work: HttpWork, model: str, key: str) -> dict[str, Any]:
    """Start the server, ask it everything, stop it. Raises Failed if it does not come up."""
    with serving(serve, key, first(work, model)) as served:
        pid = served.process.pid
        found: dict[str, Any] = {"start_up_s": served.start_up_s, "started_mb": _resident(pid)}
        for name, plan, reduce in _plans(work, model):
            answers = ask(served.port, key, plan)
            served.check(name)
            found[name] = reduce(answers)
            wrong = [one.error for one in answers if one.error]
            if wrong:
                found[name]["first_error"] = wrong[0]
        found["steady_mb"], found["peak_mb"] = _resident(pid), _peak(pid)
    return found


def ask(port: int, key: str, plan: Plan) -> list[Answer]:
    """Play a plan from a process of its own. Raises Failed."""
    argv = [sys.executable, "-m", "benchmarks.side_by_side.http.client", str(port), key]
    found = figures_of(argv, _PLAN_S, json.dumps([asdict(chain) for chain in plan]))
    return [Answer(**one) for one in found["answers"]]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _plans(
    work: HttpWork, model: str
) -> Iterator[tuple[str, Plan, Callable[[Sequence[Answer]], dict[str, Any]]]]:
    yield f"streams {work.streams}", streams(work, model), summary.together
    for rate in work.rates:
        yield f"arrivals {rate:g}", arrivals(work, rate, model), summary.summary
    yield "turns", conversations(work, model), summary.turns
    yield "json free", json_answers(work, model, constrained=False), summary.summary
    yield "json", json_answers(work, model, constrained=True), summary.constrained


def _first_token(
    process: subprocess.Popen[bytes], port: int, key: str, plan: Plan, said: Callable[[], str]
) -> None:
    """Ask for one token until it comes."""
    wanted = [asdict(chain) for chain in plan]
    deadline = time.perf_counter() + START_S
    problem = "nobody listens"
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise Failed(f"the server ended with {process.returncode}; {said()}")
        try:
            (answer,) = play(port, key, wanted)
        except OSError as exc:
            problem = str(exc)
        else:
            if not answer.error:
                return
            problem = answer.error
        time.sleep(_LOOK_S)
    raise Failed(f"no token after {START_S:.0f} s: {problem}; {said()}")


def _resident(pid: int) -> float:
    """MiB of a process and all below it."""
    return sum(one.memory_info().rss for one in _family(pid)) / 2**20


def _peak(pid: int) -> float:
    """MiB, each process's own highest."""
    found = 0
    for one in _family(pid):
        status = Path(f"/proc/{one.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        found += sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return found / 1024


def _family(pid: int) -> list[psutil.Process]:
    top = psutil.Process(pid)
    return [top, *top.children(recursive=True)]
