"""The server's life: listen, warm up, serve, drain, close."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from types import FrameType
from typing import Protocol

import uvicorn
from starlette.types import ASGIApp

from understudy.config import Settings
from understudy.errors import ConfigError, UnderstudyError
from understudy.server.gate import Gate

log = logging.getLogger("understudy.server")

_KEEP_ALIVE = 65
"""Seconds. Longer than clients keep idle connections (httpx: 5), so that they close first; else a
request could meet a connection that is just being closed."""

_LINGER = 5
"""Seconds that connections may take to close once every call on them is over."""

_CLOSE = 5.0
"""Seconds that models and worker threads may take to end after that."""

_HURRIED = 1.0
"""The same after a second signal."""


class Closable(Protocol):
    """What the server closes last."""

    async def close(self) -> None: ...


class Server(uvicorn.Server):
    """uvicorn with our start and our end.

    The socket listens at once; ``warm`` runs beside it, and ``gate.ready`` says when it is
    done. A signal (or ``should_exit``) stops admission, lets calls finish within
    ``settings.drain_timeout``, ends the rest with their dialect's error, and closes ``pool``.
    A second signal ends the rest at once. ``failure`` holds what went wrong in ``warm``.

    ``closed`` tells afterwards whether the pool and every worker thread ended in time. If not, a
    thread still loads a model, or waits for another process to let go of its files; threads
    cannot be stopped, and the interpreter would wait for them at its exit.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        gate: Gate,
        pool: Closable,
        warm: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                # Named, or what else happens to be installed would decide: httptools does not
                # bound headers and sends chunks to HTTP/1.0 (see docs/dependencies.md).
                http="h11",
                loop="asyncio",
                access_log=False,
                log_config=None,
                lifespan="off",
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=_LINGER,
                ws="none",
            )
        )
        self._settings = settings
        self._gate = gate
        self._pool = pool
        self._warm = warm
        self._warming: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self.failure: UnderstudyError | None = None
        self.closed = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._warming = asyncio.create_task(self._warm_up())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # The listening socket stays open meanwhile, so that a client is told why it is refused.
        log.info("draining: %d calls are running", self._gate.live)
        await self._gate.drain(self._settings.drain_timeout)
        await super().shutdown(sockets)
        self.closed = await self._close_in_time()

    async def _close_in_time(self) -> bool:
        closing = asyncio.create_task(self._close())
        hurry = asyncio.create_task(self._hurry.wait())
        await asyncio.wait((closing, hurry), timeout=_CLOSE, return_when=asyncio.FIRST_COMPLETED)
        if hurry.done():
            await asyncio.wait((closing,), timeout=_HURRIED)
        hurry.cancel()
        if not closing.done():
            return False
        closing.result()
        return True

    async def _close(self) -> None:
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.wait([self._warming])
        await self._pool.close()
        await asyncio.get_running_loop().shutdown_default_executor()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._gate.close()
        if self.should_exit:
            # Signal handlers run between any two bytecodes; the calls belong to the loop.
            asyncio.get_running_loop().call_soon_threadsafe(self._end_at_once)
        self.should_exit = True

    def _end_at_once(self) -> None:
        self._hurry.set()
        self._gate.end_all()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn does it, but without raising the signal again: a drained server exits 0."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        ours = (signal.SIGINT, signal.SIGTERM)
        before = {sig: signal.signal(sig, self.handle_exit) for sig in ours}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)

    async def _warm_up(self) -> None:
        try:
            await self._warm()
            self._gate.ready = True
            log.info("ready")
        except UnderstudyError as exc:
            self._give_up(exc)
        except Exception:
            log.exception("the start failed")
            self._give_up(UnderstudyError("The bundled model cannot be loaded."))

    def _give_up(self, why: UnderstudyError) -> None:
        self.failure = why
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises ConfigError.

    Who connects from now on waits until the server serves.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.socket(family, kind, proto)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            sock.listen()
        except OSError:
            sock.close()
            raise
    except OSError as exc:
        why = exc.strerror or str(exc)
        raise ConfigError(f"Cannot listen on {host}:{port}: {why}.") from exc
    except ValueError as exc:
        raise ConfigError(f"Cannot listen on {host}:{port}: that is not a host's name.") from exc
    return sock


def url_of(sock: socket.socket) -> str:
    """The address of a bound socket, as a client writes it."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(sock: socket.socket) -> bool:
    """Whether only this machine can reach the socket."""
    host: str = sock.getsockname()[0]
    return host == "::1" or host.startswith("127.")
