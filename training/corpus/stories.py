"""Short stories, haiku, letters and other plain text, composed from a small plot grammar."""

# ruff: noqa: E501 (one template or row to a line)
# ruff: noqa: SIM905 (word lists read best as text)

from __future__ import annotations

from collections.abc import Callable

from .nouns import NOUNS, phrase
from .pen import Doc, Pen, Turn, a, cap, join
from .words import (
    ADJECTIVES,
    ANIMALS,
    CITIES,
    COLOURS,
    DAYS,
    FOODS,
    JOBS,
    MONTHS,
    NAMES,
    PLACES,
    THINGS,
    TOPIC_LIST,
    WEATHER,
)

OPENING = [
    "Once upon a time there was {hero} [who lived {at}|who lived near the {place}|{at}].",
    "Long ago, [near a quiet|near a small|by a far away] {place}, there lived {hero}.",
    "There was once {hero} [called|named] {name} [who lived by the {place}|{at}].",
    "{name} was {hero} who [lived|worked|slept] {at}.",
]
WISH = [
    "{Ref} [wanted|wished|hoped] to find {goal}.",
    "{Ref} [had lost|could not find] {goal}, and [looked for it everywhere|felt sad].",
    "Every {day}, {ref} [dreamed of|thought about] {goal}.",
    "One {weather} [morning|evening|day], {ref} [heard of|dreamed of] {goal} [and wanted to see it|and could not forget it].",
    "{Ref} had only one [wish|dream]: to see {goal}.",
]
STEP = [
    "So {ref} [walked|ran|set out] to the {place2}.",
    "So {ref} [packed|took] some {food} and [went on a journey|left home].",
    "On the way, {ref} met {other} [who was {adj2}|who sat under a tree].",
    "[Then|Soon] it [began to rain|grew dark|got very cold], but {ref} did not [stop|give up].",
    "{Ref} asked {other} for help, and they [shared some {food}|looked together].",
]
TALKING = [
    '"[Where are you going|What are you looking for]?" asked the {o}. "I am looking for {goal}," said {ref}.',
    '"Do not worry," said the {o}. "I will help you."',
    '"Please help me," said {ref}. The {o} [smiled|nodded] and came along.',
]
TURN = [
    "They [looked|searched] [behind the old {thing2}|under the big stones|{at2}] [all day|for hours].",
    "At last, {ref} saw [a light|something {colour}] [near the {place2}|far away].",
    "Behind [a tall|an old|a green] tree, {ref} found what {ref} was looking for.",
]
END = [
    "In the end, {ref} [found|reached] {goal} and [went home happy|was very happy].",
    "From that day on, {ref} and the {o} were [good|best] friends.",
    "{Ref} [came home|went home] and told everyone [about it|what had happened].",
    "{Ref} learnt that [a friend is worth more than gold|it is good to ask for help|home is the best place].",
    "And {ref} [was never lonely again|slept well that night|lived happily {at}].",
]


_BESIDE = set("hill river lake beach bridge island pond lighthouse mountain field farm sea".split())


def at(place: str) -> str:
    """Where one lives there: `by the lake`, `in the barn`."""
    return f"{'by' if place in _BESIDE else 'in'} the {place}"


def story(pen: Pen, hero: str = "", goal: str = "", place: str = "", short: bool = False) -> str:
    """A story with one hero, one goal and one helper, kept the same from start to end."""
    hero = hero or pen.pick([*ANIMALS, *JOBS, "girl", "boy", "king", "queen", "princess"])
    adj, other = pen.pick(ADJECTIVES), pen.pick([x for x in ANIMALS + JOBS if x != hero])
    name = pen.split_pick(NAMES)
    opening = pen.pick(OPENING)
    thing = pen.pick(THINGS)
    named = "{name}" in opening
    home, other_place = place or pen.pick(PLACES), pen.pick(PLACES)
    goal = goal or pen.pick([
        a(f"{pen.pick(COLOURS)} {thing}"), f"the {pen.pick(COLOURS)} {thing}",
        f"a new {thing}", "a friend", "the sea", "a treasure", "the end of the rainbow",
    ])  # fmt: skip
    wish = pen.pick(WISH if goal.startswith("the ") else [w for w in WISH if w != WISH[1]])
    ref = name if named else f"the {hero}"
    slots = {
        "hero": a(f"{adj} {hero}") if pen.chance(0.8) else a(hero),
        "place": home, "place2": other_place, "name": name,
        "at": at(home), "at2": at(other_place),
        "ref": ref, "Ref": cap(ref), "goal": goal,
        "thing2": pen.pick(THINGS), "day": pen.pick(DAYS), "weather": pen.pick(WEATHER),
        "food": pen.pick(FOODS), "other": a(other), "o": other, "adj2": pen.pick(ADJECTIVES),
        "colour": pen.pick(COLOURS),
    }  # fmt: skip
    middle = [STEP[2], *pen.pick([[TALKING[0]], TALKING[:2], TALKING[::2], [TALKING[2]]])]
    lead = [pen.pick([STEP[0], STEP[1]])] if pen.chance(0.7) else []
    trouble = [STEP[3]] if pen.chance(0.4) else []
    parts = [opening, wish, *lead, *trouble]
    if not short:
        parts += [*middle, pen.pick(TURN)]
    parts += pen.sample(END, 1 if short or pen.chance(0.5) else 2)
    return " ".join(pen.say(part, **slots) for part in parts)


