"""Chats that work on one thing over several turns: a list, some lines, a word, a column of sums.

The matter stands in the prompt once and is asked about many times, so these teach more for their
tokens than single questions do.
"""

# ruff: noqa: E501 (one template to a line)

from __future__ import annotations

from collections.abc import Callable

from .asking import ask, command
from .copying import WORDS, listed, text_of, words
from .numbers import arithmetic
from .pen import Doc, Pen, Turn, cap, join
from .prompts import conversation, neutral
from .spelling import ORDINALS, letters_of, spellable

Pairs = list[tuple[str, str]]
Step = tuple[str, str]

GIVEN = ["here is my list: {l}", "my list: {l}", "I have a list: {l}", "these are my words: {l}", "remember this list: {l}", "take this list: {l}",
         "let's work on this list: {l}", "look at this list: {l}", "I need {l}", "note these words: {l}", "this is my list:\n{l}", "words:\n{l}", "{l}"]  # fmt: skip
TAKEN = "I have noted it."


def _doc(pen: Pen, skill: str, turns: Pairs) -> Doc:
    return Doc(skill, conversation(neutral(pen) if pen.chance(0.15) else "", turns), key=turns[-1][1], exact=True)  # fmt: skip


def _item(pen: Pen, row: list[str]) -> Step:
    i = pen.pick([-1, *range(min(len(row), 6))])
    where = "last" if i == -1 else ORDINALS[i]
    said = ask(
        pen,
        f"[what is the {where} [word|item|one]|which [word|one|item] is {where}|which [word|one] comes {where}|what comes {where}|what stands {where}|what was the {where} [word|item|one]]?",
    )
    return said, f"The {where} item is {row[i]}."


def _count(pen: Pen, row: list[str]) -> Step:
    return ask(pen, "[how many words are there|how many items are in my list|how many are there|how many words are in the list|how long is the list|how many is that]?"), f"There are {len(row)}."  # fmt: skip


def _sorted(pen: Pen, row: list[str]) -> Step:
    return command(pen, "[sort [it|them|the list|the words]|put [it|them] in alphabetical order|sort [it|them] alphabetically|write [it|them] in alphabetical order|order them from A to Z]"), ", ".join(sorted(row, key=str.lower))  # fmt: skip


def _reversed(pen: Pen, row: list[str]) -> Step:
    return command(pen, "[reverse [it|them|the list]|write [it|them] backwards|turn [it|the list] around|give [it|them] to me in reverse order|say [it|the list] backwards]"), ", ".join(row[::-1])  # fmt: skip


def _same(pen: Pen, row: list[str]) -> Step:
    return command(pen, "[repeat [it|them|the list|my list]|say [it|the list] again|write [it|the list] again|show me [it|the list|my list]|read [it|the list] back|give me the list]"), ", ".join(row)  # fmt: skip


def _bullets(pen: Pen, row: list[str]) -> Step:
    return command(pen, "[make it a bullet list|write it as bullet points|show it with dashes|turn it into bullet points|list them with dashes]"), "\n".join(f"- {word}" for word in row)  # fmt: skip


def _numbered(pen: Pen, row: list[str]) -> Step:
    return command(pen, "[make it a numbered list|number [it|them]|write it with numbers|turn it into a numbered list|list them with numbers]"), "\n".join(f"{i}. {word}" for i, word in enumerate(row, 1))  # fmt: skip


def _phrase(pen: Pen, row: list[str]) -> Step:
    return command(pen, "[write it as a phrase with and|join them with and|put it into one phrase|say it as in a sentence]"), join(row)  # fmt: skip


def _there(pen: Pen, row: list[str]) -> Step:
    word = pen.pick(row) if pen.chance(0.5) else pen.split_pick(WORDS)
    said = ask(
        pen,
        f"[is {word} [in the list|in my list|there|one of them|on it]|do you see {word}|does the list have {word}]?",
    )
    return (
        said,
        f"Yes, {word} is in the list." if word in row else f"No, {word} is not in the list.",
    )


