"""What a streamed token costs above the engine: CPU time of the server's threads.

    python -m benchmarks.serving_cost
    python -m benchmarks.serving_cost --streams 16 --doors chat --busy

The whole server runs in a process of its own, with real sockets and the real engine over a runner
that computes nothing: it waits for as long as a step takes and hands out prepared logits, so
threads wake as they do beside a model. With ``--busy`` every core reads memory meanwhile, as the
model would, so that the server also finds the caches as cold. The client, in this process,
throws away what it reads. CPU time is the kernel's, by thread, and other programs disturb it
little. What a token costs is the difference of a long and a short run over the difference of
their tokens; what a request costs is the rest. ``engine`` is its step on the same logits (as
``understudy bench`` has it, without the model); everything else is above it, and is also given as
a share of the step's time. The last lines tell how long an idle engine takes to begin with a
request, from the moment that the client sends it: short, and of a thousand words that are in the
prefix cache.

Only on Linux, whose ``/proc`` tells a thread's CPU time in nanoseconds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from collections.abc import Sequence as Items
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from understudy.backends.local import LocalBackend
from understudy.catalog.registry import Catalog
from understudy.cli.serve import configure_logging, run_server
from understudy.config import Settings
from understudy.engine.batch import Adapter, Slice
from understudy.engine.engine import Engine
from understudy.engine.runner import usable_cores
from understudy.models.loaded import LoadedModel
from understudy.models.store import ModelStore
from understudy.prompt.template import template_for
from understudy.prompt.tokenizer import Tokenizer

MODEL = "@house/prompter"
KEY = "benchmark"
TEXT = "The understudy waits in the wings, and knows every line of the play by heart. "
SHORT, LONG = 16, 144
"""Tokens of an answer in the two runs of each case."""

STEP_MS = {1: 22.0, 16: 45.0, 64: 120.0}
"""Milliseconds of a step of a 1B model at 4 bits on two cores, by sequences."""

READ_BYTES = 64 * 2**20
"""Of each core at a time: more than the caches of most machines."""

WAITS = 21
READER = "memory"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Door:
    """One route and the body of a request to it."""

    path: str
    body: Callable[[str, int], dict[str, Any]]


DOORS = {
    "chat": Door(
        "/v1/openai/chat/completions",
        lambda prompt, tokens: {
            "model": MODEL,
            "messages": [{"role": "user", "content": prompt}],
            "max_tokens": tokens,
        },
    ),
    "workers": Door(
        f"/client/v4/accounts/local/ai/run/{MODEL}",
        lambda prompt, tokens: {"prompt": prompt, "max_tokens": tokens},
    ),
    "inference": Door(
        f"/v1/inference/{MODEL}",
        lambda prompt, tokens: {"input": prompt, "max_new_tokens": tokens},
    ),
}


class PacedRunner:
    """A ModelRunner whose steps take ``seconds``. ``readers`` threads read memory meanwhile."""

    block_size = 32
    num_blocks = 4096
    context_length = 4096
    takes_adapters = False

    def __init__(
        self, answer: Items[int], vocab_size: int, seconds: float, readers: int = 0
    ) -> None:
        self.vocab_size = vocab_size
        self.cpu_ns = 0
        self.began_ns = 0
        self._seconds = seconds
        self._reading = [np.ones(READ_BYTES // 4, np.float32) for _ in range(readers)]
        self._readers = ThreadPoolExecutor(max(1, readers), READER)
        self._rows = np.zeros((len(answer) + 64, vocab_size), np.float32)
        for row, token in zip(self._rows, list(answer) * 3, strict=False):
            row[token] = 9.0
        self._turns = len(answer)
        self._steps = 0

    def step(self, batch: Items[Slice]) -> Floats:
        self.began_ns = time.perf_counter_ns()
        until, spent = time.perf_counter() + self._seconds, time.thread_time_ns()
        for reader in [self._readers.submit(_read, memory, until) for memory in self._reading]:
            reader.result()
        time.sleep(max(0.0, until - time.perf_counter()))
        self._steps += 1
        first = self._steps % self._turns
        rows = self._rows[first : first + sum(part.logits for part in batch)]
        self.cpu_ns += time.thread_time_ns() - spent
        return rows

    def copy_block(self, source: int, target: int) -> None:
        raise NotImplementedError

    def load_adapter(self, key: str, adapter: Adapter) -> None:
        raise NotImplementedError

    def unload_adapter(self, key: str) -> None:
        raise NotImplementedError

    def close(self) -> None:
        pass


def _read(memory: Floats, until: float) -> None:
    """Read round and round, in pieces short enough to end in time."""
    pieces = itertools.cycle(np.array_split(memory, 64))
    while time.perf_counter() < until:
        np.add.reduce(next(pieces))


class PacedPool:
    """A pool of one model, the bundled one, over a PacedRunner."""

    def __init__(self, home: Path, catalog: Catalog, seconds: float, readers: int) -> None:
        card = catalog.bundled
        folder = ModelStore(home).source(card)
        tokenizer = Tokenizer.from_folder(folder)
        self.runner = PacedRunner(_words(tokenizer), tokenizer.vocab_size, seconds, readers)
        engine = Engine(self.runner)
        self.core_ns = 0
        self._time(engine)
        self._backend = LocalBackend(engine, card.eos_token_ids)
        self._loaded = LoadedModel(
            card=card,
            backend=self._backend,
            tokenizer=tokenizer,
            template=template_for(card, folder),
            context_length=engine.context_length,
            served_by=card.name,
        )

    def _time(self, engine: Engine) -> None:
        step = engine._core.step

        def timed() -> Any:
            began = time.thread_time_ns()
            try:
                return step()
            finally:
                self.core_ns += time.thread_time_ns() - began

        engine._core.step = timed  # type: ignore[method-assign]

    @asynccontextmanager
    async def lease(self, name: str) -> AsyncIterator[LoadedModel]:
        yield self._loaded

    async def warm(self, name: str) -> None:
        pass

    def ready(self) -> bool:
        return True

    async def close(self) -> None:
        await self._backend.close()


def _words(tokenizer: Tokenizer) -> list[int]:
    """Tokens that read as words, in an order that no draft foresees."""
    known = range(tokenizer.vocab_size)
    words = [token for token in known if tokenizer.token_text(token).strip().isalpha()]
    return [int(token) for token in np.random.default_rng(0).permutation(words)[:1024]]


def serve(home: Path, seconds: float, readers: int) -> int:
    """The server's process: figures for each line on its standard input."""
    settings = Settings(home=home, port=0, api_key=KEY)
    configure_logging(settings)
    catalog = Catalog.load()
    pool = PacedPool(home, catalog, seconds, readers)
    threading.Thread(target=_tell, args=(pool,), daemon=True).start()
    return run_server(settings, catalog, pool)


