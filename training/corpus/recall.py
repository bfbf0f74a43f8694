"""Things said earlier in a chat and asked for later, with other talk in between."""

# ruff: noqa: E501 (one template or row to a line)

from __future__ import annotations

from .pen import Doc, Message, Pen, Turn, a, cap
from .words import ANIMALS, CITIES, COLOURS, FOODS, HOBBIES, JOBS, NAMES, THINGS

# how it is said | the answer to that | how it is asked | the answer
KINDS = {
    "name": ("[My name is {v}|I am {v}|Hi, I'm {v}|Hello, my name is {v}|Call me {v}|I'm called {v}].",
             "[Nice to meet you|Hello|Good to meet you], {v}!",
             "[What is my name|What's my name|Do you remember my name|Who am I|What am I called]?", "Your name is {v}."),
    "city": ("[I live in {v}|I am from {v}|My home is in {v}|I'm from {v}].", "{v} [must be|sounds like] a [nice|fine] place[.|!]",
             "[Where do I live|In which city do I live|Which city do I live in]?", "You live in {v}."),
    "colour": ("My favourite colour is {v}.", "{V} is a [nice|fine|lovely] colour.",
               "[What is my favourite colour|Which colour do I like best]?", "Your favourite colour is {v}."),
    "food": ("My favourite food is {v}.", "{V} [sounds|is always] [good|tasty]!",
             "[What is my favourite food|Which food do I like best|What do I like to eat]?", "Your favourite food is {v}."),
    "pet": ("I have {av} [called {w}|named {w}].", "{w} is a [nice|lovely|good] name for {av}.",
            "[What is my pet called|What is the name of my {v}|What's my {v}'s name]?", "Your {v} is called {w}."),
    "age": ("I am {v} years old.", "[Thank you for telling me|{v} is a good age].", "How old am I?", "You are {v} years old."),
    "job": ("I [work as|am] {av}.", "[Being {av} sounds interesting|That is a fine job].",
            "[What is my job|What do I do|What do I work as]?", "You are {av}."),
    "hobby": ("My hobby is {v}.", "{V} is [a fine hobby|good fun].", "What is my hobby?", "Your hobby is {v}."),
    "number": ("[Remember the number {v}|Please remember this number: {v}|My lucky number is {v}].",
               "[All right|Good], I will remember {v}.",
               "[What was the number|Which number did I tell you|What number did I tell you]?", "The number was {v}."),
    "word": ("[The secret word is|Remember the word|The password is] {v}.", "[All right|Good], I will remember {v}.",
             "[What is the secret word|Which word did I tell you|What was the word|What is the password]?", "The word is {v}."),
    "friend": ("My friend is called {v}.", "{v} is a nice name.", "What is my friend called?", "Your friend is called {v}."),
    "thing": ("[I bought|I lost|I found] {av} [today|yesterday].", "[I see|Thank you for telling me]. Is it a [big|new|good] {v}?",
              "[What did I tell you about|What thing did I talk about]?", "You told me about {av}."),
}  # fmt: skip


def value(pen: Pen, kind: str) -> str:
    pools = {
        "name": NAMES,
        "friend": NAMES,
        "city": CITIES,
        "food": FOODS,
        "pet": ANIMALS,
        "job": JOBS,
        "thing": THINGS,
    }
    if kind in ("name", "city", "friend") and pen.chance(0.25):
        return cap(pen.invented())
    if kind in pools:
        return pen.split_pick(pools[kind])
    if kind == "colour":
        return pen.split_pick(COLOURS)
    if kind == "hobby":
        return pen.split_pick(HOBBIES)
    if kind == "word":
        return pen.invented() if pen.chance(0.5) else pen.split_pick(THINGS)
    return str(pen.number(2, 99))


def recall(pen: Pen, between: list[Turn]) -> Doc:
    """One to three facts are told, other turns may follow, and one or two are asked back."""
    kinds = pen.sample(list(KINDS), pen.number(1, 3))
    told: dict[str, dict[str, str]] = {}
    messages: list[Message] = []
    for kind in kinds:
        v, w = value(pen, kind), pen.split_pick(NAMES)
        told[kind] = {"v": v, "V": cap(v), "av": a(v), "w": w}
        say, reply = (pen.say(t, **told[kind]) for t in KINDS[kind][:2])
        if messages and pen.chance(0.3) and len(kinds) > 1:
            messages[-2]["content"] += " " + say
        else:
            messages += [{"role": "user", "content": say}, {"role": "assistant", "content": reply}]
    for turn in between:
        messages += [
            {"role": "user", "content": turn.user},
            {"role": "assistant", "content": turn.answer},
        ]
    asked = pen.sample(kinds, pen.number(1, len(kinds)))
    key = ""
    for kind in asked:
        key = told[kind]["w" if kind == "pet" else "v"]
        question, answer = (pen.say(t, **told[kind]) for t in KINDS[kind][2:])
        messages += [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
    return Doc("recall", messages, key=key)


def not_told(pen: Pen) -> Doc:
    """Asked for something nobody said."""
    kind = pen.pick([k for k in KINDS if k not in ("pet", "thing")])
    question = pen.say(KINDS[kind][2])
    return Doc("not told", [{"role": "user", "content": question},
                          {"role": "assistant", "content": "You have not told me that yet."}],
               key="not told me")  # fmt: skip
