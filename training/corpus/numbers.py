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
from .words import CITIES, FOODS, NAMES, PLACES, THINGS, in_place

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
# {i} is a place as where something is, {p} its name.
MORE = [
    "{n} has {x} {t} and [gets|buys|finds|wins|receives|picks|collects|makes|is given|takes] {y} more. [How many {t} does {n} have now|How many {t} does {n} have|How many are there now|What is the total|How many {t} are there in all|How many {t} has {n} got now]?",
    "{n} has {x} {t}. {m} [gives {n}|brings {n}|sends {n}|lends {n}|sells {n}|buys {n}] {y} more. How many {t} [does {n} have|has {n} got] [now|then|after that|in all]?",
    "{n} [has|owns|found|bought|made|counted] {x} {t} and {m} [has|owns|found|bought|made|counted] {y}. How many {t} [do they have|is that|are there|do {n} and {m} have] [together|in total|in all|altogether]?",
    "There are {x} {t} {i}. {n} [brings|adds|puts down|leaves|finds] {y} more. How many {t} are [there|there {i}] [now|then|in all]?",
    "A [box|bag|shop|house|basket|drawer|room] [has|holds|contains] {x} {t} and another [has|holds|contains] {y}. How many {t} [are that|are there|is that] [together|in all|in total]?",
    "[On Monday|In the morning|Yesterday|First|Last week|Before lunch] {n} [sold|made|bought|found|counted|packed] {x} {t}, and [on Tuesday|in the evening|today|later|this week|after lunch] {y}. How many {t} [were that|is that|were there] [in all|in total|altogether]?",
    "I [have|own|see|count|keep] {x} {t} [here|at home|in {c}] and {y} [there|at work|{i}]. How many {t} [is that|do I have|are there] [in all|together|altogether]?",
    "{n} walks {x} [metres|steps|minutes] to the {p} and {y} more to the [shop|river|church|bridge]. How many is that [in all|together|altogether]?",
    "How many {t} does {n} have after [buying|finding|getting|winning|picking up] {y} more, [having had {x} before|with {x} at the start|with {x} to begin with|if there were {x} before]?",
    "If {n} has {x} {t} and [gets|buys|finds|is given|makes] {y} more, how many {t} [does {n} have|are there|is that] [then|in all|now|]?",
    "[First|Early on|At noon] {x} {t} [came|arrived|were delivered], [then|later|afterwards] {y} more. How many {t} [came|arrived|were delivered] [in all|in total|altogether]?",
    "{n} [paid|spent] {x} coins {i} and {y} coins in {c}. How many coins [is that|did {n} [pay|spend]] [in all|together|in total]?",
]  # fmt: skip
LESS = [
    "{n} has {x} {t} and [gives away|loses|sells|breaks|gives {m}|drops|throws away|lends {m}|uses|hides] {y}. How many {t} [are left|are left over|does {n} have now|remain|has {n} got left|does {n} still have]?",
    "There are {x} {t} {i}. {n} takes [away |]{y}. How many {t} [are left|remain|stay there|are still there|are there now|are left {i}]?",
    "{n} had {x} {t}. {m} [took|borrowed|bought|broke|lost|hid] {y} of them. How many {t} [are left|remain|does {n} still have|does {n} have now|were left]?",
    "A [box|bag|shop|basket|drawer|room] had {x} {t}. {y} [were sold|were lost|are gone|were broken|were taken out|were given away]. How many {t} [are left|remain|are still there|are there now]?",
    "{n} [needs|wants|has to make|must find] {x} {t} and has {y}[| so far| already]. How many {t} [are missing|must {n} still find|does {n} still need|are still missing]?",
    "{n} is {x} years old and {m} is {y}. How many years [older is {n}|younger is {m}|older is {n} than {m}|younger is {m} than {n}|lie between them]?",
    "I had {x} {t} [yesterday|this morning|in {c}|last week|before] and [lost|gave away|sold|broke|used] {y} of them. How many {t} [are left|do I still have|do I have now|have I got left]?",
    "If {n} has {x} {t} and [sells|loses|gives away|breaks|uses] {y}, how many {t} [are left|remain|does {n} still have|does {n} have then]?",
    "How many {t} are left [when|if|after] {n} [takes|sells|uses|gives away] {y} of {x} {t}?",
    "Of {x} {t} {i}, {y} are [old|new|broken|red|gone|small]. How many {t} are not?",
    "{n} has {x} {t} and {m} has {y}. How many more {t} does {n} have[| than {m}]?",
    "{n} wants to [read|learn|write] {x} pages and has [read|learnt|written] {y}. How many pages [are left|remain|are still to do]?",
]  # fmt: skip
TIMES = [
    "{n} [has|buys|carries|packs|fills|finds|sells] {x} [boxes|bags|baskets|crates|drawers] with {y} {t} [in each|each|in every one]. How many {t} [are there|is that|are that in all|are there altogether|does {n} have]?",
    "There are {x} [rows|groups|tables|shelves|boxes|bags] [of|with] {y} {t}[| {i}]. How many {t} are [there|there in all|that|there altogether]?",
    "{n} [makes|sells|finds|paints|buys|packs|counts] {x} {t} [a day|every day|each day]. How many {t} [are that|is that|does that make] in {y} days?",
    "If one [box|bag|basket|drawer|shelf] holds {y} {t}, how many {t} [are in|do you find in|fit into] {x} of them?",
    "{x} [people|children|friends|guests] [have|bring|buy|get] {y} {t} each. How many {t} [are that|is that|are there] [in all|together|altogether]?",
    "How many {t} are in {x} [boxes|bags|baskets|crates|rows] [of|with] {y}[| each]?",
]  # fmt: skip
LEADS = ["", "", "", "", "", "[Here is|I have|This is] a [sum|word problem|question|small problem|riddle]. ", "[Solve this|Work this out|Sum|Problem|Question|Exercise]: ",
         "[Can|Could] you [help me|solve this|work this out]? ", "[Please help|Help me with this|A question]. "]  # fmt: skip


def word_sum(pen: Pen) -> Turn:
    """A sum told as a tiny story."""
    op = pen.pick("+++--*")
    x = y = 0
    while min(x, y) < 2 or (op == "-" and x < y + 2):
        x, y = operands(pen, op)
    name, other = pen.split_sample(NAMES, 2)
    story = pen.pick({"+": MORE, "-": LESS, "*": TIMES}[op])
    units = (unit for unit in ("years", "coins", "pages") if unit in story)
    thing = pen.split_pick(COUNTED) if "{t}" in story else next(units, "")
    place = pen.pick(PLACES)
    text = pen.say(
        pen.pick(LEADS) + story, n=name, m=other, x=x, y=y, t=thing, p=place, i=in_place(place),
        c=pen.split_pick(CITIES),
    )  # fmt: skip
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
