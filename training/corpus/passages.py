"""Questions over a text in the prompt: asked before it or after it, once or many times, in a
chat or under a system message that holds the text."""

# ruff: noqa: E501 (frames read best side by side)

from __future__ import annotations

import re
from collections.abc import Callable

from .pen import Doc, Message, Pen, Turn
from .plain import plain_passage
from .relations import PEOPLE
from .scenes_more import THEMES
from .scripts import SCRIPTS, tell
from .telling import write
from .themes import NOT_SAID, Asked, Passage
from .words import NAMES

Item = tuple[str, Asked]  # skill, question

# {t} is the text, {q} the question, {l} the question with a small first letter.
FRAMES = [
    "{t}\n\n{q}", "{t}\n\n{q}", "{t} {q}", "{t} {q}", "{t}\n{q}", "{q}\n\n{t}", "{q}\n{t}", "{q} {t}",
    "[Read|Look at|Take] [this|the|this short] text[:|.] {t}\n{q}", "[Text|Passage|Story]: {t}\nQuestion: {q}",
    "[Context|Text|Document|Passage]:\n{t}\n\nQuestion: {q}[|\nAnswer:|\n\nAnswer:]",
    "Here is [a|my|some] text.\n\n{t}\n\n{q}", "[Answer from|Use] the text[ below|].\n\n{t}\n\n{q}",
    "Question: {q}\n[Text|Context|Passage]: {t}", "Question: {q}\n\nContext:\n{t}\n\nAnswer:",
    "[Use|Read] the [text|context|following] to answer [the|my] question.\n\n{t}\n\n{q}",
    "[Given|Knowing] [this|the following]: {t}\n\n{q}", 'Text: "{t}"\n{q}', '"{t}"\n\n{q}',
    '"""\n{t}\n"""\n{q}', "---\n{t}\n---\n{q}", "[Based on|From] [this|the] text, {l}\n\n{t}",
    "According to [this|the] text, {l}\n\n{t}", "{t}\n\n[From this, |So, |Now, |According to the text, ]{l}",
    "I [read|heard] [this|that]: {t} {q}", "[Someone|A friend] told me this: {t} {q}",
    "[These are|I have] [my|some] notes.\n{t}\n\n[My question: |]{q}", "[Tell me|Please tell me]: {q}\n\n{t}",
    "[Please answer|Answer] [this|the] question about the text. {q}\n\n{t}", "{q} [Here is|This is] the text: {t}",
    "[News|Info|Note|Information|Data|Facts]: {t}\n\n{q}", "[News|Info|Note|Information|Data|Facts]:\n{t}\n{q}",
    "Q: {q}\n\n{t}\n\nA:", "I need to know something. {q}\n\n{t}", "{t}\n\nCan you tell me [this|something]? {q}",
    "{q} If the text does not say it, say so.\n\n{t}", "[Please read|Read]:\n\n{t}\n\n[Then answer: |]{q}",
]  # fmt: skip
GIVEN = [
    "{t}", "[Read|Please read] this[:|. I will ask you about it.|.] {t}", "Here is [a|my] text:\n\n{t}",
    "I will ask you about this text.\n\n{t}", "{t}\n\nI will ask you about this.", "Remember this: {t}",
]  # fmt: skip
READ = "I have read it. What would you like to know?"
SYSTEM = [
    "{t}", "You are a helpful assistant. {t}", "Answer from this text:\n{t}", "Context:\n{t}",
    "You answer questions about [this|the following] text.\n\n{t}", "[Use|Know] the following:\n{t}",
    "You are a helpful assistant. Use [only |]this [text|information]:\n\n{t}", "Facts: {t}",
    "The user will ask about this [text|list|information].\n{t}", "You know this: {t} [Be short.|]",
    "Answer [questions|the user's questions] with [this|the] [text|context]. If it does not say, say so.\n\n{t}",
    "You are [an assistant|a guide|a helper]. What you know:\n{t}", "[Info|Notes|Knowledge|Data]:\n{t}",
]  # fmt: skip
NEXT = [
    "And {l}",
    "Now: {q}",
    "Next question: {q}",
    "OK. {q}",
    "Thanks. {q}",
    "Also, {l}",
    "Good. {q}",
]


def passage(pen: Pen) -> Passage:
    """A text of any kind with its questions; one in twelve has two paragraphs about two things."""
    roll = pen.rng.random()
    if roll < 0.4:
        return write(pen, PEOPLE)
    if roll < 0.71:
        return write(pen, pen.pick(THEMES))
    return tell(pen, pen.pick(SCRIPTS)) if roll < 0.92 else _paragraphs(pen)


def _paragraphs(pen: Pen) -> Passage:
    """Two texts of different kinds in which nobody occurs twice."""
    while True:
        one = write(pen, PEOPLE)
        two = write(pen, pen.pick(THEMES)) if pen.chance(0.5) else tell(pen, pen.pick(SCRIPTS))
        words = [set(re.findall(r"\w+", text.text)) for text in (one, two)]
        if not words[0] & words[1] & set(NAMES):
            break
    first, second = (one, two) if pen.chance(0.5) else (two, one)
    asked = [x for x in [*one.lookups, *two.lookups] if "text" not in x.question]
    return Passage(
        f"{first.text}\n\n{second.text}",
        asked,
        [],
        [*one.checks, *two.checks],
        [*one.steps, *two.steps],
    )


