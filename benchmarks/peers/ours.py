"""Understudy itself, behind the interface of its peers."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from . import weights
from .peer import Precision, Work


@dataclass(frozen=True)
class Understudy:
    name: str = "understudy"
    precisions: tuple[Precision, ...] = ("int4", "int8", "bf16")

    def format(self, precision: Precision) -> str:
        return precision

    def install(self) -> None:
        """Nothing: it is what runs this."""

    def prepare(self, precision: Precision) -> None:
        weights.packed(precision)

    def measure(self, precision: Precision, work: Work) -> list[str]:
        driver = [sys.executable, "-m", "benchmarks.peers.drivers.run_understudy"]
        return [*driver, str(weights.source()), str(weights.packed(precision)), work.json()]

    def serve(
        self, precision: Precision, port: int, parallel: int, context: int
    ) -> list[str] | None:
        settings = {
            "UNDERSTUDY_API_KEY": weights.KEY,
            "UNDERSTUDY_KV_CACHE_TOKENS": str(parallel * context),
            # No peer has room for adapters either.
            "UNDERSTUDY_ADAPTERS": "false",
        }
        return [
            "/usr/bin/env",
            *(f"{name}={value}" for name, value in settings.items()),
            *(sys.executable, "-m", "understudy", "serve", "--home", str(weights.HOME)),
            *("--host", "127.0.0.1", "--port", str(port), "--quantize", precision),
            *("--max-batch", str(parallel)),
        ]
