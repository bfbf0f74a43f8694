"""Little stories, letters and notices whose sentences keep their order, and questions about them.

Each row is ``slot=must // sentence // yes-or-no question // question // answer // ...``; rows
without ``must`` may be left out of the text, and are then what the text does not say.
"""

# ruff: noqa: E501 (one row to a line)

from __future__ import annotations

from dataclasses import dataclass

from .pen import Pen, cap
from .relations import (
    BEASTS,
    HE,
    PORTABLE,
    SHE,
    any_of,
    between,
    clock,
    code,
    coloured,
    counted,
    digits,
    split,
    they,
    things,
)
from .scenes import invented, street
from .themes import Asked, Fact, Passage, Value, asked, draw, facts, slots_of, with_articles
from .words import (
    CITIES,
    COLOURS,
    DAYS,
    FOODS,
    JOBS,
    MONTHS,
    NAMES,
    PLACES,
    TOPIC_LIST,
    WEATHER,
)

GENDERED = [name for name in NAMES if name in SHE or name in HE]
SLOTS: dict[str, Value] = {
    "m": split(GENDERED), "k": split(NAMES, 0.1), "k2": split(NAMES), "k3": split(NAMES), "city": split(CITIES, 0.15),
    "town": invented, "street": street, "place": any_of(PLACES), "place2": any_of(PLACES), "place3": any_of(PLACES),
    "thing": coloured, "t2": coloured, "obj": split(PORTABLE), "obj2": split(PORTABLE), "many": things,
    "beast": split(BEASTS), "beast2": split(BEASTS), "food": split(FOODS), "food2": split(FOODS), "food3": split(FOODS),
    "job": split(JOBS), "day": any_of(DAYS), "day2": any_of(DAYS), "month": any_of(MONTHS), "date": between(1, 28),
    "at": clock(7, 20), "at2": clock(7, 20), "x": counted(2, 60), "y": counted(2, 60), "z": between(2, 60),
    "price": between(2, 99), "code": code, "phone": digits(4, 8), "firm": invented, "weather": any_of(WEATHER),
    "colour": any_of(COLOURS), "topic": split(TOPIC_LIST), "year": between(1900, 2024),
}  # fmt: skip


@dataclass(frozen=True)
class Script:
    """Sentences in order, told with `joint` between them."""

    rows: list[Fact]
    joint: str = " "
    close: str = ""


def script(rows: str, joint: str = " ", close: str = "") -> Script:
    return Script(facts(rows), joint, close)


