"""Python environments of the peers: each its own, of pinned versions, made on demand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .peer import PeerUnavailable

DRIVERS = Path(__file__).parent / "drivers"
TORCH = "torch==2.13.0+cpu"
"""The build without CUDA, which would bring gigabytes that nothing here uses."""

TORCH_INDEX = "https://download.pytorch.org/whl/cpu"


@dataclass(frozen=True)
class Environment:
    """A virtual environment at ``folder`` with ``requirements`` and what they need, but without
    the packages in ``without``. torch comes first, from its own index."""

    folder: Path
    requirements: tuple[str, ...]
    without: tuple[str, ...] = ()

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    def install(self) -> None:
        """Make it; does nothing where it stands already. Raises PeerUnavailable."""
        stamp, wanted = self.folder / ".installed", "\n".join(self.requirements)
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        run([sys.executable, "-m", "venv", "--clear", str(self.folder)])
        pip = [self.python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        if TORCH in self.requirements:
            run([*pip, "--retries", "1", "install", "--extra-index-url", TORCH_INDEX, TORCH])
        run([*pip, "install", *self.requirements])
        if self.without:
            run([*pip, "uninstall", "--yes", *self.without])
        stamp.write_text(wanted)

    def driver(self, script: str, *arguments: str) -> list[str]:
        """Arguments that run a script of ``drivers/`` in this environment."""
        return [self.python, str(DRIVERS / script), *arguments]


def run(command: Sequence[str], cwd: Path | None = None) -> None:
    """Run to the end. Raises PeerUnavailable with the last of what it wrote."""
    try:
        done = subprocess.run(
            command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except OSError as exc:
        raise PeerUnavailable(f"{command[0]} cannot be run: {exc}") from exc
    if done.returncode != 0:
        raise PeerUnavailable(
            f"{' '.join(command)}\nended with {done.returncode}:\n{done.stdout[-3000:]}"
        )
