"""A user's own lines: read as chats, or refused with their number and what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training.lora_data import Encoder, batches, examples, fitting
from training.lora_lines import BadData, BadLine, Conversation, conversation, read
from training.tokenizer import load
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


def test_prompt_and_completion_are_one_message_and_its_answer() -> None:
    assert conversation({"prompt": "Hello", "completion": "Good day"}) == conversation(
        {"messages": HELLO}
    )


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


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"text": "x"}, "neither 'messages' nor 'prompt' and 'completion'"),
        ({"prompt": "x"}, "'completion' must be a string, not null"),
        ({"prompt": "x", "completion": " "}, "'completion' is empty"),
        ({"prompt": "x", "completion": "y", "id": 3}, 'the line has "id", which is not used here'),
        ({"messages": []}, "'messages' must be a list that is not empty"),
        ({"messages": ["x"]}, "messages[0] must be an object"),
        ({"messages": [{"role": "bot", "content": "x"}]}, 'not "bot"'),
        ({"messages": HELLO[:1]}, "the last message must be the assistant's"),
        ({"messages": [user(["x"]), HELLO[1]]}, 'messages[0].content must be a string, not ["x"]'),
        ({"messages": [user("a<|eot_id|>"), HELLO[1]]}, "holds <|eot_id|>, a mark"),
        ({"messages": [user("\ud800"), HELLO[1]]}, "half a surrogate pair"),
        ({"messages": [HELLO[0], assistant("x", weight=0.5)]}, "weight must be 0 or 1, not 0.5"),
        ({"messages": [HELLO[0], assistant("x", weight=0)]}, "nothing to learn"),
        ({"messages": [HELLO[0], assistant("x", tool_calls=[CALL])]}, "both"),
        ({"messages": [HELLO[0], assistant("", tool_calls=[])]}, "tool_calls must be a list"),
        ({"messages": [HELLO[0], {"role": "tool", "content": "2"}, HELLO[1]]}, "no call stands"),
        ({"messages": HELLO, "tools": [{"name": "add"}]}, "tools[0].function must be an object"),
        ({"messages": HELLO[1:], "tools": [TOOL]}, "no user message"),
    ],
)  # fmt: skip
def test_what_cannot_be_learnt_from_is_refused(line: dict[str, Any], why: str) -> None:
    with pytest.raises(BadLine) as refused:
        conversation(line)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "why"), [("{", "is not JSON"), ("[1]", "must be a JSON object"), (None, "object")]
)
def test_arguments_of_calls_must_be_objects(arguments: Any, why: str) -> None:
    call = {"function": {"name": "add", "arguments": arguments}}
    with pytest.raises(BadLine, match=why):
        conversation({"messages": [HELLO[0], assistant("", tool_calls=[call])]})


def test_a_result_names_a_call_before_it() -> None:
    called = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    result = {"role": "tool", "tool_call_id": "c2", "content": "2"}
    with pytest.raises(BadLine, match="names no call"):
        conversation({"messages": [HELLO[0], called, result, HELLO[1]]})


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
    assert "line 7: has 3012 tokens; the model reads at most 2048" in said


def test_many_bad_lines_are_counted_not_all_listed(tmp_path: Path) -> None:
    path = tmp_path / "my.jsonl"
    path.write_text("[]\n" * 50)
    with pytest.raises(BadData, match=r"line 20: .*\n  and 30 more") as refused:
        examples(path, ENCODE)
    assert "line 21" not in str(refused.value)


def test_files_without_lines_and_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n\n")
    with pytest.raises(BadData, match="holds no lines"):
        examples(tmp_path / "empty", ENCODE)
    with pytest.raises(BadData, match="cannot be read: No such file"):
        list(read(tmp_path / "none"))


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
            row = [i for i in given if i != 2]
            last = [label for at, label in enumerate(answers) if label != -100][-1]
            seen += [*row, last]
            # The last token of a row is a label alone, the end mark of its last answer.
            assert last == 6
            assert row[0] == 0
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
