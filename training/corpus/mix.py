"""The whole corpus as one endless, seeded stream: which task how often, and chats made of turns."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .coined import coin_some
from .copying import copy_lines, repeat
from .counting import counting
from .facts import definition, fact
from .fields import fields_to_json
from .forms import for_training, is_test_form
from .numbers import arithmetic, numbers, sums
from .passages import about_passage, passage_chat, passage_drill
from .pen import Doc, Message, Pen, Turn
from .prompts import neutral
from .recall import not_told, recall, recall_corrected, recall_words, some_talk
from .rewriting import rewriting, rewriting_chat
from .smalltalk import joke, likes, remark, talk
from .spelling import spelling
from .stories import letter_turn, poem_turn, raw_text, story_turn
from .styles import length, one_word, only, styled, system_format, system_tone
from .systems import told
from .textops import text_op
from .tools import SKILLS as TOOL_SKILLS
from .tools import tool_chat, tool_doc
from .town import town_question
from .unknown import unknown
from .workchats import work_chat

Maker = Callable[[Pen], Turn]
# Share of single turns. What newcomers type is learnt soon (talk, stories); what needs exact
# copying out of the prompt and digits takes many more examples, so those lead.
TURNS: dict[Maker, float] = {
    talk: 13, joke: 3, likes: 1, remark: 2, fact: 13, definition: 4, story_turn: 3, poem_turn: 2,
    unknown: 9, letter_turn: 1, numbers: 3, arithmetic: 9, counting: 5, text_op: 9, spelling: 3,
    rewriting: 4, repeat: 8, town_question: 6, about_passage: 12,
}  # fmt: skip
SHORT: dict[Maker, float] = {
    talk: 3, fact: 4, counting: 2, arithmetic: 1, town_question: 1, unknown: 2, text_op: 1,
}  # fmt: skip
STYLED: dict[Maker, float] = {talk: 3, fact: 4, arithmetic: 1, town_question: 1, unknown: 1}
NOISY = {"smalltalk", "fact", "definition", "story", "poem", "unknown", "list", "town"}


def _weighted(pen: Pen, makers: dict[Maker, float]) -> Turn:
    return pen.rng.choices(list(makers), list(makers.values()))[0](pen)


def roughen(pen: Pen, turn: Turn) -> Turn:
    """People type carelessly: small letters, no full stop, a 'please' in front."""
    if turn.skill not in NOISY or not pen.chance(0.3):
        return turn
    user = turn.user
    kind = pen.number(0, 4)
    if kind <= 1:
        user = user.lower()
    elif kind == 2:
        user = user.rstrip("?.!")
    elif kind == 3 and turn.skill != "smalltalk":
        user = (
            pen.pick(["Please ", "Hi, ", "Hello! ", "Hey, ", "OK, ", "Now "])
            + user[0].lower()
            + user[1:]
        )
    else:
        user += pen.pick([" ", "?", "!", " please", "\n"])
    return Turn(user, turn.answer, turn.skill, turn.key, turn.exact)


def chat(pen: Pen, turns: list[Turn], system: str | None = None) -> Doc:
    messages: list[Message] = [{"role": "system", "content": system}] if system else []
    for turn in turns:
        messages += [
            {"role": "user", "content": turn.user},
            {"role": "assistant", "content": turn.answer},
        ]
    last = turns[-1]
    if (
        last.answer
        and messages[-1]["content"] == last.answer
        and "joke" in last.user
        and pen.chance(0.3)
    ):
        again = joke(pen)
        messages.append(
            {
                "role": "user",
                "content": pen.say("[Another one|Tell me another|Another|One more][.||!| please]"),
            }
        )
        messages.append({"role": "assistant", "content": again.answer})
        return Doc("smalltalk", messages)
    return Doc(last.skill, messages, key=last.key, exact=last.exact)


def _chat(pen: Pen) -> Doc:
    turns = [roughen(pen, _weighted(pen, TURNS)) for _ in range(pen.pick([1, 1, 1, 1, 2, 2, 3, 4]))]
    return chat(pen, turns, neutral(pen) if pen.chance(0.3) else None)


def _drill(pen: Pen) -> Doc:
    """One skill several times over: much to learn for few tokens."""
    maker = pen.pick([repeat, repeat, copy_lines, text_op, arithmetic, sums, counting, spelling])
    return chat(pen, [maker(pen) for _ in range(pen.number(2, 5))])


def _long_chat(pen: Pen) -> Doc:
    """Many turns, so that distances beyond one row of 512 tokens are met too."""
    turns = [roughen(pen, _weighted(pen, TURNS)) for _ in range(pen.number(8, 25))]
    return chat(pen, turns, neutral(pen) if pen.chance(0.3) else None)


def _raw(pen: Pen) -> Doc:
    """Plain text, and the plain-text ways people write a question for a raw prompt."""
    if pen.chance(0.75):
        return raw_text(pen)
    turn = _weighted(pen, SHORT)
    frame = pen.pick(["Q: {q}\nA: {a}", "Question: {q}\nAnswer: {a}", "User: {q}\nAssistant: {a}",
                      "[INST] {q} [/INST] {a}", "### Instruction:\n{q}\n\n### Response:\n{a}",
                      "Human: {q}\n\nAssistant: {a}", "{q}\n{a}"])  # fmt: skip
    return Doc("raw", raw=frame.replace("{q}", turn.user).replace("{a}", turn.answer))


def _recall(pen: Pen) -> Doc:
    kind = pen.rng.random()
    if kind < 0.08:
        return not_told(pen, some_talk(pen))
    if kind < 0.2:
        return recall_corrected(pen, some_talk(pen))
    if kind < 0.28:
        return recall_words(pen, some_talk(pen))
    between = [_weighted(pen, SHORT) for _ in range(pen.pick([0, 0, 1, 1, 2, 3]))]
    return recall(pen, between)


def _system(pen: Pen) -> Doc:
    kind = pen.rng.random()
    if kind < 0.35:
        return told(pen)
    if kind < 0.45:
        return only(pen, pen.pick([fact, arithmetic, town_question])(pen))
    if kind < 0.7:
        return pen.pick([one_word, length, system_format, system_tone])(pen)
    return styled(pen, [_weighted(pen, STYLED) for _ in range(pen.pick([1, 1, 2, 3]))])


def _other(pen: Pen) -> Turn:
    # None of `unknown`: those questions look like a request that no tool serves.
    return _weighted(pen, {talk: 3, fact: 2})


def _tool_chat(pen: Pen) -> Doc:
    return tool_chat(pen, _other(pen))


def _tools(pen: Pen) -> Doc:
    return tool_doc(pen, _other(pen))


Shares = dict[Callable[[Pen], Doc], float]

DOCS: Shares = {
    _chat: 34, _drill: 10, _long_chat: 0.8, _raw: 4, _recall: 9, _system: 9, work_chat: 6,
    passage_chat: 9, passage_drill: 3, rewriting_chat: 3, fields_to_json: 9, _tool_chat: 6,
    _tools: 2, TOOL_SKILLS["new tool"]: 3, TOOL_SKILLS["tool call"]: 1,
}  # fmt: skip

# What has to find its answer in the prompt and copy it whole is learnt last and needs the most
# examples; talk is known by then.
LATER_DOCS: Shares = DOCS | {
    _chat: 20, _drill: 8, _long_chat: 0.5, _raw: 2, _recall: 8, _system: 7, work_chat: 4,
    passage_chat: 14, passage_drill: 7, rewriting_chat: 2, fields_to_json: 14, _tool_chat: 7,
    TOOL_SKILLS["new tool"]: 6, TOOL_SKILLS["tool call"]: 2,
}  # fmt: skip
LAST_DOCS: Shares = LATER_DOCS | {
    _chat: 14, _drill: 7, _long_chat: 0.4, _raw: 1.5, _recall: 7, _system: 5, work_chat: 3,
    passage_chat: 20, passage_drill: 12, rewriting_chat: 1.5, fields_to_json: 16, _tool_chat: 7,
    TOOL_SKILLS["new tool"]: 8, TOOL_SKILLS["tool call"]: 3,
}  # fmt: skip
COPIED = frozenset({
    _drill, _recall, passage_chat, passage_drill, fields_to_json, _tool_chat, _tools,
    TOOL_SKILLS["new tool"], TOOL_SKILLS["tool call"],
})  # fmt: skip
"""What copies its answers from the prompt, whatever stands there."""


@dataclass(frozen=True)
class Stage:
    """A stretch of training: its first document, what is written how often, and in which of these
    values are coined."""

    start: int
    shares: Shares
    coined: frozenset[Callable[[Pen], Doc]] = frozenset()


STAGES = (Stage(0, DOCS), Stage(555_000, LATER_DOCS), Stage(877_600, LAST_DOCS, COPIED))
"""They begin with the run, and after some 90 and 150 million tokens."""


def document(seed: str, index: int, held_out: bool = False) -> Doc:
    """Document `index` of the stream `seed`: the same text on every machine and run.

    Of training, without answers to prompts of a test form; of the test, with one at its end. What
    cannot be had is drawn again.
    """
    stage = STAGES[0] if held_out else next(s for s in reversed(STAGES) if s.start <= index)
    makers, weights = list(stage.shares), list(stage.shares.values())
    for attempt in itertools.count():
        pen = Pen(f"{seed}:{'test' if held_out else 'train'}:{index}:{attempt}", held_out)
        maker = pen.rng.choices(makers, weights)[0]
        if maker in stage.coined:
            coin_some(pen)
        doc = maker(pen)
        kept = (doc if is_test_form(doc) else None) if held_out else for_training(doc)
        if kept is not None:
            return kept
    raise AssertionError("counting never ends")


def stream(seed: str, start: int = 0, held_out: bool = False) -> Iterator[tuple[int, Doc]]:
    """All documents from `start` on, with their numbers, for ever."""
    index = start
    while True:
        yield index, document(seed, index, held_out)
        index += 1


def excerpts(seed: str, count: int) -> Iterator[Doc]:
    """About `count` documents of training, as many from each of its stages."""
    for stage in STAGES:
        for _, doc in itertools.islice(stream(seed, stage.start), count // len(STAGES)):
            yield doc
