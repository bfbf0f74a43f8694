"""What the fields of a native Workers AI body mean, once its schema is satisfied.

A card's schema decides the ranges of the fields that it names. Clients also send fields
that it does not name (``stop``, ``min_p``, on some cards even ``temperature``); those are
honoured within the ranges below, or refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from understudy.dialects.body_schema import read
from understudy.dialects.openai_format import constraint_of
from understudy.dialects.openai_schema import MAX_STOP_TOKEN_IDS, ResponseFormat
from understudy.dialects.wishes import MESSAGE_WISHES, Wishes, at_door, refuse_wishes
from understudy.dialects.workers_tools import past_calls
from understudy.errors import InvalidField, SchemaViolation
from understudy.request import Constraint, Message, SamplingParams

DEFAULT_MAX_TOKENS = 256
# The cards without a temperature of their own say nothing of the service's default.
DEFAULT_TEMPERATURE = 0.6

_MOST_STOPS = 16
_ROLES = {
    "system": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "developer": "system",
    "function": "tool",
}
WISHES: Wishes = at_door(
    "lora",
    *("prompt", "messages", "raw", "max_tokens", "max_completion_tokens", "response_format"),
    *("functions", "tools", "tool_choice"),
)
_OPTION_WISHES: Wishes = {"queueRequest": (False,), "websocket": (False,)}
_STREAM_WISHES: Wishes = {"include_obfuscation": (False,), "continuous_usage_stats": (False,)}


def refuse_another_model(body: Mapping[str, Any], model: str) -> None:
    """The model is named outside of these fields. Raises InvalidField where they name another."""
    if body.get("model") not in (None, model):
        raise InvalidField("model", f"'model' is not {model}, which the request is for.")


def rejects_when_busy(body: Mapping[str, Any]) -> bool:
    """Whether ``options.rejectIfBusy`` asks to be refused rather than queued.

    Raises InvalidField, and UnsupportedField for another option that would change the answer.
    """
    options = body.get("options")
    if options is not None and not isinstance(options, dict):
        raise InvalidField("options", "'options' must be an object.")
    refuse_wishes(options or {}, _OPTION_WISHES, "options.")
    rejects = (options or {}).get("rejectIfBusy")
    if rejects is not None and not isinstance(rejects, bool):
        raise InvalidField("options.rejectIfBusy", "'options.rejectIfBusy' must be true or false.")
    return bool(rejects)


def sampling(body: Mapping[str, Any], defaults: Mapping[str, Any]) -> SamplingParams:
    """The sampling parameters of ``body``; ``defaults`` are those of the card's schema.

    0 and 1 both switch ``repetition_penalty`` off, and ``top_p`` of 1 and above is off.
    Raises InvalidField.
    """
    temperature = number(body, "temperature", 0, 5)
    top_p = number(body, "top_p", 0, 2)
    repetition = number(body, "repetition_penalty", 0, 2)
    if temperature is None:
        temperature = float(defaults.get("temperature", DEFAULT_TEMPERATURE))
    return SamplingParams(
        max_tokens=_max_tokens(body, defaults),
        temperature=temperature,
        top_p=1.0 if top_p is None else min(top_p, 1.0),
        top_k=integer(body, "top_k", 0) or 0,
        min_p=number(body, "min_p", 0, 1) or 0.0,
        repetition_penalty=repetition or 1.0,
        frequency_penalty=number(body, "frequency_penalty", -2, 2) or 0.0,
        presence_penalty=number(body, "presence_penalty", -2, 2) or 0.0,
        seed=integer(body, "seed", -(2**63), 2**64 - 1),
        stop=_stop(body.get("stop")),
        stop_token_ids=_stop_token_ids(body.get("stop_token_ids")),
        ignore_eos=flag(body, "ignore_eos"),
    )


def constraint(body: Mapping[str, Any]) -> Constraint | None:
    """What ``response_format`` says the answer must be. Raises InvalidField.

    A schema stands for itself, as the service has it, or in OpenAI's envelope.
    """
    asked = body.get("response_format")
    if asked is None or asked == {}:
        return None
    if not isinstance(asked, dict):
        raise InvalidField("response_format", "'response_format' must be an object.")
    try:
        return constraint_of(read(ResponseFormat, asked), bare=True)
    except SchemaViolation as exc:
        what = str(exc).removeprefix("response_format.")
        raise InvalidField("response_format", f"'response_format' is wrong: {what}") from None


def adapter(body: Mapping[str, Any]) -> str | None:
    """The finetune that ``lora`` names. Raises InvalidField."""
    name = string(body, "lora")
    if name == "":
        raise InvalidField("lora", "'lora' must name a finetune.")
    return name


def wants_usage(body: Mapping[str, Any]) -> bool:
    """Whether a stream says what it used. Raises InvalidField and UnsupportedField."""
    options = body.get("stream_options")
    if options is None:
        return True
    if not isinstance(options, dict):
        raise InvalidField("stream_options", "'stream_options' must be an object.")
    refuse_wishes(options, _STREAM_WISHES, "stream_options.")
    return options.get("include_usage") is None or flag(options, "include_usage")


def flag(body: Mapping[str, Any], name: str) -> bool:
    """A boolean field; absent and null are False. Raises InvalidField."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidField(name, f"'{name}' must be true or false.")
    return bool(value)


