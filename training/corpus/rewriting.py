"""Rewriting short texts by rule: tense, person, denial, question, politeness, lists, dates and
times, and summaries that say who did what."""

# ruff: noqa: E501, SIM905 (one template or row to a line; word lists read best as text)

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from .asking import ask, hand
from .passages import passage
from .pen import Doc, Message, Pen, Turn, a, cap, join
from .relations import PEOPLE
from .scenes_more import THEMES
from .scripts import LOST, PLAN, WALK, tell
from .sentences import PRONOUNS, TENSES, Sentence, sentence, someone
from .stories import story
from .telling import write
from .words import (
    ANIMALS,
    CITIES,
    COLOURS,
    DAYS,
    FOODS,
    JOBS,
    MONTHS,
    NAMES,
    THINGS,
    WEATHER,
)

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
    "short": "[Use short forms|Use contractions|Make this informal|Write this with contractions|Make this less formal|Shorten the verbs with an apostrophe|Put in contractions|Use contracted forms|Make this casual]",
    "long": "[Write this without short forms|Do not use contractions here|Make this formal|Write out the short forms|Make this more formal|Write out all contractions|Remove the contractions|Use no short forms|Expand the contractions]",
    "polite": "[Make this polite|Say this politely|Make this more polite|Ask this politely|Rewrite this politely|Turn this into a polite request|Make a polite request of this|Put this politely|Ask for this in a polite way|Make this kinder|Phrase this politely|Make this sound polite]",
    "direct": "[Make this direct|Say this as an order|Make this short and direct|Turn this into an order|Say it without please|Make an order of this|Put this as an order|Make this a plain order|Leave out the polite words]",
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
    if pen.chance(0.5):
        user = hand(pen, request[0].lower() + request[1:], before)
    else:
        user = _frame(pen, FRAMES, request, before)
    return Turn(user, after, skill, after, True)


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
        ("[Put each item on a line of its own|Write one item per line|Write one item on each line|List the items line by line|Give each item its own line]", "\n".join(items)),
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


DATES = {
    "iso": ("[write this date as|change this date to|put the date in the form|convert the date to|give this date as|turn this date into|write the date in the form|rewrite the date as|format this date as|show the date as] [YYYY-MM-DD|year-month-day|an ISO date|year, month and day in digits]",
            ["what is {t} [as YYYY-MM-DD|in ISO form|in the form YYYY-MM-DD|as an ISO date|as year-month-day]?", "how do I write {t} as [YYYY-MM-DD|year-month-day|an ISO date]?", "how is {t} written in [ISO form|digits, year first]?"]),
    "words": ("[write this date in words|write this date out|write the month of this date as a word|put this date into words|give this date with the name of the month|spell out the month of this date|change this date so that the month is a word|write the date as day, month and year|turn this date into day, month name and year]",
              ["what is {t} [with the month as a word|written out|in words]?", "how do I write {t} [with the name of the month|in words]?", "which date is {t}, with the month as a word?"]),
    "24": ("[write this time on the 24-hour clock|change this to 24-hour time|give this in 24-hour form|convert this time to 24 hours|put this time into 24-hour form|write the time without am or pm|use the 24-hour clock for this time|turn this into 24-hour time]",
           ["what is {t} [on the 24-hour clock|in 24-hour time|without am or pm|in 24-hour form]?", "how do I write {t} [on the 24-hour clock|in 24-hour form]?", "how is {t} written in 24-hour time?"]),
    "12": ("[write this time with am or pm|change this to 12-hour time|give this time on the 12-hour clock|convert this time to 12 hours|put this time into 12-hour form|write the time on the 12-hour clock|use am or pm for this time|turn this into 12-hour time]",
           ["what is {t} [on the 12-hour clock|in 12-hour time|with am or pm|in 12-hour form]?", "how do I write {t} [with am or pm|on the 12-hour clock]?", "how is {t} written with am or pm?"]),
}  # fmt: skip