WALK = script("""
day=must // [Last|On] {day}, {m} [went|walked] to the {place}[| with a basket]. // Did {m} go to the {place} on {day}? // [When|On which day] did {m} go to the {place}? // {m} went to the {place} <on {day}>. // [Where did {m} go|Where did {m} go on {day}]? // {m} went <to the {place}> on {day}. // Who went to the {place}? // <{m}> went to the {place} on {day}.
weather= // [It was {weather} that day|The weather was {weather}|It was a {weather} day]. // Was it {weather}? // [What was the weather like|How was the weather]? // It was <{weather}>.
job=must // There {she} met {a_job} [called|named] {k}. // Did {m} meet {a_job}? // [Who did {m} meet|Whom did {m} meet]? // {m} met <{k}>. // [What was {k}'s job|What did {k} do for work]? // {k} was <{a_job}>. // What was the {job} called? // the {job} was called <{k}>.
thing=must // [{k} gave {m} {thing}|The {job} gave {m} {thing}|{k} sold {m} {thing}]. // Did {m} get {thing}? // [What did {m} get from {k}|What did {m} get|What did {k} give to {m}]? // {m} got <{thing}> from {k}. // [From whom did {m} get {thing}|Who gave {m} {thing}]? // {m} got {thing} <from {k}>.
food= // [Then they ate {food} together|After that they shared some {food}|They sat down and ate {food}]. // Did they eat {food}? // [What did they eat|What did {m} and {k} eat]? // they ate <{food}>.
beast= // On the way home {m} saw {a_beast}. // Did {m} see {a_beast}? // [What did {m} see on the way home|Which animal did {m} see]? // {m} saw <{a_beast}>. // Who saw {a_beast}? // <{m}> saw {a_beast}.
at= // {m} was home [again |]at {at}. // Was {m} home at {at}? // [When|At what time] was {m} home[| again]? // {m} was home <at {at}>.
place2= // {m} put the present {in_place2}. // Is the present {in_place2}? // [Where did {m} put the present|Where is the present]? // {m} put the present <{in_place2}>.
""")
LOST = script("""
obj=must // {m} [had lost|could not find|lost] {her} {obj}. // Did {m} lose {her} {obj}? // What [had {m} lost|did {m} lose]? // {m} lost <{her} {obj}>. // Who lost a {obj}? // <{m}> lost {her} {obj}.
place=must // First {she} looked {in_place}, but [it was not there|found nothing]. // Did {m} look {in_place} first? // [Where did {m} look first|Where did {m} begin to look]? // {m} looked first <{in_place}>.
place2= // Then {she} looked {in_place2}[| for an hour], without luck. // Did {m} look {in_place2}? // Where did {m} look [then|next]? // {m} looked then <{in_place2}>.
k=must // [At last|In the end], {k} found it {in_place3}. // Did {k} find the {obj}? // Who found [the {obj}|it]? // <{k}> found the {obj}. // Where [was the {obj}|did {k} find the {obj}|was it in the end]? // the {obj} was <{in_place3}>.
beast= // {a_beast} had [hidden|taken|carried] it there. // Did {a_beast} take the {obj}? // [Who had hidden|Who had taken|Which animal had taken] the {obj}? // <{a_beast}> had taken the {obj}.
food= // {m} thanked {k} with [some |]{food}. // Did {m} thank {k} with {food}? // [How|With what] did {m} thank {k}? // {m} thanked {k} <with {food}>.
day= // [All this|This] happened on {day}. // Did this happen on {day}? // [When|On which day] did this happen? // this happened <on {day}>.
x= // The search took {x} minutes. // Did the search take {x} minutes? // How long did the search take? // the search took <{x} minutes>.
""")
LETTER = script(
    """
k=must // Dear {k}, // Is the letter to {k}? // [To whom is the letter|Who is the letter to|Who gets the letter]? // the letter is <to {k}>.
city=must // I am [writing from|now in|staying in] {city}. // Is the writer in {city}? // [Where is {m}|Where does {m} write from|In which city is {m}]? // {m} is <in {city}>.
weather= // The weather is {weather}. // Is the weather {weather}? // [How is the weather|What is the weather like]? // the weather is <{weather}>.
thing= // Yesterday I [bought|found] {thing} for you. // Did {m} bring {thing}? // What does {m} have for {k}? // {m} has <{thing}> for {k}.
beast= // I [saw|met] {a_beast} {in_place}. // Did {m} see {a_beast}? // [What did {m} see|Which animal did {m} see]? // {m} saw <{a_beast}>. // Where did {m} see {a_beast}? // {m} saw {a_beast} <{in_place}>.
food= // [Every day|Each evening] we eat {food}. // Do they eat {food}? // What does {m} eat[| every day]? // {m} eats <{food}>.
day=must // I [will come|am coming] home on {day}[| by train]. // Will {m} come home on {day}? // [When|On which day] will {m} come home? // {m} will come home <on {day}>.
at= // Please meet me at {at} at the station. // Should {k} be there at {at}? // [When|At what time] should {k} be at the station? // {k} should be at the station <at {at}>.
m=must // Yours, {m} // Did {m} write the letter? // Who [wrote|signed|sent] the letter? // <{m}> wrote the letter.
""",
    "\n",
)
NOTICE = script("""
obj=must // [Lost|Missing]: {thing}. // Is {thing} missing? // [What is missing|What was lost|What are they looking for]? // <{thing}> was lost.
place=must // Last seen [{in_place}|near the {place}] on {day}. // Was it last seen on {day}? // Where was it last seen? // it was last seen <{in_place}>. // When was it last seen? // it was last seen <on {day}>.
price=must // The finder gets {price} coins. // Does the finder get {price} coins? // [What does the finder get|How much does the finder get|How large is the reward]? // the finder gets <{price} coins>.
k=must // [Please call|Please ask for|Call] {k}, [phone|number] {phone}. // Should I call {k}? // [Who should I call|Whom should the finder call]? // call <{k}>. // [What is the number|Which number should I call|What is {k}'s number]? // {k}'s number is <{phone}>.
street= // {k} lives in {street}. // Does {k} live in {street}? // [Where does {k} live|In which street does {k} live]? // {k} lives <in {street}>.
""")
ORDER = script(
    """
code=must // Order {code}[.|:] // Is the order number {code}? // [What is the order number|Which order is this|What is the number of the order]? // the order number is <{code}>.
k=must // [Customer|For|Name]: {k}. // Is the order for {k}? // [Who is the customer|Who is the order for|For whom is the order]? // the order is <for {k}>.
x=must // [Items|Ordered|We send]: {x} {many}. // Are {x} {many} ordered? // [What was ordered|What is in the order|How many {many} were ordered]? // the order is <{x} {many}>.
price=must // [Total|Price|Sum]: {price} dollars. // Is the price {price} dollars? // [What is the price|How much is it|What is the total|How much does {k} pay]? // the price is <{price} dollars>.
city= // [Send to|Ship to|Deliver to] {street}, {city}. // Does it go to {city}? // [To which city does it go|Which city does it go to|Where is it sent]? // it goes <to {city}>. // To which street does it go? // it goes <to {street}>.
day= // [It will arrive|Delivery is|Comes] on {day}. // Will it come on {day}? // [When|On which day] will it [come|arrive]? // it will come <on {day}>.
colour= // [Colour|Color]: {colour}. // Is the colour {colour}? // [What|Which] colour is ordered? // the colour is <{colour}>.
""",
    "\n",
)
ADVERT = script("""
job=must // {firm} in {city} is looking for {a_job}. // Does {firm} look for {a_job}? // [Who is {firm} looking for|What job is offered|Which job can one get at {firm}]? // {firm} is looking for <{a_job}>. // [Where is {firm}|In which city is {firm}]? // {firm} is <in {city}>. // Who is looking for {a_job}? // <{firm}> is looking for {a_job}.
price=must // The pay is {price} [dollars|dollars] an hour. // Is the pay {price} dollars an hour? // [What is the pay|How much does the job pay|How much do they pay]? // the pay is <{price} dollars> an hour.
month= // [The work|The job] [begins|starts] in {month}. // Does the work begin in {month}? // When does the [work|job] begin? // the work begins <in {month}>.
x= // You work {x} hours a week. // Do you work {x} hours a week? // How many hours [do you work|a week is it]? // you work <{x} hours> a week.
beast= // [Love for|An interest in] {beast}s is [needed|a must]. // Is love for {beast}s needed? // What is needed? // love for <{beast}s> is needed.
k=must // [Write to|Ask for|Please talk to] {k}. // Should I write to {k}? // [Who should I write to|To whom should I write|Who can I ask]? // write to <{k}>.
day= // We answer [on|every] {day}. // Do they answer on {day}? // [When|On which day] do they answer? // they answer <on {day}>.
""")
RACE = script("""
k=must // {k} [came|finished] first in the {obj} race[| in {city}]. // Did {k} come first? // [Who won the race|Who came first|Who was first]? // <{k}> came first. // Which place did {k} get? // {k} came <first>.
k2=must // {k2} [came|was|finished] second[|, {x} seconds later]. // Did {k2} come second? // Who [came|was] second? // <{k2}> came second. // Which place did {k2} get? // {k2} came <second>.
k3=must // {k3} [came|was|finished] third. // Did {k3} come third? // Who [came|was] third? // <{k3}> came third. // Which place did {k3} get? // {k3} came <third>.
m= // {m} [fell|gave up|lost a shoe] and [came|was] last. // Did {m} come last? // Who [came|was] last? // <{m}> came last. // Which place did {m} get? // {m} came <last>.
thing= // The winner got {thing}. // Did the winner get {thing}? // [What did the winner get|What was the prize]? // the winner got <{thing}>.
y= // {y} people [watched|came to watch]. // Did {y} people watch? // How many people watched? // <{y} people> watched.
weather= // It was {weather}. // Was it {weather}? // [What was the weather like|How was the weather]? // It was <{weather}>.
""")
GROUPS = script("""
place=must // {k} and {k2} [went|walked|drove] to the {place}. // Did {k} go to the {place}? // [Where did {k} go|Where did {k2} go|Where did {k} and {k2} go]? // {k} and {k2} went <to the {place}>. // Who went to the {place}? // <{k} and {k2}> went to the {place}.
place2=must // {k3} [stayed|waited] {in_place2}. // Did {k3} stay {in_place2}? // Where [did {k3} stay|was {k3}]? // {k3} stayed <{in_place2}>. // Who stayed {in_place2}? // <{k3}> stayed {in_place2}.
thing= // {k2} [took|carried|brought] {thing}. // Did {k2} bring {thing}? // What did {k2} [take|bring|carry]? // {k2} brought <{thing}>. // Who [took|brought|carried] {thing}? // <{k2}> brought {thing}.
t2= // {k3} [made|painted|washed] {t2}. // Did {k3} have {t2}? // What did {k3} have? // {k3} had <{t2}>. // Who had {t2}? // <{k3}> had {t2}.
food= // All of them ate {food} at {at}. // Did they eat {food}? // What did they eat? // they ate <{food}>. // [When|At what time] did they eat? // they ate <at {at}>.
m= // {m} came [home |]at {at2}. // Did {m} come at {at2}? // [When|At what time] did {m} come? // {m} came <at {at2}>. // Who came at {at2}? // <{m}> came at {at2}.
""")
HOUSE = script("""
colour=must // The house of {m} [is|is painted] {colour}. // Is the house {colour}? // [What colour is|Which colour is] the house[| of {m}]? // the house of {m} is <{colour}>. // Whose house is {colour}? // the house <of {m}> is {colour}.
x=must // It has {x} rooms[| and a garden]. // Does the house have {x} rooms? // How many rooms does [it|the house] have? // the house has <{x} rooms>.
obj=must // In the kitchen there is a {obj}. // Is there a {obj} in the kitchen? // What is in the kitchen? // In the kitchen there is a <{obj}>. // Where is the {obj}? // <In the kitchen> there is a {obj}.
obj2= // In the bedroom there is a {obj2}. // Is there a {obj2} in the bedroom? // What is in the bedroom? // In the bedroom there is a <{obj2}>. // Where is the {obj2}? // <In the bedroom> there is a {obj2}.
beast= // {a_beast} lives under the roof. // Does {a_beast} live under the roof? // [Who|What|Which animal] lives under the roof? // <{a_beast}> lives under the roof.
street=must // [The house|It] [stands|is] in {street}. // Is the house in {street}? // [Where|In which street] is the house? // the house is <in {street}>.
year= // It was built in {year}. // Was the house built in {year}? // When was [it|the house] built? // the house was built <in {year}>.
k= // [Next door|Beside it] lives {k}. // Does {k} live next door? // Who lives next door? // <{k}> lives next door.
""")
FARM = script("""
m=must // {m} [has|runs|owns] a farm near {town}. // Does {m} have a farm? // Who [has|runs|owns] a farm? // <{m}> has a farm. // [Where|Near which town] is the farm? // the farm is <near {town}>.
x=must // There are {x} {beast}s and {y} {beast2}s. // Are there {x} {beast}s? // How many {beast}s are there? // there are <{x} {beast}s>. // How many {beast2}s are there? // there are <{y} {beast2}s>.
food= // {She} [grows|sells] {food} [too|as well]. // Does {m} have {food}? // What does {m} [grow|sell]? // {m} has <{food}>.
day= // On {day}s {m} goes to the market[| in {city}]. // Does {m} go to the market on {day}s? // [When|On which day] does {m} go to the market? // {m} goes to the market <on {day}s>.
k= // {k} helps {m} with the {beast}s. // Does {k} help {m}? // Who helps {m}? // <{k}> helps {m}.
price= // One {beast} costs {price} coins. // Does one {beast} cost {price} coins? // How much does one {beast} cost? // one {beast} costs <{price} coins>.
""")
EMAIL = script(
    """
k=must // From: {k} // Is it from {k}? // [Who sent this|Who wrote this|Who is it from|Who is the sender]? // it is <from {k}>.
k2=must // To: {k2} // Is it to {k2}? // [To whom was it sent|Who is it to|Who got this]? // it is <to {k2}>.
topic=must // Subject: {topic} // Is it about {topic}? // [What is it about|What is the subject]? // it is <about {topic}>.
day=must // [We meet|The meeting is|Let us meet] on {day} at {at}. // Do they meet on {day}? // [When|On which day] do they meet? // they meet <on {day}>. // At what time do they meet? // they meet <at {at}>.
place= // [We meet {in_place}|The place is the {place}|Come to the {place}]. // Do they meet {in_place}? // Where do they meet? // they meet <{in_place}>.
thing= // Please bring {thing}. // Should {k2} bring {thing}? // What should {k2} bring? // {k2} should bring <{thing}>.
k3= // {k3} [will come too|will be there too|comes as well]. // Will {k3} come? // Who will come too? // <{k3}> will come too.
phone= // If you are late, call {phone}. // Is the number {phone}? // [Which number should {k2} call|What is the number]? // the number is <{phone}>.
""",
    "\n",
)
PLAN = script("""
city=must // {m} [plans|is planning] a trip to {city} in {month}. // Is the trip to {city}? // [Where does {m} go|To which city is the trip]? // the trip is <to {city}>. // [When|In which month] is the trip? // the trip is <in {month}>. // Who plans a trip? // <{m}> plans a trip.
x=must // {She} will stay [for |]{x} days. // Will {m} stay {x} days? // [How long|How many days] will {m} stay? // {m} will stay <{x} days>.
k=must // {k} will [come along|go with {m}|come too]. // Will {k} come? // Who will [come along|go with {m}]? // <{k}> will come along.
price= // The [journey|trip] costs {price} dollars. // Does the trip cost {price} dollars? // How much does the [trip|journey] cost? // the trip costs <{price} dollars>.
obj= // {m} must not forget the {obj}. // Should {m} take the {obj}? // What must {m} not forget? // {m} must not forget <the {obj}>.
place= // First they [want to see|will visit] the {place}. // Will they see the {place} first? // What [will they see|do they want to see] first? // they will see <the {place}> first.
beast= // At home, {k2} will feed the {beast}. // Will {k2} feed the {beast}? // Who will feed the {beast}? // <{k2}> will feed the {beast}. // What will {k2} feed? // {k2} will feed <the {beast}>.
""")
CHAIN = script("""
k=must // {k} had {thing}. // Did {k} have {thing}? // What did {k} have? // {k} had <{thing}>. // Who had {thing} first? // <{k}> had {thing} first.
k2=must // {k} gave it to {k2} [on {day}|{in_place}|for {price} coins]. // Did {k} give it to {k2}? // [To whom did {k} give it|Who got it from {k}]? // {k} gave it <to {k2}>. // From whom did {k2} get it? // {k2} got it <from {k}>.
k3=must // [Later|Then] {k2} gave it to {k3}. // Did {k2} give it to {k3}? // [To whom did {k2} give it|Who got it from {k2}]? // {k2} gave it <to {k3}>. // From whom did {k3} get it? // {k3} got it <from {k2}>. // [Who has it now|Who has it in the end|Who had it last]? // <{k3}> has it now.
place2= // {k3} keeps it {in_place2}. // Does {k3} keep it {in_place2}? // Where does {k3} keep it? // {k3} keeps it <{in_place2}>.
m= // {m} would like to have it [too|one day]. // Would {m} like to have it? // Who would like to have it? // <{m}> would like to have it.
""")
SCRIPTS = [WALK, LOST, LETTER, NOTICE, ORDER, ADVERT, RACE, GROUPS, HOUSE, FARM, EMAIL, PLAN, CHAIN]


