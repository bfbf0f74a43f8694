import subprocess
import zipfile
from pathlib import Path

import pytest

from benchmarks.peers.environment import Environment, run
from benchmarks.peers.peer import PeerUnavailable


def wheel(folder: Path, name: str) -> str:
    """A package of one empty module."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{name}.py", "")
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")
    return str(path)


def test_an_environment_is_made_once_with_what_it_needs(tmp_path: Path) -> None:
    wanted = (wheel(tmp_path, "alpha_peer"), wheel(tmp_path, "beta_peer"))
    environment = Environment(tmp_path / "venv", wanted, without=("beta_peer",))

    environment.install()
    made = (tmp_path / "venv" / "pyvenv.cfg").stat().st_mtime_ns
    environment.install()

    assert (tmp_path / "venv" / "pyvenv.cfg").stat().st_mtime_ns == made
    assert subprocess.run([environment.python, "-c", "import alpha_peer"]).returncode == 0
    gone = subprocess.run([environment.python, "-c", "import beta_peer"], capture_output=True)
    assert gone.returncode != 0


def test_what_fails_says_how() -> None:
    with pytest.raises(PeerUnavailable, match=r"ended with 3:\nbecause of this"):
        run(["/bin/sh", "-c", "echo because of this; exit 3"])
    with pytest.raises(PeerUnavailable, match="cannot be run"):
        run(["/nowhere/program"])