def _next_to(pen: Pen, row: list[str]) -> Step:
    i = pen.number(1, len(row) - 1)
    if pen.chance(0.5):
        return ask(pen, f"[what comes after|which word follows|what follows|what stands after|what is next after] {row[i - 1]}?"), f"{cap(row[i])} comes after {row[i - 1]}."  # fmt: skip
    return ask(pen, f"[what comes before|which word is before|what stands before|what is just before] {row[i]}?"), f"{cap(row[i - 1])} comes before {row[i]}."  # fmt: skip


def _add(pen: Pen, row: list[str]) -> Step:
    word = pen.invented() if pen.chance(0.4) else pen.split_pick(WORDS)
    while word in row:
        word = pen.invented(2)
    row.append(word)
    return command(pen, f"[add {word}|put {word} at the end|add {word} to [it|the list]|I also need {word}|append {word}|{word} too]"), ", ".join(row)  # fmt: skip


def _drop(pen: Pen, row: list[str]) -> Step:
    word = pen.pick(row)
    row.remove(word)
    return command(pen, f"[remove {word}|take out {word}|delete {word} from the list|drop {word}|take {word} off [it|the list]|leave out {word}|without {word}]"), ", ".join(row)  # fmt: skip


def _swap(pen: Pen, row: list[str]) -> Step:
    old, new = pen.pick(row), pen.invented() if pen.chance(0.4) else pen.split_pick(WORDS)
    while new in row:
        new = pen.invented(2)
    row[row.index(old)] = new
    return command(pen, f"[replace {old} with {new}|change {old} to {new}|put {new} in place of {old}|write {new} instead of {old}]"), ", ".join(row)  # fmt: skip


ASKED = [
    _item,
    _item,
    _count,
    _sorted,
    _reversed,
    _same,
    _bullets,
    _numbered,
    _phrase,
    _there,
    _next_to,
    _next_to,
]
CHANGED = [_add, _drop, _swap]


def list_chat(pen: Pen) -> Doc:
    """A list that is asked about, and at times changed, over three to eight turns."""
    row = list(dict.fromkeys(words(pen, 4, 7)))
    changing = pen.chance(0.5)
    matter = listed(row, pen.pick([", ", ", ", "\n"]))
    turns: Pairs = []
    if pen.chance(0.5):
        turns.append((pen.say(command(pen, pen.pick(GIVEN)), l=matter).rstrip("."), TAKEN))
    for _ in range(pen.number(3, 7)):
        steps = CHANGED if changing and 3 < len(row) < 8 and pen.chance(0.5) else ASKED
        said, answer = pen.pick(steps)(pen, row)
        if not turns:
            said = pen.pick([f"{matter}\n\n{said}", f"{matter}\n{said}", f"List: {matter}\n{said}", f"My list: {matter}. {said}", f"Words: {matter}\n\n{said}"])  # fmt: skip
        turns.append((said, answer))
    return _doc(pen, "working on a list", turns)


def line_chat(pen: Pen) -> Doc:
    """Labelled lines, each asked for by its label: a table in the prompt and what it holds."""
    count = pen.number(3, 6)
    kind = pen.number(0, 2)
    labels = [[str(i) for i in range(1, count + 1)], list("ABCDEF")[:count], [pen.invented(2) for _ in range(count)]][kind]  # fmt: skip
    rows = [text_of(pen, pen.number(4, 30)) for _ in labels]
    mark = pen.pick([": ", ": ", ") ", " = ", " - ", " -> "])
    matter = "\n".join(f"{label}{mark}{row}" for label, row in zip(labels, rows, strict=True))
    turns: Pairs = []
    for i in (pen.number(0, count - 1) for _ in range(pen.number(3, 6))):
        x = labels[i]
        said = ask(pen, f"[what [is|stands at|is written at|belongs to|goes with|is the value of] {x}|what does {x} say|what does it say at {x}|which text has {x}|what is the text of {x}]?") if pen.chance(0.5) else \
            command(pen, f"[{x}|show {x}|give me {x}|read {x}|copy {x}|repeat {x}|write {x}|print the value of {x}|tell me what stands at {x}]")  # fmt: skip
        if not turns:
            said = f"{matter}\n\n{said}" if pen.chance(0.7) else f"{said}\n\n{matter}"
        turns.append((said, rows[i]))
    return _doc(pen, "looking up lines", turns)


