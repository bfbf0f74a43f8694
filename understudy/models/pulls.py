"""Pulls that a server runs, each in a process of its own.

Converting takes a machine's cores and memory: apart, neither stays with the server, and to stop a
pull is to end its process. What it has on disk by then is where the next one goes on.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from understudy.catalog.card import ModelCard
from understudy.children import end_child
from understudy.config import PREFIX, Settings

log = logging.getLogger(__name__)

_PASSED = ("home", "quantize", "precise", "kv_cache_tokens")
"""The settings that say what is pulled to where, and what it will cost."""
_ROOT = Path(__file__).parents[2]
_LAST_WORDS = 4000


@dataclass(frozen=True, slots=True)
class PullState:
    """How far a pull is. ``done`` and ``total`` are bytes of the ``step``; ``plan`` is what
    ``PullPlan`` says, and empty until it is known; ``message`` says why one failed."""

    state: Literal["running", "done", "failed", "stopped"]
    step: str = "plan"
    done: int = 0
    total: int = 0
    plan: Mapping[str, int] = field(default_factory=dict)
    message: str = ""


class Pulls:
    """The pulls of one event loop, at most one for each model.

    They end with the loop, which cancels its tasks, and with the process: one whose words nobody
    reads any more stops.
    """

    def __init__(self, settings: Settings) -> None:
        self._environment = {
            f"{PREFIX}{name}".upper(): str(getattr(settings, name)) for name in _PASSED
        }
        self._states: dict[str, PullState] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def state(self, card: ModelCard) -> PullState | None:
        """How far the last pull of ``card`` is or came; None where there was none."""
        return self._states.get(card.name)

    def start(self, card: ModelCard) -> PullState:
        """Pull ``card``, if that is not already going on."""
        if card.name not in self._tasks:
            self._states[card.name] = PullState("running")
            task = asyncio.create_task(self._pull(card.name), name=f"pull {card.name}")
            self._tasks[card.name] = task
            task.add_done_callback(lambda _: self._tasks.pop(card.name))
        return self._states[card.name]

    async def stop(self, card: ModelCard) -> None:
        """End the pull of ``card``, if there is one, and wait until it has."""
        task = self._tasks.get(card.name)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _pull(self, name: str) -> None:
        log.info("pulling %s", name)
        try:
            ended = await self._run(name)
        except asyncio.CancelledError:
            self._end(name, "stopped")
            raise
        except OSError as exc:
            ended = str(exc)
        self._end(name, "failed" if ended else "done", ended)

    def _end(self, name: str, state: Literal["done", "failed", "stopped"], why: str = "") -> None:
        self._states[name] = replace(self._states[name], state=state, message=why)
        log.info("the pull of %s is over: %s", name, f"{state}. {why}".strip())

    async def _run(self, name: str) -> str:
        """Pull in another process; why it failed, or nothing."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "understudy", "pull", name, "--json"),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            env={**os.environ, **self._environment},
            cwd=_ROOT,
            # Else it would have the terminal's interrupts, and not this task's.
            start_new_session=True,
        )
        try:
            assert child.stdout is not None
            assert child.stderr is not None
            complaints = asyncio.create_task(child.stderr.read())
            async for line in child.stdout:
                self._hear(name, line)
            told, code = await complaints, await child.wait()
        finally:
            await end_child(child)
        return "" if code == 0 else _last_line(told) or f"It ended with status {code}."

    def _hear(self, name: str, line: bytes) -> None:
        said = _parsed(line)
        before = self._states[name]
        if "plan" in said:
            self._states[name] = replace(before, plan=said["plan"])
        elif "progress" in said:
            now = {part: said["progress"][part] for part in ("step", "done", "total")}
            self._states[name] = replace(before, **now)


def _parsed(line: bytes) -> Mapping[str, Any]:
    with suppress(ValueError):
        said = json.loads(line)
        if isinstance(said, dict):
            return said
    return {}


def _last_line(told: bytes) -> str:
    lines = told[-_LAST_WORDS:].decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("understudy: ") if lines else ""
