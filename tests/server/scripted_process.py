"""``understudy serve`` with a scripted model: ``python -m tests.server.scripted_process serve …``.

SCRIPTED_POOL=broken makes warming fail.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal

from tests.server.scripted import ScriptedPool, scripted_pool
from understudy import cli
from understudy.catalog.registry import Catalog
from understudy.cli import serve as serve_command
from understudy.config import Settings
from understudy.errors import ModelFolderInvalid


def serve(arguments: argparse.Namespace, settings: Settings) -> int:
    serve_command.configure_logging(settings)
    catalog = Catalog.load()
    pool = scripted_pool(settings, catalog)

    async def warm(name: str) -> None:
        if os.environ["SCRIPTED_POOL"] == "broken":
            raise ModelFolderInvalid(name, "The weights are damaged.")
        await ScriptedPool.warm(pool, name)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, pool.backend.release)

    pool.warm = warm  # type: ignore[method-assign]
    return serve_command.run_server(settings, catalog, pool)


serve_command.serve = serve
raise SystemExit(cli.main())
