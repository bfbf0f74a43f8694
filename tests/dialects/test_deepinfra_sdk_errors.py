"""What DeepInfra's doors say of an error reaches the clients' own exceptions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import deepinfra
import openai
import pytest

from tests.dialects.deepinfra_error_table import BUSY, FASTAPI, MANY, TABLE, TOO_LONG
from tests.dialects.openai_wire import DIALECTS, META, MODEL
from understudy import errors as e
from understudy.dialects.base import ErrorReply
from understudy.dialects.sse import to_json


class Failing(ThreadingHTTPServer):
    """Answers every POST with ``reply``."""

    reply: ErrorReply

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert isinstance(self.server, Failing)
            reply = self.server.reply
            self.rfile.read(int(self.headers["content-length"]))
            body = to_json(reply.body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Failing.Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


@pytest.fixture(scope="module")
def failing() -> Iterator[Failing]:
    with Failing() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def chat(failing: Failing) -> Iterator[Any]:
    with openai.OpenAI(api_key="k", base_url=failing.url, max_retries=0) as client:
        yield client.chat.completions


@pytest.mark.parametrize("row", TABLE, ids=lambda row: type(row[0]).__name__)
def test_openais_sdk_finds_message_code_and_param(failing: Failing, chat: Any, row: Any) -> None:
    exc, status, kind, code, param, message, _ = row
    failing.reply = DIALECTS["openai_chat"].error(exc, META)
    with pytest.raises(openai.APIStatusError) as raised:
        chat.create(model=MODEL, messages=[{"role": "user", "content": "x"}])
    seen = raised.value
    assert message in seen.message
    assert (seen.status_code, seen.type, seen.code, seen.param) == (status, kind, code, param)


@pytest.mark.parametrize("row", FASTAPI, ids=lambda row: type(row[0]).__name__)
def test_openais_sdk_finds_the_sentence_of_a_violation(
    failing: Failing, chat: Any, row: Any
) -> None:
    exc, _, message, param, code = row
    failing.reply = DIALECTS["openai_chat"].error(exc, META)
    with pytest.raises(openai.UnprocessableEntityError) as raised:
        chat.create(model=MODEL, messages=[{"role": "user", "content": "x"}])
    assert message in raised.value.message
    assert (raised.value.param, raised.value.code) == (param, code)


SDK_CLASSES = [
    (e.BadCredentials(), deepinfra.AuthenticationError, "Not authenticated"),
    (e.MissingScope("run"), deepinfra.PermissionDeniedError, "lacks the scope"),
    (e.UnknownModel(MODEL), deepinfra.NotFoundError, f"Model not found: {MODEL}"),
    (e.PromptTooLong(99009, 8192), deepinfra.BadRequestError, TOO_LONG),
    (e.SchemaViolation("no", MANY), deepinfra.APIStatusError, "n: At most 4; messages.0.role: "),
    (e.BodyTooLarge(9), deepinfra.ContentTooLargeError, "larger than 9 bytes"),
    (e.ServerBusy(), deepinfra.RateLimitError, BUSY),
    (e.ServerDraining(), deepinfra.CapacityError, "shutting down"),
    (e.StepFailed("x"), deepinfra.InternalServerError, "Internal server error"),
]


@pytest.mark.parametrize(("exc", "kind", "text"), SDK_CLASSES)
def test_deepinfras_sdk_raises_its_own_class(
    failing: Failing, exc: e.UnderstudyError, kind: type[Exception], text: str
) -> None:
    failing.reply = DIALECTS["deepinfra_native"].error(exc, META)
    model = deepinfra.TextGeneration(f"{failing.url}/inference/{MODEL}", "k")
    with pytest.raises(kind, match=re.escape(text)):
        model.generate({"input": "x"})
    model.client.close()
