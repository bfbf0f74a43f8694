"""The model behind the real server: `understudy serve` as a process of its own, asked over HTTP."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import yaml

from understudy.catalog.fields import front_matter
from understudy.catalog.registry import CARDS
from understudy.models.store import Manifest, SourceFile, folder_name

from .corpus.pen import Doc
from .grading import Answer
from .template import full_text, prompt_text

HOUSE = "@house/prompter"
TRIAL = "@trial/prompter"
"""The name under which a model in another folder is served."""

KEY = "evaluation"
LIMIT = 300
"""Tokens of an answer; one that is longer has not ended by itself."""

AT_ONCE = 16
PATIENCE = 600.0
"""Seconds for one request, its wait included."""

CHAT_ROLES = ("system", "user", "assistant")
_ASSISTANT = re.compile(
    r"<\|start_header_id\|>assistant<\|end_header_id\|>\n\n(.*?<\|eot_id\|>)", re.DOTALL
)

Asked = TypeVar("Asked")
Told = TypeVar("Told")


@dataclass(frozen=True)
class Loss:
    """The negative log-likelihood, in nats, of ``tokens`` tokens."""

    nats: float = 0.0
    tokens: int = 0

    def __add__(self, other: Loss) -> Loss:
        return Loss(self.nats + other.nats, self.tokens + other.tokens)


@dataclass(frozen=True)
class Served:
    """A server that is ready, and the model asked for there."""

    client: httpx2.Client
    model: str = HOUSE

    def answer(self, doc: Doc, limit: int = LIMIT) -> Answer:
        """The greedy answer to all of ``doc`` but its last message.

        In the chat, where the chat takes the conversation; one with tools is rendered here by the
        model's own template and put as raw text, whose marks count as such.
        """
        given = {"max_tokens": limit, "temperature": 0}
        if doc.tools or not all(map(_plain, doc.messages[:-1])):
            choice = self._post("completions", {**given, "prompt": prompt_text(doc)})
            text = choice["text"]
        else:
            choice = self._post("chat/completions", {**given, "messages": doc.messages[:-1]})
            text = choice["message"]["content"]
        return Answer(text or "", choice["finish_reason"] == "stop")

    def continuation(self, text: str, limit: int = LIMIT) -> Answer:
        """How the model goes on after raw ``text``, greedily."""
        body = {"prompt": text, "max_tokens": limit, "temperature": 0}
        choice = self._post("completions", body)
        return Answer(choice["text"], choice["finish_reason"] == "stop")

    def loss(self, doc: Doc) -> Loss:
        """Of what the assistant says in ``doc``, end marks included; of raw text, all of it."""
        text = full_text(doc)
        body = {"prompt": text, "max_tokens": 1, "echo": True, "logprobs": 0, "temperature": 0}
        told = self._post("completions", body)["logprobs"]
        spans = spoken(doc, text)
        scored = [
            -value
            for value, at in zip(told["token_logprobs"], told["text_offset"], strict=True)
            if value is not None and any(start <= at < end for start, end in spans)
        ]
        return Loss(sum(scored), len(scored))

    def _post(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        reply = self.client.post(f"/v1/openai/{route}", json={"model": self.model, **body})
        if reply.status_code != 200:
            raise RuntimeError(f"{route}: {reply.status_code} {reply.text[:500]}")
        choice: dict[str, Any] = reply.json()["choices"][0]
        return choice


def at_once(ask: Callable[[Asked], Told], what: Sequence[Asked]) -> list[Told]:
    """What ``ask`` tells of each, in order, with several requests under way at a time."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(ask, what))


def spoken(doc: Doc, text: str) -> list[tuple[int, int]]:
    """Where in the rendered ``text`` the model speaks, in characters."""
    if doc.raw is not None:
        return [(0, len(text))]
    return [match.span(1) for match in _ASSISTANT.finditer(text)]


def _plain(message: dict[str, Any]) -> bool:
    return message["role"] in CHAT_ROLES and not message.get("tool_calls")


@contextmanager
def serving(precision: str, folder: Path | None = None, *flags: str) -> Iterator[Served]:
    """``understudy serve`` on a free port with a home of its own, ready, until the block ends.

    The model is the bundled one, or that in ``folder``; ``flags`` are further ones of the command.
    Raises RuntimeError where it cannot start.
    """
    with tempfile.TemporaryDirectory(prefix="understudy-evaluation-") as made:
        home = Path(made)
        model = HOUSE if folder is None else install(folder, home)
        # Only what is said here counts, whatever the caller's own server is told.
        environment = {k: v for k, v in os.environ.items() if not k.startswith("UNDERSTUDY_")}
        environment |= {"UNDERSTUDY_API_KEY": KEY, "UNDERSTUDY_REQUEST_TIMEOUT": str(PATIENCE)}
        serve = [sys.executable, "-m", "understudy", "serve", "--home", made, "--port", "0"]
        log = home / "server.log"
        with log.open("w") as file:
            process = subprocess.Popen(  # noqa: S603 (no part of it comes from outside)
                [*serve, "--quantize", precision, *flags], env=environment, stderr=file
            )
        try:
            headers = {"authorization": f"Bearer {KEY}"}
            url = _address(process, log)
            with httpx2.Client(base_url=url, headers=headers, timeout=PATIENCE) as client:
                _until_ready(process, client, log)
                yield Served(client, model)
        finally:
            process.terminate()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where the server says that it listens."""
    while process.poll() is None:
        if found := re.search(r"listening on (http\S+)\n", log.read_text()):
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")


def _until_ready(process: subprocess.Popen[bytes], client: httpx2.Client, log: Path) -> None:
    while process.poll() is None:
        with suppress(httpx2.TransportError):
            if client.get("/ready").status_code == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server ended:\n{log.read_text()}")


def install(folder: Path, home: Path) -> str:
    """Make the model in ``folder`` one that the server in ``home`` has; returns its name.

    A card of the owner's, and the files where a finished pull would have left them.
    """
    card = dict(front_matter(CARDS / "house-prompter.md").values)
    ours = card["understudy"]
    card["model"] |= {"name": TRIAL, "id": "00000000-0000-4000-8000-000000000000"}
    card["weight"] = 0
    config = json.loads((folder / "config.json").read_text())
    added = json.loads((folder / "tokenizer.json").read_text())["added_tokens"]
    ends = json.loads((folder / "generation_config.json").read_text())["eos_token_id"]
    card["understudy"] = {
        "weights": {"repo": TRIAL, "revision": "here"},
        "context_length": ours["context_length"],
        "bos_token": ours["bos_token"],
        "eos_token": ours["eos_token"],
        "eos_token_ids": [ends] if isinstance(ends, int) else ends,
        "special_tokens": {token["content"]: token["id"] for token in added if token["special"]},
        "architecture": config,
    }
    cards, model = home / "cards", home / "models" / folder_name(TRIAL)
    cards.mkdir(parents=True)
    (cards / "trial.md").write_text(f"---\n{yaml.safe_dump(card)}---\n", encoding="utf-8")
    shutil.copytree(folder, model / "source", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    files = tuple(
        SourceFile(path.name, path.stat().st_size) for path in sorted((model / "source").iterdir())
    )
    manifest = Manifest(TRIAL, "here", "trial", files, tuple(file.path for file in files))
    (model / "manifest.json").write_text(json.dumps(manifest.to_json()), encoding="utf-8")
    return TRIAL
