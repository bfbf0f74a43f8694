"""Every error there is, as each door words it, is one that the document has."""

from __future__ import annotations

import pytest

from tests.dialects.test_workers_errors import AI, GATEWAY, META
from tests.openapi.described import Described
from understudy.dialects.base import Dialect
from understudy.dialects.deepinfra import SERVICE
from understudy.dialects.deepinfra_native import DeepInfraNative
from understudy.dialects.openai_chat import OpenAIChat
from understudy.dialects.openai_completions import OpenAICompletions
from understudy.dialects.workers_ai import WorkersAI
from understudy.dialects.workers_binding import WorkersBinding
from understudy.dialects.workers_chat import WorkersChat
from understudy.dialects.workers_completions import WorkersCompletions
from understudy.errors import WrongMethod

ACCOUNT = "/client/v4/accounts/{account}/ai"
DOORS: list[tuple[str, Dialect]] = [
    (f"{ACCOUNT}/run", WorkersAI()),
    (f"{ACCOUNT}/run/{{model}}", WorkersAI()),
    (f"{ACCOUNT}/run/@house/prompter", WorkersAI()),
    (f"{ACCOUNT}/run/proxy", WorkersBinding(WorkersAI())),
    (f"{ACCOUNT}/v1/chat/completions", WorkersChat()),
    (f"{ACCOUNT}/v1/completions", WorkersCompletions()),
    ("/v1/openai/completions", OpenAICompletions(SERVICE)),
    ("/v1/openai/chat/completions", OpenAIChat(SERVICE)),
    ("/v1/completions", OpenAICompletions(SERVICE)),
    ("/v1/chat/completions", OpenAIChat(SERVICE)),
    ("/v1/inference/{model}", DeepInfraNative()),
    ("/run", WorkersBinding(WorkersAI())),
    ("/ai-gateway/run", WorkersBinding(WorkersAI())),
]
# Methods that a route has not are no operations of it.
ERRORS = [row[0] for row in (*AI, *GATEWAY) if not isinstance(row[0], WrongMethod)]


@pytest.mark.parametrize(("path", "dialect"), DOORS, ids=[path for path, _ in DOORS])
def test_every_error_is_described(described: Described, path: str, dialect: Dialect) -> None:
    for exc in ERRORS:
        reply = dialect.error(exc, META)
        described.check_body(described.operation("POST", path), reply.status, dict(reply.body))


def test_no_status_is_described_that_no_error_has(described: Described) -> None:
    for path, dialect in DOORS:
        answers = set(described.operation("POST", path)["responses"]) - {"200"}
        assert answers == {str(dialect.error(exc, META).status) for exc in ERRORS}, path
