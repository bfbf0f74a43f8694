"""Letters: spelling, the first or third letter, how many there are, and words backwards.

Letters lie hidden in tokens, so what is asked of them is answered by spelling first:
``L-A-M-P has 4 letters.`` Held-out words may be tokens that training never spelled, so test items
use invented words alone, whose pieces are known.
"""

# ruff: noqa: E501 (one template to a line)

from __future__ import annotations

from collections.abc import Callable

from .asking import ask, hand
from .copying import WORDS, run
from .numbers import plural_of
from .pen import Doc, Pen, Turn
from .words import ANIMALS, CITIES, NAMES, THINGS

ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth"]
_LISTED = frozenset(WORDS)
SHORT_ORDINALS = ["1st", "2nd", "3rd", "4th", "5th", "6th"]


def spellable(pen: Pen) -> str:
    """A word whose letters can be known: listed ones of training, or invented."""
    if pen.held_out or pen.chance(0.55):
        made = pen.invented(pen.number(1, 2))
        while pen.held_out and made in _LISTED:
            made = pen.invented(2)
        return made
    return pen.split_pick(WORDS if pen.chance(0.7) else NAMES + CITIES)


def letters_of(word: str) -> str:
    """`lamp` as `L-A-M-P`."""
    return "-".join(word.upper())


def _quoted(pen: Pen, word: str) -> str:
    return pen.pick(
        [word, word, f'"{word}"', f"'{word}'", f"the word {word}", f'the word "{word}"']
    )


def _about(pen: Pen, questions: list[str], word: str, **slots: object) -> str:
    return pen.say(ask(pen, pen.pick(questions)), w=_quoted(pen, word), **slots)


def spell_out(pen: Pen) -> Turn:
    """One word or several, letter by letter."""
    row = [spellable(pen) for _ in range(pen.pick([1, 1, 1, 2, 3, 4, 5]))]
    text = "\n".join(map(letters_of, row))
    if len(row) == 1:
        user = _about(pen, ["spell {w}.", "how do you spell {w}?", "how is {w} spelled?", "how do I spell {w}?", "spell out {w}.",
                            "can you spell {w}?", "what are the letters of {w}?", "spell {w} letter by letter.", "give me the letters of {w}.",
                            "which letters are in {w}?", "say the letters of {w}.", "write {w} letter by letter.", "how is {w} written?"], row[0])  # fmt: skip
    else:
        user = hand(pen, "[spell|spell out|write letter by letter|give me the letters of] [these words|each word|each of these|the following words|these|all words|every word]",
                    pen.pick([", ", "\n", " "]).join(row))  # fmt: skip
    return Turn(user, text, "spelling", text, True)


def nth_letter(pen: Pen) -> Turn:
    word = spellable(pen)
    i = pen.pick([0, 0, -1, -1, pen.number(0, min(len(word), 6) - 1)])
    where = "last" if i == -1 else ORDINALS[i]
    shown = SHORT_ORDINALS[i] if i >= 0 and pen.chance(0.2) else where
    user = _about(pen, ["what is the {o} letter of {w}?", "which letter is the {o} in {w}?", "what's the {o} letter in {w}?", "tell me the {o} letter of {w}.",
                        "give me the {o} letter of {w}.", "which is the {o} letter of {w}?", "the {o} letter of {w}?", "find the {o} letter of {w}.",
                        "{w}: what is the {o} letter?", "say the {o} letter of {w}."], word, o=shown)  # fmt: skip
    letter = word[i].upper()
    return Turn(user, f"{letters_of(word)}: the {where} letter is {letter}.", "letters", f"letter is {letter}.")  # fmt: skip


def letter_count(pen: Pen) -> Turn:
    word = spellable(pen)
    user = _about(pen, ["how many letters are in {w}?", "how many letters has {w}?", "how many letters does {w} have?", "how long is {w}?",
                        "count the letters in {w}.", "count the letters of {w}.", "what is the number of letters in {w}?", "{w} has how many letters?",
                        "tell me how many letters {w} has.", "how many characters are in {w}?", "what is the length of {w}?"], word)  # fmt: skip
    return Turn(
        user, f"{letters_of(word)} has {len(word)} letters.", "letters", f"has {len(word)} "
    )


