"""Whatever JSON a client sends, the answer is an answer or one of the dialect's errors."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.doors import EVERY_DOOR, Door, assert_error, by_name

FIELDS = [
    *("model", "prompt", "input", "messages", "raw", "stream"),
    *("max_tokens", "max_new_tokens", "max_completion_tokens"),
    *("temperature", "top_p", "top_k", "min_p", "seed"),
    *("stop", "stop_token_ids"),
    *("repetition_penalty", "frequency_penalty", "presence_penalty"),
    *("lora", "functions", "tools", "tool_choice", "response_format"),
    *("n", "echo", "logprobs", "top_logprobs", "user", "stream_options"),
    *("prompt_cache_key", "options", "role", "content", "name", "tool_calls"),
    *("type", "text", "include_usage"),
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["user", "system", "assistant", "tool", "text", "hello"])
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("door", EVERY_DOOR, ids=by_name)
def test_no_json_makes_a_server_error(client: httpx.Client, door: Door) -> None:
    @given(
        fields=st.dictionaries(st.sampled_from(FIELDS), values, max_size=4),
        dropped=st.booleans(),
    )
    @settings(
        max_examples=100,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    def hold(fields: dict[str, Any], dropped: bool) -> None:
        base = {} if dropped else {**door.fixed, **door.put("hello"), door.limit: 2}
        # Answers are kept short, so that what is tried is bodies and not patience.
        body = {**base, **fields}
        if not isinstance(body.get(door.limit), str | list | dict | bool):
            body[door.limit] = 2
        content = json.dumps(door.wrap(body)).encode()
        response = client.post(door.path, content=content)
        if response.status_code != 200:
            assert_error(door, response, 400, 404, 405, 413, 422)

    hold()
