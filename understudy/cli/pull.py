"""``understudy pull``: what it costs, then progress, then where to go on."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from understudy.cli.catalogue import catalogue
from understudy.config import Settings
from understudy.models.fetch import Progress, pull
from understudy.models.plan import PullPlan

_EVERY = 0.2
"""Seconds between two lines of progress for programs, within a step."""


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Pull one model; a pull that was interrupted goes on where it was."""
    card = catalogue(settings).get(arguments.model)
    if arguments.json:
        pull(card, settings, Lines())
        return 0
    screen = Screen(card.name, settings.quantize)
    try:
        pull(card, settings, screen)
    finally:
        screen.finish_line()
    print(f"{card.name} is ready.")
    return 0


@dataclass(slots=True)
class Lines:
    """Shows a pull on stdout, an object a line: first its plan, then progress.

    Whoever reads them and goes away ends the pull: it says something every moment.
    """

    clock: Callable[[], float] = time.monotonic
    _shown: tuple[str, bool] = ("", False)
    _at: float = -math.inf

    def __call__(self, said: PullPlan | Progress) -> None:
        if isinstance(said, PullPlan):
            self._say({"plan": {**asdict(said), "disk": said.disk}})
            return
        shown, now = (said.step, said.done == said.total), self.clock()
        if shown == self._shown and now - self._at < _EVERY:
            return
        self._shown, self._at = shown, now
        self._say({"progress": asdict(said)})

    def _say(self, line: dict[str, Any]) -> None:
        print(json.dumps(line), flush=True)


@dataclass(slots=True)
class Screen:
    """Shows a pull on stderr: one line that changes on a terminal, one line per step elsewhere."""

    model: str
    precision: str
    terminal: bool = field(default_factory=sys.stderr.isatty)
    _shown: tuple[str, str, int] = ("", "", -1)

    def __call__(self, said: PullPlan | Progress) -> None:
        if isinstance(said, PullPlan):
            self._plan(said)
        else:
            self._progress(said)

    def finish_line(self) -> None:
        if self.terminal and self._shown[0]:
            print(file=sys.stderr)

    def _plan(self, plan: PullPlan) -> None:
        lines = [
            f"{self.model} at {self.precision}:",
            f"  download  {size(plan.remaining)} of {size(plan.download)}",
            f"  disk      {size(plan.disk)} ({size(plan.disk_free)} free)",
            f"  memory    {size(plan.memory)} to serve it ({size(plan.memory_free)} free)",
        ]
        if not plan.fits_in_memory:
            lines.append("  This machine has too little memory to serve it now.")
        print("\n".join(lines), file=sys.stderr, flush=True)

    def _progress(self, progress: Progress) -> None:
        percent = 100 * progress.done // max(1, progress.total)
        # Off a terminal one line per item is enough.
        shown = (progress.step, progress.item, percent if self.terminal else 0)
        if shown == self._shown:
            return
        self._shown = shown
        line = f"{progress.step:<9} {percent:3d} %  {size(progress.done):>9}  {progress.item}"
        if self.terminal:
            print(f"\r{line[:100]:<100}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)


def size(count: int) -> str:
    """A number of bytes as people write it."""
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
