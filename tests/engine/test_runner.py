"""The compiled graph over paged blocks: sharing, limits, lifetime."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.oracles.adapters import random_adapter
from tests.oracles.models import TINY
from tests.oracles.running import greedy, logits_of, tiny_runner
from understudy.engine.architecture import Architecture
from understudy.engine.batch import Adapter, ModelRunner, Slice
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.errors import ModelFolderInvalid
from understudy.models.convert import convert

PROMPT = list(range(3, 53))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiny")


@pytest.fixture(scope="module")
def runner(folder: Path) -> Iterator[OpenVinoRunner]:
    with tiny_runner("llama-3.2-1b", folder, "int8") as runner:
        yield runner


def test_it_is_a_model_runner(runner: OpenVinoRunner) -> None:
    seam: ModelRunner = runner
    assert (seam.block_size, seam.num_blocks, seam.vocab_size) == (32, 128, 384)
    assert seam.context_length == 2048


def test_logits_come_in_the_order_of_the_sampled_slices(runner: OpenVinoRunner) -> None:
    parts = [Slice([token] * 3, 0, [token], token % 2 == 0) for token in range(1, 7)]
    together = runner.step(parts).copy()
    assert together.dtype == np.float32
    assert together.shape == (3, 384)
    for row, part in zip(together, parts[1::2], strict=True):
        np.testing.assert_array_equal(row, logits_of(runner, part))


def test_a_step_that_samples_nothing_returns_no_rows(runner: OpenVinoRunner) -> None:
    assert runner.step([Slice(PROMPT, 0, [0, 1], False)]).shape == (0, 384)


def test_where_blocks_lie_does_not_matter(runner: OpenVinoRunner) -> None:
    first = logits_of(runner, Slice(PROMPT, 0, [0, 1], True))
    np.testing.assert_array_equal(first, logits_of(runner, Slice(PROMPT, 0, [127, 64], True)))


def test_blocks_beyond_the_need_are_allowed(runner: OpenVinoRunner) -> None:
    exact = logits_of(runner, Slice(PROMPT, 0, [0, 1], True))
    spare = logits_of(runner, Slice(PROMPT, 0, [0, 1, 9, 10, 11], True))
    np.testing.assert_array_equal(exact, spare)


def test_two_sequences_share_the_blocks_of_a_common_prefix(runner: OpenVinoRunner) -> None:
    prefix, tails = PROMPT[:32], ([5, 6, 7], [200, 201])
    alone = [logits_of(runner, Slice(prefix + tail, 0, [20, 21], True)) for tail in tails]
    runner.step([Slice(prefix, 0, [30], False)])
    shared = runner.step(
        [Slice(tail, 32, [30, 31 + i], True) for i, tail in enumerate(tails)]
    ).copy()
    for expected, found in zip(alone, shared, strict=True):
        np.testing.assert_array_equal(expected, found)


def test_what_blocks_held_before_does_not_matter(runner: OpenVinoRunner) -> None:
    fresh = greedy(runner, PROMPT, 8, [40, 41])[1]
    runner.step([Slice([383] * 64, 0, [40, 41], False)])
    np.testing.assert_array_equal(fresh, greedy(runner, PROMPT, 8, [40, 41])[1])


@pytest.mark.parametrize("cache", ["u8", "bf16", "f32"])
@pytest.mark.parametrize("name", ["llama-3.2-1b", "openchat"])
def test_a_copied_block_answers_with_the_same_bits(name: str, cache: str, folder: Path) -> None:
    """Two sequences with one past go on from a shared block and from a copy of the last one, and
    neither writes into the other's."""
    with tiny_runner(name, folder, "int8") as runner:
        pass
    packed = folder / f"{name}.int8"
    # The attention kernel takes a float32 cache only where it computes in float32.
    properties = {"KV_CACHE_PRECISION": cache}
    options = RunnerOptions(8, threads=2, precise=cache == "f32", properties=properties)
    runner = OpenVinoRunner(packed, convert(folder / name, packed, "int8"), options)
    runner.step([Slice(PROMPT, 0, [0, 1], 0)])
    for tensor in runner._cache:
        tensor.data[5] = 77
    runner.copy_block(1, 5)
    for tensor in runner._cache:
        assert tensor.data[5].tobytes() == tensor.data[1].tobytes()
    del tensor
    past = len(PROMPT)
    alone = greedy(runner, PROMPT, 4, [6, 7])
    for n, token in enumerate(alone[0][:-1]):
        other, copy = Slice([9 + n], past + n, [0, 1], 0), Slice([token], past + n, [0, 5], 1)
        np.testing.assert_array_equal(runner.step([other, copy])[0], alone[1][n + 1])
    runner.close()


