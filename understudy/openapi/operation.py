"""One method of one route, described; and the parts that descriptions share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

JSON = "application/json"
STREAM = "text/event-stream"
FORM = "multipart/form-data"

Schema = type[BaseModel] | Mapping[str, Any]
"""A class stands for its component, also within a mapping."""

Security = tuple[Mapping[str, list[str]], ...]
NO_KEY: Security = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: its schema by media type. That of a stream is the schema of each event."""

    description: str
    content: Mapping[str, Schema]
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """``path`` has its parameters in braces; ``body`` is the request's schema by media type,
    ``examples`` are such bodies, by a word for each."""

    method: str
    path: str
    tag: str
    summary: str
    answers: Mapping[int, Answer]
    parameters: tuple[Mapping[str, Any], ...] = ()
    body: Mapping[str, Schema] | None = None
    security: Security = NO_KEY
    description: str = ""
    examples: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """What the operations of one service share: where they stand, whose keys they take, how they
    word errors, and which headers errors may have."""

    tag: str
    prefix: str
    security: Security
    errors: Mapping[int, Schema] = field(default_factory=dict)
    parameters: tuple[Mapping[str, Any], ...] = ()
    headers: tuple[str, ...] = ()

    def operation(
        self,
        method: str,
        path: str,
        summary: str,
        answer: Answer | None,
        *parameters: Mapping[str, Any],
        refusals: Iterable[int],
        body: Schema | Mapping[str, Schema] | None = None,
        description: str = "",
        examples: Mapping[str, Any] | None = None,
    ) -> Operation:
        """One operation; ``answer`` None where every call is refused. ``body`` is JSON, or its
        schema by media type."""
        answers = {} if answer is None else {200: answer}
        answers |= {status: self._refusal(status) for status in sorted(refusals)}
        return Operation(
            method,
            self.prefix + path,
            self.tag,
            summary,
            answers,
            (*self.parameters, *parameters),
            _by_media_type(body),
            self.security,
            description,
            examples or {},
        )

    def _refusal(self, status: int) -> Answer:
        wait = ("retry-after",) if status in (429, 503) else ()
        return Answer(_REFUSALS[status], {JSON: self.errors[status]}, (*self.headers, *wait))


def _by_media_type(body: Schema | Mapping[str, Schema] | None) -> Mapping[str, Schema] | None:
    if body is None:
        return None
    if isinstance(body, Mapping) and body.keys() <= {JSON, FORM}:
        return body
    return {JSON: body}


def told(description: str, schema: Schema, *headers: str) -> Answer:
    """A JSON answer."""
    return Answer(description, {JSON: schema}, headers)


def generated(schema: Schema, carried: Schema, *headers: str) -> Answer:
    """An answer that ``stream`` asks for in pieces; ``carried`` is what each event of the stream
    carries but the last, which is only the mark of the end."""
    event = {
        "type": "object",
        "description": "One server-sent event.",
        "properties": {
            "event": {"const": "message"},
            "data": {
                "type": "string",
                "anyOf": [
                    {"contentMediaType": JSON, "contentSchema": carried},
                    {"const": "[DONE]"},
                ],
            },
        },
        "required": ["data"],
        "additionalProperties": False,
    }
    return Answer("The answer.", {JSON: schema, STREAM: event}, headers)


_REFUSALS = {
    400: "The request is malformed, or asks for what cannot be granted.",
    401: "No key was sent, or one that is not valid.",
    403: "The key may not do this.",
    404: "There is no such model, adapter or address.",
    405: "The model cannot do what the request asks for.",
    408: "The request took too long.",
    413: "The body, or the input in it, is too large.",
    415: "The body is in an encoding that is not read here.",
    422: "The body does not fit the schema.",
    429: "The server is busy.",
    500: "The server failed.",
    502: "The server that computes the model failed.",
    503: "The server cannot answer now.",
    504: "The answer took too long.",
}


def in_path(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return _parameter("path", name, description, True, schema)


def in_query(name: str, description: str, required: bool = False, **schema: Any) -> dict[str, Any]:
    return _parameter("query", name, description, required, schema)


def in_header(name: str, description: str, required: bool = True, **schema: Any) -> dict[str, Any]:
    return _parameter("header", name, description, required, schema)


def _parameter(
    place: str, name: str, description: str, required: bool, schema: dict[str, Any]
) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "description": description,
        "required": required,
        "schema": {"type": "string", **schema},
    }


def model_in_path(names: Iterable[str]) -> dict[str, Any]:
    """The parameter of routes that name the model in their path."""
    text = "The model; a slash in its name may stand as it is or as `%2F`."
    return in_path("model", text, minLength=1, examples=list(names))
