"""People and what can be told of them: the facts of passages about one person or several."""

# ruff: noqa: E501 (one row to a line)
# ruff: noqa: SIM905 (word lists read best as text)

from __future__ import annotations

from .numbers import spell
from .pen import Pen, a, cap
from .themes import Theme, Value, comparisons, facts
from .words import (
    ANIMALS,
    CITIES,
    COLOURS,
    DAYS,
    FOODS,
    HOBBIES,
    JOBS,
    MONTHS,
    NAMES,
    PLACES,
    THINGS,
    TOPIC_LIST,
    in_place,
)

SHE = set(
    """Anna Clara Ella Grace Ida Kate Mia Olive Rosa Tina Uma Wendy Yara Zoe Alice Carol Emma
Gina Iris Karen Maria Nina Petra Ruth Tara Ursula Vera Bella Daisy Fatima Hana Julia Lily Nora Priya
Sofia Violet Zara Beth Eva Greta Ines Kira Maya Pia Rita Viola Wanda Chloe Elena Holly Jane Laura Mary
Rachel Sarah Susan Linda Lisa Emily Hannah Ava Aisha Marta Sara Leila Mei Deepa Astrid Celia""".split()
)
HE = set(
    """Ben David Finn Henry Jack Leo Noah Paul Victor Xander Bob Dan Frank Hugo James Lucas Oscar
Simon Will Amir Carlos Erik George Ivan Kenji Max Omar Ravi Tom Walter Yusuf Adam Diego Felix Hassan
Jonas Liam Nils Otto Sven Theo Brian Derek Fred John Mark Peter Robert Steve Michael Kevin Jacob Ethan
Mohammed Luca Pedro Ali Tariq Anil Lars Bruno""".split()
)
KIN = "brother sister mother father friend neighbour teacher cousin uncle aunt boss doctor".split()
VEHICLES = [
    thing for thing in THINGS if thing in ("bicycle", "car", "bus", "ship", "train", "boat")
]
INSTRUMENTS = [t for t in THINGS if t in ("piano", "violin", "guitar", "drum", "flute", "trumpet")]
PORTABLE = [
    t
    for t in THINGS
    if t
    not in set(
        """boat garden gate stove tent tree wagon window robot car
bus ship castle bridge tower house mountain river cloud star moon train rocket door""".split()
    )
]
BEASTS = [
    b for b in ANIMALS if b[-1] not in "sxyhf" and b not in ("mouse", "goose", "deer", "sheep")
]
DRINKS = [f for f in FOODS if f in ("tea", "coffee", "milk", "cocoa", "juice", "lemonade")]


def they(name: str) -> tuple[str, str] | None:
    """The pronouns of a name; none where one could not know."""
    return ("she", "her") if name in SHE else ("he", "his") if name in HE else None


def split(items: list[str], invented: float = 0.0) -> Value:
    """A value of this split, sometimes an invented name."""
    return lambda pen: cap(pen.invented()) if pen.chance(invented) else pen.split_pick(items)


def any_of(items: list[str]) -> Value:
    return lambda pen: pen.pick(items)