@pytest.mark.parametrize(("source", "target"), [(-1, 0), (0, 8), (8, 0), (0, -1)])
def test_only_blocks_of_the_pool_are_copied(folder: Path, source: int, target: int) -> None:
    with (
        tiny_runner("llama-2-7b", folder, "int8", num_blocks=8) as runner,
        pytest.raises(ValueError, match="block id"),
    ):
        runner.copy_block(source, target)


def test_a_refused_step_changes_nothing(runner: OpenVinoRunner) -> None:
    before = logits_of(runner, Slice(PROMPT, 0, [50, 51], True))
    runner.step([Slice(PROMPT, 0, [50, 51], False)])
    with pytest.raises(ValueError, match="token id"):
        runner.step([Slice([1], 0, [50], True), Slice([384], 0, [52], True)])
    after = logits_of(runner, Slice(PROMPT[-2:], len(PROMPT) - 2, [50, 51], True))
    np.testing.assert_array_equal(before, after)


def test_other_threads_run_while_a_step_computes(runner: OpenVinoRunner) -> None:
    """The interpreter is handed over inside infer, and at no other chance."""
    ready, ran = threading.Event(), threading.Event()

    def wait_and_run() -> None:
        ready.wait()
        ran.set()

    runner.step([Slice(PROMPT, 0, [0, 1], True)])
    thread = threading.Thread(target=wait_and_run)
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        ready.set()
        assert not ran.is_set()
        for _ in range(1000):
            runner._request.infer()
            if ran.is_set():
                break
        assert ran.is_set()
    finally:
        sys.setswitchinterval(interval)
        thread.join()


def test_warming_up_leaves_answers_as_they_were(folder: Path) -> None:
    with tiny_runner("llama-2-7b", folder, "int4") as runner:
        cold = greedy(runner, PROMPT, 4, [0, 1, 2])[1]
        runner.warm(100)
        np.testing.assert_array_equal(cold, greedy(runner, PROMPT, 4, [0, 1, 2])[1])


@pytest.mark.parametrize(
    "options",
    [RunnerOptions(0), RunnerOptions(-1), RunnerOptions(8, context_length=2049)],
)
def test_options_out_of_range_are_refused(folder: Path, options: RunnerOptions) -> None:
    with tiny_runner("llama-2-7b", folder, "int8"):
        pass
    packed = folder / "llama-2-7b.int8"
    architecture = convert(folder / "llama-2-7b", packed, "int8")
    with pytest.raises(ValueError, match="out of range"):
        OpenVinoRunner(packed, architecture, options)


def test_a_shorter_context_is_a_limit(folder: Path) -> None:
    with tiny_runner("llama-2-7b", folder, "int8"):
        pass
    packed = folder / "llama-2-7b.int8"
    architecture = convert(folder / "llama-2-7b", packed, "int8")
    runner = OpenVinoRunner(packed, architecture, RunnerOptions(8, context_length=40))
    runner.warm()
    assert runner.step([Slice([1] * 40, 0, [0, 1], True)]).shape == (1, 384)
    with pytest.raises(ValueError, match="context of 40"):
        runner.step([Slice([1] * 41, 0, [0, 1], True)])
    runner.close()


def test_weights_of_another_architecture_are_refused(folder: Path, tmp_path: Path) -> None:
    with tiny_runner("llama-2-7b", folder, "int8"), tiny_runner("openchat", folder, "int8"):
        pass
    other = convert(folder / "openchat", tmp_path / "w", "int8")
    with pytest.raises(ModelFolderInvalid, match="embed_tokens"):
        OpenVinoRunner(folder / "llama-2-7b.int8", other, RunnerOptions(8))


def _bytes_taken_and_freed(folder: Path) -> tuple[int, int]:
    process = psutil.Process()
    with tiny_runner("llama-2-7b", folder, "f32", num_blocks=2000, precise=True) as runner:
        before = process.memory_info().rss
        for tensor in runner._cache:
            tensor.data[:] = 1
        del tensor
        touched = process.memory_info().rss
        runner.close()
        gc.collect()
        return touched - before, touched - process.memory_info().rss


