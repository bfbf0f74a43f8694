"""Rewriting short texts by rule: tense, person, denial, question, politeness, lists, dates and
times, and summaries that are the first sentence."""

# ruff: noqa: E501 (one template or row to a line)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .passages import passage
from .pen import Doc, Message, Pen, Turn, a, cap, join
from .relations import PEOPLE
from .scenes_more import THEMES
from .scripts import LOST, PLAN, WALK, tell
from .sentences import PRONOUNS, TENSES, Sentence, sentence, someone
from .stories import story
from .telling import write
from .words import FOODS, MONTHS, NAMES, THINGS

# How a change is asked for; {x} is what to change it to, and the text stands in a frame around it.
TENSE = {
    "present": "[the present tense|the present|present tense|the simple present]",
    "past": "[the past tense|the past|past tense|the simple past]",
    "future": "[the future tense|the future|future tense]",
    "now": "[the present progressive|the progressive|the -ing form]",
}
CHANGES = {
    "tense": "[Put this in|Write this in|Rewrite this in|Change this to|Turn this into|Say this in|Put the sentence in|Rewrite the sentence in|Make this|Convert to|Use] {x}",
    "negative": "[Make this negative|Negate this|Say that this is not so|Deny this|Make the sentence negative|Put a not in this|Write the negative of this|Turn this into a negative sentence]",
    "question": "[Make this a question|Turn this into a question|Ask this|Write this as a question|Rewrite the sentence as a question|Make a question of this|Change this to a question]",
    "statement": "[Make this a statement|Turn this question into a statement|Write this as a statement|Turn the question into a sentence|Make a plain sentence of this]",
    "person": "[Change {o} to {x}|Write this about {x}|Use {x} instead of {o}|Put {x} in place of {o}|Rewrite this for {x}|Say it of {x} and not of {o}|Rewrite this with {x} as the subject|Make {x} the subject]",
    "short": "[Use short forms|Use contractions|Make this informal|Write this with contractions|Make this less formal]",
    "long": "[Write this without short forms|Do not use contractions here|Make this formal|Write out the short forms|Make this more formal]",
    "polite": "[Make this polite|Say this politely|Make this more polite|Ask this politely|Rewrite this politely|Turn this into a polite request|Be polite]",
    "direct": "[Make this direct|Say this as an order|Make this short and direct|Turn this into an order|Say it without please]",
}
FRAMES = ["{c}: {t}", "{c}: {t}", "{c}:\n{t}", "{c}.\n\n{t}", "{t}\n\n{c}.", "{t}\n{c}.", '{c}: "{t}"', 'Please {s}: {t}',
          "Can you {s}? {t}", "{c}, please: {t}", "Text: {t}\n{c}.", "I have a sentence. {t} {c}.", "Now {s}: {t}"]  # fmt: skip
AGAIN = ["{t}", "{t}", "And this: {t}", "Now this one: {t}", "The same for: {t}", "Next: {t}", "Again: {t}", "Also: {t}"]  # fmt: skip
ONWARD = ["Now {s}.", "{c}.", "Then {s}.", "OK, now {s}.", "Good. {c}.", "And now {s}."]
SHORT_FORMS = [("does not", "doesn't"), ("do not", "don't"), ("did not", "didn't"), ("will not", "won't"),
               ("is not", "isn't"), ("are not", "aren't"), ("I am", "I'm"), ("He is", "He's"), ("She is", "She's"),
               ("We are", "We're"), ("They are", "They're"), ("You are", "You're"), ("I will", "I'll"),
               ("He will", "He'll"), ("She will", "She'll"), ("We will", "We'll"), ("They will", "They'll")]  # fmt: skip

Change = tuple[str, str, str]  # skill, the request, how the text reads afterwards


def _request(pen: Pen, kind: str, **slots: str) -> str:
    return pen.say(CHANGES[kind], **slots)


def _frame(pen: Pen, frames: list[str], request: str, text: str) -> str:
    small = request[0].lower() + request[1:]
    return pen.pick(frames).replace("{c}", request).replace("{s}", small).replace("{t}", text)


def _turn(pen: Pen, skill: str, request: str, before: str, after: str) -> Turn:
    return Turn(_frame(pen, FRAMES, request, before), after, skill, after, True)


# Each takes a sentence to the sentence wanted and says how that is asked for.
def to_tense(pen: Pen, old: Sentence) -> tuple[str, Sentence]:
    tense = pen.pick([t for t in TENSES if t != old.tense])
    return _request(pen, "tense", x=pen.say(TENSE[tense])), replace(old, tense=tense)


def to_negative(pen: Pen, old: Sentence) -> tuple[str, Sentence]:
    return _request(pen, "negative"), replace(old, negative=True)


def to_question(pen: Pen, old: Sentence) -> tuple[str, Sentence]:
    return _request(pen, "question"), replace(old, question=True)


