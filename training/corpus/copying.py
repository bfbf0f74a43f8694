"""Copying text exactly: words, invented words, digits, codes, identifiers, of a given length."""

# ruff: noqa: E501 (one template to a line)

from __future__ import annotations

from collections.abc import Callable

from .asking import ask, hand, order
from .pen import Doc, Pen, Turn, cap
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
    in_place,
)

WORDS = [*ANIMALS, *THINGS, *COLOURS, *FOODS, *PLACES, *JOBS]
TEST_LENGTH = 30
DIGITS, SMALL = "0123456789", "abcdefghijklmnopqrstuvwxyz"
CAPITALS = SMALL.upper()
HEX = DIGITS + "abcdef"
MARKS = "!#$%&()*+,-./:;<=>?@^_~"
ALPHABETS = [DIGITS, SMALL, CAPITALS, HEX, SMALL + DIGITS, CAPITALS + DIGITS, SMALL + CAPITALS,
             SMALL + CAPITALS + DIGITS, SMALL + CAPITALS + DIGITS + MARKS]  # fmt: skip
ENDINGS = ["py", "txt", "json", "md", "csv", "log", "js", "html", "yaml", "png"]
ACCENTS = str.maketrans("aeioun", "\u00e1\u00e9\u00ef\u00f6\u00fc\u00f1")


def words(pen: Pen, low: int, high: int) -> list[str]:
    """Distinct words of one sort; some invented, so the skill is copying."""
    pool = pen.pick([THINGS, NAMES, CITIES, WORDS, WORDS])
    chosen = pen.split_sample(pool, pen.number(low, high))
    for i in range(len(chosen)):
        if pen.chance(0.15):
            chosen[i] = pen.invented()
    return list(dict.fromkeys(chosen))


def listed(items: list[str], between: str) -> str:
    return between.join(items)


def run(pen: Pen, letters: str, low: int, high: int) -> str:
    """A random string, which can only be copied letter by letter."""
    return "".join(pen.pick(letters) for _ in range(pen.number(low, high)))


def word(pen: Pen) -> str:
    return pen.split_pick(WORDS) if pen.chance(0.5) else pen.invented()


def sentence(pen: Pen) -> str:
    return pen.say(
        "[The {a} {n} [sat|slept|stood|waited] [{in_p}|by the {p}|near the {p}]|{m} [likes|wants|sells|eats] {f}"
        "|[I|We] [saw|met|like] {m} and the {n}|The {c} {t} is [here|lost|new]|{i} {n} {i2}"
        "|{m} went to {y} with the {n}|[Hello|Goodbye], {m}|My {t} is {c}|{x} is hard]",
        a=pen.pick(ADJECTIVES), n=pen.split_pick(ANIMALS), p=(place := pen.pick(PLACES)), in_p=in_place(place), m=pen.split_pick(NAMES),
        f=pen.split_pick(FOODS), c=pen.pick(COLOURS), t=pen.split_pick(THINGS), i=pen.invented(),
        i2=pen.invented(), y=pen.split_pick(CITIES), x=cap(pen.pick(TOPIC_LIST)))  # fmt: skip


def _sentences(pen: Pen) -> str:
    return sentence(pen) + pen.pick([".", "!", "?", ".", ";", ":", ",", "..."])


def _listed_words(pen: Pen) -> str:
    return pen.split_pick(WORDS if pen.chance(0.7) else NAMES + CITIES)


def _invented(pen: Pen) -> str:
    made = pen.invented()
    return pen.pick([made, made, made, cap(made), made.upper()])


def _accented(pen: Pen) -> str:
    return pen.invented(2).translate(ACCENTS)


def _digits(pen: Pen) -> str:
    return run(pen, DIGITS, 1, 8)


def _figures(pen: Pen) -> str:
    """Dates, times, prices, versions and telephone numbers."""
    n = pen.number
    return pen.pick([f"{n(1900, 2099)}-{n(1, 12):02}-{n(1, 28):02}", f"{n(0, 23)}:{n(0, 59):02}",
                     f"{n(1, 99)}.{n(0, 99):02}", f"v{n(0, 9)}.{n(0, 20)}.{n(0, 9)}", f"+{n(1, 99)} {n(100, 999)} {n(1000, 9999)}",
                     f"{n(1, 28)}/{n(1, 12)}/{n(1990, 2040)}", f"${n(1, 999)}", f"{n(1, 100)}%", f"#{n(1, 9999)}"])  # fmt: skip


def _mixed(pen: Pen) -> str:
    return run(pen, pen.pick([SMALL + DIGITS, CAPITALS + DIGITS, SMALL + CAPITALS + DIGITS, HEX]), 3, 12)  # fmt: skip


def _letters(pen: Pen) -> str:
    return run(pen, pen.pick([SMALL, CAPITALS, SMALL + CAPITALS]), 2, 8)