def _date_turn(pen: Pen, kind: str, before: str, after: str) -> Turn:
    do, questions = DATES[kind]
    if pen.chance(0.35):
        user = pen.say(ask(pen, pen.pick(questions)), t=before)
    else:
        user = hand(pen, do, before)
    return Turn(user, after, "dates and times", after, True)


def dates(pen: Pen) -> Turn:
    """Dates and times from one way of writing into another."""
    if pen.chance(0.5):
        day, month, year = pen.number(1, 28), pen.number(1, 12), pen.number(1900, 2099)
        name, iso = MONTHS[month - 1], f"{year}-{month:02}-{day:02}"
        if pen.chance(0.6):
            end = "th" if 11 <= day <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
            said = [f"{day} {name} {year}", f"{name} {day}, {year}", f"{day} {name} {year}",
                    f"{name} {day}{end}, {year}", f"the {day}{end} of {name} {year}"]  # fmt: skip
            return _date_turn(pen, "iso", pen.pick(said), iso)
        return _date_turn(pen, "words", iso, f"{day} {name} {year}")
    hour, minute = pen.number(0, 23), pen.number(0, 59)
    full = f"{hour:02}:{minute:02}"
    half = f"{hour % 12 or 12}:{minute:02} {'am' if hour < 12 else 'pm'}"
    if pen.chance(0.5):
        return _date_turn(pen, "24", half, full)
    return _date_turn(pen, "12", full, half)


SUMMARISE = (
    "[summarise|summarize|give a short summary of|sum up|shorten|briefly summarise|give the main point of|write a summary of|write a short summary of"
    "|summarise in one sentence|make a summary of|say in one sentence what happens in|give the gist of|put into one sentence|tell me briefly about"
    "|give me the short version of|condense|boil down|reduce to one sentence|write one sentence about] [this|the text|this text|the following|the following text|what follows]"
)
SUMMARY_FRAMES = ["{t}\n\nTL;DR:", "Summary of this text: {t}", "{t}\n\nIn one sentence:", "Summarize: {t}", "Summarise: {t}", "Text: {t}\nSummary:",
                  "{t}\n\nWhat happens, in one sentence?", "{t}\n\nWhat is the main point?", "TL;DR of this: {t}", "What is this about, in short?\n\n{t}",
                  "{t}\n\nSummary in one sentence:", "{t}\nShort version, please.", "In one sentence: {t}"]  # fmt: skip

# {n} is the main person, {d} what that one wants to do, {D} the same done; all else is by the way.
_WISHES = ["{n} wanted to {d}.", "{n} hoped to {d}.", "For weeks {n} had wanted to {d}.", "{n} had one wish: to {d}.", "{n} had promised to {d}.",
           "{n} had a plan: to {d}.", "{n} was asked to {d}.", "On {y}, {n} tried to {d}."]  # fmt: skip
_ASIDES = ["It was a {w} day.", "{o} came along and brought some {f}.", "On the way it began to rain.", "A {b} sat at the door.", "{o2} was busy and stayed at home.",
           "The {t} was very old.", "The way was long.", "All this was on a {y}.", "{o3} said that it would be hard.", "They had {f2} to eat.", "{o2} lost a {t2} there.",
           "Nobody else was there.", "It was cold in the morning."]  # fmt: skip
_NO_DEED = set("like love hate know need want hear lose break forget live think".split())
_DONE = ["In the end it worked.", "At last it was done.", "By the evening it was done.", "In the end {n} did it.", "At last {n} managed it.", "And so it came about.",
         "{o} helped, and it worked.", "At last {n} {D}.", "In the end {n} {D}."]  # fmt: skip
_FAILED = ["In the end it did not work.", "But it was not to be.", "By the evening {n} gave up.", "But {n} did not manage it.", "At last {n} gave up.",
           "But there was no time for it.", "Nobody helped, and it did not work.", "But in the end {n} could not do it."]  # fmt: skip