def tell(pen: Pen, script: Script) -> Passage:
    """A script written out, with its questions."""
    used: set[str] = set()
    wanted = set().union(*(fact.needs for fact in script.rows)) & SLOTS.keys()
    drawn = {key: draw(pen, SLOTS[key], used) for key in sorted(wanted)}
    slots = {key: value for key, value in drawn.items() if value is not None}
    she, her = they(slots.get("m", "")) or ("they", "their")
    slots = with_articles({**slots, "she": she, "She": cap(she), "her": her})
    rows = [fact for fact in script.rows if fact.needs <= slots.keys()]
    told = [fact for fact in rows if fact.label or pen.chance(0.6)]
    sentences = [cap(pen.say(fact.tells, **slots)) for fact in told]
    lookups = [asked(pen.say(q, **slots), pen.say(ans, **slots)) for f in told for q, ans in f.asks]
    known = {key for fact in told for key in slots_of(fact.tells)}
    absent = [
        cap(pen.say(fact.asks[0][0], **slots))
        for fact in rows
        if fact not in told and slots_of(fact.asks[0][0]) <= known
    ]
    checks = [_check(pen, fact, slots, used) for fact in told if fact.slot in slots]
    return Passage(script.joint.join(sentences), lookups, absent, checks)


def _check(pen: Pen, fact: Fact, slots: dict[str, str], used: set[str]) -> Asked:
    answer = pen.say(fact.asks[0][1], **slots).replace("<", "").replace(">", "")
    answer = answer[0].lower() + answer[1:] if answer.startswith(("It ", "In ")) else answer
    other = draw(pen, SLOTS[fact.slot], set(used))
    if other is None or f"{{{fact.slot}}}" not in fact.check or pen.chance(0.5):
        return asked(pen.say(fact.check, **slots), f"Yes, {answer}")
    changed = with_articles({**slots, fact.slot: other})
    return asked(pen.say(fact.check, **changed), f"No, {answer}")
