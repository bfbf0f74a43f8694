"""Schemathesis asks every operation of the document what its schemas allow, and what they do not.

A quick look each time; ``FUZZ=100`` (as ``make fuzz`` does) makes that many random requests of each
operation, and besides looks at every boundary of the schemas.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from tests.doors import MODEL
from tests.running import Running
from understudy.catalog.registry import Catalog
from understudy.openapi.document import document

EXAMPLES = int(os.environ.get("FUZZ", "0"))
"""Random requests to each operation; 0 for the quick look."""

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
LIMITS = {"max_tokens", "max_completion_tokens", "max_new_tokens"}
LONGEST = 3
QUICK = 4


WHOLE = document(Catalog.load(), accounts=["local"])
IDLE = [
    operation["operationId"]
    for item in WHOLE["paths"].values()
    for operation in item.values()
    if not {"parameters", "requestBody"} & operation.keys()
]
"""Operations of whose requests nothing can be wrong."""


def described(mode: str) -> schemathesis.BaseSchema:
    """The document that a server sends as the tests set it, with how to make requests of it."""
    generation = {"max-examples": EXAMPLES or QUICK, "deterministic": not EXAMPLES, "mode": mode}
    phases = {"coverage": {"enabled": bool(EXAMPLES)}}
    # What fails is shown as it was sent; the only key in it is the tests' own.
    shown = {"sanitization": {"enabled": False}}
    config = schemathesis.Config.from_dict(
        {"seed": 1, "generation": generation, "phases": phases, "output": shown}
    )
    return schemathesis.openapi.from_dict(WHOLE, config=config)


@pytest.fixture(scope="module")
def session(server: Running) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {server.key}"
        yield session


@described("positive").parametrize()
def test_what_the_schemas_allow_is_answered_as_the_document_says(
    case: schemathesis.Case, server: Running, session: requests.Session
) -> None:
    name(case)
    limit(case)
    case.call_and_validate(server.url, session, checks=CHECKS, timeout=60)


@described("negative").exclude(operation_id=IDLE).parametrize()
def test_so_is_what_they_do_not_allow(
    case: schemathesis.Case, server: Running, session: requests.Session
) -> None:
    limit(case)
    case.call_and_validate(server.url, session, checks=CHECKS, timeout=60)


def name(case: schemathesis.Case) -> None:
    """Names in ``case`` are of what there is: a random one leads nowhere."""
    known = {"account": "local", "model": MODEL, "cf-consn-model-id": MODEL}
    part = "ai-api/models/search" if case.method == "GET" else "run?version=3"
    known["X-Forwarded"] = f"https://workers-binding.ai/{part}"
    for place in (case.path_parameters, case.headers, case.body):
        if isinstance(place, Mapping):
            place.update({key: value for key, value in known.items() if key in place})


def limit(case: schemathesis.Case) -> None:
    """No answer is long."""
    fields = case.body
    for within in ("inputs", "input"):
        if isinstance(fields, dict) and isinstance(fields.get(within), dict):
            fields = fields[within]
    if isinstance(fields, dict):
        fields |= {name: LONGEST for name in LIMITS if is_long(fields.get(name))}
        fields.setdefault("max_new_tokens" if "inference" in case.path else "max_tokens", LONGEST)


def is_long(value: Any) -> bool:
    return type(value) is int and value > LONGEST
