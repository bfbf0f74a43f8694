"""A small table of real, common facts, and answers to the questions visitors often ask."""

# ruff: noqa: E501 (one template or row to a line)
# ruff: noqa: SIM905 (word lists read best as text)

from __future__ import annotations

from dataclasses import replace

from .answers import WHY
from .asking import QUESTIONS
from .nouns import NOUNS, phrase
from .pen import Pen, Turn, a, cap, join, table
from .words import DAYS, MONTHS

CAPITALS = dict(table("""
France|Paris
Germany|Berlin
Italy|Rome
Spain|Madrid
Portugal|Lisbon
England|London
the United Kingdom|London
Ireland|Dublin
Scotland|Edinburgh
Wales|Cardiff
Norway|Oslo
Sweden|Stockholm
Finland|Helsinki
Denmark|Copenhagen
Iceland|Reykjavik
the Netherlands|Amsterdam
Belgium|Brussels
Austria|Vienna
Switzerland|Bern
Poland|Warsaw
Greece|Athens
Turkey|Ankara
Hungary|Budapest
Russia|Moscow
Ukraine|Kyiv
Japan|Tokyo
China|Beijing
India|New Delhi
South Korea|Seoul
Thailand|Bangkok
Vietnam|Hanoi
Indonesia|Jakarta
Egypt|Cairo
Kenya|Nairobi
Morocco|Rabat
Nigeria|Abuja
Canada|Ottawa
Mexico|Mexico City
Brazil|Brasilia
Argentina|Buenos Aires
Chile|Santiago
Peru|Lima
Cuba|Havana
Australia|Canberra
New Zealand|Wellington
the United States|Washington
the USA|Washington
"""))  # fmt: skip

COLOUR_OF = dict(table("""
the sky|blue
grass|green
snow|white
a banana|yellow
blood|red
a lemon|yellow
the sea|blue
coal|black
milk|white
a tomato|red
a carrot|orange
the sun|yellow
a leaf|green
a strawberry|red
an orange|orange
chocolate|brown
a frog|green
a crow|black
a swan|white
a cherry|red
gold|yellow
"""))  # fmt: skip

OPPOSITES = dict(table("""
hot|cold
big|small
up|down
left|right
day|night
black|white
old|young
fast|slow
good|bad
happy|sad
open|closed
full|empty
hard|soft
high|low
long|short
wet|dry
light|dark
loud|quiet
strong|weak
early|late
first|last
rich|poor
true|false
clean|dirty
near|far
"""))  # fmt: skip

SOUNDS = dict(table("""
dog|barks
cat|meows
cow|moos
duck|quacks
sheep|bleats
lion|roars
bee|buzzes
owl|hoots
wolf|howls
horse|neighs
pig|oinks
frog|croaks
"""))  # fmt: skip

LEGS = {"dog": 4, "cat": 4, "spider": 8, "ant": 6, "bee": 6, "duck": 2, "hen": 2, "horse": 4,
        "cow": 4, "snake": 0, "fish": 0, "bird": 2, "person": 2, "goat": 4}  # fmt: skip

_LANGUAGES = ["French", "Spanish", "German", "Italian"]
TRANSLATIONS = {
    row[0]: dict(zip(_LANGUAGES, row[1:], strict=True))
    for row in table("""
hello|bonjour|hola|hallo|ciao
good morning|bonjour|buenos días|guten Morgen|buongiorno
good night|bonne nuit|buenas noches|gute Nacht|buona notte
thank you|merci|gracias|danke|grazie
goodbye|au revoir|adiós|auf Wiedersehen|arrivederci
yes|oui|sí|ja|sì
no|non|no|nein|no
please|s'il vous plaît|por favor|bitte|per favore
water|eau|agua|Wasser|acqua
friend|ami|amigo|Freund|amico
cat|chat|gato|Katze|gatto
dog|chien|perro|Hund|cane
house|maison|casa|Haus|casa
""")
}

