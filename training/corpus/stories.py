"""Short stories, haiku, letters and other plain text, composed from a small plot grammar."""

# ruff: noqa: E501 (one template or row to a line)
# ruff: noqa: SIM905 (word lists read best as text)

from __future__ import annotations

from collections.abc import Callable

from .asking import order
from .nouns import NOUNS, phrase
from .pen import Doc, Pen, Turn, a, cap, join
from .relations import KIN
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


# How a text is wished for; {w} is what it is to be, {W} the same with a capital.
WANTED = [
    "{W}", "{W}, please", "{W} please", "I want {w}", "I need {w}", "I would like {w}", "I'd like to read {w}", "Can I have {w}?",
    "Could I get {w}?", "May I have {w}?", "Give me {w}", "Write me {w}", "Can you write me {w}?", "I am looking for {w}", "My child wants {w}",
    "How about {w}?", "Let us have {w}", "We need {w} for school", "For my class I need {w}", "Your task: {w}", "Please give me {w}",
    "Could you write {w} for me?", "Will you write me {w}?", "Here is what I want: {w}", "Today I need {w}", "Make it {w}", "Next, {w}",
    "Now I want {w}", "Show me {w}", "I wish for {w}", "Would you mind writing {w}?", "I have to write {w}. Can you do it?", "Help me with {w}",
    "Hello! I need {w}", "Hi, I want {w}", "My friend asked me for {w}", "What about {w}?", "Surprise me with {w}", "Can we have {w}?",
    "I am in need of {w}", "Are you able to write {w}?", "Do you think you can write {w}?", "Let me read {w}", "Please, {w}",
]  # fmt: skip


def wished_for(pen: Pen, do: str, what: str) -> str:
    """`what` ordered with one of the verbs of `do`, or wished for."""
    what = pen.say(what)
    if pen.chance(0.55):
        said = order(pen, f"{do} {what}")
    else:
        said = pen.say(pen.pick(WANTED), w=what, W=cap(what))
    return said if said.endswith("?") else said + pen.pick(["", ".", "", "!"])


# what for | the body of the letter
_LETTERS = [
    ("to say thank you", "Thank you very much for your help."),
    ("with thanks for the {thing}", "Thank you very much for the {thing}."),
    ("to say sorry", "I am sorry for my mistake. It will not happen again."),
    ("with an apology for the broken {thing}", "I am sorry for the broken {thing}. It will not happen again."),
    ("about the meeting", "The meeting is on {day}. Please come."),
    ("about the meeting on {day}", "The meeting is on {day}. Please come."),
    ("about my holiday", "I would like to take a holiday in {month}. Please let me know."),
    ("about my holiday in {month}", "I would like to take a holiday in {month}. Please let me know."),
    ("[about|on the subject of] {topic}", "I would like to talk with you about {topic}. Please write to me soon."),
    ("[about|about the matter of] the {thing}", "I would like to talk with you about the {thing}. Please write to me soon."),
    ("with an invitation to dinner on {day}", "Please come to dinner on {day}. I hope to see you there."),
    ("with an invitation to a party in {city}", "Please come to a party in {city}. I hope to see you there."),
    ("to ask for the {thing}", "Please send me the {thing}. I need it soon."),
    ("to ask for help with {topic}", "Please help me with {topic}. I do not know enough about it."),
    ("to order some {food}", "I would like to order some {food}. Please tell me the price."),
    ("to say that I am ill", "I am ill and cannot come. I am sorry."),
    ("to say that I will be late on {day}", "I will be late on {day}. I am sorry."),
    ("to say that I am moving to {city}", "I am moving to {city}. Please come and visit me."),
    ("with news from {city}", "I am in {city} and I am well. Please write to me soon."),
    ("with congratulations on the new {thing}", "Congratulations on the new {thing}. I am very glad for you."),
    ("with a complaint about the {thing}", "I am not happy with the {thing}. Please write to me soon."),
    ("", "I hope you are well. Please write to me soon."),
    ("", "I hope you are well. Please write to me soon."),
]  # fmt: skip


