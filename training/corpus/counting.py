"""Counting, comparing and number words."""

# ruff: noqa: E501 (one template to a line)

from __future__ import annotations

import re
from collections.abc import Callable

from .asking import ask, command, hand
from .copying import listed, words
from .numbers import pair, spell
from .pen import Doc, Pen, Turn


def count(pen: Pen) -> Turn:
    """From one number to another, up, down or in steps."""
    step = pen.pick([1, 1, 1, 1, 1, 1, 2, 5, 10])
    low = pen.pick([1, 1, 1, pen.number(1, 80)]) if step == 1 else pen.pick([0, step, step])
    row = [low + step * i for i in range(pen.number(3, 12))]
    down = pen.chance(0.25)
    row = row[::-1] if down else row
    pace = pen.say(f" [in steps of {step}|by {step}s]") if step > 1 else ""
    way = pen.pick([" down", " backwards"]) if down else ""
    upto = row[0] == 1 and not way and pen.chance(0.4)
    span = pen.say(f"[to|up to] {row[-1]}" if upto else
                   f"from {row[0]} [to|to|up to|until] {row[-1]}" if not down else f"from {row[0]} [to|down to] {row[-1]}")  # fmt: skip
    phrases = [f"count{way} {span}{pace}", f"count{way}{pace} {span}", f"count {span}{way}{pace}",
               f"count the numbers {span}{way}{pace}", f"count out loud{way} {span}{pace}"]  # fmt: skip
    if not upto:
        phrases += [f"list the numbers {span}{way}{pace}", f"write the numbers {span}{way}{pace}",
                    f"say the numbers {span}{way}{pace}", f"give me the numbers {span}{way}{pace}"]  # fmt: skip
    text = ", ".join(map(str, row))
    said = pen.pick(phrases)
    if step == 1 and max(row) <= 20 and pen.chance(0.15):
        said = re.sub(r"\d+", lambda match: spell(int(match.group())), said)
    return Turn(command(pen, said), text, "counting", text, True)


def next_number(pen: Pen) -> Turn:
    step, start = pen.pick([1, 2, 3, 5, 10]), pen.number(0, 40)
    row = [start + step * i for i in range(pen.number(4, 6))]
    row = row[::-1] if pen.chance(0.25) else row
    shown = ", ".join(map(str, row[:-1]))
    user = pen.say(ask(pen, pen.pick([
        "what comes next: {r}?", "what number comes next: {r}?", "which number comes next: {r}?", "what comes after {r}?",
        "what is the next number: {r}?", "{r}, what comes next?", "{r} and then?", "what is the next number in {r}?",
        "how does this go on: {r}?", "continue: {r}.", "give me the next number: {r}.", "how do I go on after {r}?",
        "what follows {r}?", "which number follows: {r}?"])), r=shown)  # fmt: skip
    return Turn(user, f"{row[-1]} comes next.", "next number", f"{row[-1]} comes")


def compare(pen: Pen) -> Turn:
    """The larger or smaller of two numbers, or of three to five."""
    large = pen.chance(0.6)
    if pen.chance(0.35):
        row = pen.sample(range(100), pen.number(3, 5))
        value = max(row) if large else min(row)
        word = pen.pick(
            ["largest", "biggest", "greatest", "highest"] if large else ["smallest", "lowest"]
        )
        shown = ", ".join(map(str, row))
        user = pen.say(ask(pen, pen.pick([
            "which is the {w}: {r}?", "which number is the {w}: {r}?", "what is the {w} number in {r}?",
            "which of these is the {w}: {r}?", "what is the {w} of {r}?", "find the {w} number: {r}.",
            "{r}: which one is the {w}?", "the {w} of {r}?", "give me the {w} of these numbers: {r}."])), w=word, r=shown)  # fmt: skip
        return Turn(user, f"{value} is the {word}.", "compare", f"{value} is")
    x, y = pair(pen)
    y += 1 if x == y else 0
    value, word = max(x, y) if large else min(x, y), pen.pick(["larger", "bigger", "greater", "more"] if large else ["smaller", "less"])  # fmt: skip
    user = pen.say(ask(pen, pen.pick([
        "which is {w}, {x} or {y}?", "which number is {w}, {x} or {y}?", "what is {w}, {x} or {y}?", "which is {w}: {x} or {y}?",
        "which one is {w}, {x} or {y}?", "{x} or {y}: which is {w}?", "is {x} {w} or {y}?", "of {x} and {y}, which is {w}?",
        "which of {x} and {y} is {w}?", "{w}: {x} or {y}?", "take {x} and {y}. Which is {w}?"])), w=word, x=x, y=y)  # fmt: skip
    return Turn(user, f"{value} is {word} than {x + y - value}.", "compare", f"{value} is")