def _tell(pool: PacedPool) -> None:
    for _ in sys.stdin:
        print(json.dumps(_figures(pool)), flush=True)


def _figures(pool: PacedPool) -> dict[str, int]:
    """CPU time so far in nanoseconds: of the event loop's thread, the engine's and the others;
    of the engine's, what its steps and the runner took. And when the last step began."""
    threads = {thread.native_id: thread.name for thread in threading.enumerate()}
    engine = next(thread for thread, name in threads.items() if name == "understudy-engine")
    ours = {thread for thread, name in threads.items() if name.startswith(READER)}
    ours.add(threading.get_native_id())
    spent = {
        int(task.name): int((task / "schedstat").read_text().split()[0])
        for task in Path("/proc/self/task").iterdir()
        if int(task.name) not in ours
    }
    return {
        "loop": spent.pop(os.getpid()),
        "thread": spent.pop(engine or 0),
        "others": sum(spent.values()),
        "core": pool.core_ns,
        "runner": pool.runner.cpu_ns,
        "began": pool.runner.began_ns,
    }


class Served:
    """The server's process, seen from the client."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process = process
        self._port = port

    def figures(self) -> dict[str, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        figures: dict[str, int] = json.loads(self._process.stdout.readline())
        return figures

    def wait(self, prompt: str) -> float:
        """Milliseconds from sending a request to the step that computes it, nothing else to do.

        Both processes read the same clock; an answer of one token is one step.
        """
        began = time.perf_counter_ns()
        _drain(self._port, DOORS["chat"], 1, 1, prompt)
        return (self.figures()["began"] - began) / 1e6

    def cost(self, door: Door, streams: int, tokens: int) -> dict[str, int]:
        """CPU time of that many streams at once, of that many tokens each."""
        before = self.figures()
        _drain(self._port, door, streams, tokens)
        after = self.figures()
        return {name: after[name] - before[name] for name in after}


@contextmanager
def served(seconds: float, readers: int) -> Iterator[Served]:
    with tempfile.TemporaryDirectory() as home:
        case = [home, str(seconds), str(readers)]
        command = [sys.executable, "-m", "benchmarks.serving_cost", "--serve", *case]
        log = Path(home) / "log"
        with log.open("w") as file:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, text=True
            )
        try:
            while not (found := re.search(r":(\d+)\n.*ready\n", log.read_text(), re.DOTALL)):
                if process.poll() is not None:
                    raise SystemExit(f"the server did not start:\n{log.read_text()}")
                time.sleep(0.1)
            yield Served(process, int(found[1]))
        finally:
            process.terminate()
            process.wait()
            if "Traceback" in log.read_text() or "tottime" in log.read_text():
                print(log.read_text(), file=sys.stderr)


def _drain(port: int, door: Door, streams: int, tokens: int, prompt: str = TEXT) -> None:
    """Ask for that many answers at once, read them to their ends, and look at nothing else."""
    with selectors.DefaultSelector() as selector:
        for number in range(streams):
            sock = socket.create_connection(("127.0.0.1", port))
            body = {**door.body(f"{number}: {prompt}", tokens), "stream": True, "temperature": 0}
            sock.sendall(_request(door.path, body))
            selector.register(sock, selectors.EVENT_READ, bytearray())
        while selector.get_map():
            for key, _ in selector.select():
                data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                key.data.extend(data)
                if key.data.endswith(b"\r\n0\r\n\r\n") or not data:
                    _check(bytes(key.data), tokens)
                    selector.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]


def _request(path: str, body: Mapping[str, Any]) -> bytes:
    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {KEY}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def _check(answer: bytes, tokens: int) -> None:
    if not answer.startswith(b"HTTP/1.1 200") or answer.count(b"data: ") < tokens:
        raise SystemExit(f"not an answer of {tokens} tokens:\n{answer[:2000].decode()}")


def measure(server: Served, door: Door, streams: int) -> dict[str, float]:
    """Microseconds of CPU time: of each token, by thread, and of each request above that."""
    short, long = (server.cost(door, streams, tokens) for tokens in (SHORT, LONG))
    tokens = streams * (LONG - SHORT)
    each = {name: (long[name] - short[name]) / tokens / 1000 for name in long}
    above = short["loop"] + short["others"] + short["thread"] - short["core"]
    token = each["loop"] + each["others"] + each["thread"] - each["core"]
    return {
        "above": token,
        "loop": each["loop"],
        "wake-up": each["thread"] - each["core"],
        "engine": each["core"] - each["runner"],
        "request": above / 1000 / streams - SHORT * token,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="CPU time of a token above the engine.")
    parser.add_argument("--doors", nargs="+", choices=DOORS, default=list(DOORS))
    parser.add_argument("--streams", nargs="+", type=int, default=[1, 16, 64])
    parser.add_argument("--step-ms", type=float, help="of a step; by default that of a 1B model")
    parser.add_argument("--busy", action="store_true", help="keep every core busy meanwhile")
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        home, seconds, readers = given.serve
        return serve(Path(home), float(seconds), int(readers))
    print("microseconds of CPU time; share of a step's time")
    columns = ("above", "loop", "wake-up", "engine", "request")
    print(f"{'door':10} {'streams':>7}", *(f"{name:>8}" for name in columns), f"{'share':>7}")
    for streams in given.streams:
        step = given.step_ms or STEP_MS.get(streams, 45.0)
        with served(step / 1000, usable_cores() if given.busy else 0) as server:
            server.cost(DOORS["chat"], streams, SHORT)
            for name in given.doors:
                figures = measure(server, DOORS[name], streams)
                share = figures["above"] * streams / 1000 / step
                numbers = (f"{figures[column]:8.1f}" for column in columns)
                print(f"{name:10} {streams:7}", *numbers, f"{share:7.2%}", flush=True)
    with served(STEP_MS[1] / 1000, 0) as server:
        for what, prompt in (("a short prompt", TEXT), ("1000 words", TEXT * 63)):
            server.wait(prompt)
            waits = sorted(server.wait(prompt) for _ in range(WAITS))
            median, worst = waits[WAITS // 2], waits[-1]
            print(f"{what}: {median:.1f} ms to the engine's first step, {worst:.1f} at worst")
    return 0


if __name__ == "__main__":
    sys.exit(main())
