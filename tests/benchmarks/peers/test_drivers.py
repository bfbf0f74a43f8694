import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.drivers.measuring import resident_mb, tokens
from benchmarks.peers.environment import DRIVERS
from benchmarks.peers.peer import Figures, Work
from tests.oracles.models import write_tiny
from understudy.models.convert import convert

WORK = Work(decode=((1, 16), (3, 16), (2, 1100)), prefill=(32, 64), steps=4, threads=1)
ROOT = Path(__file__).parents[3]

BATCHED = """\
import sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
print("main: n_kv_max = 4096, n_batch = 2048")
print("|PP|TG|B|N_KV|T_PP s|S_PP t/s|T_TG s|S_TG t/s|T s|S t/s|")
print("|--|--|--|--|--|--|--|--|--|--|")
for count in given["-npl"].split(","):
    print(f"| {given['-npp']} | 4 | {count} | 9 | 1.0 | 2.0 | 3.0 | {count}.5 | 4 | 5 |")
"""
BENCH = """\
import sys, json
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
lengths = map(int, given["-p"].split(","))
print(json.dumps([{"n_prompt": n, "samples_ts": [1.0, 3.0 * n, 9.0 * n]} for n in lengths]))
"""


def last_line(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def test_our_driver_prints_a_rate_for_every_case(tmp_path: Path) -> None:
    write_tiny("llama-3.2-1b", tmp_path / "source")
    convert(tmp_path / "source", tmp_path / "packed", "int4")

    driver = [sys.executable, "-m", "benchmarks.peers.drivers.run_understudy"]
    figures = last_line([*driver, str(tmp_path / "source"), str(tmp_path / "packed"), WORK.json()])

    assert set(figures) == set(Figures.__annotations__)
    assert set(figures["decode"]) == {"1@16", "3@16", "2@1100"}
    assert set(figures["prefill"]) == {"32", "64"}
    assert min([*figures["decode"].values(), *figures["prefill"].values()]) > 0
    assert 0 < figures["steady_mb"] <= figures["rss_mb"]


def llama_cpp(folder: Path, batched: str = BATCHED) -> list[str]:
    """The driver over programs that print what llama.cpp's do."""
    for name, text in (("llama-batched-bench", batched), ("llama-bench", BENCH)):
        program = folder / name
        program.write_text(f"#!{sys.executable}\n{text}")
        program.chmod(0o755)
    driver = [sys.executable, str(DRIVERS / "run_llama_cpp.py"), str(folder)]
    return [*driver, "model.gguf", WORK.json(), "its version"]


def test_llama_cpp_is_read_from_its_own_programs(tmp_path: Path) -> None:
    figures = last_line(llama_cpp(tmp_path))

    assert set(figures) == set(Figures.__annotations__)
    assert figures["decode"] == {"1@16": 1.5, "3@16": 3.5, "2@1100": 2.5}
    assert figures["prefill"] == {"32": 96.0, "64": 192.0}
    assert figures["version"] == "its version"


def test_a_program_that_fails_gives_no_figures(tmp_path: Path) -> None:
    failing = "import sys; sys.exit('error: unable to load model')"

    done = subprocess.run(llama_cpp(tmp_path, failing), capture_output=True, text=True)

    assert done.returncode != 0
    assert "unable to load model" in done.stderr
    assert done.stdout == ""


def test_prompts_are_ordinary_and_their_own() -> None:
    assert tokens(50, 1000, 1) == tokens(50, 1000, 1)
    assert tokens(50, 1000, 1) != tokens(50, 1000, 2)
    assert all(0 <= token < 7 for token in tokens(500, 7, 3))
    assert len(set(tokens(500, 7, 3))) == 7


def test_resident_memory_is_a_process_own() -> None:
    now, peak = resident_mb()

    assert 0 < now <= peak
