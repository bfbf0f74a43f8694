"""The command line. Each command's module is imported when it runs, so that help is quick."""

from __future__ import annotations

import argparse
import importlib
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from understudy import __version__, config
from understudy.errors import UnderstudyError

if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]

FAILED = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 (it failed) or 2 (wrong usage)."""
    arguments = parser().parse_args(argv)
    command = importlib.import_module(f"understudy.cli.{arguments.module}")
    try:
        settings = config.load(_flags(arguments), file=arguments.config)
        code: int = getattr(command, arguments.function)(arguments, settings)
        sys.stdout.flush()
    except UnderstudyError as exc:
        print(f"understudy: {exc}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has seen enough; what is left must go somewhere at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as exc:
        what = f"{exc.filename}: {exc.strerror}" if exc.filename and exc.strerror else str(exc)
        print(f"understudy: {what}", file=sys.stderr)
        return FAILED
    return code


def parser() -> argparse.ArgumentParser:
    """The whole grammar of the command line."""
    top = argparse.ArgumentParser(
        prog="understudy",
        description="A self-hosted stand-in for hosted text-generation APIs.",
    )
    top.add_argument("--version", action="version", version=f"understudy {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    shared = _shared()
    _add_serve(commands, shared)
    _add_run(commands, shared)
    _add_pull(commands, shared)
    _add_models(commands, shared)
    _add_keys(commands, shared)
    _add_bench(commands, shared)
    return top


def _shared() -> argparse.ArgumentParser:
    """Options of every command. Those that are settings carry the setting's name."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--config", type=Path, metavar="FILE", help="settings (TOML)")
    shared.add_argument("--home", type=Path, metavar="DIR", help="data (default ~/.understudy)")
    return shared


def _engine_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--quantize", choices=get_args(config.Precision), help="weights in memory")
    command.add_argument(
        "--precise", action=argparse.BooleanOptionalAction, help="exact kernels, slower"
    )
    command.add_argument("--threads", type=int, metavar="N", help="cores to compute on")


def _add_serve(commands: _Commands, shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("serve", parents=[shared], help="run the server")
    command.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    command.add_argument("--port", type=int, help="port to listen on (default 8080; 0: any free)")
    command.add_argument(
        "--stand-in",
        action=argparse.BooleanOptionalAction,
        help="let the bundled model answer for models that are not downloaded",
    )
    command.add_argument("--memory-gb", type=float, metavar="GB", help="budget for models")
    command.add_argument("--max-batch", type=int, metavar="N", help="sequences computed at once")
    command.add_argument(
        "--drain-timeout", type=float, metavar="S", help="time to finish at shutdown"
    )
    levels = ("debug", "info", "warning", "error")
    command.add_argument("--log-level", choices=levels, help="least severe lines to log")
    _engine_options(command)
    command.set_defaults(module="serve", function="serve")


def _add_run(commands: _Commands, shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("run", parents=[shared], help="one answer, without a server")
    command.add_argument("model", metavar="MODEL")
    command.add_argument("prompt", metavar="PROMPT")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--system", metavar="TEXT", help="system message")
    form.add_argument("--raw", action="store_true", help="no chat template")
    command.add_argument("--max-tokens", type=_within(int, 1), default=256, metavar="N")
    command.add_argument(
        "--temperature", type=_within(float, 0, 5), default=0.6, metavar="T", help="0: greedy"
    )
    # The range that the served doors take.
    command.add_argument("--seed", type=_within(int, -(2**63), 2**64 - 1), metavar="N")
    _engine_options(command)
    command.set_defaults(module="run", function="run")


def _add_pull(commands: _Commands, shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("pull", parents=[shared], help="download and convert a model")
    command.add_argument("model", metavar="MODEL")
    command.add_argument("--quantize", choices=get_args(config.Precision), help="convert to this")
    command.add_argument("--json", action="store_true", help="progress for programs, in lines")
    command.set_defaults(module="pull", function="run")


def _add_models(commands: _Commands, shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("models", parents=[shared], help="what there is, what is here")
    command.add_argument(
        "action",
        nargs="?",
        choices=("list", "plan"),
        default="list",
        help="list (the default), or plan: what memory a model takes, and what fits here",
    )
    command.add_argument("model", nargs="?", metavar="MODEL", help="for plan")
    command.add_argument("--json", action="store_true", help="for programs")
    command.add_argument("--quantize", choices=get_args(config.Precision), help="weights in memory")
    command.add_argument("--memory-gb", type=float, metavar="GB", help="budget for models")
    command.set_defaults(module="models", function="models", wrong=command.error)


def _add_keys(commands: _Commands, shared: argparse.ArgumentParser) -> None:
    keys = commands.add_parser("keys", help="create, list and revoke API keys")
    actions = keys.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser("create", parents=[shared], help="make a key; it is shown once")
    create.add_argument("name", metavar="NAME")
    create.add_argument(
        "--scope", action="append", dest="scopes", choices=("run", "admin"), help="repeatable"
    )
    create.add_argument(
        "--weight",
        type=float,
        default=1.0,
        metavar="W",
        help="share of turns, 0.001 to 1000 (default 1)",
    )
    create.set_defaults(module="keys", function="create")
    listed = actions.add_parser("list", parents=[shared], help="names and scopes, not the keys")
    listed.set_defaults(module="keys", function="show")
    revoke = actions.add_parser("revoke", parents=[shared], help="refuse a key from now on")
    revoke.add_argument("key", metavar="ID_OR_NAME")
    revoke.set_defaults(module="keys", function="revoke")


def _add_bench(commands: _Commands, shared: argparse.ArgumentParser) -> None:
    command = commands.add_parser("bench", parents=[shared], help="measure the engine alone")
    command.add_argument("model", metavar="MODEL", help="a catalogue name or a model folder")
    command.add_argument("--decode", type=_sizes, default=(1, 8, 16), metavar="N,N,…")
    command.add_argument("--prefill", type=_sizes, default=(1024,), metavar="N,N,…")
    command.add_argument("--random", action="store_true", help="random weights, no download")
    command.add_argument("--json", action="store_true", help="for programs")
    _engine_options(command)
    command.set_defaults(module="bench", function="bench")


def _within(
    number: Callable[[str], float], least: float, most: float = math.inf
) -> Callable[[str], float]:
    """A reader of numbers from ``least`` to ``most``."""

    def read(text: str) -> float:
        try:
            value = number(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            bounds = f"from {least} to {most}" if most < math.inf else f"of {least} or more"
            raise argparse.ArgumentTypeError(f"'{text}' is not a number {bounds}")
        return value

    return read


def _sizes(text: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part) for part in text.split(",") if part)
    except ValueError:
        sizes = ()
    if not sizes or min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of whole numbers above 0")
    return sizes


def _flags(arguments: argparse.Namespace) -> dict[str, object]:
    """Those arguments that are settings."""
    known = config.names()
    return {name: value for name, value in vars(arguments).items() if name in known}
