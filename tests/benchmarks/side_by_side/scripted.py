"""Peers that print what they are told: for tests of everything around the engines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.peers.peer import PeerUnavailable, Precision, Work
from benchmarks.side_by_side.results import Record

MACHINE = {"processor": "P", "cores": "2", "memory_gb": "8", "commit": "abc", "system": "S"}
WORK = Work(((1, 128), (8, 128)), (512,), 4, 1)


@dataclass
class ScriptedPeer:
    """Prints ``figures``, or ends with ``code``; ``missing`` says why it cannot be had."""

    name: str
    precisions: tuple[Precision, ...] = ("int4", "int8", "bf16")
    figures: Mapping[str, Any] = field(default_factory=dict)
    code: int = 0
    missing: str = ""
    prepared: list[str] = field(default_factory=list)

    def format(self, precision: Precision) -> str:
        return f"{self.name}'s {precision}"

    def install(self) -> None:
        self.prepared.append("installed")

    def prepare(self, precision: Precision) -> None:
        if self.missing:
            raise PeerUnavailable(self.missing)
        self.prepared.append(precision)

    def measure(self, precision: Precision, work: Work) -> list[str]:
        printed = json.dumps(self.figures)
        source = f"import sys; print({printed!r}); print('said', file=sys.stderr)"
        return [sys.executable, "-c", f"{source}; sys.exit({self.code})"]

    def serve(
        self, precision: Precision, port: int, parallel: int, context: int
    ) -> list[str] | None:
        return None


def record(heat: str, peer: str, figures: Mapping[str, Any] | None = None, **more: Any) -> Record:
    """A line of an int4 round."""
    given: dict[str, Any] = {
        "workload": "engine",
        "precision": "int4",
        "at": "2026-01-01T00:00:00+00:00",
        "work": "w",
        "machine": MACHINE,
        "figures": figures or {},
        **more,
    }
    return Record(heat=heat, peer=peer, **given)


def rates(one: float, eight: float = 0.0, prefill: float = 0.0) -> dict[str, Any]:
    return {"decode": {"1@128": one, "8@128": eight}, "prefill": {"512": prefill}}


def peaks(int8: float) -> dict[str, Any]:
    return {"peak_tflop_s": {"int8": int8}}
