"""The task is made of held-out questions, and the comparison would find what differs."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from benchmarks import lm_eval_agreement as agreement
from training import heldout
from training.template import prompt_text


def sample(doc_id: int, *values: float, greedy: int = -1) -> dict[str, Any]:
    """A document as lm_eval logs it, with the log-likelihood of each of its choices."""
    told = [[[str(value), str(i == greedy)]] for i, value in enumerate(values)]
    return {"doc_id": doc_id, "doc": {"context": f"q{doc_id}"}, "resps": told, "acc": 1.0}


RUN = [sample(0, -1.0, -2.0, greedy=0), sample(1, -3.5, -3.25)]


def test_questions_are_held_out_ones_with_their_answer_among_others() -> None:
    docs = heldout.items(8)["compare"]
    asked = list(agreement.questions(docs))
    assert asked
    rights = {prompt_text(doc): heldout.right_answer(doc) for doc in docs}
    for one in asked:
        assert one["choices"][one["gold"]] == rights["<|begin_of_text|>" + one["context"]]
        assert len(set(one["choices"])) == agreement.ANSWERS
    assert len({one["gold"] for one in asked}) > 1


def test_tasks_read_local_files_alone(tmp_path: Path) -> None:
    agreement.write_tasks(tmp_path, 1)
    for name in (agreement.CHOICE, agreement.TEXT):
        said = json.loads((tmp_path / f"{name}.yaml").read_text())
        [data] = said["dataset_kwargs"]["data_files"].values()
        assert said["dataset_path"] == "json"
        assert Path(data) == tmp_path / f"{name}.jsonl"
        assert [json.loads(line) for line in Path(data).read_text().splitlines()]


def test_two_runs_that_say_the_same_agree() -> None:
    found = agreement.compare(RUN, deepcopy(RUN))
    assert found.holds
    assert (found.documents, found.likelihoods, found.right) == (2, 4, [2.0, 2.0])
    near = deepcopy(RUN)
    near[0]["resps"][0][0][0] = str(-1.0 - agreement.TOLERANCE / 2)
    assert agreement.compare(RUN, near).holds


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ((0, 0), ["-1.002", "True"]),
        ((0, 0), ["-1.0", "False"]),
        ((1, 1), ["-3.5005", "False"]),
        ((1, 1), ["nan", "False"]),
    ],
)
def test_another_likelihood_greedy_text_or_answer_is_seen(
    place: tuple[int, int], told: list[str]
) -> None:
    other = deepcopy(RUN)
    other[place[0]]["resps"][place[1]] = [told]
    assert not agreement.compare(RUN, other).holds


def test_an_answer_that_flips_within_the_tolerance_is_seen() -> None:
    ours, theirs = [sample(0, -1.0, -1.0002)], [sample(0, -1.0002, -1.0)]
    found = agreement.compare(ours, theirs)
    assert found.largest_difference < agreement.TOLERANCE
    assert found.other_answers == 1
    assert not found.holds


def test_runs_of_different_documents_are_not_compared() -> None:
    with pytest.raises(ValueError, match="document 1"):
        agreement.compare(RUN, [RUN[0], {**RUN[1], "doc": {"context": "another"}}])
    assert not agreement.compare([], []).holds