def number(body: Mapping[str, Any], name: str, lowest: float, highest: float) -> float | None:
    """A number within the range, None where it is absent or null. Raises InvalidField."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidField(name, f"'{name}' must be a number.")
    if not lowest <= value <= highest:
        raise InvalidField(name, f"'{name}' must be between {lowest:g} and {highest:g}.")
    return float(value)


def integer(
    body: Mapping[str, Any], name: str, lowest: int, highest: int = 2**31 - 1
) -> int | None:
    """A whole number within the range (5.0 counts, as in JavaScript). Raises InvalidField."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidField(name, f"'{name}' must be an integer.")
    if not lowest <= value <= highest:
        raise InvalidField(name, f"'{name}' must be between {lowest} and {highest}.")
    return value


def string(entry: Mapping[str, Any], name: str, where: str = "") -> str | None:
    """A text, None where it is absent or null. Raises InvalidField, with its path."""
    value = entry.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidField(where + name, f"'{where}{name}' must be a string.")
    return value


def messages(entries: Any) -> tuple[Message, ...]:
    """The conversation. Raises InvalidField and UnsupportedField, naming the message."""
    if not isinstance(entries, list):
        raise InvalidField("messages", "'messages' must be an array.")
    if not entries:
        raise InvalidField("messages", "'messages' must not be empty.")
    return tuple(_message(entry, f"messages[{at}]") for at, entry in enumerate(entries))


def flatten(content: Any) -> Any:
    """Null and OpenAI's text parts as plain text; anything else as it is, for the schema to judge.

    The hosted service refuses both, which breaks every client written for OpenAI's form.
    """
    if content is None:
        return ""
    if isinstance(content, list) and all(_is_text_part(part) for part in content):
        return "".join(part["text"] for part in content)
    return content


def _message(entry: Any, where: str) -> Message:
    if not isinstance(entry, dict):
        raise InvalidField(where, f"'{where}' must be an object.")
    role = entry.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise InvalidField(f"{where}.role", f"'{where}.role' must be one of {', '.join(_ROLES)}.")
    refuse_wishes(entry, MESSAGE_WISHES, f"{where}.")
    return Message(
        role=_ROLES[role],
        content=string(entry, "content", f"{where}.") or "",
        name=string(entry, "name", f"{where}."),
        tool_calls=past_calls(entry, role, where),
        tool_call_id=string(entry, "tool_call_id", f"{where}."),
    )


def _max_tokens(body: Mapping[str, Any], defaults: Mapping[str, Any]) -> int:
    """``max_tokens``, or ``max_completion_tokens`` as newer OpenAI clients call it."""
    given = integer(body, "max_tokens", 1)
    newer = integer(body, "max_completion_tokens", 1)
    if given is not None and newer is not None and given != newer:
        raise InvalidField(
            "max_completion_tokens", "'max_tokens' and 'max_completion_tokens' differ."
        )
    return given or newer or int(defaults.get("max_tokens", DEFAULT_MAX_TOKENS))


def _stop(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    stops = [value] if isinstance(value, str) else value
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops):
        raise InvalidField("stop", "'stop' must be a string or an array of strings.")
    if len(stops) > _MOST_STOPS or not all(stops):
        raise InvalidField("stop", f"'stop' takes up to {_MOST_STOPS} strings, none of them empty.")
    return tuple(stops)


def _stop_token_ids(value: Any) -> tuple[int, ...]:
    if value is None:
        return ()
    whole = isinstance(value, list) and all(type(token) is int and token >= 0 for token in value)
    if not whole or len(value) > MAX_STOP_TOKEN_IDS:
        raise InvalidField(
            "stop_token_ids",
            f"'stop_token_ids' must be an array of up to {MAX_STOP_TOKEN_IDS} ids.",
        )
    return tuple(value)


def _is_text_part(part: Any) -> bool:
    return (
        isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)
    )