LISTS = {
    "colours": "red blue green yellow orange purple pink brown".split(),
    "colors": "red blue green yellow orange purple pink brown".split(),
    "animals": "dog cat horse fox rabbit owl bear lion".split(),
    "fruits": "apple pear banana cherry plum orange grape lemon".split(),
    "vegetables": "carrot potato onion cabbage pea tomato bean".split(),
    "cities": "London Paris Rome Tokyo Berlin Madrid Cairo Lima".split(),
    "countries": "France Japan Brazil Egypt Canada India Norway Spain".split(),
    "birds": "owl robin crow duck swan eagle parrot goose".split(),
    "names": "Anna Ben Clara David Emma Tom Lily Paul".split(),
    "planets": "Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune".split(),
    "drinks": "tea coffee milk water juice cocoa lemonade".split(),
    "days": DAYS, "months": MONTHS,
}  # fmt: skip
WORDS = ["one", "two", "three", "four", "five", "six"]


def capital(pen: Pen) -> Turn:
    land = pen.pick(list(CAPITALS)) if pen.chance(0.9) else "France"
    city = CAPITALS[land]
    if pen.chance(0.15):
        user = pen.say("[Which country has the capital|What country's capital is|{c} is the capital of which country]"
                       "{x}?", c=city, x="").replace("capital?", f"capital {city}?").replace("is?", f"is {city}?")  # fmt: skip
        return Turn(user, f"{city} is the capital of {land}.", "fact", land)
    user = pen.say(
        "[[What is|What's|Do you know|What is] the capital [city |]of {l}[?|?|]|[Name|Tell me|Give me] the capital [city |]of {l}[.|.|]]",
        l=land,
    )
    return Turn(user, f"The capital of {land} is {city}.", "fact", city)


def colour(pen: Pen) -> Turn:
    thing = pen.pick(list(COLOUR_OF))
    user = pen.say(
        "[What [colour|color] is {t}|Which [colour|color] is {t}|What [colour|color] does {t} have|Tell me the [colour|color] of {t}|What is the [colour|color] of {t}]?",
        t=thing,
    )
    user = user.replace("?", ".") if user.startswith("Tell") else user
    return Turn(user, f"{cap(thing)} is {COLOUR_OF[thing]}.", "fact", COLOUR_OF[thing])


def opposite(pen: Pen) -> Turn:
    pair = pen.pick(list(OPPOSITES.items()))
    x, y = pair if pen.chance(0.5) else pair[::-1]
    return Turn(pen.say('[What is the opposite of [{x}|"{x}"]?|[Name|Tell me|Give me] the opposite of [{x}|"{x}"].]', x=x),
                f"The opposite of {x} is {y}.", "fact", y)  # fmt: skip


def animal(pen: Pen) -> Turn:
    if pen.chance(0.5):
        name = pen.pick(list(SOUNDS))
        return Turn(pen.say("What sound does {x} make?", x=a(name)),
                    f"{cap(a(name))} {SOUNDS[name]}.", "fact", SOUNDS[name])  # fmt: skip
    name = pen.pick(list(LEGS))
    count = {0: "no legs", 2: "two legs", 4: "four legs", 6: "six legs", 8: "eight legs"}[
        LEGS[name]
    ]
    return Turn(pen.say("How many legs does {x} have?", x=a(name)),
                f"{cap(a(name))} has {count}.", "fact", count)  # fmt: skip


def why(pen: Pen) -> Turn:
    question, answer, key = pen.pick(WHY)
    if question.startswith("How do I") and pen.chance(0.4):
        question = question.replace("How do I", "How can I")
    if pen.chance(0.2):
        question = pen.say("[Can you tell me:|Please tell me:|Question:] ") + question
    return Turn(question, answer, "fact", key)


