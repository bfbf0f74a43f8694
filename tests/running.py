"""The real server on a real socket, in a thread of the test process."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.doors import MODEL
from understudy.catalog.registry import Catalog
from understudy.config import Settings
from understudy.keys import KeyStore
from understudy.models.finetune_check import finetunes_in
from understudy.models.finetunes import FinetuneStore
from understudy.models.random_weights import write_random
from understudy.models.residency import ModelPool
from understudy.models.store import ModelStore
from understudy.server.app import build_app
from understudy.server.gate import Gate
from understudy.server.lifecycle import Server, listen, url_of
from understudy.server.pipeline import Services

KEY = "test-key"
START = 120.0
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Making a client's usual one reads all certificates of the machine, for each test."""

TINY = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "max_position_embeddings": 1024,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "tie_word_embeddings": True,
    "vocab_size": 512,
    "hidden_act": "silu",
}
"""The config.json of a model that computes in microseconds."""


@dataclass(frozen=True)
class Running:
    """A server that is ready. ``pool`` and ``gate`` are for looking, from this thread."""

    url: str
    key: str
    pool: Any
    gate: Gate
    keys: KeyStore
    finetunes: FinetuneStore
    settings: Settings
    loop: asyncio.AbstractEventLoop

    def settle(self) -> None:
        """Wait until no call is running; fail rather than wait forever."""
        asyncio.run_coroutine_threadsafe(self.gate.wait_idle(), self.loop).result(60)

    def client(self, **more: Any) -> httpx.Client:
        """An HTTP client with the key and env.AI's header, that never waits forever."""
        headers = {"authorization": f"Bearer {self.key}", "cf-consn-model-id": MODEL}
        return httpx.Client(
            base_url=self.url, timeout=60, verify=_NO_TLS, **{"headers": headers, **more}
        )


@contextmanager
def running(
    settings: Settings,
    make_pool: Callable[[Settings, Catalog], Any],
    *,
    shipped: Path | None = None,
) -> Iterator[Running]:
    """Serve ``settings`` with the pool that ``make_pool`` makes inside the server's loop.

    ``shipped`` is a folder of adapters in place of those in the package.
    """
    sock = listen("127.0.0.1", 0)
    started = threading.Event()
    found: dict[str, Any] = {}

    async def serve() -> None:
        catalog = Catalog.load()
        pool = make_pool(settings, catalog)
        keys = KeyStore(settings.home, settings.api_key)
        gate = Gate(settings.max_batch + settings.queue_limit)
        finetunes = finetunes_in(settings.home, catalog, ModelStore(settings.home), shipped)
        app = build_app(Services(settings, catalog, pool, keys, gate, finetunes))

        async def warm() -> None:
            try:
                await pool.warm("@house/prompter")
            finally:
                # Runs once the server has noted how warming ended.
                asyncio.get_running_loop().call_soon(started.set)

        server = Server(app, settings, gate, pool, warm)
        found.update(
            server=server,
            pool=pool,
            gate=gate,
            keys=keys,
            finetunes=finetunes,
            loop=asyncio.get_running_loop(),
        )
        await server.serve(sockets=[sock])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="server")
    thread.start()
    try:
        assert started.wait(START), "the server did not start"
        server = found["server"]
        assert server.failure is None, server.failure
        parts = {name: found[name] for name in ("pool", "gate", "keys", "finetunes", "loop")}
        yield Running(url_of(sock), KEY, settings=settings, **parts)
    finally:
        if "server" in found:
            found["server"].should_exit = True
        thread.join(START)
        assert not thread.is_alive(), "the server did not stop"


def settings_for(home: Path, **more: Any) -> Settings:
    """Settings of a test server."""
    defaults: dict[str, Any] = {"home": home, "api_key": KEY, "stand_in": True, "drain_timeout": 1}
    return Settings(**{**defaults, **more})


def tiny_pool(settings: Settings, catalog: Catalog) -> ModelPool:
    """The real pool and engine, over a bundled model of random weights."""
    folder = settings.home / "tiny"
    write_random(TINY, folder)
    return ModelPool(settings, catalog, ModelStore(settings.home, bundled=lambda: folder))


def house_pool(settings: Settings, catalog: Catalog) -> ModelPool:
    """The real pool over the real bundled model, as ``understudy serve`` makes it."""
    return ModelPool(settings, catalog, ModelStore(settings.home))
