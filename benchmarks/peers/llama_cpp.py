"""llama.cpp, built for this machine from the sources inside llama-cpp-python's package."""

from __future__ import annotations

import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from understudy.engine.runner import usable_cores

from . import weights
from .environment import DRIVERS, Environment, run
from .peer import PeerUnavailable, Precision, Work

PACKAGE, VERSION = "llama-cpp-python", "0.3.36"
FOLDER = weights.WORK / "llama.cpp"
SOURCES = FOLDER / f"llama_cpp_python-{VERSION}" / "vendor" / "llama.cpp"
PROGRAMS = FOLDER / "build" / "bin"
TARGETS = ("llama-server", "llama-batched-bench", "llama-bench", "llama-quantize")
ENVIRONMENT = Environment(
    FOLDER / "venv", (str(SOURCES / "gguf-py"), "numpy==2.4.6", "cmake==4.4.4", "ninja==1.13.2")
)
SWITCHES = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DGGML_NATIVE=ON",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DLLAMA_BUILD_TOOLS=ON",
    "-DLLAMA_BUILD_SERVER=ON",
    "-DLLAMA_BUILD_APP=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",
    "-DLLAMA_OPENSSL=OFF",
)


@dataclass(frozen=True)
class LlamaCpp:
    """``quants`` names, for each precision, the types of all matrices and of the embedding table,
    which is the head too; None for what llama-quantize would choose."""

    name: str
    quants: tuple[tuple[Precision, str, str | None], ...]

    @property
    def precisions(self) -> tuple[Precision, ...]:
        return tuple(precision for precision, _, _ in self.quants)

    def format(self, precision: Precision) -> str:
        kind, head = self._quant(precision)
        return f"{kind}, head {head}" if head else kind

    def install(self) -> None:
        if not SOURCES.is_dir():
            _fetch()
        ENVIRONMENT.install()
        if all((PROGRAMS / target).is_file() for target in TARGETS):
            return
        # NOTE: cmake and ninja are packages of the environment; a system's own are often too old.
        cmake, ninja = (str(ENVIRONMENT.folder / "bin" / name) for name in ("cmake", "ninja"))
        build = str(FOLDER / "build")
        generator = ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}"]
        run([cmake, "-S", str(SOURCES), "-B", build, *generator, *SWITCHES])
        run([cmake, "--build", build, "-j", "2", "--target", *TARGETS])

    def prepare(self, precision: Precision) -> None:
        whole, file = FOLDER / "bf16.gguf", self._file(precision)
        if not whole.is_file():
            partial = whole.with_suffix(".partial")
            source = str(weights.source())
            run(ENVIRONMENT.driver("write_gguf.py", source, str(partial)))
            partial.replace(whole)
        if file.is_file():
            return
        kind, head = self._quant(precision)
        partial = file.with_suffix(".partial")
        chosen = ["--token-embedding-type", head.lower()] if head else []
        run([str(PROGRAMS / "llama-quantize"), *chosen, str(whole), str(partial), kind])
        partial.replace(file)

    def measure(self, precision: Precision, work: Work) -> list[str]:
        driver = [sys.executable, str(DRIVERS / "run_llama_cpp.py"), str(PROGRAMS)]
        label = f"{PACKAGE} {VERSION}"
        return [*driver, str(self._file(precision)), work.json(), label]

    def serve(
        self, precision: Precision, port: int, parallel: int, context: int
    ) -> list[str] | None:
        return [
            str(PROGRAMS / "llama-server"),
            *("--model", str(self._file(precision)), "--alias", weights.MODEL),
            *("--host", "127.0.0.1", "--port", str(port), "--api-key", weights.KEY),
            *("--parallel", str(parallel), "--ctx-size", str(parallel * context)),
            *("--jinja", "--chat-template-file", str(weights.chat_template()), "--no-webui"),
            *("--threads", str(usable_cores()), "--flash-attn", "off"),
        ]

    def _quant(self, precision: Precision) -> tuple[str, str | None]:
        for mine, kind, head in self.quants:
            if mine == precision:
                return kind, head
        raise PeerUnavailable(f"{self.name} has nothing equal to {precision}")

    def _file(self, precision: Precision) -> Path:
        kind, head = self._quant(precision)
        return FOLDER / ("-".join(part for part in (kind, head) if part).lower() + ".gguf")


PLAIN = LlamaCpp(
    "llama.cpp", (("int4", "Q4_0", "Q4_0"), ("int8", "Q8_0", None), ("bf16", "BF16", None))
)
K_QUANTS = LlamaCpp("llama.cpp-k", (("int4", "Q4_K_M", None),))


def _fetch() -> None:
    """The package's sources, which carry llama.cpp's."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(FOLDER)]
    run([*pip, "--no-binary", PACKAGE, f"{PACKAGE}=={VERSION}"])
    archive = FOLDER / f"llama_cpp_python-{VERSION}.tar.gz"
    with tarfile.open(archive) as packed:
        packed.extractall(FOLDER, filter="data")
