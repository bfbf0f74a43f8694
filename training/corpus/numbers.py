"""Sums with up to two digits, counting, comparing, and number words."""

# ruff: noqa: SIM905 (word lists read best as text)

from __future__ import annotations

from .pen import Pen, Turn, cap, is_held_out
from .words import FOODS, NAMES, THINGS

ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen""".split()
TENS = "x x twenty thirty forty fifty sixty seventy eighty ninety".split()


PLURAL = [food for food in FOODS if food.endswith("s")]


def spell(n: int) -> str:
    """`42` as `forty-two`."""
    if n < 20:
        return ONES[n]
    if n >= 100:
        return "one hundred" if n == 100 else str(n)
    return TENS[n // 10] + ("" if n % 10 == 0 else "-" + ONES[n % 10])


def pair_is_held_out(x: int, y: int) -> bool:
    """A tenth of the pairs of two-digit numbers, in either order, is never trained on."""
    return min(x, y) >= 10 and is_held_out(f"{min(x, y)}+{max(x, y)}", 10)


def pair(pen: Pen) -> tuple[int, int]:
    while True:
        small = pen.chance(0.55) and not pen.held_out  # sums that people try first
        x, y = (
            (pen.number(0, 12), pen.number(0, 12))
            if small
            else (pen.number(0, 99), pen.number(0, 99))
        )
        if pair_is_held_out(x, y) == pen.held_out:
            return x, y


def arithmetic(pen: Pen) -> Turn:
    x, y = pair(pen)
    op = pen.pick("++++--*")
    if op == "*":
        x, y = pen.number(0, 10), pen.number(0, 10)
    if op == "-" and x < y:
        x, y = y, x
    value = {"+": x + y, "-": x - y, "*": x * y}[op]
    word = {"+": "plus", "-": "minus", "*": "times"}[op]
    sign = pen.pick([op, f" {op} ", f" {op} ", f" {word} "])
    if op == "*" and pen.chance(0.3):
        sign = pen.pick([" x ", " \u00d7 "])
    expr = f"{x}{sign}{y}"
    user = pen.say("[What is {e}?|What's {e}?|{e}|{e} =|{e}?|Calculate {e}.|How much is {e}?|"
                   "Compute {e}|Please work out {e}.|What does {e} make?|Solve {e}]",
                   e=expr)  # fmt: skip
    full = f"{x} {op} {y} = {value}"
    answer = pen.pick([full, f"{full}.", f"{value}"]) if "Calculate" in user else full + "."
    return Turn(user, answer, "arithmetic", f"= {value}." if answer == full + "." else str(value))


def word_sum(pen: Pen) -> Turn:
    """A sum told as a tiny story."""
    x, y = pair(pen)
    name, thing = pen.split_pick(NAMES), pen.pick([*PLURAL, *[t + "s" for t in THINGS[:12]]])
    if pen.chance(0.6):
        text = pen.say("{n} has {x} {t} and [gets|buys|finds] {y} more. "
                       "How many {t} does {n} have now?",
                       n=name, x=x, y=y, t=thing)  # fmt: skip
        return Turn(
            text,
            f"{x} + {y} = {x + y}, so {name} has {x + y} {thing}.",
            "arithmetic",
            f"has {x + y} ",
        )
    x, y = max(x, y), min(x, y)
    text = pen.say("{n} has {x} {t} and [gives away|loses|sells] {y}. How many {t} are left?",
                   n=name, x=x, y=y, t=thing)  # fmt: skip
    return Turn(
        text, f"{x} - {y} = {x - y}, so {x - y} {thing} are left.", "arithmetic", f"so {x - y} "
    )


def count(pen: Pen) -> Turn:
    low, n = pen.pick([1, 1, 1, pen.number(1, 40)]), pen.number(3, 12)
    high = low + n - 1
    if pen.chance(0.2):
        numbers = range(high, low - 1, -1)
        user = pen.say("Count [down|backwards] from {h} to {l}[.|]", h=high, l=low)
    else:
        numbers = range(low, high + 1)
        user = (pen.say("Count [to|up to] {h}[.|]", h=high) if low == 1 and pen.chance(0.4) else
                pen.say("[Count|Please count|Can you count] from {l} to {h}[.|]",
                        h=high, l=low))  # fmt: skip
    text = ", ".join(map(str, numbers))
    return Turn(user, text, "counting", text, True)


def compare(pen: Pen) -> Turn:
    x, y = pair(pen)
    if x == y:
        y += 1
    big = pen.chance(0.6)
    value = max(x, y) if big else min(x, y)
    word = pen.pick(["larger", "bigger", "greater"]) if big else "smaller"
    return Turn(pen.say("Which [number |]is {w}, {x} or {y}?", w=word, x=x, y=y),
                f"{value} is {word} than {x + y - value}.", "compare", f"{value} is")  # fmt: skip


def number_word(pen: Pen) -> Turn:
    n = pen.number(0, 100)
    if pen.chance(0.5):
        return Turn(pen.say("[Write|Spell|How do you write] {n} [in words|as a word][?|.|]", n=n),
                    cap(spell(n)), "number words", cap(spell(n)), True)  # fmt: skip
    return Turn(pen.say("[Write {w} as a number.|What number is {w}?|Write {w} in digits.]",
                        w=spell(n)),
                str(n), "number words", str(n), True)  # fmt: skip


def next_number(pen: Pen) -> Turn:
    step, start = pen.pick([1, 2, 5, 10]), pen.number(0, 20)
    row = [start + step * i for i in range(5)]
    return Turn(pen.say("What [number |]comes next: {r}?", r=", ".join(map(str, row[:4]))),
                f"{row[4]} comes next.", "counting", str(row[4]))  # fmt: skip


def even(pen: Pen) -> Turn:
    n = pen.number(0, 99)
    word = "even" if n % 2 == 0 else "odd"
    ask = pen.pick(["even", "odd"])
    return Turn(
        f"Is {n} {ask}?",
        f"{'Yes' if ask == word else 'No'}, {n} is {word}.",
        "compare",
        f"is {word}",
    )


def numbers(pen: Pen) -> Turn:
    kinds = [arithmetic] * 6 + [word_sum, count, count, compare, number_word, next_number, even]
    return pen.pick(kinds)(pen)
