"""The process in which clients' code runs: one job in, one answer out, no way to anything else.

Started as a script (see ``sandbox.py``) with nothing of this package imported. The job is JSON on
standard input; then come an empty line, once the code is about to run, and one line of JSON. What
that line says was influenced by the code, so whoever reads it trusts it no further than that.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

import quickjs

MEMORY = 64 * 2**20
"""Bytes for the objects and code of one function."""

_OVERHEAD = 64 * 2**20
"""Bytes that this process may need beside, above what it has when it starts."""
_CPU_SECONDS = 4
"""Ends code whose server is gone; as long as that lives, it looks at the clock."""
_MOST_ERROR = 1000
"""Characters of what an error says."""


def main() -> None:
    prelude = Path(__file__).with_name("prelude.js").read_text(encoding="utf-8")
    _confine()
    job = json.loads(sys.stdin.buffer.read())
    _say(b"")
    _say(json.dumps(_done(prelude, job), ensure_ascii=False).encode("utf-8", "replace"))
    # At an ordinary exit the engine would tidy up what the code has left, for as long as it takes.
    os._exit(0)


def _done(prelude: str, job: Any) -> dict[str, Any]:
    """``value``, JSON text; ``error``, what the code threw; or ``unfit`` with ``at``, the function
    that is none and why."""
    given = job.get("arguments")
    for at, (name, code) in enumerate(job["functions"]):
        context = quickjs.Context()
        context.set_memory_limit(MEMORY)
        around = context.eval(prelude)(job["now"], job["most"], _MOST_ERROR)
        try:
            problem = around("load", code, code.rstrip("; \t\r\n"), name)
            if problem is not None:
                return {"unfit": json.loads(problem), "at": at}
            if given is not None:
                return _called(context, around, given, job["most"])
        except quickjs.JSException as exc:
            # The prelude catches what it can; short of memory it may not.
            return {"error": str(exc).partition("\n")[0][:_MOST_ERROR]}
    return {}


def _called(context: Any, around: Any, given: str, most: int) -> dict[str, Any]:
    outcome = around("call", given)
    while outcome is None and context.execute_pending_job():
        outcome = around("outcome")
    if outcome is None:
        return {"error": "Error: the function waits for something that never comes."}
    kind, text = outcome[:1], outcome[1:]
    if kind == "!":
        return {"error": json.loads(text)}
    if len(text.encode("utf-8", "replace")) > most:
        return {"error": f"RangeError: the result exceeds {most} bytes"}
    return {"value": text}


def _confine() -> None:
    """No new files, sockets or processes, no written files, and bounds to memory and time.

    Without free descriptors nothing can be opened or connected, whatever the engine can be
    brought to do.
    """
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CPU: _CPU_SECONDS,
        resource.RLIMIT_NOFILE: 0,
    }
    if sys.platform == "linux":
        bounds[resource.RLIMIT_AS] = _address_space() + MEMORY + _OVERHEAD
    for what, most in bounds.items():
        _, hard = resource.getrlimit(what)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))


def _address_space() -> int:
    """Bytes that are mapped already."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