def letter_turn(pen: Pen) -> Turn:
    """A letter or email to someone: a name, a thought, a close."""
    name = pen.split_pick(NAMES)
    who = pen.pick([name, name, name, f"my {pen.pick(KIN)}", f"the {pen.split_pick(JOBS)}",
                    f"{pen.pick(['Mr', 'Mrs', 'Dr'])} {cap(pen.invented(2))}", "a customer", "our landlord"])  # fmt: skip
    slots = {"thing": pen.split_pick(THINGS), "day": pen.pick(DAYS), "month": pen.pick(MONTHS), "city": pen.split_pick(CITIES),
             "topic": pen.split_pick(TOPIC_LIST), "food": pen.split_pick(FOODS)}  # fmt: skip
    why, body = pen.pick(_LETTERS)
    k = "[a|a short|a|a little|a polite|a friendly] [letter|email|message|note|mail]"
    what = pen.say(f"{k} to {who} {why}", **slots).strip()
    if pen.chance(0.15):
        user = pen.say(f"[I want to write|I need to write|Help me write|Help me to write|I must write] {what}").strip() + pen.pick([".", ""])  # fmt: skip
    else:
        user = wished_for(pen, "[write|draft|compose|prepare|make|type|put together]", what)
    dear = who.removeprefix("my ").removeprefix("a ").removeprefix("the ").removeprefix("our ")
    text = pen.say(f"Dear {dear},\n{body}\nBest wishes", **slots)
    return Turn(user, text, "letter", f"Dear {dear},")


def _tale(pen: Pen) -> tuple[str, bool]:
    """What a story may be called, and whether a short one is meant."""
    if pen.chance(0.35):
        return "a [short|little|very short|brief|quick|small] [story|tale|bedtime story|fairy tale]", True  # fmt: skip
    return "a [story|tale|bedtime story|fairy tale|fable|nice story|good story|children's story|new story]", False  # fmt: skip


TELL = "[tell|write|make up|invent|compose|create|think up|come up with|tell me|write me|think of]"


def story_turn(pen: Pen) -> Turn:
    """Asked for a story, often about something: the answer keeps to it."""
    hero = pen.split_pick(ANIMALS + JOBS) if pen.chance(0.75) else pen.pick([pen.split_pick(THINGS), pen.invented()])  # fmt: skip
    adj = pen.pick([*ADJECTIVES, *COLOURS])
    goal = a(f"{pen.pick(COLOURS)} {pen.pick(THINGS)}")
    place = pen.pick(PLACES)
    kind = pen.number(0, 7)
    tale, short = _tale(pen)
    if pen.chance(0.06):
        user = wished_for(pen, TELL, f"a long [story|tale] about {a(hero)}")
        return Turn(user, long_story(pen, hero), "story", hero)
    if kind == 0:
        plain = pen.say(f"[Tell me|Write|Please write|Write me|Can you tell me|Tell|Give me|Make up] {tale}[.||!]")  # fmt: skip
        user = plain if pen.chance(0.6) else wished_for(pen, TELL, tale)
        return Turn(user, story(pen, short=short), "story")
    about = "[about|about|about|of|with]"
    if kind <= 3:
        user = wished_for(pen, TELL, f"{tale} {about} {a(hero)}")
        return Turn(user, story(pen, hero, short=short), "story", hero)
    if kind == 4:
        user = wished_for(pen, TELL, f"{tale} {about} {a(f'{adj} {hero}')}")
        return Turn(user, story(pen, f"{adj} {hero}", short=short), "story", hero)
    if kind == 5:
        seeks = "[that goes on a journey to find|who finds|who looks for|looking for|that wants|and|in search of|who wishes for]"  # fmt: skip
        user = wished_for(pen, TELL, f"{tale} about {a(hero)} {seeks} {goal}")
        return Turn(user, story(pen, hero, goal, short=short), "story", hero)
    if kind == 6:
        user = pen.say(
            f"[My {{kin}} likes|I like|I love|The {{kin}} asks about|We talked about] the {hero}. [Tell me|Write|Please tell|Can you write|Make up] {tale} [about it|on that|about that][.|]",
            kin=pen.pick(KIN),
        )  # fmt: skip
        return Turn(user, story(pen, hero, short=short), "story", hero)
    user = wished_for(pen, TELL, f"{tale} about {a(hero)} [in|from] the {place}")
    return Turn(user, story(pen, hero, place=place, short=short), "story", hero)


