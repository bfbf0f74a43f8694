"""Thousands of bodies for every card, good and with one rule broken: never a server's error, and
always the validator's own words."""

from __future__ import annotations

import http.client
import json
import os
from collections import Counter
from typing import Any

from tests.dialects.card_bodies import Case, of_cards
from tests.doors import ACCOUNT
from tests.running import Running
from understudy.catalog.registry import Catalog
from understudy.dialects.cabidela import Validator
from understudy.dialects.workers_ai import WorkersAI
from understudy.errors import RequestError, SchemaViolation

CASES = 6000
SENT = 5000 if os.environ.get("REQUIRE_ALL") == "1" else 400
PATIENCE = 60.0
CARDS = Catalog.load()
VALIDATORS = {card.name: Validator(card.input_schema) for card in CARDS}


def test_the_dialect_says_what_the_validator_says() -> None:
    """That these are also the words of the real one, ``test_cabidela_node`` shows."""
    dialect = WorkersAI(cards=CARDS)
    outcomes: Counter[tuple[str, bool]] = Counter()
    for card, case in of_cards(CARDS, CASES):
        verdict = VALIDATORS[card.name].verdict(case.body)
        said = None
        try:
            dialect.parse(case.body, card)
        except SchemaViolation as violation:
            said = str(violation)
        except RequestError:
            outcomes["refused for what it means", True] += 1
        assert said == verdict, case
        outcomes[case.rule, verdict is None] += 1
    broken = {rule for rule, good in outcomes if rule and not good}
    assert broken == {
        *("alternatives", "required", "type"),
        *("minimum", "maximum", "minLength", "maxLength"),
    }
    assert min(outcomes[rule, False] for rule in broken) > 100
    # Most of what the schema lets through is answered, or the socket would see little.
    assert outcomes["refused for what it means", True] < outcomes["", True] / 2


def test_no_body_makes_a_server_error_or_hangs(tiny_server: Running) -> None:
    connection = http.client.HTTPConnection(
        tiny_server.url.removeprefix("http://"), timeout=PATIENCE
    )
    statuses: Counter[int] = Counter()
    for card, case in of_cards(CARDS, CASES)[:SENT]:
        status, answer = _sent(connection, tiny_server.key, card.name, case)
        verdict = VALIDATORS[card.name].verdict(case.body)
        statuses[status] += 1
        if verdict is not None:
            assert status == 400, case
            assert _error(answer)["code"] == 5006
            said = _error(answer)["message"]
            assert said.startswith(f"AiError: Bad input: Error: {verdict} ("), case
        elif status != 200:
            assert status in (400, 404, 405, 413), (case, answer)
            assert _error(answer)["message"].startswith("AiError: ")
    connection.close()
    assert min(statuses[200], statuses[400]) > SENT / 5


def _sent(
    connection: http.client.HTTPConnection, key: str, model: str, case: Case
) -> tuple[int, bytes]:
    # Answers are kept short, so that what is tried is bodies and not patience.
    body = {"max_tokens": 2, **case.body}
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    connection.request("POST", f"{ACCOUNT}/ai/run/{model}", json.dumps(body).encode(), headers)
    response = connection.getresponse()
    return response.status, response.read()


def _error(answer: bytes) -> dict[str, Any]:
    (error,) = json.loads(answer)["errors"]
    return dict(error)
