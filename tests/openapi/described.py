"""The document as a server sends it, and what it says of one response."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from jsonschema import Draft202012Validator

JSON = "application/json"


@dataclass(frozen=True)
class Described:
    """``whole`` is the document."""

    whole: dict[str, Any]

    def check(self, response: httpx.Response) -> None:
        """``response`` is one that the document has for its request, down to each event."""
        answer = self._called(response.request)["responses"][str(response.status_code)]
        for name in answer["headers"]:
            required = self.whole["components"]["headers"][name].get("required", False)
            assert name in response.headers or not required
        own = {name for name in response.headers if name.startswith(("x-", "cf-", "retry-"))}
        assert not own - {"x-accel-buffering"} - set(answer["headers"]), response.headers
        kind = response.headers["content-type"]
        assert kind in answer["content"], (kind, response.text[:300])
        schema = answer["content"][kind]["schema"]
        if kind == JSON:
            self.validate(response.json(), schema)
            return
        carried, end = schema["properties"]["data"]["anyOf"]
        *events, last = [line.removeprefix("data: ") for line in response.text.split("\n\n")[:-1]]
        assert last == end["const"]
        for event in events:
            self.validate(json.loads(event), carried["contentSchema"])

    def check_body(self, operation: Any, status: int, body: Any) -> None:
        """``body`` is what ``operation`` answers with ``status``."""
        assert str(status) in operation["responses"], (status, body)
        answer = operation["responses"][str(status)]
        self.validate(body, answer["content"][JSON]["schema"])

    def validate(self, value: Any, schema: Any) -> None:
        """``value`` satisfies ``schema``, which may refer to the document's components."""
        whole = {**schema, "components": self.whole["components"]}
        Draft202012Validator(whole).validate(value)

    def operation(self, method: str, path: str) -> Any:
        """The operation at a path as the document writes it."""
        return self.whole["paths"][path][method.lower()]

    def examples(self) -> Iterator[tuple[str, Any, Any]]:
        """Path, operation and body of each example of a request."""
        for path, item in self.whole["paths"].items():
            operation = item.get("post", {})
            told = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
            for example in told.get("examples", {}).values():
                yield path, {"parameters": [], **operation}, example["value"]

    def _called(self, request: httpx.Request) -> Any:
        path = request.url.path.rstrip("/")
        method = request.method.lower()
        found = (it[method] for template, it in self._by_precision if _leads(template, path))
        return next(found)

    @property
    def _by_precision(self) -> list[tuple[str, Any]]:
        """A path without parameters comes before those that have some."""
        return sorted(self.whole["paths"].items(), key=lambda item: item[0].count("{"))


def _leads(template: str, path: str) -> bool:
    pattern = re.sub(r"\\{model\\}", ".+", re.escape(template))
    return re.fullmatch(re.sub(r"\\{[a-z_]+\\}", "[^/]+", pattern), path) is not None
