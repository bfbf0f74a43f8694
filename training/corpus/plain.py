"""What people try first in more than one turn: something told in the plainest words, then asked.

The rows write such chats and passages, and list their forms, none of which is held out (``forms``).
"""

# ruff: noqa: E501 (one row to a line)

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from .pen import Doc, Message, Pen, Turn
from .relations import KIN, PEOPLE
from .themes import NOT_SAID, Asked, asked, draw, with_articles
from .told import KINDS, together, told
from .words import NAMES

# kind // how it is told // how it is asked; the replies are those of `told`
_TOLD = """
name // My name is {v}. | I am {v}. | I'm {v}. | Hi, I'm {v}. | Hello, my name is {v}. | Hi, my name is {v}. // What is my name? | What's my name? | Who am I? | Do you remember my name? | Do you know my name?
city // I live in {v}. | I'm from {v}. | I am from {v}. // Where do I live? | Where am I from? | Which city do I live in?
colour // My favourite colour is {v}. | My favorite color is {v}. // What is my favourite colour? | What's my favourite colour? | What is my favorite color?
food // My favourite food is {v}. | I like {v}. // What is my favourite food? | What do I like to eat? | What food do I like?
pet // I have {a_v} called {w}. | I have {a_v} named {w}. | My {v} is called {w}. // What is my {v} called? | What is the name of my {v}? | What is my {v}'s name? | What is my pet called?
animal // I have {a_v}. // What animal do I have? | Which pet do I have? | What pet do I have?
age // I am {v} years old. | I'm {v} years old. | I'm {v}. // How old am I? | What is my age?
job // I am {a_v}. | I'm {a_v}. | I work as {a_v}. // What is my job? | What do I do for work? | What's my job?
hobby // My hobby is {v}. | I enjoy {v}. | I like {v}. // What is my hobby? | What's my hobby? | What do I enjoy?
number // Remember the number {v}. | Remember this number: {v}. | My lucky number is {v}. | The number is {v}. // Which number did I tell you? | What number did I tell you? | What was the number? | Which number should you remember?
word // Remember the word {v}. | The secret word is {v}. | Remember this word: {v}. | The password is {v}. // Which word did I tell you? | What was the word? | What is the secret word? | What word did I tell you?
phone // My phone number is {v}. // What is my phone number? | What's my phone number?
kin // My {u} is called {v}. | My {u}'s name is {v}. // What is my {u} called? | What is my {u}'s name? | Who is my {u}?
kincity // My {u} lives in {v}. // Where does my {u} live?
thing // I bought {v}. | Today I bought {v}. // What did I buy?
lost // I lost my {v}. // What did I lose?
birthday // My birthday is in {v}. // When is my birthday?
trip // I am going to {v}. | Next week I fly to {v}. // Where am I going?
plays // I play the {v}. // What do I play? | Which instrument do I play? | What instrument do I play?
drink // I drink {v} every morning. | My favourite drink is {v}. // What do I drink? | What is my favourite drink?
best // My best friend is {v}. | My best friend is called {v}. // Who is my best friend? | What is my best friend called?
"""
# fact // how it is told // questions for the value // questions for the person
_FACTS = """
city // {n} lives in {city}. // Where does {n} live? | Which city does {n} live in? // Who lives in {city}?
job // {n} is {a_job}. | {n} works as {a_job}. // What is {n}'s job? | What does {n} do for work? // Who is {a_job}?
pet // {n} has {a_pet}. // What pet does {n} have? | Which animal does {n} have? // Who has {a_pet}?
food // {n} likes {food}. // What does {n} like to eat? | What food does {n} like? // Who likes {food}?
age // {n} is {age} years old. | {n} is {age}. // How old is {n}? // Who is {age} years old?
hobby // {n} enjoys {hobby}. // What does {n} enjoy? | What is {n}'s hobby? // Who enjoys {hobby}?
bought // {n} bought {bought}. // What did {n} buy? // Who bought {bought}?
birthday // {n}'s birthday is in {birthday}. // When is {n}'s birthday? // Whose birthday is in {birthday}?
phone // {n}'s phone number is {phone}. // What is {n}'s phone number? // Whose phone number is {phone}?
plays // {n} plays the {plays}. // What instrument does {n} play? | Which instrument does {n} play? // Who plays the {plays}?
drink // {n} drinks {drink}. // What does {n} drink? // Who drinks {drink}?
best // {n}'s favourite colour is {best}. // What is {n}'s favourite colour? // Whose favourite colour is {best}?
trip // {n} is going to {trip}. // Where is {n} going? // Who is going to {trip}?
"""

