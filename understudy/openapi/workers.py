"""What all routes of Workers AI share: the account, keys, the envelope, errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from understudy.openapi import openai
from understudy.openapi.operation import (
    Schema,
    Security,
    Service,
    in_path,
)
from understudy.openapi.shape import OPTIONAL, Count, Shape
from understudy.server.pipeline import STAND_IN_HEADER

KEYS: Security = ({"bearer": []}, {"x-auth-email": [], "x-auth-key": []})
LISTING = (400, 401, 404, 500)
GENERATION = (400, 401, 404, 405, 408, 413, 429, 500, 502, 503)
HEADERS = ("cf-ai-req-id", "cf-ai-neurons", STAND_IN_HEADER)
REFUSAL_HEADERS = ("cf-ai-req-id", STAND_IN_HEADER)


class Cause(Shape):
    """What is behind a fault."""

    code: int
    message: str


class Fault(Cause):
    """What went wrong, in the service's numbers and words."""

    error_chain: Annotated[list[Cause], Field(min_length=1)] = OPTIONAL


class Nothing(Shape):
    """An object without keys."""


class WorkersError(Shape):
    """A refusal, in the envelope of the API or that of the models behind it."""

    result: Nothing | None
    success: Literal[False]
    errors: Annotated[list[Fault], Field(min_length=1, max_length=1)]
    messages: Annotated[list[Any], Field(max_length=0)]


class WorkersOpenAIError(WorkersError):
    """The same, and the error as OpenAI's clients read it."""

    error: openai.ErrorDetails


def enveloped(result: Schema, *, paged: bool = False) -> dict[str, Any]:
    """``result`` in the envelope of the API; ``paged`` says where it stands in a longer list."""
    none = {"type": "array", "maxItems": 0}
    properties = {
        "result": result,
        "success": {"const": True},
        "errors": none,
        "messages": none,
    }
    if paged:
        properties["result_info"] = PageInfo
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


class PageInfo(Shape):
    """Which part of a list a page is."""

    page: Count
    per_page: Count
    count: Count
    total_count: Count


def account(aliases: Iterable[str]) -> dict[str, Any]:
    """The parameter of the account that every address of the API begins with."""
    aliases = list(aliases)
    forms = "|".join(["[0-9a-f]{32}", *map(re.escape, aliases)])
    text = "Any id of Cloudflare's form, or an alias that this server has. Here all are one."
    return in_path("account", text, pattern=f"^({forms})$", examples=[*aliases, "0" * 32])


def service(tag: str, path: str, aliases: Iterable[str], *, openai_too: bool = False) -> Service:
    """A part of Workers AI's API, below the account."""
    error = WorkersOpenAIError if openai_too else WorkersError
    return Service(
        f"Workers AI: {tag}",
        "/client/v4/accounts/{account}/ai" + path,
        KEYS,
        dict.fromkeys(GENERATION, error),
        (account(aliases),),
        REFUSAL_HEADERS,
    )