def word_chat(pen: Pen) -> Doc:
    """One word after another, each spelled, counted, turned round."""
    turns: Pairs = []
    for _ in range(pen.number(1, 3)):
        word = spellable(pen)
        spelt = letters_of(word)
        i = pen.pick([0, -1, pen.number(0, min(len(word), 6) - 1)])
        where = "last" if i == -1 else ORDINALS[i]
        steps = [
            (command(pen, f"[spell it|spell {word}|give me its letters|spell it out|how is it spelled]"), spelt),
            (ask(pen, f"[how many letters does it have|how long is it|how many letters are in it|how many letters has {word}]?"), f"{spelt} has {len(word)} letters."),
            (ask(pen, f"[what is its {where} letter|which is the {where} letter|what's the {where} letter|what is the {where} letter of {word}]?"), f"{spelt}: the {where} letter is {word[i].upper()}."),
            (command(pen, f"[spell it backwards|write it backwards|reverse it|spell {word} backwards]"), f"{spelt} backwards is {letters_of(word[::-1])}."),
            (command(pen, f"[write it in upper case|in capital letters|upper case|make it uppercase|{word} in capitals]"), word.upper()),
        ]  # fmt: skip
        chosen = pen.sample(steps, pen.number(2, 4))
        opening = pen.pick([f"The word is {word}. ", f"{cap(word)}: ", f"Take the word {word}. ", f"Word: {word}\n", f'My word is "{word}". '])  # fmt: skip
        chosen[0] = (opening + chosen[0][0], chosen[0][1])
        turns += chosen
    return _doc(pen, "working on a word", turns)


def sum_chat(pen: Pen) -> Doc:
    """One sum after another, as somebody tries a calculator."""
    turns = [arithmetic(pen) for _ in range(pen.number(3, 8))]
    return _doc(pen, "sum after sum", [(turn.user, turn.answer) for turn in turns])


def numbers_chat(pen: Pen) -> Doc:
    """A row of numbers and what can be asked of it."""
    row = pen.sample(range(100), pen.number(3, 7))
    shown = ", ".join(map(str, row))
    least, most = min(row), max(row)
    steps = [
        (ask(pen, "[which is the largest|what is the largest number|which number is the biggest|which is the highest]?"), f"{most} is the largest."),
        (ask(pen, "[which is the smallest|what is the smallest number|which number is the lowest|which is the least]?"), f"{least} is the smallest."),
        (command(pen, "[sort them|sort the numbers|put them in order|order them from small to large|write them from small to large]"), ", ".join(map(str, sorted(row)))),
        (command(pen, "[sort them from large to small|put them in descending order|largest first|order them from large to small]"), ", ".join(map(str, sorted(row, reverse=True)))),
        (command(pen, "[reverse them|write them backwards|turn the row around|say them backwards]"), ", ".join(map(str, row[::-1]))),
        (ask(pen, "[how many numbers are there|how many are there|how many numbers did I give you|how many is that]?"), f"There are {len(row)}."),
        (ask(pen, "[what is the first number|which number comes first|which is the first]?"), f"The first number is {row[0]}."),
        (ask(pen, "[what is the last number|which number comes last|which is the last]?"), f"The last number is {row[-1]}."),
        (command(pen, "[repeat them|write them again|say the numbers again|give me the numbers]"), shown),
    ]  # fmt: skip
    turns = pen.sample(steps, pen.number(3, 6))
    opening = pen.pick([f"My numbers: {shown}. ", f"{shown}\n\n", f"Numbers: {shown}\n", f"Take these numbers: {shown}\n", f"Here are some numbers:\n{shown}\n\n", f"I have the numbers {shown}. "])  # fmt: skip
    turns[0] = (opening + turns[0][0], turns[0][1])
    return _doc(pen, "working on numbers", turns)


def work_chat(pen: Pen) -> Doc:
    """Any of these, in the shares that training should meet them."""
    kinds = [list_chat, line_chat, word_chat, sum_chat, numbers_chat]
    return pen.rng.choices(kinds, [4, 3, 2.5, 3, 2])[0](pen)


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "working on a list": list_chat, "looking up lines": line_chat, "working on a word": word_chat,
    "sum after sum": sum_chat, "working on numbers": numbers_chat,
}  # fmt: skip
