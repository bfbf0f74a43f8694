"""The README's examples are run as they stand, with the address of a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conversation import WORKERS_MODELS
from tests.requires import need

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRANSCRIPT = re.compile(
    r'\$ understudy (run .*?) "(.*?)" --temperature 0\n(.*?)\n(?=\$|```)', re.DOTALL
)
FENCE = re.compile(r"```(sh|python)\n(.*?)```", re.DOTALL)


def examples() -> list[tuple[str, str]]:
    section = README.split("## Five examples")[1].split("\n## ")[0]
    return FENCE.findall(section)


def run(language: str, source: str, server: Any) -> str:
    source = source.replace("http://127.0.0.1:8080", server.url)
    source = source.replace("Bearer local", f"Bearer {server.key}").replace(
        '"local"', f'"{server.key}"'
    )
    source = source.replace(f'account_id="{server.key}"', 'account_id="local"')
    command = [sys.executable, "-c"] if language == "python" else ["sh", "-euc"]
    if language == "sh":
        need("curl", tool=True)
    done = subprocess.run(
        [*command, source], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_five() -> None:
    assert len(examples()) == 5


@pytest.mark.parametrize(("language", "source"), examples())
def test_an_example_prints_an_answer(language: str, source: str, server: Any) -> None:
    printed = run(language, source, server)
    assert re.search(r"[A-Za-z]{3}", printed)
    assert '"error' not in printed or '"errors":[]' in printed


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.[ps][yh]")), ids=str)
def test_an_example_script_runs(script: Path, server: Any) -> None:
    run_script(script, server)


@pytest.mark.parametrize("model", WORKERS_MODELS)
@pytest.mark.parametrize("script", ["workers_ai.py", "workers_ai.sh"])
def test_an_example_runs_with_every_model_of_workers_ai(
    script: str, model: str, server: Any
) -> None:
    run_script(ROOT / "examples" / script, server, model)


def run_script(script: Path, server: Any, *arguments: str) -> None:
    command = [sys.executable] if script.suffix == ".py" else ["sh"]
    if script.suffix == ".sh":
        need("curl", tool=True)
    done = subprocess.run(
        [*command, str(script), *arguments],
        env=os.environ | {"UNDERSTUDY_URL": server.url, "UNDERSTUDY_API_KEY": server.key},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_three_transcripts_or_more_come_from_the_bundled_model_word_for_word() -> None:
    found = TRANSCRIPT.findall(README)
    assert len(found) >= 3
    for command, prompt, answer in found:
        arguments = [*command.split(), prompt, "--temperature", "0"]
        done = subprocess.run(
            [sys.executable, "-m", "understudy", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        assert done.stdout.strip() == answer


def test_every_linked_page_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)", README)
    missing = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert not missing
