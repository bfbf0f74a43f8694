"""Bodies that are wrong as bytes, as JSON, as types, in range: each door says so."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.doors import DOORS, EVERY_DOOR, Door, assert_error, by_name

each_door = pytest.mark.parametrize("door", EVERY_DOOR, ids=by_name)
WORKERS = [door for door in DOORS if door.errors == "workers"]
DEEPINFRA = [door for door in DOORS if door.errors == "deepinfra"]
CHATS = [door for door in DOORS if "messages" in door.put("x")]
REFUSED = (400, 422)


@each_door
@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"hello",
        b'{"prompt": "a",}',
        b'{"prompt": "\xff\xfe"}',
        '{"prompt": "a"}'.encode("utf-16"),
        b'{"prompt": "\\ud800"}',
        b'{"temperature": NaN}',
        b'{"temperature": 1e400}',
        b'{"seed": ' + b"9" * 5000 + b"}",
        b"[" * 200_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"\0" * 100,
    ],
    ids=lambda content: repr(content[:16]),
)
def test_what_is_not_json(client: httpx.Client, door: Door, content: bytes) -> None:
    assert_error(door, client.post(door.path, content=content), *REFUSED)


@each_door
def test_no_body(client: httpx.Client, door: Door) -> None:
    text = assert_error(door, client.post(door.path), *REFUSED)
    assert door.errors != "workers" or '"code":3003' in text


@each_door
@pytest.mark.parametrize("body", [[], [1], "x", 1, None, True, {}])
def test_what_is_not_an_object_with_an_input(client: httpx.Client, door: Door, body: Any) -> None:
    content = json.dumps(body).encode()
    assert_error(door, client.post(door.path, content=content), *REFUSED)


@each_door
def test_ten_megabytes(client: httpx.Client, door: Door) -> None:
    response = client.post(door.path, json=door.body("a" * 10_000_000))
    assert_error(door, response, 413)


@each_door
def test_ten_megabytes_without_a_length(client: httpx.Client, door: Door) -> None:
    part = b" " * 100_000
    response = client.post(door.path, content=(part for _ in range(100)))
    assert_error(door, response, 413)


@each_door
def test_the_largest_body_is_read_and_judged(client: httpx.Client, door: Door) -> None:
    response = client.post(door.path, json=door.body("a " * 2_000_000))
    assert_error(door, response, 400, 413)


@each_door
def test_a_prompt_over_the_context_is_refused_with_the_numbers(
    client: httpx.Client, door: Door
) -> None:
    response = client.post(door.path, json=door.body("x7 " * 5000))
    text = assert_error(door, response, 400 if door.errors == "deepinfra" else 413)
    assert sum(character.isdigit() for character in text) >= 6


@each_door
@pytest.mark.parametrize("value", [1, 1.5, True, {}, [[]], [None]])
def test_an_input_of_the_wrong_type(client: httpx.Client, door: Door, value: Any) -> None:
    (name,) = door.put("hello")
    response = client.post(door.path, json=door.body("hello", **{name: value}))
    assert_error(door, response, *REFUSED)


@each_door
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("temperature", "hot"),
        ("temperature", [1]),
        ("top_p", {}),
        ("top_k", "5"),
        ("top_k", 1.5),
        ("seed", "x"),
        ("seed", 1.5),
        ("stream", "maybe"),
        ("stream", 1),
        ("repetition_penalty", "x"),
        ("frequency_penalty", []),
        ("presence_penalty", True),
        ("stop", 1),
        ("stop", [1]),
        ("stop", [None]),
    ],
)
def test_a_field_of_the_wrong_type(
    client: httpx.Client, door: Door, field: str, value: Any
) -> None:
    response = client.post(door.path, json=door.body("hello", **{field: value}))
    assert field in assert_error(door, response, *REFUSED)


@each_door
@pytest.mark.parametrize("value", [0, -1, 1.5, "x", [], 10**12])
def test_a_bad_max_tokens(client: httpx.Client, door: Door, value: Any) -> None:
    response = client.post(door.path, json=door.body("hello", **{door.limit: value}))
    assert_error(door, response, *REFUSED, 413)


def edges(*rows: tuple[str, list[Any], list[Any]]) -> list[Any]:
    """(field, values that pass, values that do not), one case per value."""
    return [
        pytest.param(field, value, good, id=f"{field}={value}")
        for field, passing, failing in rows
        for good, values in ((True, passing), (False, failing))
        for value in values
    ]


def check_edge(client: httpx.Client, door: Door, field: str, value: Any, good: bool) -> None:
    body = door.body("hello", **{door.limit: 2, field: value})
    response = client.post(door.path, json=body)
    if good:
        assert response.status_code == 200, response.text
        door.text(response.json())
    else:
        assert field in assert_error(door, response, *REFUSED)


@pytest.mark.parametrize("door", WORKERS, ids=by_name)
@pytest.mark.parametrize(
    ("field", "value", "good"),
    edges(
        ("temperature", [0, 5, 0.001], [-0.001, 5.001]),
        ("top_p", [0, 1, 2, 0.001], [-0.001, 2.001]),
        ("top_k", [1, 50], [0, 51, -1]),
        ("seed", [1, 9999999999], [0, 10000000000, -1]),
        ("repetition_penalty", [0, 1, 2], [-0.001, 2.001]),
        ("frequency_penalty", [0, 2], [-0.001, 2.001]),
        ("presence_penalty", [0, 2], [-0.001, 2.001]),
    ),
)
def test_each_edge_of_workers_ai(
    client: httpx.Client, door: Door, field: str, value: Any, good: bool
) -> None:
    check_edge(client, door, field, value, good)


@pytest.mark.parametrize("door", DEEPINFRA, ids=by_name)
@pytest.mark.parametrize(
    ("field", "value", "good"),
    edges(
        ("temperature", [0, 2, 0.001], [-0.001, 2.001]),
        ("top_p", [0, 0.001, 1], [1.001]),
        ("min_p", [0, 1], [-0.001, 1.001]),
        ("top_k", [0, 1, 1000], [-1]),
        ("seed", [0, -(2**63), 2**64 - 1], [-(2**63) - 1, 2**64]),
        ("repetition_penalty", [0.01, 5], [0.009, 5.001]),
        ("frequency_penalty", [-2, 2], [-2.001, 2.001]),
        ("presence_penalty", [-2, 2], [-2.001, 2.001]),
    ),
)
def test_each_edge_of_deepinfra(
    client: httpx.Client, door: Door, field: str, value: Any, good: bool
) -> None:
    check_edge(client, door, field, value, good)


@pytest.mark.parametrize("door", CHATS, ids=by_name)
@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{}],
        [{"role": "user"}],
        [{"content": "hello"}],
        [{"role": "wizard", "content": "hello"}],
        [{"role": "", "content": "hello"}],
        [{"role": 1, "content": "hello"}],
        [{"role": "user", "content": 1}],
        ["hello"],
        {"role": "user", "content": "hello"},
    ],
    ids=str,
)
def test_messages_that_are_no_conversation(client: httpx.Client, door: Door, messages: Any) -> None:
    response = client.post(door.path, json={**door.body("x"), "messages": messages})
    assert_error(door, response, *REFUSED)


@pytest.mark.parametrize("door", [d for d in DOORS if d not in CHATS], ids=by_name)
def test_what_an_empty_prompt_means(client: httpx.Client, door: Door) -> None:
    response = client.post(door.path, json=door.body("", **{door.limit: 2}))
    if door in NATIVE_WORKERS:
        assert "Length of '/prompt'" in assert_error(door, response, 400)
    else:
        # The beginning-of-text token alone is a prompt.
        assert response.status_code == 200, response.text


NATIVE_WORKERS = [door for door in DOORS if "/ai/run" in door.path]
NOT_YET: list[tuple[str, Any, list[Door]]] = [
    ("lora", "my-finetune", [door for door in DOORS if door.errors != "workers"]),
    (
        "tools",
        [{"type": "function", "function": {"name": "f", "parameters": {}}}],
        [door for door in DOORS if door not in CHATS and door not in NATIVE_WORKERS],
    ),
    ("n", 2, NATIVE_WORKERS),
    ("best_of", 2, [*DOORS]),
    ("num_responses", 2, [door for door in DOORS if door.limit == "max_tokens"]),
]


@pytest.mark.parametrize(
    ("door", "field", "value"),
    [
        pytest.param(door, field, value, id=f"{by_name(door)}-{field}")
        for field, value, doors in NOT_YET
        for door in doors
    ],
)
def test_what_is_not_offered_yet_is_refused_by_name(
    client: httpx.Client, door: Door, field: str, value: Any
) -> None:
    response = client.post(door.path, json=door.body("hello", **{field: value}))
    assert field in assert_error(door, response, 400, 405, 422)


UNKEPT: dict[str, Any] = {
    "an unknown type": {"type": "yaml"},
    "no pattern": {"type": "regex"},
    "an unknown keyword": {
        "type": "json_schema",
        "json_schema": {"name": "a", "schema": {"type": "object", "contains": {"minimum": 1}}},
    },
    "a schema that nothing satisfies": {
        "type": "json_schema",
        "json_schema": {"name": "a", "schema": {"type": "string", "enum": []}},
    },
    "a broken pattern": {"type": "regex", "regex": "(a"},
    "an endless pattern": {"type": "regex", "regex": "((a{1000}){1000}){1000}"},
}


@each_door
@pytest.mark.parametrize("form", UNKEPT)
def test_a_form_of_answer_that_cannot_be_kept_is_refused_by_name(
    client: httpx.Client, door: Door, form: str
) -> None:
    response = client.post(door.path, json=door.body("hello", response_format=UNKEPT[form]))
    assert "response_format" in assert_error(door, response, 400, 422)