def definition(pen: Pen) -> Turn:
    noun = pen.pick(list(NOUNS))
    kind, looks, does = NOUNS[noun]
    what = phrase(noun)
    answer = f"{cap(what)} is {a(kind)} {'who' if kind == 'person' else 'that'} {looks}."
    if pen.chance(0.6):
        answer += f" {cap(what) if kind == 'person' else 'It'} {does}."
    user = pen.say("[What is|What is|What's|What exactly is|Explain what {x} is|Describe|Tell me about|Tell me what {x} is"
                   "|Define|Explain|What can you tell me about|Do you know what {x} is]", x=what)  # fmt: skip
    user = user if user.endswith(" is") and what in user else f"{user} {what}"
    mark = "?" if user.startswith(("What", "Do you")) else "."
    return Turn(user + pen.pick([mark, mark, mark, ""]), answer, "definition", kind)


def calendar(pen: Pen) -> Turn:
    names = DAYS if pen.chance(0.5) else MONTHS
    what = "day" if names is DAYS else "month"
    i = pen.number(0, len(names) - 1)
    step = pen.pick([1, -1])
    other = names[(i + step) % len(names)]
    side = "after" if step == 1 else "before"
    user = pen.say("[What|Which] {w} [comes|is] {s} {x}?", w=what, s=side, x=names[i])
    if pen.chance(0.25):
        rel, now = ("tomorrow", "will be") if step == 1 else ("yesterday", "was")
        if what == "day":
            return Turn(pen.say("[If today is|Today is] {x}[, what|. What] day {now} {rel}?", x=names[i],
                                rel=rel, now=now.split()[0]) .replace("day will", "day is"),
                        f"If today is {names[i]}, {rel} {now} {other}.", "fact", other)  # fmt: skip
    return Turn(user, f"{other} comes {side} {names[i]}.", "fact", other)


def listing(pen: Pen) -> Turn:
    what, items = pen.pick(list(LISTS.items()))
    n = pen.number(2, 5)
    chosen = pen.sample(items, n)
    user = pen.say("[List|Name|Give me|Tell me|Write down|Please name|I need|I want|Think of|Show me] {n} {w}",
                   n=pen.pick([WORDS[n - 1], str(n)]), w=what)  # fmt: skip
    style = pen.number(0, 2)
    mark = pen.pick([".", "", ""])
    if style == 0:
        return Turn(user + pen.pick([" as a list", " in a list", " as a numbered list"]) + mark,
                    "\n".join(f"{i}. {cap(x)}" for i, x in enumerate(chosen, 1)), "list")  # fmt: skip
    return Turn(user + mark, cap(join(chosen)) + ".", "list")


def translation(pen: Pen) -> Turn:
    """A few words in four languages."""
    word = pen.pick(list(TRANSLATIONS))
    language = pen.pick(list(TRANSLATIONS[word]))
    shown = pen.say("[{w}|'{w}'|\"{w}\"]", w=word)
    user = pen.say("[Translate {s} [into|to] {l}.|Translate {s} into {l}|How do you say {s} in {l}?|What is {s} in {l}?|How do I say {s} in {l}?|What is the {l} word for {s}?|Say {s} in {l}.|Please translate {s} [into|to] {l}.|Can you translate {s} [into|to] {l}?|How is {s} said in {l}?]",
                   s=shown, l=language)  # fmt: skip
    other = TRANSLATIONS[word][language]
    return Turn(user, f'"{cap(word)}" in {language} is "{other}".', "fact", other)


_ASKING = ("What", "Which", "How", "Who", "Why", "When", "Where")


def fact(pen: Pen) -> Turn:
    """Any of the above, the most asked ones more often, at times with words around the question."""
    kinds = [capital, capital, colour, opposite, animal, why, why, why, definition, definition,
             definition, calendar, calendar, listing, listing, translation]  # fmt: skip
    turn = pen.pick(kinds)(pen)
    if turn.user.startswith(_ASKING) and turn.user.endswith("?") and pen.chance(0.2):
        small = turn.user[0].lower() + turn.user[1:]
        turn = replace(turn, user=pen.say(pen.pick(QUESTIONS), q=small, Q=turn.user))
    return turn