def long_story(pen: Pen, hero: str) -> str:
    """Two tales of one hero, for those who ask for more."""
    second = story(pen, hero)
    return f"{story(pen, hero)}\n\n{second}"


def letter_turn(pen: Pen) -> Turn:
    """A letter or email to someone: a name, a thought, a close."""
    name = pen.split_pick(NAMES)
    who = pen.pick([name, "my boss", "my friend", "my mother", "my teacher", "a customer", name])
    why = pen.pick(
        ["to say thank you", "to say sorry", "about the meeting", "about my holiday", ""]
    )
    body = {
        "to say thank you": "[thank you for your help|thank you very much]. [It meant a lot to me|I am very glad].",
        "to say sorry": "I am sorry [for my mistake|that I was late]. It will not happen again.",
        "about the meeting": "the meeting is on {d}. [Please come|I hope to see you there].",
        "about my holiday": "I would like to take a holiday in {m}. [Is that all right?|Please let me know.]",
        "": "I hope you are well. [Let us meet on {d}.|Please write to me soon.]",
    }[why]  # fmt: skip
    kind = pen.pick(["letter", "email", "short email", "short letter", "message", "note"])
    user = pen.say(
        "[Write|Please write|Write me|Can you write] {k} to {w} {y}[.|]", k=a(kind), w=who, y=why
    ).replace(" .", ".")
    dear = who.removeprefix("my ").removeprefix("a ")
    text = pen.say(
        f"Dear {dear},\n{body}\n[Best wishes|Kind regards|Yours]",
        d=pen.pick(DAYS),
        m=pen.pick(MONTHS),
    )
    return Turn(user.strip(), text, "letter", f"Dear {dear},")


def story_turn(pen: Pen) -> Turn:
    """Asked for a story, often about something: the answer keeps to it."""
    hero = pen.pick(ANIMALS + JOBS) if pen.chance(0.75) else pen.pick([*THINGS, pen.invented()])
    adj = pen.pick([*ADJECTIVES, *COLOURS])
    goal = a(f"{pen.pick(COLOURS)} {pen.pick(THINGS)}")
    place = pen.pick(PLACES)
    ask = "[Tell me|Write|Please write|Write me|Can you tell me|Tell|Give me|Make up] "
    kind = pen.number(0, 6)
    if pen.chance(0.06):
        user = pen.say("[Tell me|Write|Write me] a long [story|tale] about {h}[.|]", h=a(hero))
        return Turn(user, long_story(pen, hero), "story", hero)
    short = pen.chance(0.3)
    tale = "a [short|little|very short] [story|tale]" if short else "a [story|tale|bedtime story]"
    if kind == 0:
        return Turn(pen.say(ask + tale + "[.||!]"), story(pen, short=short), "story")
    if kind <= 3:
        user = pen.say(f"{ask}{tale} about {{h}}[.||!]", h=a(hero))
        return Turn(user, story(pen, hero, short=short), "story", hero)
    if kind == 4:
        user = pen.say(f"{ask}{tale} about {{h}}[.|]", h=a(f"{adj} {hero}"))
        return Turn(user, story(pen, f"{adj} {hero}", short=short), "story", hero)
    if kind == 5:
        user = pen.say(
            f"{ask}{tale} about {{h}} [that goes on a journey to find|who finds|who looks for"
            "|looking for|that wants] {g}[.|]", h=a(hero), g=goal)  # fmt: skip
        return Turn(user, story(pen, hero, goal, short=short), "story", hero)
    user = pen.say(f"{ask}{tale} about {{h}} [in|from] the {{p}}[.|]", h=a(hero), p=place)
    return Turn(user, story(pen, hero, place=place, short=short), "story", hero)


LINE1 = ["{T} in the {time}", "The {adj} {t} is here", "{T} on the {place}", "Look, the {t} again"]
LINE2 = ["the {place} is [still|quiet|green] and [cold|warm|small]", "[a bird|a child|an old man] listens [to|for] it",
         "[soft|slow|bright] as [a song|a dream|a bell] it comes to me"]  # fmt: skip
