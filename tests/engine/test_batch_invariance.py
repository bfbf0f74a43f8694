"""A request's numbers are the same bits alone and in any company, however its prompt is cut.

Each sequence is computed by itself, then in batches, beside prefills, and in chunks, with a few
decodes after. A chunk of one token is no part of the promise: the plugin attends for a single row
with another kernel, so a scheduler that cuts prompts leaves at least two tokens to a chunk.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.engine.company import Company
from tests.oracles.models import TINY
from tests.oracles.running import Logits, tiny_runner
from understudy.engine.batch import Slice
from understudy.engine.runner import OpenVinoRunner

LENGTHS = (1, 1, 2, 3, 5, 17, 31, 32, 33, 40, 64, 65, 90, *range(4, 140, 6))
DECODES = 3
RNG = np.random.default_rng(5)
COMPANY = Company(
    prompts=[RNG.integers(0, 384, length).tolist() for length in LENGTHS],
    forced=RNG.integers(0, 384, (len(LENGTHS), DECODES)).tolist(),
    adapters=[None] * len(LENGTHS),
    blocks_each=5,
)
SPARE = COMPANY.spare(12)

MODELS = [(name, "int8") for name in TINY if name != "biases"] + [("llama-3.2-1b", "int4")]


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: "-".join(model))
def runner(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenVinoRunner]:
    name, precision = request.param
    folder = tmp_path_factory.mktemp("invariance")
    with tiny_runner(name, folder, precision, num_blocks=SPARE.stop) as runner:
        yield runner


@pytest.fixture(scope="module")
def alone(runner: OpenVinoRunner) -> list[Logits]:
    return COMPANY.alone(runner)


@pytest.mark.parametrize("count", [2, 3, 4, 8, 32, len(LENGTHS)])
def test_a_sequence_has_the_same_bits_alone_and_in_a_batch(
    runner: OpenVinoRunner, alone: list[Logits], count: int
) -> None:
    order = np.random.default_rng(count).permutation(len(LENGTHS))[:count].tolist()
    COMPANY.assert_as_alone(runner, alone, order)


@pytest.mark.parametrize("count", [1, 3, 8])
@pytest.mark.parametrize("length", [1, 2, 70, 300])
def test_a_sequence_has_the_same_bits_beside_a_prefill(
    runner: OpenVinoRunner, alone: list[Logits], count: int, length: int
) -> None:
    prefill = Slice([7] * length, 0, SPARE, length == 70)
    COMPANY.assert_as_alone(runner, alone, range(count), [prefill])


@pytest.mark.parametrize("size", [2, 16, 32, 48])
def test_a_prompt_has_the_same_bits_whole_and_in_chunks(
    runner: OpenVinoRunner, alone: list[Logits], size: int
) -> None:
    long = [i for i, length in enumerate(LENGTHS) if length > size]
    for i in long:
        for part in COMPANY.chunks(i, size):
            logits = runner.step([part])
        np.testing.assert_array_equal(logits[0], alone[i][0])