def between(low: int, high: int, step: int = 1) -> Value:
    return lambda pen: str(pen.number(low // step, high // step) * step)


def counted(low: int, high: int) -> Value:
    """A number, sometimes as a word."""

    def make(pen: Pen) -> str:
        number = pen.number(low, high)
        return spell(number) if number < 20 and pen.chance(0.4) else str(number)

    return make


def clock(low: int, high: int) -> Value:
    """`9:15`, sometimes `9 am`."""

    def make(pen: Pen) -> str:
        hour = pen.number(low, high)
        if pen.chance(0.2) and hour not in (0, 12):
            return f"{hour} am" if hour < 12 else f"{hour - 12} pm"
        return f"{hour}:{pen.number(0, 11) * 5:02}"

    return make


def coloured(pen: Pen) -> str:
    """`a red lamp`."""
    return a(f"{pen.pick(COLOURS)} {pen.split_pick(PORTABLE)}")


def digits(low: int, high: int) -> Value:
    return lambda pen: "".join(str(pen.number(0, 9)) for _ in range(pen.number(low, high)))


def code(pen: Pen) -> str:
    """A short code of letters and digits, `K7QX2`."""
    return "".join(pen.pick("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(pen.number(4, 6)))


def things(pen: Pen) -> str:
    """Plural of something that takes a plain s."""
    return next(t for t in iter(lambda: pen.split_pick(THINGS), "") if t[-1] not in "sxyhe") + "s"


def inside(pen: Pen) -> str:
    return in_place(pen.pick(PLACES))


_ROWS = """
city=City // {n} [lives in|has a house in|has a flat in|now lives in|lives in the city of] {city}. // Does {n} live in {city}? // [Where does {n} live|In which city does {n} live|Which city does {n} live in|Where is {n}'s home]? // {n} lives <in {city}>. // [Who lives in {city}|Who has a home in {city}|Which person lives in {city}|Who is at home in {city}]? // <{n}> lives in {city}.
job=Job // {n} [is {a_job}|works as {a_job}|earns money as {a_job}|has worked as {a_job} for years]. // Is {n} {a_job}? // [What is {n}'s job|What does {n} do for work|What does {n} work as|What is the job of {n}|Which job does {n} have]? // {n} is <{a_job}>. // [Who is {a_job}|Who works as {a_job}|Which person is {a_job}|Who is the {job}]? // <{n}> is {a_job}.
pet=Pet // {n} [has|keeps|owns|looks after] {a_pet}[| at home]. // Does {n} have {a_pet}? // [Which|What] [animal|pet] does {n} [have|keep|own]? // {n} has <{a_pet}>. // [Who has|Who keeps|Who owns|Which person has] {a_pet}? // <{n}> has {a_pet}.
food=Favourite food // {n} [likes|loves|likes to eat|often eats|is fond of] {food}. // Does {n} like {food}? // [What does {n} like to eat|What food does {n} like|Which food does {n} like|What does {n} eat]? // {n} likes <{food}>. // [Who likes|Who loves|Who eats|Which person likes] {food}? // <{n}> likes {food}.
hobby=Hobby // {n} [enjoys|spends weekends|is good at|spends free time] {hobby}[| on Sundays| after work]. // Does {n} enjoy {hobby}? // [What does {n} enjoy|What is {n}'s hobby|What does {n} do for fun|Which hobby does {n} have]? // {n} enjoys <{hobby}>. // [Who enjoys {hobby}|Whose hobby is {hobby}|Which person enjoys {hobby}]? // <{n}> enjoys {hobby}.
age=Age // {n} is {age} [years old|years old|years of age]. // Is {n} {age} years old? // [How old is {n}|What is {n}'s age|What age is {n}]? // {n} is <{age} years> old. // [Who is {age}|Who is {age} years old|Which person is {age}]? // <{n}> is {age} years old.
bought= // {n} [bought|got] {bought}[| at the market| yesterday| last week| in town]. // Did {n} buy {bought}? // [What did {n} buy|Which thing did {n} buy|What was bought by {n}]? // {n} bought <{bought}>. // [Who bought|Who was it that bought|Which person bought] {bought}? // <{n}> bought {bought}.
found= // {n} found {found}[| on the way home| in the street| this morning]. // Did {n} find {found}? // [What did {n} find|Which thing did {n} find]? // {n} found <{found}>. // [Who found|Which person found] {found}? // <{n}> found {found}.
lost= // {n} [lost|has lost|cannot find] {lost}. // Did {n} lose {lost}? // [What did {n} lose|What has {n} lost|Which thing did {n} lose]? // {n} lost <{lost}>. // [Who lost|Which person lost] {lost}? // <{n}> lost {lost}.
birthday=Birthday // {n}'s birthday is in {birthday}. // Is {n}'s birthday in {birthday}? // [When is {n}'s birthday|In which month is {n}'s birthday|Which month is {n}'s birthday in]? // {n}'s birthday is <in {birthday}>. // [Whose birthday is in {birthday}|Who has a birthday in {birthday}]? // <{n}'s> birthday is in {birthday}.
shade= // {n}'s {w} is {shade}. // Is {n}'s {w} {shade}? // [What colour is {n}'s {w}|Which colour is {n}'s {w}|What is the colour of {n}'s {w}|What color is {n}'s {w}]? // {n}'s {w} is <{shade}>. // [Whose {w} is {shade}|Who has a {shade} {w}]? // <{n}'s> {w} is {shade}.
spot= // {n} [left|put|hid|forgot] the {w} {spot}. // Did {n} leave the {w} {spot}? // [Where did {n} leave the {w}|Where did {n} put the {w}|Where is the {w} of {n}]? // {n} left the {w} <{spot}>. // [Who left the {w}|Who put the {w}] {spot}? // <{n}> left the {w} {spot}.
count= // {n} [has|owns|has collected] {count} {many}. // Does {n} have {count} {many}? // [How many {many} does {n} have|How many {many} does {n} own|What number of {many} does {n} have]? // {n} has <{count} {many}>. // [Who has|Who owns] {count} {many}? // <{n}> has {count} {many}.
trip=Travels to // {n} [will travel to|is going to|wants to go to|is on the way to] {trip}[| next week| in summer| tomorrow]. // Will {n} travel to {trip}? // [Where will {n} travel|Where is {n} going|To which city will {n} travel|Which city will {n} travel to]? // {n} will travel <to {trip}>. // [Who will travel to|Who is going to|Which person will travel to] {trip}? // <{n}> will travel to {trip}.
ride= // {n} [goes|comes|gets|travels] to work by {ride}. // Does {n} go to work by {ride}? // [How does {n} go to work|How does {n} get to work|How does {n} come to work]? // {n} goes to work <by {ride}>. // [Who goes to work by {ride}|Who comes to work by {ride}]? // <{n}> goes to work by {ride}.
visit= // {n} [goes to|visits|walks to] the {place} [on|every] {visit}. // Does {n} go to the {place} on {visit}? // [When does {n} go to the {place}|On which day does {n} go to the {place}|Which day does {n} visit the {place}]? // {n} goes to the {place} <on {visit}>. // [Who goes to|Who visits] the {place} on {visit}? // <{n}> goes to the {place} on {visit}.
kin= // {n}'s {who} is [called|named] {kin}. // Is {n}'s {who} called {kin}? // [What is {n}'s {who} called|What is the name of {n}'s {who}|Who is {n}'s {who}|What is {n}'s {who}'s name]? // {n}'s {who} is called <{kin}>. // [Whose {who} is called {kin}|Whose {who} is {kin}]? // <{n}'s> {who} is called {kin}.
petname= // {n}'s {beast} is [called|named] {petname}. // Is {n}'s {beast} called {petname}? // [What is {n}'s {beast} called|What is the name of {n}'s {beast}|What is {n}'s {beast}'s name]? // {n}'s {beast} is called <{petname}>. // Whose {beast} is [called|named] {petname}? // <{n}'s> {beast} is called {petname}.
up= // {n} [gets up|wakes up|rises] at {up}[| every day| in the morning]. // Does {n} get up at {up}? // [When|At what time|What time] does {n} [get|wake] up? // {n} gets up <at {up}>. // Who [gets|wakes] up at {up}? // <{n}> gets up at {up}.
sleep= // {n} goes to bed at {sleep}[| at night| every evening]. // Does {n} go to bed at {sleep}? // [When|At what time|What time] does {n} go to bed? // {n} goes to bed <at {sleep}>. // Who goes to bed at {sleep}? // <{n}> goes to bed at {sleep}.
lunch= // {n} [has|eats] lunch at {lunch}[| every day]. // Does {n} have lunch at {lunch}? // [When|At what time|What time] does {n} [have|eat] lunch? // {n} has lunch <at {lunch}>. // Who [has|eats] lunch at {lunch}? // <{n}> has lunch at {lunch}.
plays=Instrument // {n} [plays|can play|has learnt to play|is learning] the {plays}. // Does {n} play the {plays}? // [Which|What] instrument does {n} play? // {n} plays <the {plays}>. // [Who plays|Who can play|Which person plays] the {plays}? // <{n}> plays the {plays}.
room=Room // {n} [is|sleeps|works|sits] in room {room}. // Is {n} in room {room}? // [Which room is {n} in|In which room is {n}|What is {n}'s room number|What is {n}'s room]? // {n} is in <room {room}>. // [Who is|Which person is] in room {room}? // <{n}> is in room {room}.
phone=Phone number // {n}'s [phone|telephone] number is {phone}. // Is {n}'s phone number {phone}? // [What is {n}'s phone number|What is the phone number of {n}|Which number does {n} have|What number do I call to reach {n}]? // {n}'s phone number is <{phone}>. // Whose phone number is {phone}? // <{n}'s> phone number is {phone}.
code=Code // {n}'s [secret |]code is {code}. // Is {n}'s code {code}? // [What is {n}'s code|What is the code of {n}|Which code does {n} have]? // {n}'s code is <{code}>. // [Whose code is {code}|Who has the code {code}]? // <{n}'s> code is {code}.
points=Points // {n} [scored|got|won|made] {points} points[| in the game| in the test]. // Did {n} score {points} points? // [How many points did {n} [score|get|win]|What was {n}'s score]? // {n} scored <{points} points>. // Who [scored|got|won] {points} points? // <{n}> scored {points} points.
paid= // {n} [paid|spent] {paid} {coin}[| at the market| in the shop]. // Did {n} pay {paid} {coin}? // [How much did {n} [pay|spend]|How many {coin} did {n} [pay|spend]|What did {n} pay]? // {n} paid <{paid} {coin}>. // Who [paid|spent] {paid} {coin}? // <{n}> paid {paid} {coin}.
ran= // {n} [ran|walked|hiked] {ran} miles[| today| on Sunday]. // Did {n} go {ran} miles? // [How far did {n} go|How many miles did {n} go|How many miles did {n} cover]? // {n} went <{ran} miles>. // Who went {ran} miles? // <{n}> went {ran} miles.
met= // {n} met {met}[| {in_place}| yesterday| in town]. // Did {n} meet {met}? // [Who did {n} meet|Whom did {n} meet|Which person did {n} meet]? // {n} met <{met}>. // Who met {met}? // <{n}> met {met}.
dream= // {n} [wants to be|wants to become|dreams of being|hopes to be] {a_dream}[| one day]. // Does {n} want to be {a_dream}? // [What does {n} want to [be|become]|Which job does {n} want]? // {n} wants to be <{a_dream}>. // Who wants to [be|become] {a_dream}? // <{n}> wants to be {a_dream}.
drink=Drink // {n} [drinks|likes to drink|always drinks] {drink}[| every morning| for breakfast| with friends]. // Does {n} drink {drink}? // What does {n} [drink|like to drink]? // {n} drinks <{drink}>. // [Who drinks|Which person drinks] {drink}? // <{n}> drinks {drink}.
seat= // {n} sits next to {seat}. // Does {n} sit next to {seat}? // [Who does {n} sit next to|Next to whom does {n} sit|Who sits beside {n}]? // {n} sits next to <{seat}>.
tall=Height in cm // {n} is {tall} [cm|centimetres] tall. // Is {n} {tall} cm tall? // [How tall is {n}|What is {n}'s height]? // {n} is <{tall} cm> tall. // Who is {tall} cm tall? // <{n}> is {tall} cm tall.
reads= // {n} is reading [a book|a text|an article] about {reads}. // Is {n} reading about {reads}? // [What is {n} reading about|What does {n} read about]? // {n} is reading about <{reads}>. // Who is reading about {reads}? // <{n}> is reading about {reads}.
made= // {n} [made|cooked|prepared] {made}[| for dinner| for lunch| for the guests]. // Did {n} make {made}? // What did {n} [make|cook|prepare]? // {n} made <{made}>. // Who [made|cooked|prepared] {made}? // <{n}> made {made}.
born=Year of birth // {n} was born in {born}. // Was {n} born in {born}? // [When was {n} born|In which year was {n} born|What year was {n} born in]? // {n} was born <in {born}>. // [Who was born in|Which person was born in] {born}? // <{n}> was born in {born}.
firm=Company // {n} works [for|at] {firm}[| in the office]. // Does {n} work for {firm}? // [Who does {n} work for|Which company does {n} work for|Where does {n} work]? // {n} works <for {firm}>. // Who works [for|at] {firm}? // <{n}> works for {firm}.
best=Favourite colour // {n}'s favourite colour is {best}. // Is {n}'s favourite colour {best}? // [What is {n}'s favourite colour|Which colour does {n} like best|What is {n}'s favorite color]? // {n}'s favourite colour is <{best}>. // Whose favourite colour is {best}? // <{n}'s> favourite colour is {best}.
gave= // {n} gave {to} {gave}. // Did {n} give {to} {gave}? // [What did {n} give {to}|What did {to} get from {n}]? // {n} gave {to} <{gave}>. // [Who gave {to} {gave}|From whom did {to} get {gave}]? // <{n}> gave {to} {gave}.
"""

_ORDER = """
age // Who is older // {n} is {age} // {n} is older // Who is the oldest // max
age // Who is younger // {n} is {age} // {n} is younger // Who is the youngest // min
tall // Who is taller // {n} is {tall} cm tall // {n} is taller // Who is the tallest // max
points // Who scored more points // {n} scored {points} // {n} scored more points // Who scored the most points // max
paid // Who paid more // {n} paid {paid} {coin} // {n} paid more // Who paid the most // max
paid // Who paid less // {n} paid {paid} {coin} // {n} paid less // Who paid the least // min
count // Who has more {many} // {n} has {count} // {n} has more {many} // Who has the most {many} // max
ran // Who went further // {n} went {ran} miles // {n} went further // Who went the furthest // max
born // Who was born first // {n} was born in {born} // {n} was born first // Who was born first of all // min
"""

# Told one of these, a reader might answer a question about another: such are not asked as absent.
_CLASHES = """pet petname,age born,bought paid gave,job firm dream,food drink made,hobby plays,
city firm trip,spot lost,shade best"""

SLOTS: dict[str, Value] = {
    "name": split(NAMES, 0.1), "city": split(CITIES, 0.15), "job": split(JOBS), "pet": split(ANIMALS),
    "food": split(FOODS), "hobby": any_of(HOBBIES), "age": between(5, 90), "bought": coloured,
    "found": lambda pen: a(pen.split_pick(PORTABLE)), "lost": coloured, "birthday": any_of(MONTHS),
    "shade": any_of(COLOURS), "spot": inside, "count": counted(2, 40), "trip": split(CITIES, 0.15),
    "ride": any_of(VEHICLES), "visit": any_of(DAYS), "kin": split(NAMES, 0.1),
    "petname": split(NAMES, 0.6), "up": clock(5, 9), "sleep": clock(20, 23), "lunch": clock(11, 14),
    "plays": any_of(INSTRUMENTS), "room": between(1, 399), "phone": digits(4, 7), "code": code,
    "points": between(3, 99), "paid": between(2, 99), "ran": between(2, 40), "met": split(NAMES, 0.1),
    "dream": split(JOBS), "drink": any_of(DRINKS), "seat": split(NAMES), "tall": between(90, 199),
    "reads": split(TOPIC_LIST), "made": split(FOODS), "born": between(1890, 2019),
    "firm": lambda pen: cap(pen.invented(2)), "best": any_of(COLOURS), "gave": coloured,
    "to": split(NAMES),
}  # fmt: skip

PEOPLE = Theme(
    subject="{name}",
    slots=SLOTS,
    facts=facts(_ROWS),
    shared={
        "w": split(PORTABLE), "many": things, "place": any_of(PLACES), "who": any_of(KIN),
        "beast": split(ANIMALS), "coin": any_of(["coins", "dollars", "euros", "pounds"]),
    },
    comparisons=comparisons(_ORDER),
    subjects=(1, 2, 2, 3, 3, 4),
    pronoun=they,
    clashes=tuple(frozenset(group.split()) for group in _CLASHES.split(",")),
    of_people=frozenset({"kin", "met", "seat", "petname", "gave"}),
    role="job",
)  # fmt: skip