def test_closing_frees_the_cache(folder: Path) -> None:
    # In a process of its own: memory that other tests left behind would be taken and kept unseen.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        taken, freed = pool.submit(_bytes_taken_and_freed, folder).result()
    assert taken > 100e6
    assert freed > 0.9 * taken


def test_closing_may_be_repeated_and_ends_all_steps(folder: Path) -> None:
    with tiny_runner("llama-2-7b", folder, "f32") as runner:
        runner.close()
        runner.close()
        with pytest.raises(RuntimeError, match="closed"):
            runner.step([Slice([1], 0, [0], True)])


def _adapter(rank: int = 8, seed: int = 0) -> Adapter:
    return random_adapter(Architecture.from_config(TINY["llama-2-7b"]), rank, seed)


def test_a_graph_without_adapters_refuses_them(runner: OpenVinoRunner) -> None:
    assert not runner.takes_adapters
    with pytest.raises(ValueError, match="without adapters"):
        runner.load_adapter("a", _adapter())
    with pytest.raises(ValueError, match="without adapters"):
        runner.unload_adapter("a")
    with pytest.raises(ValueError, match="without adapters"):
        runner.step([Slice([1], 0, [0], 1, "a")])


def test_an_adapter_works_from_loading_to_unloading(folder: Path) -> None:
    with tiny_runner("llama-2-7b", folder, "int8", adapters=True) as runner:
        assert runner.takes_adapters
        plain, adapted = Slice(PROMPT, 0, [0, 1], 1), Slice(PROMPT, 0, [0, 1], 1, "a")
        before = runner.step([plain]).copy()
        for _ in range(2):
            with pytest.raises(ValueError, match="no adapter 'a'"):
                runner.step([adapted])
            runner.load_adapter("a", _adapter())
            assert np.abs(runner.step([adapted]) - before).max() > 0.1
            np.testing.assert_array_equal(runner.step([plain]), before)
            runner.step([adapted])
            runner.unload_adapter("a")
            np.testing.assert_array_equal(runner.step([plain]), before)


def test_a_step_of_several_passes_is_checked_before_the_first(folder: Path) -> None:
    with tiny_runner("llama-2-7b", folder, "int8", adapters=True, adapter_ranks=64) as runner:
        for key in "ab":
            runner.load_adapter(key, _adapter(64, ord(key)))
        before = runner._cache[0].data.copy()
        for bad in (Slice([999], 0, [1], 1, "b"), Slice([1], 0, [1], 1, "c")):
            with pytest.raises(ValueError, match=r"token id|no adapter 'c'"):
                runner.step([Slice(PROMPT, 0, [0, 1], 1, "a"), bad])
        np.testing.assert_array_equal(runner._cache[0].data, before)


def test_logits_of_several_passes_come_in_the_order_of_the_slices(folder: Path) -> None:
    with tiny_runner("llama-2-7b", folder, "int8", adapters=True, adapter_ranks=64) as runner:
        for key in "abc":
            runner.load_adapter(key, _adapter(33, ord(key)))
        keys = ["a", None, "b", "a", "c", None]
        parts = [Slice(PROMPT[: 3 + n], 0, [n], n % 3, key) for n, key in enumerate(keys)]
        together = runner.step(parts).copy()
        alone = [runner.step([part]).copy() for part in parts]
        np.testing.assert_array_equal(together, np.concatenate(alone))
        assert runner.step([Slice([1, 2], 0, [0], 0, "a"), Slice([3], 0, [1], 0, "b")]).size == 0


def test_a_closed_runner_takes_no_adapters(folder: Path) -> None:
    with tiny_runner("llama-2-7b", folder, "int8", adapters=True) as runner:
        runner.close()
        with pytest.raises(RuntimeError, match="closed"):
            runner.load_adapter("a", _adapter())


def test_warming_up_a_graph_with_adapters_leaves_answers_as_they_were(folder: Path) -> None:
    with tiny_runner("llama-2-7b", folder, "int4", adapters=True) as runner:
        runner.load_adapter("a", _adapter())
        part = Slice(PROMPT, 0, [0, 1], 1, "a")
        cold = runner.step([part]).copy()
        runner.warm(100)
        np.testing.assert_array_equal(runner.step([part]), cold)