LINE3 = [
    "and I [sit|walk|stay] with you",
    "[now|then] the [day|night] is new",
    "[home|sleep] is not far [now|off]",
]


def poem_turn(pen: Pen) -> Turn:
    topic = (
        pen.pick([*NOUNS, *ANIMALS, *THINGS])
        if pen.chance(0.7)
        else pen.pick([*TOPIC_LIST, *CITIES])
    )
    slots = {"t": topic, "T": cap(topic), "time": pen.pick(["morning", "evening", "night"]),
             "adj": pen.pick(ADJECTIVES), "place": pen.pick(PLACES)}  # fmt: skip
    kind = pen.pick(["haiku", "haiku", "poem", "short poem"])
    lines = [pen.say(cap(pen.say(pen.pick(part), **slots))) for part in (LINE1, LINE2, LINE3)]
    if "poem" in kind:
        lines.append(
            pen.say(cap(pen.say("The {t} will stay, [and so will I|and you and I]", **slots)))
        )
    user = pen.say("[Write|Write me|Please write|Give me|Compose|Can you write] a {k} about {t}[.||!]",
                   k=kind, t=pen.pick([topic, phrase(topic) if topic in NOUNS else topic]))  # fmt: skip
    end = [line + ("." if i == len(lines) - 1 else ",") for i, line in enumerate(lines)]
    return Turn(user, "\n".join(end), "poem", topic)


def weather_report(pen: Pen) -> str:
    return pen.say(
        "[On|This] {day} it will be {w} in [the morning|the valley|the town], with [a light|a strong"
        "|hardly any] wind from the [north|south|east|west]. [In the afternoon|Later] it will [turn|be] {w2}. "
        "[The night will be|At night it stays] [cold|mild|clear]. The [highest|warmest] temperature"
        " is {n} degrees.",
        day=pen.pick(DAYS), w=pen.pick(WEATHER), w2=pen.pick(WEATHER), n=pen.number(1, 30))  # fmt: skip


def diary(pen: Pen) -> str:
    return pen.say(
        "{day}, {n} {month}. [Today|This morning] I went to the {place} with {name}. It was {w}. "
        "We saw {animal} and [ate|shared] some {food}. [I felt {adj}|I was {adj} and came home late]. "
        "[Tomorrow|Next week] we will [go again|stay at home|visit the {place2}].",
        day=pen.pick(DAYS), n=pen.number(1, 28), month=pen.pick(MONTHS), place=pen.pick(PLACES),
        place2=pen.pick(PLACES), name=pen.split_pick(NAMES), w=pen.pick(WEATHER),
        animal=a(pen.pick(ANIMALS)), food=pen.pick(FOODS), adj=pen.pick(ADJECTIVES))  # fmt: skip


def letter(pen: Pen) -> str:
    one, two = pen.split_sample(NAMES, 2)
    return pen.say(
        "Dear {one},\n[thank you for|I was glad about] your letter. [Here|In our town] it is {w} and "
        "[all is well|we are busy]. [Yesterday|Last {day}] I [bought|found|lost] {thing} at the {place}. "
        "[Please come|Will you come] to visit us in {month}[.| and bring some {food}.]\n[Yours|Best wishes], {two}",
        one=one, two=two, w=pen.pick(WEATHER), day=pen.pick(DAYS), thing=a(pen.pick(THINGS)),
        place=pen.pick(PLACES), month=pen.pick(MONTHS), food=pen.pick(FOODS))  # fmt: skip


def description(pen: Pen) -> str:
    nouns = pen.sample(list(NOUNS), pen.number(1, 3))
    return " ".join(
        f"{cap(phrase(n))} is {a(NOUNS[n][0])} that {NOUNS[n][1]}. It {NOUNS[n][2]}." for n in nouns
    )


def town(pen: Pen) -> str:
    things = pen.sample(PLACES, 3)
    return pen.say(
        "The town of {t} [lies|stands] [near|by|beside] a {p}. It has {l}. [About|Nearly] {n} people live "
        "there. On {day} there is a market where [people|farmers] sell {f}.",
        t=cap(pen.invented(2)), p=things[0], l=join([a(x) for x in things[1:]]),
        n=pen.number(2, 90) * 10, day=pen.pick(DAYS), f=join(pen.sample(FOODS, 3)))  # fmt: skip


def raw_text(pen: Pen) -> Doc:
    """Text without any template; the model goes on from wherever a prompt stops."""
    write = pen.pick([story, story, story, story, weather_report, diary, letter, description, town])
    return Doc("raw", raw=write(pen))


def _about(pen: Pen) -> Turn:
    """A story about someone or something that was asked for."""
    while not (turn := story_turn(pen)).key:
        pass
    return turn


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "story": _about, "poem": poem_turn, "letter": letter_turn,
}  # fmt: skip
