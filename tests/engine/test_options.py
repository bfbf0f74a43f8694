"""Engine settings that make no sense stop the start and are named."""

from __future__ import annotations

import pytest

from understudy.engine.options import EngineOptions
from understudy.errors import ConfigError


@pytest.mark.parametrize(
    "name", ["max_batch", "step_tokens", "prefill_chunk", "queue_limit", "draft_rows"]
)
def test_a_senseless_value_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        EngineOptions(**{name: -1})


def test_a_queue_of_none_is_allowed() -> None:
    assert EngineOptions(queue_limit=0).queue_limit == 0
