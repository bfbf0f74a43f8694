"""Repeating, upper-casing, reversing, sorting, counting and replacing short texts."""

# ruff: noqa: E501 (one template or row to a line)

from __future__ import annotations

from .pen import Pen, Turn, cap
from .words import (
    ADJECTIVES,
    ANIMALS,
    CITIES,
    COLOURS,
    FOODS,
    JOBS,
    NAMES,
    PLACES,
    THINGS,
    TOPIC_LIST,
)

WORDS = [*ANIMALS, *THINGS, *COLOURS, *FOODS, *PLACES, *JOBS]
ORDINAL = ["first", "second", "third", "fourth", "fifth"]


def words(pen: Pen, low: int, high: int) -> list[str]:
    """Distinct words of one sort; some invented, so the skill is copying."""
    pool = pen.pick([THINGS, NAMES, CITIES, WORDS, WORDS])
    chosen = pen.split_sample(pool, pen.number(low, high))
    if pen.chance(0.3):
        chosen[pen.number(0, len(chosen) - 1)] = pen.invented()
    return chosen


def sentence(pen: Pen) -> str:
    return pen.say(
        "[The {a} {n} [sat|slept|stood|waited] [in|by|near] the {p}|{m} [likes|wants|sells|eats] {f}"
        "|[I|We] [saw|met|like] {m} and the {n}|The {c} {t} is [here|lost|new]|{i} {n} {i2}"
        "|{m} went to {y} with the {n}|[Hello|Goodbye], {m}|My {t} is {c}|{x} is hard]",
        a=pen.pick(ADJECTIVES), n=pen.split_pick(ANIMALS), p=pen.pick(PLACES), m=pen.split_pick(NAMES),
        f=pen.split_pick(FOODS), c=pen.pick(COLOURS), t=pen.split_pick(THINGS), i=pen.invented(),
        i2=pen.invented(), y=pen.split_pick(CITIES), x=cap(pen.pick(TOPIC_LIST)))  # fmt: skip


def code(pen: Pen) -> str:
    """A random string, which can only be copied letter by letter."""
    pool = pen.pick(
        ["0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"]
    )
    return "".join(pen.pick(pool) for _ in range(pen.number(3, 8)))


def some_words(pen: Pen) -> str:
    return " ".join(words(pen, 2, 6))


def one_word(pen: Pen) -> str:
    return pen.split_pick(WORDS) if pen.chance(0.5) else pen.invented()


def repeat(pen: Pen) -> Turn:
    text = pen.pick([sentence, sentence, code, some_words, one_word])(pen)
    text = text + pen.pick(["", ".", "!"]) if " " in text else text
    user = pen.say(
        '[Repeat after me: {t}|Repeat: {t}|Say: {t}|Say "{t}"|Repeat this: "{t}"|Please repeat: {t}|'
        "Echo: {t}|Copy this text: {t}|Repeat exactly: {t}|Say exactly this: {t}|"
        'Reply with exactly: {t}|Answer with {t}|Just say "{t}"|Reply with "{t}"|Say the words {t}]', t=text)  # fmt: skip
    return Turn(user, text, "copying", text, True)


def upper(pen: Pen) -> Turn:
    text = " ".join(words(pen, 1, 4)) if pen.chance(0.5) else sentence(pen)
    if pen.chance(0.75):
        user = pen.say("[Write in upper case: {t}|Upper-case this: {t}|Write {q} in capital letters."
                       "|Make this uppercase: {t}|Convert to uppercase: {t}]", t=text, q=f'"{text}"')  # fmt: skip
        return Turn(user, text.upper(), "upper case", text.upper(), True)
    user = pen.say("[Write in lower case: {t}|Make this lowercase: {t}]", t=text.upper())
    return Turn(user, text.lower(), "upper case", text.lower(), True)


