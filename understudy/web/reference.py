"""The API reference: our own OpenAPI document, for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from understudy.server.exchange import Exchange
from understudy.web.docs_pages import inline
from understudy.web.pages import Context
from understudy.web.schema_tree import Field, field

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """A body of one kind. ``events`` is what each event of a stream carries."""

    kind: str
    schema: Field
    events: Field | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers with one status."""

    status: str
    description: Markup
    contents: tuple[Content, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    id: str
    method: str
    path: str
    summary: str
    description: Markup
    needs_key: bool
    parameters: tuple[tuple[str, Field], ...]
    bodies: tuple[Content, ...]
    answers: tuple[Answer, ...]


class Reference:
    """What the template of ``/docs/api`` shows. The document is made when it is first asked for."""

    def __init__(self, document: Callable[[], Document]) -> None:
        self._document = document

    def __call__(self, exchange: Exchange) -> Context:
        return self._context

    @cached_property
    def _context(self) -> Context:
        document = self._document()
        tags: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                tags[operation["tags"][0]].append(_operation(path, method, operation))
        schemas = document["components"]["schemas"]
        return {
            "about": inline(document["info"]["description"]),
            "tags": tags,
            "schemas": [field(name, schema) for name, schema in schemas.items()],
        }


def _operation(path: str, method: str, operation: Document) -> Operation:
    body = operation.get("requestBody", {}).get("content", {})
    return Operation(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation.get("summary", ""),
        description=inline(operation.get("description", "")),
        needs_key=bool(operation.get("security")) and {} not in operation["security"],
        parameters=tuple(_parameters(operation)),
        bodies=tuple(_contents(body)),
        answers=tuple(
            Answer(
                status, inline(answer["description"]), tuple(_contents(answer.get("content", {})))
            )
            for status, answer in operation["responses"].items()
        ),
    )


def _parameters(operation: Document) -> Iterator[tuple[str, Field]]:
    for parameter in operation.get("parameters", ()):
        schema = {**parameter.get("schema", {})}
        schema.setdefault("description", parameter.get("description", ""))
        required = parameter.get("required", False)
        yield parameter["in"], field(parameter["name"], schema, required)


def _contents(content: Document) -> Iterator[Content]:
    for kind, media in content.items():
        events = media.get("x-event-schema")
        schema = field("body", media.get("schema", {}))
        yield Content(kind, schema, None if events is None else field("each event", events))