LINE1 = [
    "{T} in the {time}",
    "The {adj} {t} is here",
    "{T} near the {place}",
    "Look, the {t} again",
]
LINE2 = ["the {place} is [still|quiet|green] and [cold|warm|small]", "[a bird|a child|an old man] listens [to|for] it",
         "[soft|slow|bright] as [a song|a dream|a bell] it comes to me"]  # fmt: skip
LINE3 = [
    "and I [sit|walk|stay] with you",
    "[now|then] the [day|night] is new",
    "[home|sleep] is not far [now|off]",
]


def poem_turn(pen: Pen) -> Turn:
    """A haiku of three lines or a poem of four, mostly about something."""
    topic = pen.split_pick([*NOUNS, *ANIMALS, *THINGS] if pen.chance(0.7) else [*TOPIC_LIST, *CITIES])  # fmt: skip
    slots = {"t": topic, "T": cap(topic), "time": pen.pick(["morning", "evening", "night"]),
             "adj": pen.pick(ADJECTIVES), "place": pen.pick(PLACES)}  # fmt: skip
    kind = pen.pick(["haiku", "haiku", "haiku", "poem", "poem", "short poem", "little poem", "small poem", "nice poem"])  # fmt: skip
    lines = [pen.say(cap(pen.say(pen.pick(part), **slots))) for part in (LINE1, LINE2, LINE3)]
    if "poem" in kind:
        lines.append(
            pen.say(cap(pen.say("The {t} will stay, [and so will I|and you and I]", **slots)))
        )
    thing = phrase(topic) if topic in NOUNS else a(topic) if topic in ANIMALS + THINGS else topic
    named = thing if pen.chance(0.8) else topic
    make = "[write|compose|make|make up|create|invent|come up with|write me|think of|put together]"
    end = [line + ("." if i == len(lines) - 1 else ",") for i, line in enumerate(lines)]
    if pen.chance(0.08):
        user = pen.say("[Write|Write me|Please write|Give me|Compose|Can you write] a {k}[.||!]", k=kind)  # fmt: skip
        return Turn(user, "\n".join(end), "poem")
    if pen.chance(0.15):
        user = pen.say("[{t}: write a {k} about it|{K}: {t}|{K} about {t}|The topic is {t}. Write a {k}|Subject: {t}. Form: {k}|I love {t}. Write a {k} about that"
                       "|Think of {t} and write a {k}|I need a gift: a {k} on {t}|Today's topic for the {k}: {t}|Can {t} be put in a {k}? Try it][.||!]",
                       k=kind, K=cap(kind), t=named)  # fmt: skip
    else:
        user = wished_for(pen, make, f"a {kind} [about|about|about|on|of|about the topic|that speaks of|with the title] {named}")  # fmt: skip
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
        "Dear {one},\n[Thank you for|I was glad about] your letter. [Here|In our town] it is {w} and "
        "[all is well|we are busy]. [Yesterday|Last {day}] I [bought|found|lost] {thing} near the {place}. "
        "[Please come|Will you come] to visit us in {month}[.| and bring some {food}.]\n[Yours|Best wishes], {two}",
        one=one, two=two, w=pen.pick(WEATHER), day=pen.pick(DAYS), thing=a(pen.pick(THINGS)),
        place=pen.pick(PLACES), month=pen.pick(MONTHS), food=pen.pick(FOODS))  # fmt: skip


def description(pen: Pen) -> str:
    nouns = pen.sample(list(NOUNS), pen.number(1, 3))
    said = []
    for noun in nouns:
        kind, looks, does = NOUNS[noun]
        what, person = cap(phrase(noun)), kind == "person"
        said.append(f"{what} is {a(kind)} {'who' if person else 'that'} {looks}. {what if person else 'It'} {does}.")  # fmt: skip
    return " ".join(said)


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


def _asked_for(maker: Callable[[Pen], Turn]) -> Callable[[Pen], Turn]:
    """Of what `maker` makes, that about someone or something that was asked for."""

    def about(pen: Pen) -> Turn:
        while not (turn := maker(pen)).key:
            pass
        return turn

    return about


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "story": _asked_for(story_turn), "poem": _asked_for(poem_turn), "letter": letter_turn,
}  # fmt: skip
