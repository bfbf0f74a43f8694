"""An engine over the toy model. A test file that needs another runner names its own ``runner``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.engine.toy import ToyRunner
from understudy.engine.engine import Engine


@pytest.fixture
def runner() -> ToyRunner:
    return ToyRunner()


@pytest.fixture
def engine(runner: ToyRunner) -> Iterator[Engine]:
    with closing(Engine(runner)) as made:
        yield made
