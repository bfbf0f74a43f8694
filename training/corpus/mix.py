"""The whole corpus as one endless, seeded stream: which task how often, and chats made of turns."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from .facts import definition, fact
from .fields import fields_to_json
from .forms import is_test_form
from .numbers import arithmetic, numbers
from .passages import about_passage
from .pen import Doc, Message, Pen, Turn
from .recall import not_told, recall
from .smalltalk import joke, likes, remark, talk
from .stories import letter_turn, poem_turn, raw_text, story_turn
from .systems import language, neutral, only, persona, styled
from .textops import repeat, text_op
from .tools import tool_doc
from .town import town_question
from .unknown import unknown

Maker = Callable[[Pen], Turn]
# Share of single turns. What newcomers type is learnt soon (talk, stories); what needs exact
# copying out of the prompt and digits takes many more examples, so those lead.
TURNS: dict[Maker, float] = {
    talk: 13, joke: 3, likes: 1, remark: 2, fact: 13, definition: 4, story_turn: 4, poem_turn: 2,
    unknown: 9, letter_turn: 1, numbers: 11, arithmetic: 13, text_op: 16, repeat: 10,
    town_question: 6, about_passage: 14,
}  # fmt: skip
SHORT: dict[Maker, float] = {talk: 3, fact: 4, numbers: 3, town_question: 1, unknown: 2, text_op: 1}
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
    maker = pen.pick([repeat, repeat, repeat, text_op, arithmetic, arithmetic, numbers])
    return chat(pen, [maker(pen) for _ in range(pen.number(3, 6))])


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
    if pen.chance(0.07):
        return not_told(pen)
    between = [_weighted(pen, SHORT) for _ in range(pen.pick([0, 0, 1, 1, 2, 3]))]
    return recall(pen, between)


def _system(pen: Pen) -> Doc:
    kind = pen.rng.random()
    if kind < 0.12:
        return language(pen)
    if kind < 0.27:
        return persona(pen)
    if kind < 0.37:
        return only(pen, pen.pick([fact, arithmetic, town_question])(pen))
    return styled(pen, [_weighted(pen, STYLED) for _ in range(pen.pick([1, 1, 1, 2]))])


def _tools(pen: Pen) -> Doc:
    return tool_doc(pen, _weighted(pen, {talk: 3, fact: 2, unknown: 1}))


DOCS: dict[Callable[[Pen], Doc], float] = {
    _chat: 56, _drill: 12, _long_chat: 1.5, _raw: 4, _recall: 10, _system: 9,
    fields_to_json: 5, _tools: 4,
}  # fmt: skip


def document(seed: str, index: int, held_out: bool = False) -> Doc:
    """Document `index` of the stream `seed`: the same text on every machine and run.

    Of a form that its side of the split may use; others are drawn again.
    """
    for attempt in itertools.count():
        pen = Pen(f"{seed}:{'test' if held_out else 'train'}:{index}:{attempt}", held_out)
        doc = pen.rng.choices(list(DOCS), list(DOCS.values()))[0](pen)
        if is_test_form(doc) == held_out:
            return doc
    raise AssertionError("counting never ends")


def stream(seed: str, start: int = 0, held_out: bool = False) -> Iterator[tuple[int, Doc]]:
    """All documents from `start` on, with their numbers, for ever."""
    index = start
    while True:
        yield index, document(seed, index, held_out)
        index += 1