def fill(pen: Pen, frame: str, text: str, question: str) -> str:
    """A frame with its text and question; the values are put in after the choices are made."""
    chosen = pen.say(frame)
    small = question[:1].lower() + question[1:]
    return chosen.replace("{l}", small).replace("{q}", question).replace("{t}", text)


def lookup(pen: Pen, text: Passage) -> Item:
    """A question whose answer stands in the text, or, one in eight, does not."""
    if text.absent and pen.chance(0.125):
        return "passage", Asked(pen.pick(text.absent), NOT_SAID, "does not say")
    return "passage", pen.pick(text.lookups)


def check(pen: Pen, text: Passage) -> Item:
    return "passage yes or no", pen.pick(text.checks)


def step(pen: Pen, text: Passage) -> Item:
    return "passage steps", pen.pick(text.steps)


def questions(pen: Pen, text: Passage, count: int) -> list[Item]:
    """Up to `count` questions of all sorts, no two with the same answer save that of silence."""
    items: list[Item] = []
    for _ in range(4 * count):
        roll = pen.rng.random()
        if roll < 0.3 and text.steps:
            item = step(pen, text)
        elif roll > 0.9 and text.checks:
            item = check(pen, text)
        else:
            item = lookup(pen, text)
        if item[0] != "passage" and sum(kind == item[0] for kind, _ in items) > count // 4:
            continue
        known = {asked.question for _, asked in items}
        known |= {asked.answer for _, asked in items if asked.answer != NOT_SAID}
        if item[1].question not in known and item[1].answer not in known:
            items.append(item)
        if len(items) == count:
            break
    pen.rng.shuffle(items)
    return items


def typed(pen: Pen, question: str) -> str:
    """A question as people type it: now and then without its mark, or in small letters."""
    roll = pen.rng.random()
    if roll < 0.05 or 0.08 < roll < 0.12:
        question = question.rstrip("?.")
    if roll < 0.08 and not any(word.isupper() and len(word) > 1 for word in question.split()):
        question = question.lower()
    return question


def _say(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def conversation(pen: Pen, text: Passage, items: list[Item]) -> list[Message]:
    """The text and questions about it: in the first question, before them, or in the system."""
    place = pen.rng.random()
    messages: list[Message] = []
    if place < 0.2:
        messages.append(_say("system", fill(pen, pen.pick(SYSTEM), text.text, "").strip()))
    elif place < 0.28:
        messages.append(_say("user", fill(pen, pen.pick(GIVEN), text.text, "")))
        messages.append(_say("assistant", READ))
    first = place >= 0.28
    for _, asked in items:
        frame = pen.pick(FRAMES) if first else pen.pick(NEXT) if pen.chance(0.2) else "{q}"
        user = fill(pen, frame, text.text, typed(pen, asked.question))
        messages += [_say("user", user), _say("assistant", asked.answer)]
        first = False
    return messages


def _doc(messages: list[Message], last: Item) -> Doc:
    return Doc(last[0], messages, key=last[1].key)


def passage_chat(pen: Pen) -> Doc:
    """Several questions over one text: much to learn from a text that is read once."""
    if pen.chance(0.18):
        return plain_passage(pen)
    text = passage(pen)
    items = questions(pen, text, pen.pick([2, 3, 4, 5, 5, 6, 7, 8]))
    return _doc(conversation(pen, text, items), items[-1])


def passage_drill(pen: Pen) -> Doc:
    """Several texts in one chat, one or two questions about each."""
    messages: list[Message] = []
    for _ in range(pen.number(2, 4)):
        text = passage(pen)
        items = questions(pen, text, pen.number(1, 2))
        user = fill(pen, pen.pick(FRAMES), text.text, typed(pen, items[0][1].question))
        messages += [_say("user", user), _say("assistant", items[0][1].answer)]
        for _, asked in items[1:]:
            user = typed(pen, asked.question)
            messages += [_say("user", user), _say("assistant", asked.answer)]
    return _doc(messages, items[-1])


def about_passage(pen: Pen) -> Turn:
    """One question over one text, sometimes two at once."""
    text = passage(pen)
    items = questions(pen, text, 2 if pen.chance(0.1) else 1)
    both = " ".join(asked.question for _, asked in items)
    user = fill(pen, pen.pick(FRAMES), text.text, both if len(items) > 1 else typed(pen, both))
    answer = " ".join(asked.answer for _, asked in items)
    return Turn(user, answer, items[-1][0], items[-1][1].key)


def _only(choose: Callable[[Pen, Passage], Item], kind: str) -> Callable[[Pen], Doc]:
    def make(pen: Pen) -> Doc:
        text = passage(pen)
        while not getattr(text, kind):
            text = passage(pen)
        item = choose(pen, text)
        earlier = questions(pen, text, pen.number(1, 3)) if pen.chance(0.2) else []
        earlier = [other for other in earlier if other[1].answer != item[1].answer]
        return _doc(conversation(pen, text, [*earlier, item]), item)

    return make


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "passage": _only(lookup, "lookups"),
    "passage yes or no": _only(check, "checks"),
    "passage steps": _only(step, "steps"),
}