def letter_in(pen: Pen) -> Turn:
    """How often, or whether, a letter occurs."""
    word = spellable(pen)
    letter = pen.pick(word) if pen.chance(0.6) else pen.pick("abcdefghiklmnoprstuw")
    n = word.lower().count(letter.lower())
    spelt, big = letters_of(word), letter.upper()
    if pen.chance(0.5):
        user = _about(pen, ["is there a letter {c} in {w}?", "does {w} have a letter {c}?", "does {w} contain the letter {c}?", "is {c} in {w}?",
                            "is the letter {c} in {w}?", "can you find a letter {c} in {w}?"], word, c=letter)  # fmt: skip
        return Turn(
            user, f"{spelt}: {'yes' if n else 'no'}.", "letters", ": yes." if n else ": no."
        )
    user = _about(pen, ["how many times does {c} occur in {w}?", "how many letters {c} are in {w}?", "how often is {c} in {w}?", "how many {c}s are in {w}?",
                        "how many {c}'s are there in {w}?", "count the letter {c} in {w}.", "how often does the letter {c} appear in {w}?"], word, c=letter)  # fmt: skip
    return Turn(user, f"{spelt}: {big} comes {n} time{'' if n == 1 else 's'}.", "letters", f"comes {n} ")  # fmt: skip


def backwards(pen: Pen) -> Turn:
    """The letters of a word from the last to the first."""
    word = spellable(pen)
    user = _about(pen, ["spell {w} backwards.", "reverse the letters of {w}.", "what is {w} backwards?", "write {w} backwards.", "how do you spell {w} backwards?",
                        "say {w} backwards.", "reverse {w}.", "turn {w} around, letter by letter.", "read {w} from the end."], word)  # fmt: skip
    text = f"{letters_of(word)} backwards is {letters_of(word[::-1])}."
    return Turn(user, text, "backwards", f"backwards is {letters_of(word[::-1])}.")


def joined(pen: Pen) -> Turn:
    """Letters put together, the other way round from spelling."""
    word = spellable(pen)
    letters = pen.pick([letters_of(word), "-".join(word.lower()), " ".join(word.upper()), ", ".join(word.lower())])  # fmt: skip
    if pen.chance(0.5):
        user = pen.say(ask(pen, pen.pick([
            "what word is {l}?", "which word is spelled {l}?", "what does {l} spell?", "which word is this: {l}?", "what word do these letters make: {l}?",
            "read {l}.", "what do you get from {l}?", "put {l} together."])), l=letters)  # fmt: skip
    else:
        user = hand(pen, "[put these letters together|join these letters|join the letters|read this word|write this as a word|make a word of these letters|put the letters together]", letters)  # fmt: skip
    return Turn(user, word.lower(), "joining letters", word.lower(), True)


def plural(pen: Pen) -> Turn:
    """Mostly by rule, so words of our own making have a plural too."""
    known = [w for w in THINGS + ANIMALS if w[-1] not in "sfe"]
    word = pen.split_pick(known) if pen.chance(0.5) else pen.invented(2)
    user = _about(pen, ["what is the plural of {w}?", "what's the plural of {w}?", "give me the plural of {w}.", "how do you say {w} in the plural?",
                        "tell me the plural of {w}.", "which is the plural of {w}?", "plural of {w}?", "form the plural of {w}.",
                        "what do you call more than one {w}?", "one {w}, two what?", "what is {w} in the plural?", "how is the plural of {w} written?",
                        "how do I write the plural of {w}?", "turn {w} into the plural.", "write the plural of {w}.",
                        "what is the plural form of {w}?", "one is {w}. What are many?", "{w}: what is the plural?", "if there are two, what does {w} become?"], word)  # fmt: skip
    return Turn(
        user, f"The plural of {word} is {plural_of(word)}.", "plural", f"is {plural_of(word)}."
    )


def code_letters(pen: Pen) -> Turn:
    """A code apart, character by character."""
    code = run(pen, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 3, 10)
    user = hand(pen, "[spell|spell out|write one character at a time|read out|put a dash between all characters of|write with a dash after each character] [this code|the code|this|this string]", code)  # fmt: skip
    return Turn(user, letters_of(code), "spelling", letters_of(code), True)


def spelling(pen: Pen) -> Turn:
    """Any of these, in the shares that a chat should meet them."""
    kinds = [
        spell_out,
        nth_letter,
        letter_count,
        letter_in,
        backwards,
        joined,
        plural,
        code_letters,
    ]
    return pen.rng.choices(kinds, [5, 2, 1, 1, 1, 1, 1, 1])[0](pen)


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "spelling": spell_out, "letters": lambda pen: pen.pick([nth_letter, letter_count, letter_in])(pen),
    "backwards": backwards, "joining letters": joined, "plural": plural,
}  # fmt: skip