def _summed_up(pen: Pen, text: str, said: str) -> Turn:
    if pen.chance(0.6):
        user = hand(pen, SUMMARISE, text)
    else:
        user = pen.pick(SUMMARY_FRAMES).replace("{t}", text)
    return Turn(user, said, "summary", said, True)


def deed(pen: Pen) -> Turn:
    """Someone wants something and does it or does not: who did what is the summary."""
    done = sentence(pen)
    while done.verb.base in _NO_DEED or done.tail.endswith(("every day", "on Sundays")):
        done = sentence(pen)
    done = replace(done, tense="past", negative=False, question=False)
    who = someone(pen)
    while who.word in done.tail.split():
        who = someone(pen)
    done = replace(done, who=who)
    wish = replace(done, who=PRONOUNS["they"], tense="present").text()
    wish = wish.removeprefix("They ").rstrip(".").replace("their", who.own)
    others = [name for name in NAMES if name != who.word and name not in done.tail]
    helper, busy, wise = pen.split_sample(others, 3)
    thing, other = pen.split_sample([x for x in THINGS if x[0] not in "aeiou"], 2)
    food, dish = pen.split_sample(FOODS, 2)
    slots = {
        "n": who.word, "d": wish, "D": done.text().removeprefix(f"{who.word} ").rstrip("."), "y": pen.pick(DAYS), "w": pen.pick(WEATHER),
        "o": helper, "o2": busy, "o3": wise, "t": thing, "t2": other, "f": food, "f2": dish,
        "b": pen.split_pick([x for x in ANIMALS if x[0] not in "aeiou"]),
    }  # fmt: skip
    succeeds = pen.chance(0.6)
    by_the_way = pen.sample(_ASIDES, pen.number(2, 4))
    first = pen.number(0, 2)
    rows = [*by_the_way[:first], pen.pick(_WISHES), *by_the_way[first:]]
    if pen.chance(0.4):
        rows.insert(0, f"{who.word} {pen.pick(['was', 'worked as'])} {a(pen.split_pick(JOBS))} in {pen.split_pick(CITIES)}.")  # fmt: skip
    rows.append(pen.pick(_DONE if succeeds else _FAILED))
    text = " ".join(pen.say(row, **slots) for row in rows)
    return _summed_up(pen, text, done.text() if succeeds else f"{who.word} could not {wish}.")


def sought(pen: Pen) -> Turn:
    """A story of the house, in which a hero looks for something."""
    hero = pen.split_pick([*ANIMALS, *JOBS])
    goal = a(f"{pen.pick(COLOURS)} {pen.split_pick(THINGS)}")
    text = story(pen, hero, goal, short=pen.chance(0.6))
    named = next((name for name in NAMES if re.search(rf"\b{name}\b", text)), None)
    return _summed_up(pen, text, f"{named or cap(a(hero))} looked for {goal}.")


def opened(pen: Pen) -> Turn:
    """Of a text that only tells facts, the first sentence stands for the whole."""
    makers: list[Callable[[], str]] = [
        lambda: write(pen, pen.pick([PEOPLE, PEOPLE, *THEMES])).text,
        lambda: tell(pen, pen.pick([WALK, LOST, PLAN])).text,
        lambda: passage(pen).text,
    ]
    text = pen.pick(makers)()
    while "\n" in text or text.count(". ") < 2 or '"' in text:
        text = pen.pick(makers)()
    return _summed_up(pen, text, text.split(". ")[0] + ".")


def main_deed(pen: Pen) -> Turn:
    """Texts whose main person and main deed are put into one sentence."""
    return (deed if pen.chance(0.65) else sought)(pen)


def summary(pen: Pen) -> Turn:
    """Who did what, in one sentence; of texts without a deed, the first sentence."""
    return (main_deed if pen.chance(0.7) else opened)(pen)


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
    "dates and times": dates, "summary": main_deed, "changing on": chain,
}  # fmt: skip