def yes_no(pen: Pen) -> Turn:
    """A question about numbers that yes or no answers; `key` is that word."""
    if pen.chance(0.5):
        n, word = pen.number(0, 99), pen.pick(["even", "odd"])
        yes = (n % 2 == 0) == (word == "even")
        user = pen.say(ask(pen, pen.pick([
            "is {n} {w}?", "is {n} an {w} number?", "is the number {n} {w}?", "{n} is {w}, true or false?", "would you call {n} {w}?",
            "do you think {n} is {w}?", "can you tell if {n} is {w}?", "is it true that {n} is {w}?", "{n}: is that {w}?"])), n=n, w=word)  # fmt: skip
        return Turn(user, f"{'Yes' if yes else 'No'}, {n} is {'even' if n % 2 == 0 else 'odd'}.", "yes or no", "Yes" if yes else "No")  # fmt: skip
    x, y = pair(pen)
    y += 1 if x == y else 0
    word = pen.pick(["larger", "smaller", "more", "less", "bigger", "greater"])
    yes = (x > y) == (word not in ("smaller", "less"))
    user = pen.say(ask(pen, pen.pick([
        "is {x} {w} than {y}?", "is it true that {x} is {w} than {y}?", "{x} is {w} than {y}, true or false?",
        "do you think {x} is {w} than {y}?", "can you tell if {x} is {w} than {y}?", "would you say {x} is {w} than {y}?"])), x=x, y=y, w=word)  # fmt: skip
    return Turn(user, f"{'Yes' if yes else 'No'}, {x} is {word if yes else 'not ' + word} than {y}.", "yes or no", "Yes" if yes else "No")  # fmt: skip


def number_word(pen: Pen) -> Turn:
    """Numbers into words and back, one or several."""
    row = [pen.number(0, 100) for _ in range(pen.pick([1, 1, 1, 2, 3, 4, 5]))]
    spelt, digits = ", ".join(map(spell, row)), ", ".join(map(str, row))
    one = len(row) == 1
    if pen.chance(0.5):
        if one and pen.chance(0.4):
            user = pen.say(ask(pen, pen.pick([
                "how do you write {n} in words?", "how do you spell {n}?", "what is {n} in words?", "how is {n} written?", "{n} in words?",
                "what is the word for {n}?", "how do I write {n} as a word?", "what is {n} as a word?"])), n=digits)  # fmt: skip
        else:
            user = hand(pen, "[write in words|spell out|put into words|turn into words|change into words|write out|write as words|say in words]"
                        + ("[| this number| the number]" if one else "[| these numbers| the numbers]"), digits)  # fmt: skip
        return Turn(user, spelt, "number words", spelt, True)
    if one and pen.chance(0.4):
        user = pen.say(ask(pen, pen.pick([
            "what number is {n}?", "how do you write {n} in digits?", "what is {n} as a number?", "what is {n} in digits?", "{n} in digits?",
            "which number is {n}?", "how do I write {n} with digits?"])), n=spelt)  # fmt: skip
    else:
        user = hand(pen, "[write in digits|turn into digits|write with digits|put into digits|change into digits|write in numbers|write as digits]"
                    + ("[| this number| the number]" if one else "[| these numbers| the numbers]"), spelt)  # fmt: skip
    return Turn(user, digits, "number words", digits, True)


def how_many(pen: Pen) -> Turn:
    """How many things stand in a list."""
    chosen = words(pen, 2, 8)
    kind = pen.pick(["words", "items", "things", "names"])
    question = pen.chance(0.4)
    matter = listed(chosen, ", " if question else pen.pick([", ", ", ", "\n", " "]))
    if question:
        user = pen.say(ask(pen, pen.pick([
            "how many {k} are in this list: {l}?", "how many {k} are there: {l}?", "how many {k} do you see: {l}?",
            "how many {k} are these: {l}?", "{l}: how many {k} is that?", "how many {k} did I write: {l}?"])), k=kind, l=matter)  # fmt: skip
    else:
        user = hand(pen, f"[count the {kind}|count these {kind}|tell me how many {kind} there are|tell me the number of {kind}|say how many {kind} you see"
                    f"|find out how many {kind} there are|count the {kind} in this list|give me the number of {kind}|write how many {kind} there are]", matter)  # fmt: skip
    return Turn(user, f"There are {len(chosen)}.", "how many", f"are {len(chosen)}.")


def counting(pen: Pen) -> Turn:
    """Any of these, in the shares that a chat should meet them."""
    kinds = [count, next_number, compare, yes_no, number_word, how_many]
    return pen.rng.choices(kinds, [3, 2, 3, 2, 3, 2])[0](pen)


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "counting": count, "next number": next_number, "compare": compare, "yes or no": yes_no,
    "number words": number_word, "how many": how_many,
}  # fmt: skip