def to_statement(pen: Pen, old: Sentence) -> tuple[str, Sentence]:
    return _request(pen, "statement"), replace(old, question=False)


def to_person(pen: Pen, old: Sentence) -> tuple[str, Sentence]:
    others = [who for word, who in PRONOUNS.items() if word != old.who.word]
    who = someone(pen, old.who.word) if pen.chance(0.5) else pen.pick(others)
    request = _request(
        pen, "person", x=f'"{who.word}"' if pen.chance(0.2) else who.word, o=old.who.word
    )
    return request, replace(old, who=who)


Step = Callable[[Pen, Sentence], tuple[str, Sentence]]
STEPS: dict[str, Step] = {
    "tense": to_tense, "denying": to_negative, "asking": to_question, "person": to_person,
}  # fmt: skip


def tense(pen: Pen) -> Turn:
    old = sentence(pen)
    request, new = to_tense(pen, old)
    return _turn(pen, "tense", request, old.text(), new.text())


def person(pen: Pen) -> Turn:
    old = sentence(pen)
    request, new = to_person(pen, old)
    return _turn(pen, "person", request, old.text(), new.text())


def denying(pen: Pen) -> Turn:
    """A statement denied, made a question, or made of a question."""
    old = sentence(pen)
    step = pen.pick([to_negative, to_question, to_statement])
    if step is to_statement:
        old = replace(old, question=True)
    request, new = step(pen, old)
    return _turn(pen, "denying and asking", request, old.text(), new.text())


def tone(pen: Pen) -> Turn:
    """An order made a polite request or the other way; short forms put in or written out."""
    if pen.chance(0.5):
        order = replace(sentence(pen), who=PRONOUNS["you"], tense="present").text()
        order = order.removeprefix("You ").rstrip(".")
        direct, polite = f"{cap(order)}.", f"Could you please {order}?"
        if pen.chance(0.65):
            return _turn(pen, "politeness", _request(pen, "polite"), direct, polite)
        return _turn(pen, "politeness", _request(pen, "direct"), polite, direct)
    text = replace(sentence(pen), negative=True).text()
    if pen.chance(0.4):
        text = replace(sentence(pen), who=PRONOUNS[pen.pick(["I", "we", "he", "she"])],
                       tense=pen.pick(["now", "future"])).text()  # fmt: skip
    for long, short in SHORT_FORMS:
        if long in text:
            brief = text.replace(long, short, 1)
            if pen.chance(0.5):
                return _turn(pen, "politeness", _request(pen, "short"), text, brief)
            return _turn(pen, "politeness", _request(pen, "long"), brief, text)
    return tone(pen)


def _items(pen: Pen) -> list[str]:
    items = pen.split_sample(pen.pick([FOODS, THINGS, NAMES]), pen.number(2, 5))
    return [a(item) if item in THINGS else item for item in items]


def listing(pen: Pen) -> Turn:
    """The items of a sentence as a list, in one of a few layouts, or a list as a sentence."""
    items = _items(pen)
    said = join(items)
    text = pen.say(
        "[I need|We bought|On the table there are|{n} sells|{n} asked for|Please bring|In the box I found|My list has"
        "|They talked about|Do not forget] {l}[.|.| today.| for the party.]",
        n=pen.split_pick([name for name in NAMES if name not in items]), l=said)  # fmt: skip
    kind = pen.number(0, 4)
    layouts = [
        ("[Make a list of this|Turn this into a list|List the items|Write this as a bullet list|Make bullet points of this|Put the items in a list]",
         "\n".join(f"- {item}" for item in items)),
        ("[Make a numbered list of this|Number the items|Write the items as a numbered list|Turn this into a numbered list]",
         "\n".join(f"{i}. {item}" for i, item in enumerate(items, 1))),
        ("[Put each item on a line of its own|One item per line|Write one item on each line]", "\n".join(items)),
        ("[Give only the items, with commas|List the items with commas|Write only the items, separated by commas]", ", ".join(items)),
    ]  # fmt: skip
    if kind < 4:
        request, after = layouts[kind]
        return _turn(pen, "listing", pen.say(request), text, after)
    mark = pen.pick(["- ", "* ", ""])
    before = "\n".join(mark + item for item in items)
    request = pen.say(
        "[Write this list as a sentence that begins with|Make a sentence of the list, beginning with] {v}",
        v="I have",
    )
    return Turn(
        _frame(pen, ["{c}:\n{t}", "{t}\n\n{c}.", "{c}.\n\n{t}"], request, before),
        f"I have {said}.",
        "listing",
        f"I have {said}.",
        True,
    )


