"""Full-size models through the whole server: exact usage, equal bodies, speed and memory.

    python -m benchmarks.stream_full_size @cf/meta/llama-3.2-1b-instruct bf16 int8 int4

Writes the model's architecture with random weights where a download would lie (once, for all
precisions) and for each precision starts ``understudy serve`` on it twice: the first start
converts the weights, the second finds them converted and is measured. Every answer has 64 tokens,
greedy, past any end of text; each door is asked for the same answer streamed and not. Prints one
line of a table for each precision. Exits with 1 where a count, a text or a reason to end was
wrong. A folder in the server's home holds the files until the end.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import httpx2
import numpy as np
import psutil
from tokenizers import Tokenizer

from understudy import config
from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog
from understudy.config import Precision
from understudy.engine.architecture import Architecture
from understudy.models.memory import free_disk
from understudy.models.plan import packed_bytes
from understudy.models.random_weights import write_random
from understudy.models.store import Manifest, ModelStore, SourceFile, make_private

TOKENS = 64
PROMPT_TOKENS = 128
STREAMS = 8
TEXT = "The understudy waits in the wings, and knows every line of the play by heart. "
KEY = "benchmark"
PATIENCE = 600.0
"""Seconds for one request, loading and converting included."""

COLUMNS = (
    "model",
    "weights",
    "first load, s",
    "later load, s",
    "first token, ms",
    "1 stream",
    f"{STREAMS} streams",
    "resident MB",
    "left MB",
    "load average",
    "others' cores",
)
Prompt = str | list[int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door said. ``usage``: tokens of the prompt, of the answer, of both. ``arrivals``:
    when a frame came, in seconds of the process's clock, and the tokens sent by then."""

    text: str
    usage: tuple[int, int, int]
    finish: str
    token_ids: tuple[int, ...] | None = None
    arrivals: tuple[tuple[float, int], ...] = ()

    def tokens(self, start: float, end: float) -> int:
        """Tokens that came after the first frame since ``start``, up to ``end``."""
        sent = [count for at, count in self.arrivals if start <= at <= end]
        return sent[-1] - sent[0]