def _code(pen: Pen) -> str:
    """Serial numbers in groups."""
    pools = pen.sample([DIGITS, CAPITALS, HEX, CAPITALS + DIGITS, SMALL], pen.number(1, 3))
    joint = pen.pick("-- ./:_")
    return joint.join(run(pen, pen.pick(pools), 2, 5) for _ in range(pen.number(2, 5)))


def _identifier(pen: Pen) -> str:
    """Names as programs hold them: snake_case, camelCase, paths, addresses and calls."""
    parts = [word(pen) for _ in range(pen.number(2, 3))]
    tail = str(pen.number(1, 99)) if pen.chance(0.3) else ""
    snake = "_".join(parts) + tail
    return pen.pick([
        snake, snake.upper(), parts[0] + "".join(map(cap, parts[1:])) + tail, "".join(map(cap, parts)) + tail,
        "-".join(parts) + tail, ".".join(parts), "/".join(["", *parts]), f"{snake}.{pen.pick(ENDINGS)}",
        f"{parts[0]}@{parts[1]}.com", f"https://{parts[0]}.org/{parts[1]}", f"{snake}()", f"{parts[0]}({parts[1]}={pen.number(0, 99)})",
        f"{parts[0]} = {pen.number(0, 999)}", f"--{'-'.join(parts)}", f"${parts[0]}", f"@{snake}", f"{parts[0]}::{parts[1]}",
        f"<{parts[0]}>", f"{parts[0]}+{parts[1]}", f"{parts[0]}: {parts[1]}"])  # fmt: skip


def _marks(pen: Pen) -> str:
    """Words with punctuation about them."""
    made = word(pen)
    return pen.pick([f"({made})", f"{made}...", f"{made}?!", f"*{made}*", f"{made},", f"{made};", f"{made}!", f"'{made}'",
                     f"~{made}", f"{made} -", f"{made} &", f"{made} = ", f"#{made}", f"{made}'s", f"<{made}>"]).strip()  # fmt: skip


KINDS: dict[Callable[[Pen], str], float] = {
    _listed_words: 4, _invented: 5, _accented: 0.3, _digits: 2.5, _figures: 1.5, _mixed: 3, _letters: 1,
    _code: 1.5, _identifier: 3, _marks: 1.5, _sentences: 4,
}  # fmt: skip


def unbroken(pen: Pen, length: int) -> str:
    """Exactly `length` characters without a space: of one alphabet, in groups, or as an address."""
    kind = pen.rng.random()
    if kind < 0.45:
        return run(pen, pen.pick(ALPHABETS), length, length)
    if kind < 0.7:
        pools = pen.sample(ALPHABETS[:-1], pen.number(1, 2))
        size, joint, text = pen.pick([0, 3, 4, 4, 5, 8]), pen.pick("--_.:/"), ""
        while len(text) < length:
            text += run(pen, pen.pick(pools), size or 2, size or 6) + joint
    else:
        joint = pen.pick("//._--+")
        text = pen.pick(
            ["https://", "http://", "www.", "/", "~/", "", "", f"{word(pen)}@", "file:///", "#"]
        )
        while len(text) < length:
            text += word(pen) + (str(pen.number(0, 999)) if pen.chance(0.2) else "") + joint
    return text[: length - 1] + pen.pick(SMALL + DIGITS)


def text_of(pen: Pen, length: int) -> str:
    """Exactly `length` characters of one kind of text, or of several; no space at either end."""
    if pen.chance(0.22):
        return unbroken(pen, length)
    kinds = pen.rng.choices(list(KINDS), list(KINDS.values()), k=pen.pick([1, 1, 1, 2, 3]))
    joint = pen.pick([" ", " ", " ", " ", ", "])
    text = kinds[0](pen)
    while len(text) < length:
        text += joint + pen.pick(kinds)(pen)
    text = text[:length]
    return text if not text.endswith(" ") else text[:-1] + pen.pick(SMALL)


def length_of(pen: Pen) -> int:
    """Mostly about as long as what is tested, at times a word or a line."""
    return pen.pick([pen.number(3, 12), pen.number(8, 60), TEST_LENGTH, pen.number(24, 36), pen.number(24, 36)])  # fmt: skip


DO = ("[repeat after me|repeat|repeat this|repeat this text|repeat the text|repeat exactly|repeat this exactly|copy|copy this|copy this text"
      "|copy exactly|copy it exactly|copy the text|copy the line|write|write this|write exactly this|write down|say|say this|say exactly this|echo"
      "|echo this|echo back|reply with exactly|reply with this|answer with exactly|answer with this|respond with|give me back|print|print this"
      "|output this|output exactly|return this text|return exactly|type this|type exactly this|quote this|spell back|read back|write this again"
      "|say it again|send this back|give back the same text|copy it letter by letter|repeat what I write|write the same|write the same text"
      "|repeat this without any change|copy this without changes|reply only with this text|say only this|say nothing but this]")  # fmt: skip
