"""Every number that reaches the graph is checked first, and laid out as the graph reads it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from understudy.engine.batch import Slice
from understudy.engine.step import StepInputs

INPUTS = StepInputs(num_blocks=8, vocab_size=100, context_length=200)


def _slice(tokens: Any = (1, 2, 3), past: int = 0, blocks: Any = (0, 1), logits: int = 1) -> Slice:
    return Slice(tokens, past, blocks, logits)


def test_a_mixed_step_is_laid_out_sequence_after_sequence() -> None:
    arrays, wanted = INPUTS.prepare(
        [
            _slice([9], 40, [5, 2, 7]),
            _slice([1, 2, 3, 4], 30, [0, 1], logits=0),
            _slice([8, 7], 0, [3]),
        ]
    )
    assert wanted == 2
    expected = {
        "input_ids": [9, 1, 2, 3, 4, 8, 7],
        "positions": [40, 30, 31, 32, 33, 0, 1],
        "past_lens": [40, 30, 0],
        "subsequence_begins": [0, 1, 5, 7],
        "block_indices": [5, 2, 0, 1, 3],
        "block_indices_begins": [0, 2, 4, 5],
        "rows": [0, 6],
    }
    for name, values in expected.items():
        assert arrays[name].tolist() == values, name
    assert arrays["max_context_len"] == 41
    integers = {name for name, array in arrays.items() if array.dtype == np.int32}
    assert integers == {
        "past_lens",
        "subsequence_begins",
        "block_indices",
        "block_indices_begins",
        "max_context_len",
    }


def test_a_lone_row_gets_company_where_the_graph_needs_two() -> None:
    inputs = StepInputs(num_blocks=8, vocab_size=100, context_length=200, least_rows=2)
    arrays, wanted = inputs.prepare([_slice([9], 40, [5, 2])])
    assert wanted == 1
    assert arrays["input_ids"].tolist() == [9, 0]
    assert arrays["block_indices"].tolist() == [5, 2, 8]
    assert arrays["block_indices_begins"].tolist() == [0, 2, 3, 3]
    assert arrays["past_lens"].tolist() == [40, 0, 0]
    assert arrays["rows"].tolist() == [0, 0]
    arrays, wanted = inputs.prepare([_slice([1, 2, 3])])
    assert (wanted, arrays["rows"].tolist()) == (1, [2, 2])


def test_a_lone_row_gets_company_for_its_adapter_and_not_for_others_that_may_come() -> None:
    part = Slice([9], 40, [5, 2], 1, "mine")
    arrays, wanted = INPUTS.prepare([part])
    assert arrays["input_ids"].tolist() == [9, 0]
    assert (wanted, arrays["rows"].tolist()) == (1, [0])
    for others in ([_slice([9], 40, [5, 2])], [part, _slice([7], 3, [1])]):
        arrays, wanted = INPUTS.prepare(others)
        assert len(arrays["input_ids"]) == wanted == len(others)


def test_a_sequence_of_no_tokens_follows_where_all_slices_have_one() -> None:
    arrays, wanted = INPUTS.prepare([_slice([9], 40, [5, 2]), _slice([7], 3, [1])])
    assert wanted == 2
    assert arrays["input_ids"].tolist() == [9, 7]
    assert arrays["positions"].tolist() == [40, 3]
    assert arrays["past_lens"].tolist() == [40, 3, 0]
    assert arrays["subsequence_begins"].tolist() == [0, 1, 2, 2]
    assert arrays["block_indices"].tolist() == [5, 2, 1]
    assert arrays["block_indices_begins"].tolist() == [0, 2, 3, 3]
    assert arrays["max_context_len"] == 41
    assert arrays["rows"].tolist() == [0, 1]


def test_a_step_may_sample_nothing() -> None:
    arrays, wanted = INPUTS.prepare([_slice(logits=0)])
    assert (wanted, arrays["rows"].tolist()) == (0, [])


def test_arrays_are_taken_as_well_as_lists() -> None:
    arrays, _ = INPUTS.prepare([_slice(np.asarray([1, 2]), 0, np.asarray([4], np.int32))])
    assert arrays["input_ids"].tolist() == [1, 2]
    assert arrays["block_indices"].tolist() == [4]


@pytest.mark.parametrize(
    "bad",
    [
        _slice([]),
        _slice([100]),
        _slice([-1]),
        _slice(past=-1),
        _slice(past=198, blocks=range(7)),
        _slice([1] * 65),
        _slice(past=62, blocks=[0, 1]),
        _slice(blocks=[]),
        _slice(logits=4),
        _slice(logits=-1),
        _slice(blocks=[8]),
        _slice(blocks=[-1]),
        _slice(blocks=[2**40]),
    ],
)
def test_what_is_out_of_range_is_refused_whatever_stands_beside_it(bad: Slice) -> None:
    for batch in ([bad], [_slice(), bad], [bad, _slice()]):
        with pytest.raises(ValueError, match=r"token|block|context"):
            INPUTS.prepare(batch)


def test_the_last_of_everything_is_in_range() -> None:
    arrays, _ = INPUTS.prepare([_slice([99, 99], 198, [7, 6, 5, 4, 3, 2, 1])])
    assert arrays["positions"].tolist() == [198, 199]


def test_an_empty_step_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one slice"):
        INPUTS.prepare([])


def test_as_many_rows_of_logits_as_asked_for_the_last_ones_of_each_slice() -> None:
    parts = [_slice([1, 2, 3, 4], logits=3), _slice([5, 6], logits=0), _slice([7, 8], logits=2)]
    arrays, wanted = INPUTS.prepare(parts)
    assert wanted == 5
    assert arrays["rows"].tolist() == [1, 2, 3, 6, 7]
