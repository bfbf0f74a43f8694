"""Runs clients' functions, each call in a process of its own that ends with it."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from understudy.children import end_child
from understudy.errors import ConfigError, FunctionNotRun, InvalidInput

MOST_RESULT = 64 * 1024
"""Bytes of the JSON that a function returns."""
SECONDS = 2.0
"""Of wall time, for the code of one call."""

_AT_ONCE = 4
"""Processes. A call waits for its turn; that time is not the code's."""
_START = 30.0
"""Seconds that a process may take to be ready, however busy the machine is."""
_LONGEST_LINE = 4 * MOST_RESULT
"""A result stands in the answer as JSON text within JSON."""
_CHILD = Path(__file__).with_name("child.py")
_LOADER = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""Without them some builds of Python do not find their own library."""


def check_installed() -> None:
    """Raise ConfigError where functions cannot be run here."""
    for module in ("resource", "quickjs"):
        if importlib.util.find_spec(module) is None:
            raise ConfigError(
                f"The setting 'run_functions' needs the module {module}, which is not here. "
                "On Linux and macOS, in the folder of the source: "
                ".venv/bin/pip install -e '.[functions]'."
            )


class Sandbox:
    """``at_once`` processes run at a time, and the code of a call for ``seconds``.

    Whoever is cancelled in here takes the process along: it is killed and waited for.
    """

    def __init__(self, at_once: int = _AT_ONCE, seconds: float = SECONDS) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._seconds = seconds

    async def check(self, functions: Mapping[str, str]) -> None:
        """Raise InvalidInput unless the code of each of ``functions``, by name, is a function.

        Raises FunctionNotRun.
        """
        told = await self._run({"functions": list(functions.items())})
        if not told:
            return
        names = list(functions)
        at = 0 if len(names) == 1 else told.get("at")
        which = repr(names[at]) if isinstance(at, int) and 0 <= at < len(names) else "one of them"
        raise InvalidInput("functions", f"The code of {which} is no function: {_why(told)}")

    async def call(self, name: str, code: str, arguments: str) -> str:
        """What the function returns, for a model to read: its text where that is a string, JSON
        otherwise; ``{"error": ...}`` where it returns nothing that can be told.

        ``arguments`` is the text of a JSON object. Raises FunctionNotRun.
        """
        told = await self._run({"functions": [(name, code)], "arguments": arguments})
        value = told.get("value")
        if not isinstance(value, str):
            return json.dumps({"error": _why(told)}, ensure_ascii=False)
        with suppress(ValueError, RecursionError):
            if isinstance(said := json.loads(value), str):
                value = said
        return _encodable(value)

    async def _run(self, job: Mapping[str, Any]) -> Mapping[str, Any]:
        moment = int(time.time() * 1000)
        payload = json.dumps({"now": moment, "most": MOST_RESULT, **job}).encode()
        async with self._turns, _process() as child:
            return await _answer(child, payload, self._seconds)


@asynccontextmanager
async def _process() -> AsyncIterator[Process]:
    """A process with nothing of this one's: no environment, no files, no terminal."""
    environment = {name: os.environ[name] for name in _LOADER if name in os.environ}
    try:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(_CHILD)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            # A zone in this form needs no file.
            env={"TZ": "UTC0", **environment},
            cwd="/",
            limit=_LONGEST_LINE,
            start_new_session=True,
        )
    except OSError as exc:
        raise FunctionNotRun from exc
    try:
        yield child
    finally:
        await end_child(child)


async def _answer(child: Process, payload: bytes, seconds: float) -> Mapping[str, Any]:
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        async with asyncio.timeout(_START):
            # It may be gone already: what it then does not say tells.
            with suppress(ConnectionError):
                child.stdin.write(payload)
                await child.stdin.drain()
                child.stdin.close()
            if await child.stdout.readline() != b"\n":
                await child.wait()
                raise FunctionNotRun
    except TimeoutError as exc:
        raise FunctionNotRun from exc
    try:
        async with asyncio.timeout(seconds):
            line = await child.stdout.readline()
            await child.wait()
        told = json.loads(line)
    except TimeoutError:
        return {"error": f"TimeoutError: the function took longer than {seconds:g} seconds."}
    except (ValueError, RecursionError):
        told = None  # nothing, longer than any answer, or what no answer is
    if not isinstance(told, dict):
        return {"error": "Error: the function ended the engine that ran it."}
    return told


def _why(told: Mapping[str, Any]) -> str:
    why = told.get("error") or told.get("unfit") or "Error: it cannot be told what it did."
    return _encodable(str(why))


def _encodable(text: str) -> str:
    """JavaScript's strings may hold half of a surrogate pair, which no text encoding can."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