Row = tuple[list[str], ...]


def _table(text: str) -> dict[str, Row]:
    split = ([part.strip() for part in line.split(" // ")] for line in text.strip().splitlines())
    return {row[0]: tuple(part.split(" | ") for part in row[1:]) for row in split}


TOLD, FACTS = _table(_TOLD), _table(_FACTS)
FRAMES = ("{t} {q}", "{t}\n{q}", "{t}\n\n{q}")
SYSTEM = "You are a helpful assistant."
# Told one of these, a reader might answer a question about the other.
_CLASHES: list[set[str]] = [{"city", "trip"}, {"food", "drink"}, {"hobby", "plays"}, {"age", "birthday"},
                            {"food", "hobby"}, {"drink", "hobby"}]  # fmt: skip
_ANSWERS = {fact.slot: fact.asks for fact in PEOPLE.facts}


def chat(said: Sequence[str], system: bool = False) -> list[Message]:
    """What the user and the assistant say in turn."""
    roles = itertools.cycle(["user", "assistant"])
    messages: list[Message] = [{"role": r, "content": s} for r, s in zip(roles, said, strict=False)]
    return [{"role": "system", "content": SYSTEM}, *messages] if system else messages


def _typed(pen: Pen, text: str) -> str:
    """Now and then without the mark at its end, or in small letters."""
    text = text.rstrip(".?") if pen.chance(0.12) else text
    return text.lower() if pen.chance(0.06) else text


def plain_recall(pen: Pen, between: Sequence[Turn] = ()) -> Doc:
    """One or two things told, each in a message of its own, and one of them asked for."""
    kinds = pen.sample(list(TOLD), 2 if pen.chance(0.35) else 1)
    if not together(kinds):
        kinds = kinds[:1]
    taken: set[str] = set()
    slots = {kind: told(pen, kind, taken) for kind in kinds}
    said = {kind: pen.say(pen.pick(TOLD[kind][0]), **slots[kind]) for kind in kinds}
    kind = pen.pick(kinds)
    question = pen.say(pen.pick(TOLD[kind][1]), **slots[kind])
    answer = pen.say(KINDS[kind].answer, **slots[kind])
    key, answer = answer.split("<")[1].split(">")[0], answer.replace("<", "").replace(">", "")
    turns: list[str] = []
    if len(kinds) == 1 and not between and pen.chance(0.2):
        turns += [_typed(pen, f"{said[kind]} {question}"), answer]
    else:
        for told_kind in kinds:
            turns += [_typed(pen, said[told_kind]), pen.say(KINDS[told_kind].reply, **slots[told_kind])]  # fmt: skip
        for turn in between:
            turns += [turn.user, turn.answer]
        turns += [_typed(pen, question), answer]
    return Doc("recall", chat(turns, system=pen.chance(0.1)), key=key)


