"""OpenVINO GenAI, with its defaults and with the properties that our engine uses."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import Any

from understudy.engine.options import EngineOptions
from understudy.engine.properties import compile_properties
from understudy.engine.weights import PackedWeights
from understudy.models.checkpoint import read_architecture

from . import weights
from .environment import Environment
from .peer import Precision, Work
from .stateful import write_model

FOLDER = weights.WORK / "genai"
ENVIRONMENT = Environment(
    FOLDER / "venv", ("openvino==2026.4.1", "openvino-genai==2026.4.1.0", "numpy==2.4.6")
)


@dataclass(frozen=True)
class GenAI:
    """``ContinuousBatchingPipeline`` over the very bits that our engine computes with."""

    ours: bool

    @property
    def name(self) -> str:
        return "genai-ours" if self.ours else "genai"

    @property
    def precisions(self) -> tuple[Precision, ...]:
        return ("int4", "int8", "bf16")

    def format(self, precision: Precision) -> str:
        return {
            "int4": "our int4 (i4 in groups, i8 embedding)",
            "int8": "our int8 (per channel)",
            "bf16": "bf16",
        }[precision]

    def install(self) -> None:
        ENVIRONMENT.install()

    def prepare(self, precision: Precision) -> None:
        packed, folder = weights.packed(precision), FOLDER / precision
        stamp, made_from = folder / ".made_from", str(packed.stat().st_mtime_ns)
        if stamp.is_file() and stamp.read_text() == made_from:
            return
        source = weights.source()
        write_model(read_architecture(source), packed, folder)
        for name in ("config.json", "generation_config.json"):
            shutil.copy(source / name, folder / name)
        stamp.write_text(made_from)

    def measure(self, precision: Precision, work: Work) -> list[str]:
        settings = json.dumps(self._settings(precision, work.threads))
        return ENVIRONMENT.driver("run_genai.py", str(FOLDER / precision), work.json(), settings)

    def serve(
        self, precision: Precision, port: int, parallel: int, context: int
    ) -> list[str] | None:
        """None: its server is another product, which no package index has."""
        return None

    def _settings(self, precision: Precision, threads: int) -> dict[str, Any]:
        if not self.ours:
            return {"properties": {"INFERENCE_NUM_THREADS": threads}, "scheduler": {}}
        packed = PackedWeights(weights.packed(precision), read_architecture(weights.source()))
        try:
            properties = compile_properties(packed, threads=threads, precise=False)
        finally:
            packed.close()
        budget = {"max_num_batched_tokens": EngineOptions().step_tokens}
        return {"properties": properties, "scheduler": budget}
