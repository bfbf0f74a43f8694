"""Sums with up to two digits: bare, in lists and in small stories.

Two numbers with tens and ones are added in two steps that are written out, the tens first:
``17 + 26 = 37 + 6 = 43``. Each step is one of less than a thousand that all stand in training, so
a model of this size finds sums of pairs it never saw; no step shows another held-out pair, for
one of its numbers is always below ten. Taking away goes the same way: ``43 - 26 = 23 - 6 = 17``.
"""

# ruff: noqa: E501, SIM905 (one template or row to a line; word lists read best as text)

from __future__ import annotations

from collections.abc import Callable

from .asking import ask, hand
from .pen import Doc, Pen, Turn, is_held_out
from .words import CITIES, FOODS, NAMES, PLACES, THINGS

ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen""".split()
TENS = "x x twenty thirty forty fifty sixty seventy eighty ninety".split()
SIGNS = {
    "+": ["+"] * 8 + ["plus"] * 3,
    "-": ["-"] * 8 + ["minus"] * 3,
    "*": ["*", "*", "x", "x", "\u00d7", "times", "times", "multiplied by"],
    "/": ["/", "/", ":", "\u00f7", "divided by", "divided by"],
}


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


def pair(pen: Pen, small: float = 0.3) -> tuple[int, int]:
    """Two numbers below a hundred of this split; `small` is the share of sums people try first."""
    while True:
        top = 12 if pen.chance(small) and not pen.held_out else 99
        x, y = pen.number(0, top), pen.number(0, top)
        if pair_is_held_out(x, y) == pen.held_out:
            return x, y


def operands(pen: Pen, op: str) -> tuple[int, int]:
    """Numbers that the sum `op` is asked about; of products and quotients within the tables."""
    if op == "*":
        return pen.number(0, 10), pen.number(0, 10)
    if op == "/":
        y = pen.number(1, 10)
        return y * pen.number(0, 10), y
    x, y = pair(pen)
    below_zero = max(x, y) <= 10 and pen.chance(0.15)
    return (max(x, y), min(x, y)) if op == "-" and not below_zero else (x, y)


def result(x: int, op: str, y: int) -> int:
    return {"+": x + y, "-": x - y, "*": x * y, "/": x // y if y else 0}[op]


def worked(x: int, op: str, y: int) -> str:
    """The sum with its result, and with the step between where both have tens and ones."""
    step, tens, ones = "", y // 10 * 10, y % 10
    if op == "+" and min(x, y) > 10 and x % 10 and ones:
        step = f"{x + tens} + {ones} = "
    if op == "-" and x >= y > 10 and ones:
        step = f"{x - tens} - {ones} = "
    return f"{x} {op} {y} = {step}{result(x, op, y)}"


def shown(pen: Pen, x: int, op: str, y: int) -> str:
    """The sum as people type it."""
    sign = pen.pick(SIGNS[op])
    if sign.isalpha() or " " in sign or pen.chance(0.65):
        return f"{x} {sign} {y}"
    return f"{x}{sign}{y}"


EXPRESSION = [
    *["what is {e}?"] * 4, "what's {e}?", "how much is {e}?", "what does {e} make?", "what does {e} give?",
    "what is the result of {e}?", "what is the answer to {e}?", "what do you get for {e}?", "what does {e} equal?",
    "what number is {e}?", "what comes out of {e}?", "do you know what {e} is?", "can you work out {e}?",
    "can you calculate {e}?", "could you solve {e}?", "how much does {e} make?", "{e} makes what?", "{e} is what?",
    "{e} is how much?", "what would {e} be?",
]  # fmt: skip
ORDERED = [
    "calculate {e}", "compute {e}", "work out {e}", "solve {e}", "evaluate {e}", "find {e}", "do {e}",
    "tell me {e}", "give me the result of {e}", "find out how much {e} is", "tell me what {e} is",
    "write down what {e} makes", "solve this: {e}", "calculate this: {e}", "work this out: {e}",
    "tell me the answer to {e}", "help me with {e}", "finish this sum: {e} =", "complete: {e} =",
]  # fmt: skip
BARE = ["{e}", "{e} =", "{e}=", "{e} = ?", "{e}=?", "{e}?", "Sum: {e}", "{e} ...", "Maths: {e}", "{e} equals"]  # fmt: skip
SPOKEN = {
    "+": [
        "what is the sum of {x} and {y}?", "what do {x} and {y} make?", "how much do {x} and {y} make together?",
        "what do you get when you add {x} and {y}?", "what do you get if you add {y} to {x}?", "what is {x} and {y} together?",
        "if I add {y} to {x}, what do I get?", "what is {y} more than {x}?", "how much is {x} increased by {y}?",
        "what is the total of {x} and {y}?", "which number is {y} more than {x}?", "can you add {x} and {y}?",
        "can you add {y} to {x}?", "add {x} and {y}.", "add {y} to {x}.", "please add {x} and {y}.", "sum up {x} and {y}.",
        "give me the sum of {x} and {y}.", "find the sum of {x} and {y}.", "put {x} and {y} together.", "count {x} and {y} together.",
    ],
    "-": [
        "what is {y} less than {x}?", "what is left if you take {y} from {x}?", "what is the difference between {x} and {y}?",
        "how much is {x} decreased by {y}?", "if I take {y} away from {x}, what is left?", "what remains of {x} after taking away {y}?",
        "can you subtract {y} from {x}?", "subtract {y} from {x}.", "take {y} from {x}.", "take {y} away from {x}.", "take away {y} from {x}.",
        "how much more is {x} than {y}?", "how far is it from {y} to {x}?", "please subtract {y} from {x}.", "find the difference of {x} and {y}.",
    ],
    "*": [
        "what is the product of {x} and {y}?", "what do you get when you multiply {x} by {y}?", "multiply {x} by {y}.",
        "multiply {x} and {y}.", "can you multiply {x} by {y}?", "how much is {x} multiplied with {y}?", "find the product of {x} and {y}.",
    ],
    "/": [
        "divide {x} by {y}.", "what do you get when you divide {x} by {y}?", "how often does {y} go into {x}?",
        "how many times does {y} fit into {x}?", "can you divide {x} by {y}?", "share {x} among {y}.",
    ],
}  # fmt: skip
SKILL_OF = {"+": "addition", "-": "subtraction", "*": "multiplication", "/": "division"}


def asked(pen: Pen, x: int, op: str, y: int) -> str:
    """The question for one sum."""
    kind, e = pen.rng.random(), shown(pen, x, op, y)
    if kind < 0.4:
        return pen.say(ask(pen, pen.pick(EXPRESSION)), e=e)
    if kind < 0.6:
        said = pen.say(ask(pen, pen.pick(ORDERED) + "."), e=e).replace("=.", "=")
        return said.rstrip(".") if pen.chance(0.4) else said
    if kind < 0.75:
        return pen.say(pen.pick(BARE), e=e)
    words = max(x, y) <= 12 and pen.chance(0.3)
    values = (spell(x), spell(y)) if words else (x, y)
    return pen.say(ask(pen, pen.pick(SPOKEN[op])), x=values[0], y=values[1])


def one_sum(pen: Pen, op: str) -> Turn:
    x, y = operands(pen, op)
    return Turn(asked(pen, x, op, y), worked(x, op, y) + ".", SKILL_OF[op], f"= {result(x, op, y)}.")  # fmt: skip


def addition(pen: Pen) -> Turn:
    return one_sum(pen, "+")


def subtraction(pen: Pen) -> Turn:
    return one_sum(pen, "-")


def multiplication(pen: Pen) -> Turn:
    return one_sum(pen, "*")


def division(pen: Pen) -> Turn:
    return one_sum(pen, "/")


def arithmetic(pen: Pen) -> Turn:
    """One sum of any kind."""
    return one_sum(pen, pen.pick("++++++---**/"))


def sums(pen: Pen) -> Turn:
    """Several sums in one prompt, answered line by line: most of the tokens are learnt."""
    ops = pen.pick(["+", "+", "+", "++-", "+-", "-", "*", "++--*/", "*/"])
    made = []
    for _ in range(pen.number(2, 7)):
        op = pen.pick(ops)
        made.append((*operands(pen, op), op))
    tight = pen.chance(0.3)
    rows = [f"{x}{op}{y}" if tight else f"{x} {op} {y}" for x, y, op in made]
    if pen.chance(0.25):
        rows = [row + (" =" if pen.chance(0.8) else " = ?") for row in rows]
    matter = pen.pick([", ", "\n", "\n", "; "]).join(rows)
    user = hand(pen, "[calculate|solve|work out|compute|do|answer|find the results of|evaluate] "
                "[these sums|the following sums|these|the following|this list of sums|these exercises|the sums]", matter)  # fmt: skip
    text = "\n".join(worked(x, op, y) for x, y, op in made)
    return Turn(user, text, "sums", text, True)


_PLURALS = {"scarf": "scarves", "mouse": "mice", "wolf": "wolves", "goose": "geese", "sheep": "sheep",
            "deer": "deer", "fish": "fish", "octopus": "octopuses"}  # fmt: skip


def plural_of(word: str) -> str:
    if word in _PLURALS:
        return _PLURALS[word]
    if word.endswith(("s", "x", "ch", "sh")):
        return word + "es"
    return word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + "s"


COUNTED = [*(food for food in FOODS if food.endswith("s")), *map(plural_of, THINGS)]
MORE = [
    "{n} has {x} {t} and [gets|buys|finds|wins|receives|picks|collects|makes] {y} more. [How many {t} does {n} have now|How many {t} does {n} have|How many are there now|What is the total|How many {t} are there in all]?",
    "{n} has {x} {t}. {m} [gives {n}|brings {n}|sends {n}] {y} more. How many {t} does {n} have [now|then|after that]?",
    "{n} has {x} {t} and {m} has {y}. How many {t} do they have [together|in total|in all|altogether]?",
    "There are {x} {t} [in|at] the {p}. {n} [brings|adds|puts down] {y} more. How many {t} are there [now|then|in all]?",
    "A [box|bag|shop|house] has {x} {t} and another has {y}. How many {t} are that [together|in all|in total]?",
    "[On Monday|In the morning|Yesterday|First] {n} sold {x} {t}, and [on Tuesday|in the evening|today|later] {y}. How many {t} did {n} sell [in all|in total|altogether]?",
    "I [have|own|see|count] {x} {t} [here|at home|in {c}] and {y} [there|at work|in the {p}]. How many {t} is that [in all|together]?",
    "{n} walks {x} [metres|steps] to the {p} and {y} more to the [shop|river|church]. How many is that [in all|together]?",
]  # fmt: skip
LESS = [
    "{n} has {x} {t} and [gives away|loses|sells|breaks|gives {m}|drops] {y}. How many {t} [are left|are left over|does {n} have now|remain]?",
    "There are {x} {t} [in|at] the {p}. {n} takes [away |]{y}. How many {t} [are left|remain|stay there]?",
    "{n} had {x} {t}. {m} [took|borrowed|bought] {y} of them. How many {t} [are left|remain|does {n} still have]?",
    "A [box|bag|shop] had {x} {t}. {y} [were sold|were lost|are gone|were broken]. How many {t} [are left|remain]?",
    "{n} needs {x} {t} and has {y}. How many {t} [are missing|must {n} still find|does {n} still need]?",
    "{n} is {x} years old and {m} is {y}. How many years older is {n}?",
    "I had {x} {t} [yesterday|this morning|in {c}] and [lost|gave away|sold] {y} of them. How many {t} [are left|do I still have]?",
]  # fmt: skip
TIMES = [
    "{n} [has|buys|carries] {x} [boxes|bags|baskets] with {y} {t} [in each|each]. How many {t} [are there|is that|are that in all]?",
    "There are {x} [rows|groups|tables] of {y} {t}. How many {t} are [there|there in all|that]?",
    "{n} [makes|sells|finds|paints] {x} {t} [a day|every day|each day]. How many {t} are that in {y} days?",
]  # fmt: skip


def word_sum(pen: Pen) -> Turn:
    """A sum told as a tiny story."""
    op = pen.pick("+++--*")
    x = y = 0
    while min(x, y) < 2 or (op == "-" and x < y + 2):
        x, y = operands(pen, op)
    name, other = pen.split_sample(NAMES, 2)
    story = pen.pick({"+": MORE, "-": LESS, "*": TIMES}[op])
    thing = pen.pick(COUNTED) if "{t}" in story else "years" if "years" in story else ""
    text = pen.say(story, n=name, m=other, x=x, y=y, t=thing, p=pen.pick(PLACES), c=pen.split_pick(CITIES))  # fmt: skip
    answer = (
        f"{worked(x, op, y)}, so the answer is {result(x, op, y)}{' ' if thing else ''}{thing}."
    )
    return Turn(text, answer, "word sums", f"answer is {result(x, op, y)}")


def numbers(pen: Pen) -> Turn:
    """Sums in the shares that a chat should meet them."""
    return pen.rng.choices([arithmetic, sums, word_sum], [5, 3, 2])[0](pen)


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "addition": addition, "subtraction": subtraction, "multiplication": multiplication,
    "division": division, "sums": sums, "word sums": word_sum,
}  # fmt: skip
