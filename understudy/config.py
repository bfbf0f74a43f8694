"""Settings, frozen, from one loader: file < environment < flags."""

from __future__ import annotations

import math
import os
import re
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from understudy.errors import ConfigError
from understudy.upstreams import Upstream, read_upstreams

Precision = Literal["f32", "bf16", "f16", "int8", "int4"]

PREFIX = "UNDERSTUDY_"
FILE_NAME = "config.toml"

_KEY = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_BOOLEANS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_POSITIVE = (
    "kv_cache_tokens",
    "max_batch",
    "queue_limit",
    "max_body",
    "body_timeout",
    "request_timeout",
    "threads",
    "memory_gb",
    "adapter_memory_gb",
    "max_adapter",
)
_NOT_NEGATIVE = ("idle_unload", "drain_timeout")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every option of the server. An unknown key, in file or environment, stops the start.

    Sizes are in bytes and times in seconds unless the name says otherwise. ``kv_cache_tokens``
    is the KV cache of each model, in positions that its requests share; a model whose context is
    longer gets one whole context, and less than that only where memory is short. ``upstreams`` are
    the models that servers elsewhere compute, in the file a table for each
    (``[upstreams."MODEL"]``).
    """

    host: str = "127.0.0.1"
    port: int = 8080
    home: Path = Path("~/.understudy")
    api_key: str | None = None
    accounts: tuple[str, ...] = ("local",)
    stand_in: bool = False
    quantize: Precision = "int8"
    precise: bool = False
    threads: int | None = None
    memory_gb: float | None = None
    idle_unload: float = 900.0
    kv_cache_tokens: int = 32768
    max_batch: int = 64
    queue_limit: int = 512
    speculate: bool = True
    adapters: bool = True
    adapter_memory_gb: float = 0.5
    max_adapter: int = 500 * 1024 * 1024
    max_body: int = 4 * 1024 * 1024
    body_timeout: float = 30.0
    request_timeout: float = 600.0
    drain_timeout: float = 20.0
    today: str | None = None
    stream_padding: bool = False
    run_functions: bool = False
    env_ai: Literal["loopback", "anywhere", "off"] = "loopback"
    web_session: bool = True
    upstreams: tuple[Upstream, ...] = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"


def load(
    flags: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """Settings from the file, the environment and ``flags`` (None there means "not given").

    ``file`` names the file, which must then exist; without it ``config.toml`` in the home is
    read if it is there. ``UNDERSTUDY_API_KEY=...`` sets ``api_key``, and so on; lists are
    separated by commas. Raises ConfigError, naming the key and where it was found.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    environment = _from_environment(os.environ if environ is None else environ)
    home = _expanded(Path(given.get("home") or environment.get("home") or Settings().home))
    values = _from_file(file or home / FILE_NAME, must_exist=file is not None)
    values |= environment
    for name, value in given.items():
        values[name] = _typed(name, value, f"flag --{name.replace('_', '-')}")
    settings = Settings(**values | {"home": _expanded(Path(values.get("home", home)))})
    _check_ranges(settings)
    return settings


def _expanded(home: Path) -> Path:
    try:
        return home.expanduser()
    except RuntimeError as exc:
        # A user that does not exist, or one without a home.
        raise ConfigError(f"The setting 'home' ({home}) names no folder: {exc}") from exc


def _from_file(path: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if must_exist:
            raise ConfigError(f"There is no configuration file {path}.") from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ConfigError(f"The configuration file {path} cannot be read: {exc}.") from exc
    return {name: _typed(name, value, str(path)) for name, value in raw.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for variable, text in environ.items():
        if variable.startswith(PREFIX) and text != "":
            name = variable.removeprefix(PREFIX).lower()
            values[name] = _typed(name, text, f"environment variable {variable}", textual=True)
    return values


def _typed(name: str, value: Any, source: str, *, textual: bool = False) -> Any:
    """``value`` as the type of the setting ``name``; text is converted where ``textual``."""
    hints = get_type_hints(Settings)
    if name not in hints:
        known = ", ".join(sorted(hints))
        raise ConfigError(f"Unknown setting '{name}' ({source}). Known settings: {known}.")
    if name == "upstreams":
        return read_upstreams(value, source)
    wanted = _without_none(hints[name])
    try:
        return _parse(value, wanted) if textual else _check(value, wanted)
    except ValueError as exc:
        # The value itself is left out: it may be the key.
        raise ConfigError(f"The setting '{name}' ({source}) must be {exc}.") from None


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        return next(arg for arg in get_args(hint) if arg is not types.NoneType)
    return hint


def _parse(text: str, wanted: Any) -> Any:
    if wanted is bool:
        if text.lower() not in _BOOLEANS:
            raise ValueError("true or false")
        return _BOOLEANS[text.lower()]
    if wanted in (int, float):
        try:
            return wanted(text)
        except ValueError:
            raise ValueError(_described(wanted)) from None
    if get_origin(wanted) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return _check(text, wanted)


def _check(value: Any, wanted: Any) -> Any:
    if get_origin(wanted) is Literal:
        if value in get_args(wanted):
            return value
    elif get_origin(wanted) is tuple:
        if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
            return tuple(value)
    elif wanted is Path:
        if isinstance(value, str | Path) and str(value) and "\0" not in str(value):
            return Path(value)
    elif wanted is float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    elif isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool)):
        return value
    raise ValueError(_described(wanted))


def _described(wanted: Any) -> str:
    if get_origin(wanted) is Literal:
        return "one of " + ", ".join(get_args(wanted))
    if get_origin(wanted) is tuple:
        return "a list of strings"
    names = {bool: "true or false", int: "a whole number", float: "a number", Path: "a path"}
    return names.get(wanted, "a string")


def _check_ranges(settings: Settings) -> None:
    if not 0 <= settings.port <= 65535:
        raise ConfigError("The setting 'port' must be between 0 and 65535.")
    for name in _POSITIVE:
        value = getattr(settings, name)
        if value is not None and not value > 0:
            raise ConfigError(f"The setting '{name}' must be more than 0.")
    for name in ("memory_gb", "adapter_memory_gb"):
        value = getattr(settings, name)
        if value is not None and not math.isfinite(value):
            raise ConfigError(f"The setting '{name}' must be a finite number.")
    for name in _NOT_NEGATIVE:
        if not getattr(settings, name) >= 0:
            raise ConfigError(f"The setting '{name}' must be 0 or more.")
    if settings.api_key is not None and not _KEY.fullmatch(settings.api_key):
        raise ConfigError(
            "The setting 'api_key' must be letters, digits and any of -._~+/ "
            "(no client could send another in an Authorization header)."
        )
    if settings.today is not None:
        from understudy.prompt.template import parse_day

        parse_day(settings.today)


def names() -> tuple[str, ...]:
    """The names of all settings."""
    return tuple(field.name for field in fields(Settings))
