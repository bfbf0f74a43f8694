"""The API reference shows every operation and every schema of our own document."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.web.html import Element, read


@pytest.fixture(scope="module")
def reference(visitor: httpx.Client) -> Element:
    return read(visitor.get("/docs/api").text)


@pytest.fixture(scope="module")
def document(visitor: httpx.Client) -> Any:
    return visitor.get("/openapi.json").json()


def test_every_operation_is_there_with_all_it_takes_and_answers(
    reference: Element, document: Any
) -> None:
    by_id = {shown.attributes.get("id"): shown for shown in reference.every("details")}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            said = by_id[operation["operationId"]].text
            assert said.startswith(f"{method} {path} {operation['summary']}")
            for parameter in operation.get("parameters", ()):
                assert parameter["name"] in said
            for status, answer in operation["responses"].items():
                assert f"{status} {answer['description'].replace('`', '')}" in said


def test_every_reference_leads_to_its_schema(reference: Element, document: Any) -> None:
    ids = {element.attributes.get("id") for element in reference.every()}
    assert {f"schema-{name}" for name in document["components"]["schemas"]} <= ids
    links = [a.attributes["href"] for a in reference.every("a") if "href" in a.attributes]
    inside = {link.removeprefix("#") for link in links if link.startswith("#")}
    assert any(link.startswith("schema-") for link in inside)
    assert inside <= ids