DO_LINES = ("[repeat|copy|write|echo|print|return|give back|output|type|say|read back|write out|send back] [these lines|the lines|the following lines|these|the following"
            "|all of these|each of these|these strings|this list|these texts|every line|all lines|the lines exactly|these lines exactly|the lines as they are]")  # fmt: skip


def copy_text(pen: Pen, length: int) -> Turn:
    """One text of `length` characters to be written again."""
    text = text_of(pen, length)
    quoted = pen.chance(0.15)
    user = hand(pen, DO, text) if not quoted else pen.say(pen.pick([
        'Say "{t}"', 'Just say "{t}"', 'Reply with "{t}"', 'Write "{t}" and nothing else.', 'Answer "{t}" and nothing else',
        'Please say "{t}".', 'Can you say "{t}"?', 'Reply only with "{t}".', 'I want you to say "{t}".', 'Only say "{t}"',
        'Please write "{t}" again.', 'Say exactly "{t}" back to me.', 'Your answer must be "{t}".', 'The answer is "{t}". Write it.',
        'I typed "{t}". Please type the same.', 'The text is "{t}". Repeat it exactly.', 'My friend wrote "{t}", so write it once more.',
        'Copy what stands between the quotes: "{t}".', 'Here is a string, "{t}", to be copied exactly.', 'If I say "{t}", you say the same.',
        'The code "{t}" must be repeated exactly.', 'Repeat "{t}" exactly, please.']), t=text)  # fmt: skip
    return Turn(user, text, "copying", text, True)


def repeat(pen: Pen) -> Turn:
    """Texts of many lengths; for what people type first, a word or a sentence."""
    if pen.chance(0.2):
        text = sentence(pen) + pen.pick(["", ".", "!"]) if pen.chance(0.7) else word(pen)
        return Turn(pen.say("[Repeat after me: |Repeat: |Say: |Say ]") + text, text, "copying", text, True)  # fmt: skip
    return copy_text(pen, length_of(pen))


def copying(pen: Pen) -> Turn:
    """The tested form: exactly thirty characters."""
    return copy_text(pen, TEST_LENGTH)


def copy_lines(pen: Pen) -> Turn:
    """Several texts to write again: half of all tokens are learnt."""
    text = "\n".join(text_of(pen, length_of(pen)) for _ in range(pen.number(2, 6)))
    return Turn(hand(pen, DO_LINES, text), text, "copying lines", text, True)


def say_times(pen: Pen) -> Turn:
    """One text several times over."""
    text = text_of(pen, pen.number(3, 14)) if pen.chance(0.5) else word(pen)
    times = pen.number(2, 5)
    shown = pen.pick([["twice", "two times", "2 times"], ["three times", "3 times"], ["four times", "4 times"],
                      ["five times", "5 times"]][times - 2])  # fmt: skip
    shape = pen.pick(['"{t}" {n}', "{t} {n}" if text.isalpha() else '"{t}" {n}', "{n}: {t}", "the following {n}: {t}"])  # fmt: skip
    do = pen.say("[say|write|repeat|print|type|echo] ") + shape
    said = pen.say(order(pen, do), t=text, n=shown)
    return Turn(said, " ".join([text] * times), "repeating",
                " ".join([text] * times), True)  # fmt: skip


def pick_line(pen: Pen) -> Turn:
    """One of several marked lines, by its number or its label."""
    rows = [text_of(pen, pen.number(4, 30)) for _ in range(pen.number(2, 5))]
    labels = pen.pick([["1", "2", "3", "4", "5"], ["A", "B", "C", "D", "E"], list(dict.fromkeys(pen.invented(2) for _ in range(9)))])  # fmt: skip
    mark = pen.pick([": ", ") ", ". ", " = ", " - "])
    i = pen.number(0, len(rows) - 1)
    matter = "\n".join(f"{label}{mark}{row}" for label, row in zip(labels, rows, strict=False))
    if pen.chance(0.5):
        user = matter + "\n\n" + pen.say(ask(pen, "what [is|stands in|does it say in|is the text of|stands at|is written at|is the value of] [line |entry |]{x}?"), x=labels[i])  # fmt: skip
    else:
        user = pen.say(hand(pen, "[repeat|copy|write|say|give me|print|read] [line {x}|entry {x}|what stands at {x}|only line {x}|the text of {x}|the value of {x}]", "{m}"), x=labels[i], m=matter)  # fmt: skip
    return Turn(user, rows[i], "picking a line", rows[i], True)


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "copying": copying, "copying lines": copy_lines, "repeating": say_times,
    "picking a line": pick_line,
}  # fmt: skip
