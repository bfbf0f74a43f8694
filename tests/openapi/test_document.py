"""The document and the server that it describes, held against each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.openapi.described import Described
from tests.running import Running
from understudy.catalog.registry import Catalog
from understudy.dialects.body_schema import Body
from understudy.dialects.deepinfra_native import NativeBody
from understudy.dialects.openai_schema import ChatBody, CompletionsBody
from understudy.dialects.workers_chat import WorkersChatBody
from understudy.dialects.workers_completions import WorkersCompletionsBody
from understudy.openapi.document import document
from understudy.openapi.fields import FIELDS
from understudy.server.app import mounted
from understudy.server.binding import Keyless
from understudy.server.deepinfra import Unserved
from understudy.server.pipeline import Services

BODIES = (CompletionsBody, ChatBody, NativeBody, WorkersChatBody, WorkersCompletionsBody)
PARAMETER = re.compile(r"{([a-z_]+)(:path)?}")


@pytest.fixture(scope="module")
def routes(tiny_server: Running) -> list[tuple[str, Any]]:
    """Every route of a server with all its doors open."""
    running = tiny_server
    parts = (running.pool, running.keys, running.gate, running.finetunes)
    services = Services(running.settings, Catalog.load(), *parts)
    return mounted(services, Keyless(services))


def operations(described: Described) -> Iterator[tuple[str, str, Any]]:
    for path, item in described.whole["paths"].items():
        for method, operation in item.items():
            yield path, method.upper(), operation


def refused_by_name(entry: Any) -> bool:
    return any(isinstance(handler, Unserved) for handler in entry.methods.values())


def test_the_document_is_valid(described: Described) -> None:
    OpenAPIV31SpecValidator(described.whole).validate()
    for schema in described.whole["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_route_is_in_the_document_and_nothing_else(
    described: Described, routes: list[tuple[str, Any]]
) -> None:
    served = {
        (PARAMETER.sub(r"{\1}", path), method)
        for path, entry in routes
        if not refused_by_name(entry)
        for method in entry.methods
    }
    run = "/client/v4/accounts/{account}/ai/run/"
    of_models = {(run + card.name, "POST") for card in Catalog.load()}
    assert {(path, method) for path, method, _ in operations(described)} == served | of_models


def test_what_is_refused_by_name_is_listed(
    described: Described, routes: list[tuple[str, Any]]
) -> None:
    refused = {path for path, entry in routes if refused_by_name(entry)}
    listed = described.whole["x-not-served"]
    assert {path + below for path in listed for below in ("", "/{rest:path}")} == refused


def test_every_parameter_of_a_path_is_described(described: Described) -> None:
    for path, _, operation in operations(described):
        told = [each["name"] for each in operation.get("parameters", []) if each["in"] == "path"]
        assert told == [name for name, _ in PARAMETER.findall(path)], path


def test_operations_have_names_of_their_own(described: Described) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(set(names)) == len(names)


def test_every_object_of_an_answer_lists_all_its_keys(described: Described) -> None:
    found = 0
    for _, _, operation in operations(described):
        for answer in operation["responses"].values():
            for node in nodes(described.whole, answer["content"]):
                if "properties" in node:
                    assert node["additionalProperties"] is False, node
                    found += 1
    assert found > len(described.whole["paths"])


def nodes(whole: Any, schema: Any) -> Iterator[Any]:
    """Every object within ``schema``, behind its references too."""
    match schema:
        case {"$ref": str(reference)}:
            name = reference.removeprefix("#/components/schemas/")
            yield from nodes(whole, whole["components"]["schemas"][name])
        case dict():
            yield schema
            for key, value in schema.items():
                # The keys of this one are names, not keywords.
                yield from nodes(whole, list(value.values()) if key == "properties" else value)
        case list():
            for value in schema:
                yield from nodes(whole, value)


def test_the_document_needs_no_key_and_has_the_servers_models(tiny_server: Running) -> None:
    response = httpx.get(tiny_server.url + "/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    names = {card.name for card in Catalog.load()}
    path = response.json()["paths"]["/v1/inference/{model}"]["post"]
    model = next(each for each in path["parameters"] if each["name"] == "model")
    assert set(model["schema"]["examples"]) == names


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_every_field_of_a_body_is_explained(described: Described, body: type[Body]) -> None:
    properties = described.whole["components"]["schemas"][body.__name__]["properties"]
    assert properties.keys() >= {"stream", "temperature"}
    assert not [name for name, schema in properties.items() if "description" not in schema]


def test_every_explanation_is_of_a_field(described: Described) -> None:
    schemas = described.whole["components"]["schemas"].values()
    fields = {name for schema in schemas for name in schema.get("properties", ())}
    assert {name.rpartition(".")[2] for name in FIELDS} <= fields


def test_closed_doors_are_not_described() -> None:
    paths = document(Catalog.load(), keyless=False)["paths"]
    assert "/run" not in paths
    assert "/client/v4/accounts/{account}/ai/run/proxy" in paths
