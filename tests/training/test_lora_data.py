"""Conversations as tokens: what carries loss, which lines are refused, and batches by seed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from training.data import IGNORE
from training.lora_data import Encoder, batches, examples, fitting
from training.lora_lines import BadData, Conversation, conversation
from training.tokenizer import BOS, EOT, PAD, load
from understudy import house

TOKENIZER = load(house.path())
HELLO = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Good day"}]
CALL = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
TOOL = {"type": "function", "function": {"name": "add", "parameters": {}}}
ENCODE = Encoder(TOKENIZER, 2048)


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


def learnt(line: dict[str, Any]) -> str:
    example = ENCODE(conversation(line))
    kept = [i for i, keep in zip(example.ids, example.learnt, strict=True) if keep]
    return TOKENIZER.decode(kept, skip_special_tokens=False)


def test_only_the_assistants_words_are_learnt() -> None:
    messages = [
        {"role": "system", "content": "Be brief"},
        *HELLO,
        user("Bye"),
        assistant("See you"),
    ]
    assert learnt({"messages": messages}) == "Good day<|eot_id|>See you<|eot_id|>"


def test_answers_of_weight_0_are_read_and_not_learnt() -> None:
    messages = [user("a"), assistant("one", weight=1), user("b"), assistant("two", weight=0),
                user("c"), assistant("three")]  # fmt: skip
    assert learnt({"messages": messages}) == "one<|eot_id|>three<|eot_id|>"


def test_calls_are_learnt_in_the_form_the_template_writes() -> None:
    result = {"role": "tool", "tool_call_id": "c1", "content": "2"}
    messages = [user("1?"), assistant(None, tool_calls=[CALL]), result, assistant("Two")]
    line = {"messages": messages, "tools": [TOOL]}
    assert learnt(line) == '{"name": "add", "parameters": {"a": 1}}<|eot_id|>Two<|eot_id|>'


def test_bad_lines_are_named_by_number(tmp_path: Path) -> None:
    good = json.dumps({"messages": HELLO}).encode()
    long = json.dumps({"prompt": "word " * 3000, "completion": "x"}).encode()
    path = tmp_path / "my.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join([good, b"", b"{'a'", good, b"\xff", b"[]", long]))
    with pytest.raises(BadData) as refused:
        examples(path, ENCODE)
    said = str(refused.value)
    assert said.startswith(f"{path}: 4 lines cannot be learnt from.\n")
    assert "line 3: is not JSON: Expecting property name" in said
    assert "line 5: is not UTF-8" in said
    assert "line 6: is not a JSON object" in said
    assert re.search(r"line 7: has \d+ tokens; the model reads at most 2048", said)


def test_many_bad_lines_are_counted_not_all_listed(tmp_path: Path) -> None:
    path = tmp_path / "my.jsonl"
    path.write_text("[]\n" * 50)
    with pytest.raises(BadData, match=r"line 20: .*\n  and 30 more") as refused:
        examples(path, ENCODE)
    assert "line 21" not in str(refused.value)


def test_files_without_lines_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n\n")
    with pytest.raises(BadData, match="holds no lines"):
        examples(tmp_path / "empty", ENCODE)


def _some(count: int) -> list[Conversation]:
    return [
        conversation({"prompt": f"Number {i}", "completion": "one " * i}) for i in range(1, count)
    ]


def test_an_epoch_holds_every_example_once_and_whole() -> None:
    data = fitting(_some(30), ENCODE)
    supply, seen = batches(data, tokens=128, length=64, seed=1), list[int]()
    wanted = sorted(i for example in data for i in example.ids)
    rows = 0
    while len(seen) < len(wanted):
        inputs, labels = next(supply)
        assert inputs.shape == labels.shape
        assert inputs.shape[0] <= 2
        rows += len(inputs)
        for given, answers in zip(inputs.tolist(), labels.tolist(), strict=True):
            row = [i for i in given if i != PAD]
            last = [label for at, label in enumerate(answers) if label != IGNORE][-1]
            seen += [*row, last]
            # The last token of a row is a label alone, the end mark of its last answer.
            assert last == EOT
            assert row[0] == BOS
    assert sorted(seen) == wanted
    assert rows > 2


def test_what_is_too_long_for_a_row_makes_the_rows_longer() -> None:
    data = fitting(_some(120), ENCODE)
    longest = max(len(example.ids) for example in data)
    assert longest > 64
    supply = batches(data, tokens=1, length=64, seed=1)
    widths = [next(supply)[0].shape[1] for _ in data]
    assert max(widths) == longest - 1


def test_the_seed_decides_the_order() -> None:
    data = fitting(_some(30), ENCODE)
    one, same, other = (next(batches(data, 512, 128, seed))[0].tolist() for seed in (1, 1, 2))
    assert one == same != other


def test_too_long_conversations_of_a_lesson_are_left_out() -> None:
    assert len(fitting(_some(60), Encoder(TOKENIZER, 40))) < len(fitting(_some(60), ENCODE)) == 59
