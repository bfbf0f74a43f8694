"""How a program tells its test what it saw: one JSON object on its last line."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

URL = os.environ["UNDERSTUDY_URL"]
KEY = os.environ["UNDERSTUDY_API_KEY"]
MODEL = "@cf/meta/llama-3.2-1b-instruct"
HOSTED = "meta-llama/Llama-2-70b-chat-hf"
ACCOUNT = f"{URL}/client/v4/accounts/local"

SCHEMA = {
    "title": "Person",
    "description": "Somebody.",
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 12}, "grown": {"type": "boolean"}},
    "required": ["name", "grown"],
    "additionalProperties": False,
}
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather of a town.",
        "parameters": {
            "type": "object",
            "properties": {
                "town": {"type": "string", "description": "Where.", "maxLength": 12},
            },
            "required": ["town"],
            "additionalProperties": False,
        },
    },
}

_cases: list[Callable[[], Any]] = []


def case(function: Callable[[], Any]) -> Callable[[], Any]:
    """Mark a function whose result the test looks at, under its name."""
    _cases.append(function)
    return function


def attempt(call: Callable[[], Any]) -> Any:
    """What ``call`` raises, as ``{"raised", "said"}``, with what clients of OpenAI add to it."""
    try:
        return {"answered": str(call())}
    except Exception as error:
        more = {name: getattr(error, name, None) for name in ("status_code", "param", "code")}
        return {"raised": type(error).__name__, "said": str(error), **more}


def main() -> None:
    """Run every case. What one raises is told as ``{"raised", "said"}``."""
    found: dict[str, Any] = {}
    for function in _cases:
        try:
            found[function.__name__] = function()
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            found[function.__name__] = {"raised": type(error).__name__, "said": str(error)}
    print(json.dumps(found))
