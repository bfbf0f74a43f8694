"""What several clients are tested with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.clients.conversation import ASKED, CHAT_DOORS


@pytest.fixture(params=CHAT_DOORS)
def chat(request: pytest.FixtureRequest, server: Any) -> Iterator[Any]:
    """Asks a question at one of the doors to chats; fields are as in OpenAI's package."""
    door = request.param
    with openai.OpenAI(api_key=server.key, base_url=server.url + door, max_retries=0) as sdk:

        def ask(**fields: Any) -> Any:
            turn = {"role": "user", "content": "Who are you?"}
            body = {"model": CHAT_DOORS[door], "messages": [turn], **ASKED, **fields}
            return sdk.chat.completions.create(**body)

        yield ask