def dates(pen: Pen) -> Turn:
    """Dates and times from one way of writing into another."""
    if pen.chance(0.5):
        day, month, year = pen.number(1, 28), pen.number(1, 12), pen.number(1900, 2099)
        long, iso = f"{day} {MONTHS[month - 1]} {year}", f"{year}-{month:02}-{day:02}"
        american = f"{MONTHS[month - 1]} {day}, {year}"
        if pen.chance(0.6):
            request = pen.say(
                "[Write this date as|Change this date to|Put the date in the form|Convert the date to] [YYYY-MM-DD|year-month-day|ISO form]"
            )
            return _turn(pen, "dates and times", request, pen.pick([long, american]), iso)
        request = pen.say(
            "[Write this date in words|Write this date out|Write the month of this date as a word]"
        )
        return _turn(pen, "dates and times", request, iso, long)
    hour, minute = pen.number(0, 23), pen.number(0, 59)
    full = f"{hour:02}:{minute:02}"
    half = f"{hour % 12 or 12}:{minute:02} {'am' if hour < 12 else 'pm'}"
    if pen.chance(0.5):
        request = pen.say(
            "[Write this time on the 24-hour clock|Change this to 24-hour time|Give this in 24-hour form]"
        )
        return _turn(pen, "dates and times", request, half, full)
    request = pen.say(
        "[Write this time with am or pm|Change this to 12-hour time|Give this time on the 12-hour clock]"
    )
    return _turn(pen, "dates and times", request, full, half)


def summary(pen: Pen) -> Turn:
    """The first sentence stands for the whole; more is beyond so small a model."""
    makers: list[Callable[[], str]] = [
        lambda: write(pen, pen.pick([PEOPLE, PEOPLE, *THEMES])).text,
        lambda: tell(pen, pen.pick([WALK, LOST, PLAN])).text,
        lambda: story(pen, short=pen.chance(0.6)),
        lambda: passage(pen).text,
    ]
    text = pen.pick(makers)()
    while "\n" in text or text.count(". ") < 2 or '"' in text:
        text = pen.pick(makers)()
    first = text.split(". ")[0] + "."
    ask = pen.say(
        "[Summarise|Summarize|Give a short summary of|Sum up|Shorten|Briefly summarise|Give the main point of|Please summarise"
        "|Write a summary of|Summarise in one sentence|Make a summary of] [this|the text|this text|the following]"
    )
    frame = pen.pick(["{c}: {t}", "{c}:\n{t}", "{c}.\n\n{t}", "{t}\n\n{c}.", "{c}: \"{t}\"", "{t}\n\nTL;DR:", "Summary of this text: {t}",
                      "{t}\n\nIn one sentence:", "Summarize: {t}", "Summarise: {t}", "Text: {t}\nSummary:", "{t}\n{c} in one sentence."])  # fmt: skip
    return Turn(frame.replace("{c}", ask).replace("{t}", text), first, "summary", first, True)


def drill(pen: Pen) -> Doc:
    """One change asked for once and then applied to sentence after sentence."""
    name = pen.pick(["tense", "tense", "denying", "asking"])
    messages: list[Message] = []
    old = sentence(pen)
    request, new = STEPS[name](pen, old)
    for i in range(pen.number(3, 6)):
        before = old.text()
        user = _frame(pen, FRAMES if not i else AGAIN, request, before)
        messages += [
            {"role": "user", "content": user},
            {"role": "assistant", "content": new.text()},
        ]
        old = sentence(pen)
        while name == "tense" and old.tense == new.tense:
            old = sentence(pen)
        new = replace(old, tense=new.tense) if name == "tense" else STEPS[name](pen, old)[1]
    skill = "tense" if name == "tense" else "denying and asking"
    last = str(messages[-1]["content"])
    return Doc(skill, messages, key=last, exact=True)


def chain(pen: Pen) -> Doc:
    """One sentence changed again and again, each change on top of the last."""
    now = sentence(pen)
    seen = {now.text()}
    messages: list[Message] = []
    for i in range(pen.number(3, 5)):
        open_ = [to_tense, to_person]
        open_ += [] if now.negative else [to_negative]
        open_ += [to_statement] if now.question else [to_question]
        request, new = pen.pick(open_)(pen, now)
        while new.text() in seen:
            request, new = pen.pick(open_)(pen, now)
        seen.add(new.text())
        user = _frame(pen, FRAMES if not i else ONWARD, request, now.text())
        messages += [
            {"role": "user", "content": user},
            {"role": "assistant", "content": new.text()},
        ]
        now = new
    return Doc("changing on", messages, key=now.text(), exact=True)


def rewriting(pen: Pen) -> Turn:
    """Any single change, in the shares that a chat should meet them."""
    return pen.rng.choices(
        [tense, person, denying, tone, listing, dates, summary], [4, 4, 4, 4, 4, 2, 3]
    )[0](pen)


def rewriting_chat(pen: Pen) -> Doc:
    """Drills and chains: many answers for one instruction."""
    return pen.pick([drill, drill, chain])(pen)


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "tense": tense, "person": person, "denying and asking": denying, "politeness": tone, "listing": listing,
    "dates and times": dates, "summary": summary, "changing on": chain,
}  # fmt: skip
