"""A request with an adapter, and one without, gets the same bits whatever is stacked beside it.

As in ``test_batch_invariance``, each sequence is computed by itself first. Then adapters of all
ranks stand beside it in one stack, were loaded in another order, come and go, and need several
passes; and prompts are cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.engine.company import Company
from tests.oracles.adapters import of_kinds, random_adapter
from tests.oracles.models import TINY
from tests.oracles.running import Logits, tiny_runner
from understudy.config import Precision
from understudy.engine.architecture import Architecture
from understudy.engine.batch import Adapter, Slice
from understudy.engine.runner import OpenVinoRunner

MODELS: list[tuple[str, Precision]] = [
    ("llama-3.2-1b", "int4"),
    ("llama-2-70b", "int8"),
    ("openchat", "bf16"),
    ("biases", "f32"),
]
RANKS = (1, 2, 3, 4, 5, 8, 12, 16, 16, 33, 48, 64)
KINDS = {5: ("q_proj", "v_proj"), 7: ("down_proj",), 9: ("k_proj", "up_proj")}
KEYS: list[str | None] = [None, *(f"rank {rank}, {i}" for i, rank in enumerate(RANKS))]
PROMPTS = [np.random.default_rng(n).integers(0, 384, 3 + 4 * n).tolist() for n in range(len(KEYS))]
COMPANY = Company(PROMPTS, forced=[[9, 10]] * len(KEYS), adapters=KEYS, blocks_each=3)
SPARE = COMPANY.spare(8)


def _adapters(name: str) -> dict[str, Adapter]:
    architecture = Architecture.from_config(TINY[name])
    adapters = {}
    for i, (key, rank) in enumerate(zip(KEYS[1:], RANKS, strict=True)):
        only = of_kinds(*KINDS[i]) if i in KINDS else lambda layer: True
        assert key is not None
        adapters[key] = random_adapter(architecture, rank, seed=i, only=only)
    return adapters


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: "-".join(model))
def runner(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenVinoRunner]:
    name, precision = request.param
    folder = tmp_path_factory.mktemp("invariance")
    with tiny_runner(
        name, folder, precision, num_blocks=SPARE.stop, adapters=True, adapter_ranks=512
    ) as runner:
        for key, adapter in _adapters(name).items():
            runner.load_adapter(key, adapter)
        yield runner


@pytest.fixture(scope="module")
def alone(runner: OpenVinoRunner) -> list[Logits]:
    return COMPANY.alone(runner)


def test_adapters_change_the_answer(alone: list[Logits], runner: OpenVinoRunner) -> None:
    """Or what follows would hold of a graph that ignores them."""
    for i, key in enumerate(KEYS[1:], 1):
        without = runner.step([Slice(PROMPTS[i], 0, COMPANY.blocks(i), 1)])[0]
        assert np.abs(alone[i][0] - without).max() > 0.05, key


@pytest.mark.parametrize("seed", range(8))
def test_a_sequence_has_the_same_bits_whatever_adapters_stand_beside_it(
    runner: OpenVinoRunner, alone: list[Logits], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    count = 2 + int(rng.integers(len(KEYS) - 1))
    COMPANY.assert_as_alone(runner, alone, rng.permutation(len(KEYS))[:count].tolist())


def test_a_sequence_has_the_same_bits_beside_all_other_adapters(
    runner: OpenVinoRunner, alone: list[Logits]
) -> None:
    COMPANY.assert_as_alone(runner, alone, range(len(KEYS)))
    COMPANY.assert_as_alone(runner, alone, list(reversed(range(len(KEYS)))))


@pytest.mark.parametrize("key", [None, "rank 3, 2", "rank 64, 11"])
@pytest.mark.parametrize("length", [2, 70, 200])
def test_a_sequence_has_the_same_bits_beside_a_prefill(
    runner: OpenVinoRunner, alone: list[Logits], key: str | None, length: int
) -> None:
    prefill = Slice([7] * length, 0, SPARE, 0, key)
    for indices in ([0], [3], [12], [0, 5, 9]):
        COMPANY.assert_as_alone(runner, alone, indices, [prefill])


def test_a_sequence_has_the_same_bits_while_adapters_come_and_go(
    runner: OpenVinoRunner, alone: list[Logits]
) -> None:
    """Its own stays stacked, at places that change; what is gone leaves nothing behind."""
    for other in [*range(len(KEYS)), 11, 1, 8]:
        COMPANY.assert_as_alone(runner, alone, sorted({6, other}))
    COMPANY.assert_as_alone(runner, alone, [0, 6])


@pytest.mark.parametrize("size", [2, 16])
def test_a_prompt_has_the_same_bits_whole_and_in_chunks(
    runner: OpenVinoRunner, alone: list[Logits], size: int
) -> None:
    for i in range(len(KEYS)):
        for part in COMPANY.chunks(i, size):
            logits = runner.step([part, Slice([5], 0, SPARE, 0, KEYS[i - 1])])
        np.testing.assert_array_equal(logits[0], alone[i][0], err_msg=str(KEYS[i]))


@pytest.mark.parametrize(("name", "precision"), MODELS)
def test_neither_the_order_of_loading_nor_the_size_of_the_stack_changes_a_bit(
    name: str,
    precision: Precision,
    tmp_path: Path,
) -> None:
    """The smallest stack computes all adapters in several passes."""
    answers = []
    for ranks in (64, 128, 512):
        with tiny_runner(name, tmp_path, precision, adapters=True, adapter_ranks=ranks) as runner:
            items = list(_adapters(name).items())
            for key, adapter in items if ranks == 128 else reversed(items):
                runner.load_adapter(key, adapter)
            answers.append(COMPANY.together(runner, range(len(KEYS))))
    for other in answers[1:]:
        np.testing.assert_array_equal(np.stack(other), np.stack(answers[0]))


def test_no_number_of_an_adapter_reaches_a_row_that_is_not_its_own(tmp_path: Path) -> None:
    """Its products overflow to infinity, and infinity times zero would be no number."""
    name = "llama-2-7b"
    huge = random_adapter(Architecture.from_config(TINY[name]), 4, seed=1, spread=1e37)
    with tiny_runner(name, tmp_path, "f32", adapters=True) as runner:
        runner.load_adapter("huge", huge)
        part = Slice(PROMPTS[4], 0, [0], 1)
        expected = runner.step([part]).copy()
        found = runner.step([part, Slice(PROMPTS[5], 0, [1], 1, "huge")])
        np.testing.assert_array_equal(found[0], expected[0])
        assert not np.isfinite(found[1]).all()
