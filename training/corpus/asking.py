"""How people put an order or a question: the wording around what they want, in many forms.

`order` and `ask` dress one sentence, `hand` lays out an order and the text that it is about.
A few phrases of a skill and these make thousands of distinct prompts, so that what is learnt is
the skill and not its sentence.
"""

# ruff: noqa: E501 (one template to a line)

from __future__ import annotations

from .pen import Pen, cap

# {do} is an imperative in small letters, {Do} the same with a capital.
ORDERS = [
    "Please {do}", "{Do}, please", "{Do} please", "Can you {do}?", "Could you {do}?",
    "Could you please {do}?", "Can you please {do}?", "Would you {do}?", "Will you {do}?",
    "I want you to {do}", "I need you to {do}", "I would like you to {do}", "I'd like you to {do}",
    "Now {do}", "Next, {do}", "Then {do}", "First, {do}", "Hi! Please {do}", "Hello, can you {do}?",
    "Hey, {do}", "Hi, {do}", "Good morning. {Do}", "Your task: {do}", "Task: {do}", "Do this: {do}",
    "Your task is to {do}", "Your job is to {do}", "Let's see if you can {do}", "Try to {do}",
    "Go on, {do}", "OK, {do}", "All right, {do}", "Kindly {do}", "You should {do}", "For me, {do}",
    "Just {do}", "Quickly {do}", "I have a task for you: {do}", "Thanks for the help. {Do}",
    "One more: {do}", "Another one: {do}", "Here is a task: {do}", "Be so kind and {do}",
    "Are you able to {do}?", "I need help. {Do}", "Help me and {do}", "Instruction: {do}",
    "Exercise: {do}", "My teacher says: {do}", "This is a test. {Do}", "Test: {do}", "Your turn: {do}",
    "{Do} for me", "{Do} now", "{Do}, thanks", "Well, {do}", "So, {do}", "You must {do}", "Carefully {do}",
]  # fmt: skip

# {q} is a question in small letters, with its mark; {Q} the same with a capital.
QUESTIONS = [
    "Please tell me: {q}", "Can you tell me: {q}", "Tell me, {q}", "Tell me: {q}", "Question: {q}",
    "Quick question: {q}", "I have a question: {q}", "I have a question. {Q}", "Hi! {Q}", "Hi, {q}",
    "Hello! {Q}", "Hello, {q}", "Hey, {q}", "Good morning. {Q}", "I wonder, {q}", "I ask myself: {q}",
    "{Q} Thanks.", "{Q} Please tell me.", "{Q} I forgot.", "{Q} I am not sure.", "OK, {q}",
    "Now, {q}", "So, {q}", "And {q}", "Well, {q}", "Next question: {q}", "Next: {q}", "My teacher asks: {q}",
    "Help me with this: {q}", "I need help. {Q}", "One more: {q}", "Just curious: {q}", "Please, {q}",
    "Sorry to ask, but {q}", "Excuse me, {q}", "Here is one for you: {q}", "Last one: {q}", "{Q} Please.",
    "Answer this: {q}", "Please answer: {q}", "Answer me: {q}", "My friend asks: {q}", "Test: {q}",
    "This is a test. {Q}", "Quiz: {q}", "Do you know? {Q}", "Let me ask you: {q}", "Another question: {q}",
    "A simple one: {q}", "Try this: {q}", "Let's see. {Q}", "Your turn: {q}", "{Q} Do you know?",
]  # fmt: skip

# {s} is the order; {c} its colon or, after a question mark, nothing; {d} its full stop, likewise.
LAYOUTS = [
    *["{s}{c} {m}"] * 5, *["{s}{c}\n{m}"] * 6, *["{s}{d}\n\n{m}"] * 4, *['{s}{c} "{m}"'] * 3,
    '{s}{d}\n"{m}"', '{s}{d}\n\n"{m}"', "{m}\n{s}{d}", "{m}\n\n{s}{d}", '"{m}"\n\n{s}{d}', '"{m}"\n{s}{d}',
    "{s}{d}\n\nText: {m}", "{s}{d}\nInput: {m}", "{s}{d}\nText:\n{m}", "Text: {m}\n\n{s}{d}",
    "Text:\n{m}\n{s}{d}", "Input: {m}\n{s}{d}", "{s}{c}\n```\n{m}\n```", "```\n{m}\n```\n{s}{d}",
    "{s}{c} <text>{m}</text>", "{s}{d}\n<text>\n{m}\n</text>", "<input>{m}</input>\n{s}{d}",
    "{s}{c}\n---\n{m}\n---", "{s}{d}\n\nHere it is:\n{m}", "Here is a text:\n{m}\n\n{s}{d}",
]  # fmt: skip
PLAIN = 0.4


def order(pen: Pen, do: str) -> str:
    """An order without its last mark, unless it is put as a question."""
    do = pen.say(do)
    if pen.chance(PLAIN):
        return cap(do)
    return pen.say(pen.pick(ORDERS), do=do, Do=cap(do))


def command(pen: Pen, do: str) -> str:
    """A whole sentence that orders: `order` with a full stop, or carelessly without."""
    said = order(pen, do)
    return said if said.endswith("?") else said + pen.pick([".", ".", "", "!"])


def ask(pen: Pen, question: str) -> str:
    """A question in one of many settings; at times typed carelessly."""
    question = pen.say(question)
    if pen.chance(PLAIN):
        said = cap(question)
    else:
        said = pen.say(pen.pick(QUESTIONS), q=question, Q=cap(question))
    rough = pen.rng.random()
    if rough < 0.06:
        return said.lower() if said[1:].islower() else said.rstrip("?")
    return said.rstrip("?") if rough < 0.14 else said


def hand(pen: Pen, do: str, matter: str) -> str:
    """An order and the text that it is about, in one of many layouts."""
    said = order(pen, do)
    asked = said.endswith("?")
    return pen.say(pen.pick(LAYOUTS), s=said, m=matter, c="" if asked else ":",
                   d="" if asked else ".")  # fmt: skip
