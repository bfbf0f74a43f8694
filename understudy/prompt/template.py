"""Chat templates: Jinja, by the rules that Hugging Face's ``apply_chat_template`` renders with.

Templates come from hubs, so they run in Jinja's sandbox, and what they raise is the caller's
error (TemplateRejected): it is the messages that they refuse.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from understudy.catalog.card import ModelCard
from understudy.errors import ConfigError, ModelFolderInvalid, TemplateRejected
from understudy.prompt.folder import read_json, special_token

Today = date | str | None

_RENDER_ERRORS = (
    jinja2.TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)


class ChatTemplate:
    """Compiled Jinja source with the tokens that it may name. Immutable and thread-safe.

    ``tokens`` are further names of special tokens, such as ``pad_token``. Raises
    ModelFolderInvalid, in the name of ``origin``, for source that is not Jinja.
    """

    def __init__(
        self,
        source: str,
        bos_token: str = "",
        eos_token: str = "",
        *,
        tokens: Mapping[str, str] | None = None,
        origin: str = "the model",
    ) -> None:
        self.source = source
        self.bos_token = bos_token
        self.eos_token = eos_token
        self._tokens = {**(tokens or {}), "bos_token": bos_token, "eos_token": eos_token}
        try:
            self._template = _compile(source)
        except jinja2.TemplateError as error:
            message = f"The chat template of {origin} is not valid Jinja: {error}."
            raise ModelFolderInvalid(origin, message) from None

    def render(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] | None = None,
        add_generation_prompt: bool = True,
        today: Today = None,
    ) -> str:
        """The conversation as text.

        Messages are in the Hugging Face form: ``role``, ``content``, and where they apply
        ``name``, ``tool_calls`` (``{"type": "function", "function": {"name", "arguments"}}`` with
        arguments as a mapping) and ``tool_call_id``. ``today`` is what the template's
        ``strftime_now`` formats, the real time by default. Raises TemplateRejected.
        """
        try:
            return self._template.render(
                **self._tokens,
                messages=[dict(message) for message in messages],
                tools=None if not tools else [dict(tool) for tool in tools],
                documents=None,
                add_generation_prompt=add_generation_prompt,
                strftime_now=_clock(today),
            )
        except _Raised as error:
            raise TemplateRejected(str(error)) from None
        except _RENDER_ERRORS as error:
            raise TemplateRejected(
                f"The model's chat template cannot render these messages: {error}"
            ) from None


def template_for(card: ModelCard, folder: Path) -> ChatTemplate:
    """The card's template, or that of the model's folder where the card leaves it to it."""
    if not card.chat_template:
        return template_from_folder(folder)
    return ChatTemplate(card.chat_template, card.bos_token, card.eos_token, origin=card.name)


def template_from_folder(folder: Path) -> ChatTemplate:
    """The template in ``chat_template.jinja`` or ``tokenizer_config.json``.

    Raises ModelFolderInvalid where there is none, or it is not Jinja.
    """
    config = read_json(folder, "tokenizer_config.json", required=False)
    file = folder / "chat_template.jinja"
    source = file.read_text(encoding="utf-8") if file.is_file() else config.get("chat_template")
    if isinstance(source, list):
        named = {entry.get("name"): entry.get("template") for entry in source}
        source = named.get("default")
    if not isinstance(source, str):
        raise ModelFolderInvalid(str(folder), f"There is no chat template in {folder}.")
    keys = [key for key in config if key.endswith("_token")]
    tokens = {key: text for key in keys if (text := special_token(config, key)) is not None}
    bos, eos = tokens.pop("bos_token", ""), tokens.pop("eos_token", "")
    return ChatTemplate(source, bos, eos, tokens=tokens, origin=str(folder))


def parse_day(text: str) -> date:
    """A day as ``2024-07-26`` or ``26 Jul 2024``. Raises ConfigError."""
    for form in ("%Y-%m-%d", "%d %b %Y"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise ConfigError(f"today: {text!r} is not a day such as 2024-07-26")


class _Raised(jinja2.TemplateError):
    """The template called ``raise_exception``."""


class _GenerationTag(Extension):
    """``{% generation %}`` marks the assistant's own text for training; here it changes nothing."""

    tags = {"generation"}  # noqa: RUF012 (Jinja's own type)

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Namespace(jinja2.utils.Namespace):
    """Jinja's namespace without underscore names, which lead out of the sandbox."""

    def __setitem__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            raise jinja2.exceptions.SecurityError(f"{name!r} cannot be set on a namespace")
        super().__setitem__(name, value)


@lru_cache(maxsize=64)
def _compile(source: str) -> jinja2.Template:
    return _environment().from_string(source)


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _GenerationTag]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["namespace"] = _namespace
    environment.globals["dict"] = _dict
    return environment


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """Plain JSON: Jinja's own filter escapes for HTML and sorts keys."""
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _raise_exception(message: str) -> str:
    raise _Raised(message)


def _namespace(*args: Any, **kwargs: Any) -> _Namespace:
    result = _Namespace()
    for name, value in dict(*args, **kwargs).items():
        result[name] = value
    return result


def _dict(*args: Any, **kwargs: Any) -> dict[Any, Any]:
    """``dict()`` as a plain function: the type itself offers more than a template needs."""
    return dict(*args, **kwargs)


def _clock(today: Today) -> Callable[[str], str]:
    day = parse_day(today) if isinstance(today, str) else today

    def strftime_now(form: str) -> str:
        return (day or datetime.now()).strftime(form)

    return strftime_now