Frames = list[tuple[float, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Door:
    """One route: its path, the names of its fields, and how its answers are read."""

    name: str
    path: str
    prompt: str
    limit: str
    fixed: Mapping[str, Any]
    whole: Callable[[dict[str, Any]], Answer]
    streamed: Callable[[Frames], Answer]

    def body(self, model: str, prompt: Prompt, tokens: int, stream: bool) -> dict[str, Any]:
        sampling = {"temperature": 0, "ignore_eos": True, "stream": stream}
        named = {"model": model} if "{model}" not in self.path else {}
        return {self.prompt: prompt, self.limit: tokens, **sampling, **named, **self.fixed}


def _usage(usage: Mapping[str, int]) -> tuple[int, int, int]:
    return usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]


def _completion(body: dict[str, Any]) -> Answer:
    (choice,) = body["choices"]
    return Answer(choice["text"], _usage(body["usage"]), choice["finish_reason"])


def _completion_stream(frames: Frames) -> Answer:
    choices = [choice for _, frame in frames for choice in frame["choices"]]
    arrivals = [(at, frame["usage"]["completion_tokens"]) for at, frame in frames]
    return Answer(
        "".join(choice["text"] for choice in choices),
        _usage(frames[-1][1]["usage"]),
        choices[-1]["finish_reason"],
        arrivals=tuple(arrivals),
    )


def _run(body: dict[str, Any]) -> Answer:
    result = body["result"]
    return Answer(result["response"], _usage(result["usage"]), result["finish_reason"])


def _run_stream(frames: Frames) -> Answer:
    last = frames[-1][1]
    text = "".join(frame["response"] for _, frame in frames)
    return Answer(text, _usage(last["usage"]), last["finish_reason"])


def _inference(body: dict[str, Any]) -> Answer:
    """This body gives neither a total nor why the answer ended."""
    given, made = body["num_input_tokens"], body["num_tokens"]
    return Answer(body["results"][0]["generated_text"], (given, made, given + made), "length")


def _inference_stream(frames: Frames) -> Answer:
    """This stream has a frame for every token, with its id."""
    tokens = [frame["token"] for _, frame in frames]
    details = frames[-1][1]["details"]
    given, made = details["input_length"], details["generated_tokens"]
    return Answer(
        "".join(token["text"] for token in tokens),
        (given, made, given + made),
        details["finish_reason"],
        tuple(token["id"] for token in tokens),
    )


COMPLETIONS = Door(
    "completions",
    "/v1/openai/completions",
    "prompt",
    "max_tokens",
    {"stream_options": {"include_usage": True, "continuous_usage_stats": True}},
    _completion,
    _completion_stream,
)
DOORS = (
    COMPLETIONS,
    Door(
        "ai/run",
        "/client/v4/accounts/local/ai/run/{model}",
        "prompt",
        "max_tokens",
        {"raw": True},
        _run,
        _run_stream,
    ),
    Door(
        "inference",
        "/v1/inference/{model}",
        "input",
        "max_new_tokens",
        {},
        _inference,
        _inference_stream,
    ),
)


class Served:
    """A running server and its client."""

    def __init__(self, process: psutil.Process, client: httpx2.Client, model: str) -> None:
        self.process = process
        self._client = client
        self._model = model

    def ask(self, door: Door, prompt: Prompt, stream: bool, tokens: int = TOKENS) -> Answer:
        path = door.path.format(model=self._model)
        body = door.body(self._model, prompt, tokens, stream)
        with self._client.stream("POST", path, json=body) as response:
            if response.status_code != 200:
                raise SystemExit(f"{path}: {response.status_code} {response.read().decode()}")
            if not stream:
                return door.whole(json.loads(response.read()))
            lines = [
                (time.perf_counter(), line.removeprefix("data: "))
                for line in response.iter_lines()
                if line
            ]
        if lines.pop()[1] != "[DONE]":
            raise SystemExit(f"{path}: the stream ends without [DONE]")
        return door.streamed([(at, json.loads(line)) for at, line in lines])

    def load(self, prompt: Prompt) -> float:
        """Seconds of a first request, of one token, that has to load the model."""
        began = time.perf_counter()
        self.ask(COMPLETIONS, prompt, stream=False, tokens=1)
        return time.perf_counter() - began

    def at_once(self, asked: Iterable[tuple[Door, Prompt, bool]]) -> list[Answer]:
        """Ask everything at the same time; the answers, in order."""
        asked = list(asked)
        with ThreadPoolExecutor(len(asked)) as threads:
            return list(threads.map(lambda one: self.ask(*one), asked))

    @contextmanager
    def others(self) -> Iterator[list[float]]:
        """Afterwards holds how many cores were busy, on average, with other processes' work."""
        ours = (self.process, psutil.Process())

        def spent() -> tuple[float, float]:
            times = psutil.cpu_times()
            own = sum(sum(process.cpu_times()[:2]) for process in ours)
            idle = times.idle + getattr(times, "iowait", 0.0)
            return time.perf_counter(), sum(times) - idle - own

        (began, before), cores = spent(), list[float]()
        yield cores
        ended, after = spent()
        cores.append(max(0.0, after - before) / (ended - began))


@contextmanager
def serving(home: Path, model: str, options: list[str]) -> Iterator[Served]:
    """``understudy serve`` on a free port, ready, until the block ends."""
    environment = {
        **os.environ,
        "UNDERSTUDY_HOME": str(home),
        "UNDERSTUDY_API_KEY": KEY,
        "UNDERSTUDY_REQUEST_TIMEOUT": str(PATIENCE),
    }
    command = [sys.executable, "-m", "understudy", "serve", "--port", "0", *options]
    log = home / "server.log"
    with log.open("w") as file:
        process = subprocess.Popen(command, env=environment, stderr=file)
    try:
        headers = {"authorization": f"Bearer {KEY}"}
        url = _address(process, log)
        with httpx2.Client(base_url=url, headers=headers, timeout=PATIENCE) as client:
            while client.get("/ready").status_code != 200:
                time.sleep(0.1)
            yield Served(psutil.Process(process.pid), client, model)
    finally:
        process.terminate()
        process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where the server says that it listens."""
    while process.poll() is None:
        found = re.search(r"listening on (http\S+)\n", log.read_text())
        if found:
            return found[1]
        time.sleep(0.1)
    raise SystemExit(f"the server did not start:\n{log.read_text()}")


def install(card: ModelCard, store: ModelStore) -> None:
    """Put random weights where a finished pull would have left the model's own."""
    source = store.source(card)
    write_random(card.architecture, source)
    files = tuple(SourceFile(path.name, path.stat().st_size) for path in sorted(source.iterdir()))
    verified = tuple(file.path for file in files)
    store.write_manifest(card, Manifest(str(card.repo), card.revision, "random", files, verified))


def random_prompts(card: ModelCard, count: int) -> list[list[int]]:
    """Prompts of ordinary token ids, no two of them alike."""
    vocabulary = np.arange(int(card.architecture["vocab_size"]))
    ordinary = np.setdiff1d(vocabulary, list(card.special_tokens.values()))
    chosen = np.random.default_rng(1).choice(ordinary, (count, PROMPT_TOKENS))
    return [[int(token_id) for token_id in prompt] for prompt in chosen]


def measure(
    card: ModelCard, store: ModelStore, home: Path, options: list[str]
) -> tuple[list[str], list[str]]:
    """The figures of one model at one precision, and what was wrong."""
    warming, lone, *many = random_prompts(card, 2 + STREAMS)
    load_average = os.getloadavg()[0]
    with serving(home, card.name, options) as server:
        first_load = server.load(warming)
    with serving(home, card.name, options) as server:
        later_load = server.load(warming)
        with server.others() as others:
            asked = time.perf_counter()
            alone = server.ask(COMPLETIONS, lone, stream=True)
            streams = server.at_once((COMPLETIONS, prompt, True) for prompt in many)
        wrong = check(server, card, store, lone, [alone, *streams])
        resident = server.process.memory_info().rss
        left = psutil.virtual_memory().available
    figures = [
        f"{first_load:.1f}",
        f"{later_load:.1f}",
        f"{1000 * (alone.arrivals[0][0] - asked):.0f}",
        f"{rate([alone]):.1f}",
        f"{rate(streams):.1f}",
        f"{resident / 2**20:,.0f}",
        f"{left / 2**20:,.0f}",
        f"{load_average:.1f}",
        f"{others[0]:.1f}",
    ]
    return figures, wrong


def rate(streams: list[Answer]) -> float:
    """Tokens per second of all together, while every one of them was sending."""
    start = max(stream.arrivals[0][0] for stream in streams)
    end = min(stream.arrivals[-1][0] for stream in streams)
    return sum(stream.tokens(start, end) for stream in streams) / (end - start)


def check(
    server: Served, card: ModelCard, store: ModelStore, lone: Prompt, streams: list[Answer]
) -> list[str]:
    """What is wrong with ``streams``, the first of which answered ``lone`` alone, and with
    answers to the same prompts in one body and through every door, all at once."""
    tokenizer = Tokenizer.from_file(str(store.source(card) / "tokenizer.json"))
    text_tokens = len(tokenizer.encode(TEXT).ids)
    whole, *pairs = server.at_once(
        [(COMPLETIONS, lone, False)]
        + [(door, TEXT, stream) for door in DOORS for stream in (True, False)]
    )
    wrong = []
    for answer, given in [(a, PROMPT_TOKENS) for a in [*streams, whole]] + [
        (a, text_tokens) for a in pairs
    ]:
        if answer.usage != (given, TOKENS, given + TOKENS):
            wrong.append(f"usage {answer.usage} for {given} and {TOKENS} tokens")
        if answer.finish != "length":
            wrong.append(f"the answer ended with {answer.finish!r}")
        if answer.token_ids is not None and len(answer.token_ids) != TOKENS:
            wrong.append(f"{len(answer.token_ids)} tokens were sent")
    if whole.text != streams[0].text:
        wrong.append("a body is not what was streamed to the same prompt alone")
    if len({answer.text for answer in pairs}) != 1:
        wrong.append("the doors' answers to one prompt, streamed and not, are not equal")
    if any(not answer.text for answer in [*streams, *pairs]):
        wrong.append("an answer is empty")
    return wrong


def needed_disk(card: ModelCard, precisions: Iterable[Precision]) -> int:
    """Bytes at most on disk at one time: the source and one packed file."""
    shape = Architecture.from_config(card.architecture, card.name)
    return packed_bytes(shape, "bf16") + max(packed_bytes(shape, one) for one in precisions)


def main() -> int:
    parser = argparse.ArgumentParser(description="Stream from full-size random models.")
    parser.add_argument("model", help="a catalogue name")
    parser.add_argument("precisions", nargs="+", choices=get_args(Precision), metavar="PRECISION")
    parser.add_argument("--memory-gb", type=float, help="the server's budget for models")
    given = parser.parse_args()
    card = Catalog.load().get(given.model)
    home = make_private(config.load().home)
    if needed_disk(card, given.precisions) > free_disk(home):
        raise SystemExit(f"{home} has too little disk for {card.name}")
    budget = [] if given.memory_gb is None else ["--memory-gb", str(given.memory_gb)]
    failed = False
    with tempfile.TemporaryDirectory(prefix="understudy-stream-", dir=home) as made:
        store = ModelStore(Path(made))
        install(card, store)
        print("| " + " | ".join(COLUMNS) + " |\n|" + " --- |" * len(COLUMNS), flush=True)
        for precision in given.precisions:
            options = ["--quantize", precision, *budget]
            figures, wrong = measure(card, store, Path(made), options)
            store.packed(card, precision).unlink()
            print(f"| {card.name} | {precision} | " + " | ".join(figures) + " |", flush=True)
            for fault in wrong:
                print(f"WRONG at {precision}: {fault}", file=sys.stderr, flush=True)
            failed |= bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
