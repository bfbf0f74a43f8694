"""Servers elsewhere that compute models of ours: what the settings say of them."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from understudy.errors import ConfigError

Kind = Literal["understudy", "vllm", "openai"]

Capability = Literal[
    "chat",
    "completions",
    "choices",
    "logprobs",
    "token_ids",
    "echo",
    "json_object",
    "json_schema",
    "regex",
    "tools",
    "top_k",
    "min_p",
    "penalties",
    "repetition_penalty",
    "seed",
    "stop",
    "show_stop",
    "stop_token_ids",
    "logit_bias",
    "ignore_eos",
    "cache_namespace",
    "running_usage",
]
"""What a server can honour beside the bare request. ``token_ids``: log-probabilities that name
tokens by id. ``penalties``: those of frequency and presence. ``cache_namespace``: prefix caches
apart for each caller. ``running_usage``: token counts with every chunk of a stream."""

CAPABILITIES: tuple[Capability, ...] = get_args(Capability)

_EVERYTHING = frozenset(CAPABILITIES)
OFFERED: Mapping[Kind, frozenset[Capability]] = {
    "understudy": _EVERYTHING,
    # It names tokens by id, but then no longer tells where in the text they stand.
    "vllm": _EVERYTHING - {"token_ids"},
    # What OpenAI documents, and so whatever calls itself compatible may be expected to do.
    "openai": frozenset(
        {
            *("chat", "completions", "choices", "logprobs", "json_object", "json_schema"),
            *("tools", "penalties", "seed", "stop", "logit_bias"),
        }
    ),
}

HOPS_HEADER = "x-understudy-hops"
"""How many servers have passed a request on. Two that route a model to each other would pass one
round until it timed out, and each round would hold a place in the queue of both."""

MOST_HOPS = 4

_KEY = re.compile(r"[!-~]+")
_FIELDS = (
    *("url", "name", "kind", "key_env", "key_file", "offers", "lacks"),
    *("connect_timeout", "first_token_timeout", "idle_timeout", "retries"),
)
_OURS = "UNDERSTUDY_"
_MOST_RETRIES = 10


@dataclass(frozen=True, slots=True)
class Upstream:
    """One server that computes the model whose card is called ``model``.

    ``url`` is the base that OpenAI's clients take (``…/v1``), ``name`` what that server calls the
    model. The key comes from the environment variable ``key_env`` or the file ``key_file``.
    Timeouts are in seconds: for a connection, for the first token after it, and between tokens.
    ``retries`` are those after the first attempt, none of them once a token has come.
    """

    model: str
    url: str
    name: str
    kind: Kind = "openai"
    key_env: str | None = None
    key_file: Path | None = None
    capabilities: frozenset[str] = field(default_factory=frozenset)
    connect_timeout: float = 10.0
    first_token_timeout: float = 300.0
    idle_timeout: float = 60.0
    retries: int = 2

    def key(self, environ: Mapping[str, str] | None = None) -> str | None:
        """The key as it is now; None where none is named. Raises ConfigError, without the key."""
        if self.key_env is not None:
            key = (os.environ if environ is None else environ).get(self.key_env, "")
            source = f"the environment variable {self.key_env}"
        elif self.key_file is not None:
            source = f"the file {self.key_file}"
            try:
                key = self.key_file.expanduser().read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError, RuntimeError) as exc:
                raise self._wrong(f"{source} cannot be read: {type(exc).__name__}") from None
        else:
            return None
        if not _KEY.fullmatch(key):
            what = "holds what no header can carry" if key else "is empty or not there"
            raise self._wrong(f"its key is to come from {source}, which {what}")
        return key

    def _wrong(self, why: str) -> ConfigError:
        return ConfigError(f"The upstream of {self.model}: {why}.")


def read_upstreams(value: Any, source: str) -> tuple[Upstream, ...]:
    """The setting ``upstreams``: a table for each model, as TOML has it, or the same as JSON text
    (in the environment). Raises ConfigError, which names the model and the field."""
    if isinstance(value, tuple) and all(isinstance(entry, Upstream) for entry in value):
        return value
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, dict):
        raise ConfigError(f"The setting 'upstreams' ({source}) must be a table for each model.")
    return tuple(_Table(model, table, source).upstream() for model, table in value.items())


class _Table:
    """The table of one model; every complaint names both."""

    def __init__(self, model: str, table: Any, source: str) -> None:
        self._model = model
        self._source = source
        if not isinstance(table, dict):
            raise self._wrong("must be a table")
        self._table: dict[str, Any] = table

    def upstream(self) -> Upstream:
        for key in self._table:
            if key not in _FIELDS:
                raise self._wrong(f"has no field '{key}': its fields are {', '.join(_FIELDS)}")
        defaults = {entry.name: entry.default for entry in fields(Upstream)}
        kind = self._text("kind", "openai")
        if kind not in OFFERED:
            raise self._wrong(f"'kind' must be one of {', '.join(OFFERED)}")
        key_file = self._text("key_file", None)
        key_env = self._text("key_env", None)
        if key_env is not None and key_file is not None:
            raise self._wrong("'key_env' and 'key_file' exclude each other")
        if key_env is not None and key_env.startswith(_OURS):
            raise self._wrong(
                f"'key_env' must not begin with {_OURS}, where settings are looked for"
            )
        timeouts = ("connect_timeout", "first_token_timeout", "idle_timeout")
        return Upstream(
            model=self._model,
            url=self._url(),
            name=self._text("name", self._model) or self._model,
            kind=kind,
            key_env=key_env,
            key_file=None if key_file is None else Path(key_file),
            capabilities=(OFFERED[kind] | self._capabilities("offers"))
            - self._capabilities("lacks"),
            retries=self._retries(defaults["retries"]),
            **{name: self._seconds(name, defaults[name]) for name in timeouts},
        )

    def _wrong(self, why: str) -> ConfigError:
        return ConfigError(f"The upstream of {self._model} ({self._source}): {why}.")

    def _text(self, name: str, default: str | None) -> Any:
        value = self._table.get(name, default)
        if value is not None and not (isinstance(value, str) and value):
            raise self._wrong(f"'{name}' must be text")
        return value

    def _url(self) -> str:
        text = self._text("url", None)
        if text is None:
            raise self._wrong("'url' is missing")
        try:
            url = urlsplit(text)
            good = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
        except ValueError:
            good = False
        if not good or not _KEY.fullmatch(text) or url.query or url.fragment:
            raise self._wrong(
                "'url' must be a plain http or https address, such as http://host:8000/v1"
            )
        if url.username is not None or url.password is not None:
            # The text is left out: it holds a password.
            raise self._wrong("'url' must hold no credentials: use 'key_env' or 'key_file'")
        return str(text).rstrip("/")

    def _capabilities(self, name: str) -> frozenset[str]:
        values = self._table.get(name, [])
        if not isinstance(values, list):
            raise self._wrong(f"'{name}' must be a list")
        for value in values:
            if value not in CAPABILITIES:
                raise self._wrong(f"'{name}' knows only {', '.join(CAPABILITIES)}")
        return frozenset(values)

    def _seconds(self, name: str, default: Any) -> float:
        value = self._table.get(name, default)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or not value > 0:
            raise self._wrong(f"'{name}' must be a number of seconds above 0")
        return float(value)

    def _retries(self, default: Any) -> int:
        value = self._table.get("retries", default)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_RETRIES:
            raise self._wrong(f"'retries' must be a whole number from 0 to {_MOST_RETRIES}")
        return value