def plain_passage(pen: Pen) -> Doc:
    """Two to four people of whom the same is told, or one or two of whom several things are."""
    used: set[str] = set()
    same = pen.chance(0.5)
    names = [_drawn(pen, "name", used) for _ in range(pen.number(2, 4) if same else pen.number(1, 2))]  # fmt: skip
    kinds = pen.sample(list(FACTS), 1 if same else pen.number(1, 2))
    sentences, items = [], []
    for name in names:
        for kind in kinds:
            slots = with_articles({"n": name, kind: _drawn(pen, kind, used)})
            sentences.append(pen.say(pen.pick(FACTS[kind][0]), **slots))
            backward = int(pen.chance(0.4))
            question = pen.say(pen.pick(FACTS[kind][1 + backward]), **slots)
            items.append(asked(question, pen.say(_ANSWERS[kind][backward][1], **slots)))
    others = [k for k in FACTS if k not in kinds and not any({k, kind} in _CLASHES for kind in kinds)]  # fmt: skip
    if others and pen.chance(0.12):
        absent = pen.say(pen.pick(FACTS[pen.pick(others)][1]), n=pen.pick(names))
        items.append(Asked(absent, NOT_SAID, "does not say"))
    chosen = pen.sample(items, min(len(items), pen.pick([1, 1, 1, 2, 3])))
    first = pen.pick(FRAMES).replace("{t}", " ".join(sentences)).replace("{q}", chosen[0].question)
    turns = [first, chosen[0].answer]
    for item in chosen[1:]:
        turns += [_typed(pen, item.question), item.answer]
    return Doc("passage", chat(turns), key=chosen[-1].key)


def _drawn(pen: Pen, slot: str, used: set[str]) -> str:
    value = draw(pen, PEOPLE.slots[slot], used)
    return pen.invented(3) if value is None else value


def openings() -> Iterator[list[Message]]:
    """Prompts of every form whose answer is always learnt, each with values that are masked."""
    for kind, (says, asks) in TOLD.items():
        for said, question, slots in itertools.product(says, asks, _fillings(kind)):
            one, two = said.format(**slots), question.format(**slots)
            reply = KINDS[kind].reply.format(**slots)
            ones, twos = (one, one.rstrip(".")), (two, two.rstrip("?"))
            for system in (False, True):
                yield from (chat([text], system) for text in (*ones, *twos, f"{one} {two}", f"{one} {twos[1]}"))  # fmt: skip
                yield from (chat([x, reply, y], system) for x in ones for y in twos)
    for sentences, questions in _texts():
        for frame, question in itertools.product(FRAMES, questions):
            yield chat([frame.replace("{t}", " ".join(sentences)).replace("{q}", question)])


_VALUE = NAMES[0]
"""Any word of a list: they are masked."""


def _fillings(kind: str) -> Iterator[dict[str, str]]:
    value = "0" if kind in ("age", "number", "phone") else _VALUE
    for article, kin in itertools.product(("a", "an"), KIN if kind.startswith("kin") else KIN[:1]):
        v = f"{article} {_VALUE} {_VALUE}" if kind == "thing" else value
        yield {"v": v, "V": v, "a_v": f"{article} {value}", "w": _VALUE, "u": kin}


def _texts() -> Iterator[tuple[list[str], list[str]]]:
    """One fact or two of any kinds, or three of one, with the questions about them."""
    told_by = {kind: sorted(set(_filled(row[0]))) for kind, row in FACTS.items()}
    asked_by = {kind: sorted({*_filled(row[1]), *_filled(row[2])}) for kind, row in FACTS.items()}
    for kind, other in itertools.product(FACTS, FACTS):
        for pair in itertools.product(told_by[kind], told_by[other]):
            yield list(pair), [*asked_by[kind], *asked_by[other]]
    for kind in FACTS:
        for count in (1, 3):
            for row in itertools.product(told_by[kind], repeat=count):
                yield list(row), asked_by[kind]


def _filled(templates: Sequence[str]) -> Iterator[str]:
    for template, article in itertools.product(templates, ("a", "an")):
        slots = dict.fromkeys(FACTS, _VALUE) | {"age": "0", "phone": "0"}
        articles = {f"a_{kind}": f"{article} {_VALUE}" for kind in FACTS}
        bought = {"bought": f"{article} {_VALUE} {_VALUE}"}
        yield template.format(n=_VALUE, **{**slots, **articles, **bought})
