"""``understudy serve``."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import socket
import sys
from typing import NoReturn, Protocol

from understudy.catalog.registry import Catalog
from understudy.cli.catalogue import catalogue
from understudy.config import Settings
from understudy.functions.sandbox import check_installed
from understudy.keys import KeyStore
from understudy.models.finetune_check import finetunes_in
from understudy.models.remote import pool_for
from understudy.models.store import ModelStore
from understudy.server.app import build_app
from understudy.server.gate import Gate
from understudy.server.lifecycle import Server, is_loopback, listen, url_of
from understudy.server.pipeline import Pool, Services

log = logging.getLogger("understudy.server")


class ServedPool(Pool, Protocol):
    """A pool that can be warmed and closed; see ``ModelPool``."""

    async def warm(self, name: str) -> None: ...

    async def close(self) -> None: ...


def serve(arguments: argparse.Namespace, settings: Settings) -> int:
    """Serve until a signal. Returns 0 after a clean drain; raises what stopped the start."""
    configure_logging(settings)
    if settings.run_functions:
        check_installed()
    catalog = catalogue(settings)
    return run_server(settings, catalog, pool_for(settings, catalog, ModelStore(settings.home)))


def run_server(settings: Settings, catalog: Catalog, pool: ServedPool) -> int:
    """The server's whole life, whatever pool is behind it."""
    keys = KeyStore(settings.home, settings.api_key)
    gate = Gate(settings.max_batch + settings.queue_limit)
    finetunes = finetunes_in(settings.home, catalog, ModelStore(settings.home))
    app = build_app(Services(settings, catalog, pool, keys, gate, finetunes))
    bundled = catalog.bundled.name
    server = Server(app, settings, gate, pool, warm=lambda: pool.warm(bundled))
    sock = listen(settings.host, settings.port)
    make_first_key(keys)
    warn_of_what_is_open(settings, sock)
    log.info("listening on %s", url_of(sock))
    _set_aside_what_stays()
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(_until_closed(server, sock))
    if server.failure is not None:
        raise server.failure
    return 0


def warn_of_what_is_open(settings: Settings, sock: socket.socket) -> None:
    """Say in the log who may do what besides this machine's programs and the holders of keys."""
    if is_loopback(sock):
        return
    log.warning(
        "%s can be reached from other machines, without encryption: "
        "put a TLS proxy in front, or use --host 127.0.0.1",
        url_of(sock),
    )
    if settings.env_ai == "anywhere":
        log.warning(
            "env_ai = anywhere: other machines may use the models without a key%s",
            ", and have functions run" if settings.run_functions else "",
        )


def _set_aside_what_stays() -> None:
    """Spare what is imported by now from garbage collection: four fifths of all objects.

    Looking through all of them, with a model loaded, stops every stream for 40 ms: a step. Models
    come later, because they go again.
    """
    gc.collect()
    gc.freeze()


async def _until_closed(server: Server, sock: socket.socket) -> None:
    await server.serve(sockets=[sock])
    if not server.closed:
        _leave(server)


def _leave(server: Server) -> NoReturn:
    """End the process without its threads.

    Both the event loop and the interpreter join worker threads as they end, and one that loads a
    model cannot be interrupted: it may convert for minutes, or wait for as long as another
    process pulls that model. Nothing is lost with it. Locks end with the process, a packed file
    gets its name only when complete, and what a conversion leaves is removed by the next one.
    """
    if server.failure is not None:
        log.error("%s", server.failure)
    log.warning("leaving while a model is still being loaded or closed")
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0 if server.failure is None else 1)


def make_first_key(keys: KeyStore) -> None:
    """With no key at all, make one and show it: the only time that it can be seen."""
    if keys.empty():
        key = keys.create("first", ("run", "admin"))
        print(f"API key (shown once, stored as a hash): {key}", flush=True)


def configure_logging(settings: Settings) -> None:
    """Our lines at the chosen level on stderr; of the libraries, warnings only.

    What uvicorn and the parser of forms warn of is what clients do (and how to install what we
    do without).
    """
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    logging.getLogger("understudy").setLevel(settings.log_level.upper())
