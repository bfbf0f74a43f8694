"""The command line as a user meets it: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import understudy

HEAVY = ("openvino", "huggingface_hub", "starlette", "uvicorn", "pydantic", "tokenizers", "numpy")


def understudy_run(
    home: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if "UNDERSTUDY" not in name}
    return subprocess.run(
        [sys.executable, "-m", "understudy", *arguments],
        env={**clean, "UNDERSTUDY_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def assert_one_line(done: subprocess.CompletedProcess[str], code: int, named: str) -> None:
    assert done.returncode == code, done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1
        assert done.stderr.startswith("understudy: ")


@pytest.mark.parametrize(
    "command", ["", "serve", "run", "pull", "models", "keys", "keys create", "bench"]
)
def test_help_is_printed_for_every_command(tmp_path: Path, command: str) -> None:
    done = understudy_run(tmp_path, *command.split(), "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: understudy")
    assert list(tmp_path.iterdir()) == []


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys, understudy.cli\n"
        "try: understudy.cli.main(['serve', '--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr.strip() == "[]"


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    done = understudy_run(tmp_path, "--version")
    assert done.stdout.strip() == f"understudy {understudy.__version__}"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sing"],
        ["serve", "--prot", "1"],
        ["serve", "--port", "x"],
        ["serve", "--quantize", "int3"],
        ["run", "@house/prompter"],
        ["keys"],
        ["keys", "create", "ci", "--scope", "root"],
        ["bench", "m", "--decode", "0"],
        ["bench", "m", "--prefill", "a,b"],
        ["run", "m", "p", "--raw", "--system", "s"],
        *(["run", "m", "p", "--temperature", value] for value in ("-1", "5.1", "nan", "inf", "x")),
        *(["run", "m", "p", "--max-tokens", value] for value in ("0", "-1", "1.5")),
        *(["run", "m", "p", "--seed", str(value)] for value in (2**64, -(2**63) - 1, 0.5)),
    ],
)
def test_wrong_usage_exits_with_2(tmp_path: Path, arguments: list[str]) -> None:
    done = understudy_run(tmp_path, *arguments)
    assert_one_line(done, 2, "usage:")


@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        (["models"], {"UNDERSTUDY_PROT": "1"}, "UNDERSTUDY_PROT"),
        (["models", "--config", "/no/such/file.toml"], {}, "/no/such/file.toml"),
        (["serve", "--port", "70000"], {}, "port"),
        (["serve", "--host", "nowhere.invalid"], {}, "nowhere.invalid"),
        (["serve", "--host", "a" * 80], {}, "a" * 80),
        (["models", "--home", "~nobody-of-this-name/x"], {}, "~nobody-of-this-name/x"),
        (["keys", "create", "a", "--home", "/proc/nowhere"], {}, "/proc/nowhere: No such"),
        (["keys", "create", "a\nb"], {}, "name"),
        (["keys", "create", "a", "--weight", "0"], {}, "weight"),
        (["run", "@house/prompter", "hi"], {"UNDERSTUDY_MEMORY_GB": "inf"}, "memory_gb"),
        (["models"], {"UNDERSTUDY_TODAY": "someday"}, "someday"),
        (["run", "nobody/nothing", "hello"], {}, "nobody/nothing"),
        (["run", "@cf/openchat/openchat-3.5-0106", "hello"], {}, "understudy pull"),
        (["pull", "nobody/nothing"], {}, "nobody/nothing"),
        (["keys", "revoke", "nothing"], {}, "nothing"),
        (["bench", "nobody/nothing"], {}, "nobody/nothing"),
    ],
)
def test_an_error_is_one_line_and_exits_with_1(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], named: str
) -> None:
    done = understudy_run(tmp_path, *arguments, **environment)
    assert_one_line(done, 1, named)


def test_a_server_that_cannot_run_functions_does_not_start(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['quickjs'] = None\n"
        "from understudy.cli import main; sys.exit(main(['serve', '--port', '0']))"
    )
    environment = {"UNDERSTUDY_HOME": str(tmp_path), "UNDERSTUDY_RUN_FUNCTIONS": "true"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert_one_line(done, 1, "pip install -e '.[functions]'")


def test_an_unknown_key_in_the_file_stops_every_command(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("prot = 1", encoding="utf-8")
    assert_one_line(understudy_run(tmp_path, "models"), 1, "prot")


def test_a_home_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert_one_line(understudy_run(file / "home", "keys", "create", "ci"), 1, str(file))


def test_a_reader_that_went_away_is_no_traceback(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    clean = {name: value for name, value in os.environ.items() if "UNDERSTUDY" not in name}
    with open(writing, "w") as out:
        done = subprocess.run(
            [sys.executable, "-m", "understudy", "models"],
            env={**clean, "UNDERSTUDY_HOME": str(tmp_path)},
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "")


def test_keys_are_created_listed_and_revoked(tmp_path: Path) -> None:
    created = understudy_run(tmp_path, "keys", "create", "ci", "--scope", "run", "--scope", "admin")
    key = created.stdout.strip()
    assert created.returncode == 0
    assert len(key) > 40
    listed = understudy_run(tmp_path, "keys", "list").stdout
    assert "ci" in listed
    assert "run,admin" in listed
    assert key not in listed
    understudy_run(tmp_path, "keys", "create", "half", "--weight", "0.5")
    # Of keys made in the same second either may stand first.
    lines = understudy_run(tmp_path, "keys", "list").stdout.splitlines()
    assert "0.5" in next(line for line in lines if line.endswith("half")).split()
    assert "revoked" in understudy_run(tmp_path, "keys", "revoke", "half").stdout
    assert "revoked" in understudy_run(tmp_path, "keys", "revoke", "ci").stdout
    assert understudy_run(tmp_path, "keys", "list").stdout == ""


def test_models_are_listed_for_people_and_for_programs(tmp_path: Path) -> None:
    shown = understudy_run(tmp_path, "models")
    assert shown.returncode == 0, shown.stderr
    assert "@house/prompter" in shown.stdout
    listed = json.loads(understudy_run(tmp_path, "models", "list", "--json").stdout)
    states = {entry["model"]: entry["state"] for entry in listed}
    assert states["@house/prompter"] == "bundled"
    assert states["@cf/meta/llama-3.2-1b-instruct"] == "absent"


def test_a_models_memory_is_planned_for_people_and_for_programs(tmp_path: Path) -> None:
    name = "meta-llama/Llama-2-70b-chat-hf"
    shown = understudy_run(tmp_path, "models", "plan", name, "--memory-gb", "16")
    assert shown.returncode == 0, shown.stderr
    assert "68.98 billion parameters" in shown.stdout
    assert f'[upstreams."{name}"]' in shown.stdout
    done = understudy_run(tmp_path, "models", "plan", name, "--memory-gb", "60", "--json")
    plan = json.loads(done.stdout)
    assert (plan["advice"], plan["use"]["precision"]) == ("smaller precision", "int4")
    assert list(tmp_path.iterdir()) == []


def test_a_model_computed_elsewhere_is_listed_as_such(tmp_path: Path) -> None:
    name = "@cf/meta/llama-3.2-1b-instruct"
    routed = {"UNDERSTUDY_UPSTREAMS": json.dumps({name: {"url": "http://there/v1"}})}
    listed = json.loads(understudy_run(tmp_path, "models", "--json", **routed).stdout)
    states = {entry["model"]: (entry["state"], entry["memory_bytes"]) for entry in listed}
    assert states[name] == ("upstream", 0)
    assert "http://there/v1" in understudy_run(tmp_path, "models", "plan", name, **routed).stdout


@pytest.mark.parametrize("words", [["plan"], ["list", "x"]])
def test_a_plan_is_of_one_model_and_a_list_of_all(tmp_path: Path, words: list[str]) -> None:
    assert_one_line(understudy_run(tmp_path, "models", *words), 2, "MODEL")


def test_a_plan_of_no_model_says_so(tmp_path: Path) -> None:
    assert_one_line(understudy_run(tmp_path, "models", "plan", "none"), 1, "no model none")


def test_run_prints_one_answer(tmp_path: Path) -> None:
    arguments = ("run", "@house/prompter", "Hello!", "--max-tokens", "8", "--temperature", "0")
    done = understudy_run(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert done.stdout == understudy_run(tmp_path, *arguments).stdout