def reverse(pen: Pen) -> Turn:
    chosen = words(pen, 2, 5)
    back = ", ".join(reversed(chosen))
    user = pen.say("[Reverse this list: {l}|Write this list backwards: {l}|Reverse the order: {l}]",
                   l=", ".join(chosen))  # fmt: skip
    return Turn(user, back, "reversing", back, True)


def sort(pen: Pen) -> Turn:
    if pen.chance(0.5):
        chosen = words(pen, 2, 5)
        done = ", ".join(sorted(chosen, key=str.lower))
        user = pen.say("[Sort|Put|Sort] [these words|this list] [in alphabetical order|alphabetically]: {l}",
                       l=", ".join(chosen))  # fmt: skip
    else:
        numbers = pen.sample(range(100), pen.number(2, 6))
        down = pen.chance(0.25)
        done = ", ".join(map(str, sorted(numbers, reverse=down)))
        order = pen.say("[from large to small|in descending order]" if down else
                        "[|from small to large|in ascending order]")  # fmt: skip
        user = f"{pen.say('Sort [these numbers|this list|the numbers]')} {order}".strip()
        user += ": " + ", ".join(map(str, numbers))
    return Turn(user, done, "sorting", done, True)


def pick_item(pen: Pen) -> Turn:
    chosen = words(pen, 3, 5)
    i = pen.number(0, len(chosen) - 1)
    where = "last" if i == len(chosen) - 1 and pen.chance(0.6) else ORDINAL[i]
    user = pen.say("[What is|Which is|Give me] the {w} [word|item] [in this list|of this list|here]: {l}",
                   w=where, l=", ".join(chosen))  # fmt: skip
    return Turn(user, cap(pen.say("[the {w} [word|item] is {x}.]", w=where, x=chosen[i])), "list item",
                f"is {chosen[i]}.")  # fmt: skip


def how_many(pen: Pen) -> Turn:
    chosen = words(pen, 2, 7)
    user = pen.say("How many [words|items] are in this list: {l}?", l=", ".join(chosen))
    return Turn(user, f"There are {len(chosen)} in the list.", "counting", f"are {len(chosen)} ")


def spelling(pen: Pen) -> Turn:
    word = pen.split_pick(WORDS)
    kind = pen.number(0, 2)
    if kind == 0:
        text = "-".join(word.upper())
        return Turn(
            pen.say("[Spell|How do you spell] [the word |]{w}[.|?|]", w=word),
            text,
            "spelling",
            text,
            True,
        )
    if kind == 1:
        return Turn(pen.say("How many letters [are in|does] {w}", w=word).replace(f"does {word}", f"does {word} have") + "?",
                    f"{cap(word)} has {len(word)} letters.", "spelling", f"has {len(word)} ")  # fmt: skip
    first = pen.chance(0.5)
    return Turn(f"What is the {'first' if first else 'last'} letter of {word}?",
                f"The {'first' if first else 'last'} letter of {word} is {word[0 if first else -1].upper()}.",
                "spelling", f"is {word[0 if first else -1].upper()}.")  # fmt: skip


def replace(pen: Pen) -> Turn:
    chosen = words(pen, 3, 4)
    new = pen.split_pick(WORDS)
    old = pen.pick(chosen)
    done = " ".join(new if w == old else w for w in chosen)
    return Turn(f"Replace {old} with {new}: {' '.join(chosen)}", done, "replacing", done, True)


def plural(pen: Pen) -> Turn:
    word = pen.pick([w for w in THINGS + ANIMALS if w[-1] not in "sxyhfe" and w not in
                     ("mouse", "goose", "deer", "sheep", "foot")])  # fmt: skip
    return Turn(
        pen.say("What is the plural of {w}?", w=word),
        f"The plural of {word} is {word}s.",
        "fact",
        word + "s",
    )


def text_op(pen: Pen) -> Turn:
    kinds = [repeat, repeat, repeat, repeat, upper, upper, reverse, reverse, sort, sort, pick_item,
             how_many, spelling, spelling, replace, plural]  # fmt: skip
    return pen.pick(kinds)(pen)
