"""transformers: what a model's own documentation shows, and nobody's server."""

from __future__ import annotations

from dataclasses import dataclass

from . import weights
from .environment import TORCH, Environment
from .peer import Precision, Work

ENVIRONMENT = Environment(
    weights.WORK / "transformers" / "venv", (TORCH, "transformers==5.23.0", "numpy==2.4.6")
)


@dataclass(frozen=True)
class Transformers:
    """Static batches in bfloat16: sequences begin together and none joins them."""

    name: str = "transformers"
    precisions: tuple[Precision, ...] = ("bf16",)

    def format(self, precision: Precision) -> str:
        return "bfloat16"

    def install(self) -> None:
        ENVIRONMENT.install()

    def prepare(self, precision: Precision) -> None:
        weights.source()

    def measure(self, precision: Precision, work: Work) -> list[str]:
        return ENVIRONMENT.driver("run_transformers.py", str(weights.source()), work.json())

    def serve(
        self, precision: Precision, port: int, parallel: int, context: int
    ) -> list[str] | None:
        """None: the library computes, and is no server."""
        return None
