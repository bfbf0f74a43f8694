"""What holds even where the engine's own bookkeeping is wrong."""

from __future__ import annotations

import pytest

from tests.engine.toy import ToyRunner
from understudy.engine.engine import Engine
from understudy.errors import EngineClosed
from understudy.request import SamplingParams


class Watched(ToyRunner):
    """Says whether it was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True


async def test_an_engine_that_stops_by_itself_closes_its_runner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runner = Watched()
    engine = Engine(runner)

    def inconsistent(*_: object, **__: object) -> list[int]:
        raise RuntimeError("inconsistent")

    monkeypatch.setattr(engine._core.pool, "allocate", inconsistent)
    with pytest.raises(EngineClosed):
        async for _ in engine.generate([1, 2, 3], SamplingParams(max_tokens=3)):
            pass
    engine.close()
    assert runner.closed
