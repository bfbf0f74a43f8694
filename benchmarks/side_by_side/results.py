"""The file of results: one JSON object a line, only ever appended to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

LIMITS = "limits"
"""Stands where a peer's name does in the line of a round's matrix peaks."""


@dataclass(frozen=True)
class Record:
    """One process' outcome: ``figures`` or ``error``.

    ``heat`` is shared by all that was measured side by side: one workload at one precision, every
    peer once. ``work`` says, as JSON, how much was measured; ``format`` what the peer calls the
    precision. ``read_gb_s`` was measured just before.
    """

    heat: str
    workload: str
    precision: str
    peer: str
    at: str
    work: str
    machine: Mapping[str, str]
    wall_s: float = 0.0
    load_average: float = 0.0
    others_cores: float = 0.0
    read_gb_s: float = 0.0
    format: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    def metrics(self) -> dict[str, float]:
        """Every number among the figures, by its path: "decode/8@128"."""
        return dict(_numbers(self.figures, ""))


def append(path: Path, record: Record) -> None:
    """Add a line, in place of one that a crash cut off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    with path.open("r+b") as file:
        file.truncate(file.read().rfind(b"\n") + 1)
        file.seek(0, os.SEEK_END)
        file.write(json.dumps(asdict(record)).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def load(path: Path) -> list[Record]:
    """Every record, in order; none if there is no file. A line without its end is left out.

    Raises ValueError, naming the line, for one that is no record.
    """
    if not path.exists():
        return []
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n")[:-1], 1):
        try:
            records.append(_record(json.loads(line)))
        except (ValueError, TypeError) as exc:
            raise ValueError(f"{path}, line {number}, is no result: {exc}") from exc
    return records


def by_heat(records: Iterable[Record]) -> dict[str, dict[str, Record]]:
    """Records by heat and peer, in the order of the file."""
    heats: dict[str, dict[str, Record]] = {}
    for record in records:
        heats.setdefault(record.heat, {})[record.peer] = record
    return heats


def _record(value: Any) -> Record:
    known = {one.name for one in fields(Record)}
    return Record(**{name: item for name, item in dict(value).items() if name in known})


def _numbers(value: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for name, item in value.items():
        if isinstance(item, Mapping):
            yield from _numbers(item, f"{prefix}{name}/")
        elif isinstance(item, int | float) and not isinstance(item, bool):
            yield f"{prefix}{name}", float(item)
