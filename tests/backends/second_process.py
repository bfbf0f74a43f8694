"""``understudy serve`` with a small random model under the bundled one's name:
``python -m tests.backends.second_process serve …``."""

from __future__ import annotations

import argparse

from tests.running import tiny_pool
from understudy import cli
from understudy.catalog.registry import Catalog
from understudy.cli import serve as serve_command
from understudy.config import Settings


def serve(arguments: argparse.Namespace, settings: Settings) -> int:
    serve_command.configure_logging(settings)
    catalog = Catalog.load()
    return serve_command.run_server(settings, catalog, tiny_pool(settings, catalog))


serve_command.serve = serve
raise SystemExit(cli.main())
