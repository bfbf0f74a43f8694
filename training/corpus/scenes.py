"""Shops, trains, towns, machines and other things that a passage may tell of."""

# ruff: noqa: E501 (one row to a line)

from __future__ import annotations

from .pen import Pen, a, cap
from .relations import any_of, between, clock, code, counted, digits, split
from .themes import Theme, comparisons, facts
from .words import ANIMALS, CITIES, COLOURS, DAYS, FOODS, MONTHS, NAMES, PLACES, THINGS, in_place


def invented(pen: Pen) -> str:
    return cap(pen.invented(2))


def street(pen: Pen) -> str:
    return f"{cap(pen.invented(2))} {pen.pick(['Street', 'Street', 'Road', 'Lane', 'Square'])}"


def spot(pen: Pen) -> str:
    """Where a thing may be, `under the red bed`."""
    if pen.chance(0.4):
        return in_place(pen.pick(PLACES))
    where, what = (
        pen.pick(["on", "under", "behind", "next to"]),
        pen.pick(["bed", "sofa", "desk", "shelf"]),
    )
    return f"{where} the {pen.pick(COLOURS)} {what}"


SHOP = Theme(
    subject="the {shop} shop",
    slots={
        "shop": lambda pen: pen.split_pick([*THINGS, *FOODS]), "owner": split(NAMES, 0.1), "street": street,
        "opens": clock(6, 11), "closes": clock(14, 21), "shut": any_of(DAYS), "sells": split(FOODS),
        "price": between(1, 60), "staff": counted(2, 30), "since": between(1850, 2024), "best": split(FOODS),
        "phone": digits(4, 7), "by": any_of(PLACES), "door": any_of(COLOURS), "sale": any_of(MONTHS),
    },
    facts=facts("""
owner=Owner // {n} [belongs to|is run by|is owned by] {owner}. // Does {n} belong to {owner}? // [Who owns|Who runs|Who is the owner of] {n}? // {n} belongs to <{owner}>. // Which shop [belongs to {owner}|does {owner} own|does {owner} run]? // <{n}> belongs to {owner}.
street=Street // {n} is [in|in|to be found in] {street}. // Is {n} in {street}? // [Where is {n}|In which street is {n}|Which street is {n} in|Where can I find {n}]? // {n} is <in {street}>. // Which shop is in {street}? // <{n}> is in {street}.
opens=Opens at // {n} [opens at|opens its doors at|is open from] {opens}[| in the morning]. // Does {n} open at {opens}? // [When|At what time|What time] does {n} open? // {n} opens <at {opens}>. // Which shop opens at {opens}? // <{n}> opens at {opens}.
closes=Closes at // {n} closes at {closes}[| in the evening| every day]. // Does {n} close at {closes}? // [When|At what time|What time] does {n} close? // {n} closes <at {closes}>. // Which shop closes at {closes}? // <{n}> closes at {closes}.
shut=Closed on // {n} is [closed|shut|not open] on {shut}s. // Is {n} closed on {shut}s? // [On which day|When] is {n} [closed|shut]? // {n} is closed <on {shut}s>. // Which shop is [closed|shut] on {shut}s? // <{n}> is closed on {shut}s.
sells=Sells // {n} [also sells|also has|offers] {sells}[| on some days| too]. // Does {n} sell {sells}? // What does {n} also sell? // {n} also sells <{sells}>. // [Which shop sells|Where can I buy|Where do they sell] {sells}? // <{n}> also sells {sells}.
staff=Workers // {n} has {staff} [workers|people at work]. // Does {n} have {staff} workers? // [How many workers does {n} have|How many people work in {n}|How large is the staff of {n}]? // {n} has <{staff} workers>. // Which shop has {staff} workers? // <{n}> has {staff} workers.
since=Opened in // {n} [first opened|was founded|was opened] in {since}. // Did {n} first open in {since}? // [In which year did|When did] {n} first open? // {n} first opened <in {since}>. // Which shop first opened in {since}? // <{n}> first opened in {since}.
best= // [People come to {n} for its {best}|The best thing in {n} is the {best}|{n} is known for its {best}]. // Is {n} known for its {best}? // [What is {n} known for|What do people like best in {n}|What is the best thing in {n}]? // {n} is known for its <{best}>. // Which shop is known for its {best}? // <{n}> is known for its {best}.
phone=Phone // {n}'s phone number is {phone}. // Is {n}'s phone number {phone}? // [What is the phone number of {n}|What is {n}'s phone number|Which number do I call for {n}]? // {n}'s phone number is <{phone}>.
by= // {n} [is next to|is beside|stands next to|is just beside] the {by}. // Is {n} next to the {by}? // [What is {n} next to|Next to what is {n}|What is beside {n}]? // {n} is next to <the {by}>. // Which shop is next to the {by}? // <{n}> is next to the {by}.
door= // {n} has a {door} door. // Does {n} have a {door} door? // [What colour is the door of|Which colour is the door of] {n}? // {n} has a <{door}> door. // Which shop has a {door} door? // <{n}> has a {door} door.
sale= // {n} has [a sale|its sale] in {sale}. // Does {n} have a sale in {sale}? // [When|In which month] does {n} have [a sale|its sale]? // {n} has a sale <in {sale}>. // Which shop has a sale in {sale}? // <{n}> has a sale in {sale}.
"""),
    comparisons=comparisons("""
opens // Which shop opens earlier // {n} opens at {opens} // {n} opens earlier // Which shop opens first // min
closes // Which shop closes later // {n} closes at {closes} // {n} closes later // Which shop closes last // max
since // Which shop is older // {n} opened in {since} // {n} is older // Which shop is the oldest // min
staff // Which shop has more workers // {n} has {staff} workers // {n} has more workers // Which shop has the most workers // max
"""),
    title="Shop",
    of_people=frozenset({"owner"}),
    clashes=(frozenset({"street", "by"}), frozenset({"sells", "best"})),
)  # fmt: skip

TRIP = Theme(
    subject="the {ride} to {to}",
    shared={"ride": lambda pen: pen.pick([t for t in THINGS if t in ("train", "bus", "boat", "ship")])},
    slots={
        "to": split(CITIES, 0.15), "leaves": clock(5, 13), "arrives": clock(14, 23), "stand": between(1, 24),
        "price": between(3, 90), "stops": counted(2, 20), "via": split(CITIES, 0.15), "late": between(3, 59),
        "day": any_of(DAYS), "driver": split(NAMES), "number": digits(2, 4), "colour": any_of(COLOURS),
    },
    facts=facts("""
leaves=Leaves at // {n} [leaves|departs|goes|sets off] at {leaves}. // Does {n} leave at {leaves}? // [When|At what time|What time] does {n} [leave|depart|go]? // {n} leaves <at {leaves}>. // Which {ride} [leaves|departs|goes] at {leaves}? // <{n}> leaves at {leaves}.
arrives=Arrives at // {n} [arrives|gets there|comes in] at {arrives}. // Does {n} arrive at {arrives}? // [When|At what time|What time] does {n} arrive? // {n} arrives <at {arrives}>. // Which {ride} arrives at {arrives}? // <{n}> arrives at {arrives}.
stand=Platform // {n} [leaves|departs|goes] from platform {stand}. // Does {n} leave from platform {stand}? // [From which platform does {n} leave|Which platform does {n} leave from|What is the platform of {n}]? // {n} leaves from <platform {stand}>. // Which {ride} leaves from platform {stand}? // <{n}> leaves from platform {stand}.
price=Price in coins // [A ticket for {n} costs|A seat on {n} costs] {price} coins. // Does a ticket for {n} cost {price} coins? // [How much|What] does a [ticket for|seat on] {n} cost? // a ticket for {n} costs <{price} coins>.
stops=Stops // {n} [stops {stops} times|makes {stops} stops] on the way. // Does {n} stop {stops} times? // How [many times|often] does {n} stop? // {n} stops <{stops} times>. // Which {ride} [stops {stops} times|makes {stops} stops]? // <{n}> stops {stops} times.
via=Via // {n} [goes|runs|travels] [via|by way of] {via}. // Does {n} go via {via}? // [Via which city does {n} go|Which city does {n} pass on the way]? // {n} goes <via {via}>. // Which {ride} goes via {via}? // <{n}> goes via {via}.
late= // {n} is {late} minutes late[| today]. // Is {n} {late} minutes late? // How [late is {n}|many minutes late is {n}|long is the delay of {n}]? // {n} is <{late} minutes> late. // Which {ride} is {late} minutes late? // <{n}> is {late} minutes late.
day=Day // {n} [runs|goes] only on {day}s. // Does {n} run on {day}s? // [On which day|When] does {n} run? // {n} runs <on {day}s>. // Which {ride} runs [only |]on {day}s? // <{n}> runs on {day}s.
driver=Driver // {n} is [driven|steered] by {driver}. // Is {n} driven by {driver}? // Who [drives|is the driver of|steers] {n}? // {n} is driven by <{driver}>. // Which {ride} [does {driver} drive|is driven by {driver}]? // <{n}> is driven by {driver}.
number=Number // {n} has [the |]number {number}. // Does {n} have number {number}? // [Which number does {n} have|What is the number of {n}]? // {n} has number <{number}>. // Which {ride} has number {number}? // <{n}> has number {number}.
colour=Colour // {n} is {colour}. // Is {n} {colour}? // [What|Which] colour is {n}? // {n} is <{colour}>. // Which {ride} is {colour}? // <{n}> is {colour}.
"""),
    comparisons=comparisons("""
leaves // Which {ride} leaves earlier // {n} leaves at {leaves} // {n} leaves earlier // Which {ride} leaves first // min
arrives // Which {ride} arrives later // {n} arrives at {arrives} // {n} arrives later // Which {ride} arrives last // max
stops // Which {ride} stops more often // {n} stops {stops} times // {n} stops more often // Which {ride} stops the most // max
late // Which {ride} is later // {n} is {late} minutes late // {n} is later // Which {ride} has the longest delay // max
"""),
    title="Trip",
    subjects=(1, 2, 2, 3, 3),
    of_people=frozenset({"driver"}),
)  # fmt: skip

THING = Theme(
    subject="the {thing}",
    slots={
        "thing": split(THINGS), "colour": any_of(COLOURS), "place": spot, "owner": split(NAMES, 0.1),
        "price": between(2, 99), "weight": between(2, 90), "age": between(2, 120), "maker": invented,
        "room": any_of(PLACES), "inner": lambda pen: a(f"toy {pen.split_pick(ANIMALS)}"), "from": split(CITIES, 0.1), "code": code, "width": between(5, 99),
    },
    facts=facts("""
colour=Colour // {n} is {colour}. // Is {n} {colour}? // [What|Which] colour is {n}? // {n} is <{colour}>. // [What|Which thing] is {colour}? // <{n}> is {colour}.
place=Place // {n} [is|lies|can be found] {place}. // Is {n} {place}? // [Where is|Where can I find|Where do I find] {n}? // {n} is <{place}>. // [What|Which thing] is {place}? // <{n}> is {place}.
owner=Owner // {n} belongs to {owner}. // Does {n} belong to {owner}? // [Whose is {n}|Who owns {n}|To whom does {n} belong|Who does {n} belong to]? // {n} belongs to <{owner}>. // [What|Which thing] belongs to {owner}? // <{n}> belongs to {owner}.
price=Price in {coin} // {n} costs {price} {coin}. // Does {n} cost {price} {coin}? // [How much does {n} cost|What does {n} cost|How much is {n}|What is the price of {n}]? // {n} costs <{price} {coin}>. // [What|Which thing] costs {price} {coin}? // <{n}> costs {price} {coin}.
weight=Weight in kilos // {n} weighs {weight} [kilos|kg]. // Does {n} weigh {weight} kilos? // [How heavy is {n}|How much does {n} weigh|What is the weight of {n}]? // {n} weighs <{weight} kilos>. // [What|Which thing] weighs {weight} kilos? // <{n}> weighs {weight} kilos.
age=Age in years // {n} is {age} years old. // Is {n} {age} years old? // How old is {n}? // {n} is <{age} years> old. // [What|Which thing] is {age} years old? // <{n}> is {age} years old.
maker=Maker // {n} [was made by|comes from the workshop of|was built by] {maker}. // Was {n} made by {maker}? // [Who made|Who was the maker of|Who built] {n}? // {n} was made by <{maker}>. // [What did {maker} make|Which thing was made by {maker}]? // <{n}> was made by {maker}.
inner= // [In|Inside] {n} there is {inner}. // Is there {inner} in {n}? // [What is in|What is inside|What can be found in] {n}? // in {n} there is <{inner}>. // Where is {inner}? // <in {n}> there is {inner}.
from=From // {n} [comes from|is from|was brought from] {from}. // Does {n} come from {from}? // [Where does {n} come from|Which city does {n} come from]? // {n} comes <from {from}>. // [What|Which thing] comes from {from}? // <{n}> comes from {from}.
code=Code // {n} has the [code|number] {code}. // Does {n} have the code {code}? // [What is the code of|What is the number of] {n}? // {n} has the code <{code}>. // [What|Which thing] has the code {code}? // <{n}> has the code {code}.
width=Width in cm // {n} is {width} cm wide. // Is {n} {width} cm wide? // [How wide|How many cm wide] is {n}? // {n} is <{width} cm> wide. // [What|Which thing] is {width} cm wide? // <{n}> is {width} cm wide.
"""),
    shared={"coin": any_of(["coins", "dollars", "euros", "pounds"])},
    comparisons=comparisons("""
price // Which thing costs more // {n} costs {price} {coin} // {n} costs more // Which thing costs the most // max
price // Which thing is cheaper // {n} costs {price} {coin} // {n} is cheaper // Which thing is the cheapest // min
weight // Which thing is heavier // {n} weighs {weight} kilos // {n} is heavier // Which thing is the heaviest // max
age // Which thing is older // {n} is {age} years old // {n} is older // Which thing is the oldest // max
width // Which thing is wider // {n} is {width} cm wide // {n} is wider // Which thing is the widest // max
"""),
    title="Thing",
    subjects=(1, 2, 3, 3, 4),
    of_people=frozenset({"owner"}),
    clashes=(frozenset({"owner", "maker"}), frozenset({"place", "inner"})),
)  # fmt: skip

TOWN = Theme(
    subject="{town}",
    slots={
        "town": invented, "river": invented, "people": lambda pen: str(pen.number(20, 999) * 10), "day": any_of(DAYS),
        "mayor": split(NAMES, 0.2), "famous": split(FOODS), "bridges": counted(2, 40), "year": between(900, 1999),
        "near": split(CITIES), "sight": any_of(PLACES), "feast": any_of(MONTHS), "schools": counted(2, 30),
        "beast": split(ANIMALS),
    },
    facts=facts("""
river=River // {n} [lies|stands] on the river {river}. // Does {n} lie on the river {river}? // [On which river does {n} lie|Which river does {n} lie on|What is the river of {n} called]? // {n} lies on the river <{river}>. // Which town lies on the river {river}? // <{n}> lies on the river {river}.
people=People // {n} has {people} [people|inhabitants]. // Does {n} have {people} people? // [How many people live in {n}|How many people does {n} have|How large is {n}|What is the population of {n}]? // {n} has <{people} people>. // Which town has {people} people? // <{n}> has {people} people.
day=Market // [The market of {n} is on {day}|{n} has a market on {day}|{n} has its market day on {day}]. // Does {n} have a market on {day}? // [On which day|When] does {n} have [a market|its market]? // {n} has a market <on {day}>. // Which town has a market on {day}? // <{n}> has a market on {day}.
mayor=Mayor // [The mayor of {n} is {mayor}|{n}'s mayor is {mayor}|{n}'s mayor is called {mayor}]. // Is {n}'s mayor {mayor}? // [Who is the mayor of {n}|What is {n}'s mayor called|Who is {n}'s mayor]? // {n}'s mayor is <{mayor}>. // [Which town has the mayor {mayor}|Of which town is {mayor} the mayor]? // <{n}'s> mayor is {mayor}.
famous=Known for // {n} is [known|famous] for its {famous}. // Is {n} known for its {famous}? // What is {n} [known|famous] for? // {n} is known for its <{famous}>. // Which town is [known|famous] for its {famous}? // <{n}> is known for its {famous}.
bridges=Bridges // {n} has {bridges} bridges. // Does {n} have {bridges} bridges? // [How many bridges does {n} have|How many bridges are there in {n}]? // {n} has <{bridges} bridges>. // Which town has {bridges} bridges? // <{n}> has {bridges} bridges.
year=Founded // {n} was [founded|built] in {year}. // Was {n} founded in {year}? // [When was {n} founded|In which year was {n} founded]? // {n} was founded <in {year}>. // Which town was founded in {year}? // <{n}> was founded in {year}.
near=Near // {n} [is|lies] [near|not far from|close to] {near}. // Is {n} near {near}? // [Which city is {n} near|Near which city is {n}|Where is {n}]? // {n} is <near {near}>. // Which town is near {near}? // <{n}> is near {near}.
sight=Sight // [Visitors of {n} like the {sight} best|{n}'s best sight is the {sight}]. // Is {n}'s best sight the {sight}? // [What is the best sight of {n}|What do visitors of {n} like best|What should I see in {n}]? // {n}'s best sight is <the {sight}>.
feast=Feast // {n} has [a feast|its feast] in {feast}. // Does {n} have a feast in {feast}? // [When|In which month] does {n} have [a feast|its feast]? // {n} has a feast <in {feast}>. // Which town has a feast in {feast}? // <{n}> has a feast in {feast}.
schools=Schools // {n} has {schools} schools. // Does {n} have {schools} schools? // How many schools [does {n} have|are there in {n}]? // {n} has <{schools} schools>. // Which town has {schools} schools? // <{n}> has {schools} schools.
beast= // [The flag of {n} shows|{n}'s flag shows] {a_beast}. // Does {n}'s flag show {a_beast}? // [What does the flag of {n} show|What is on the flag of {n}|Which animal is on {n}'s flag]? // {n}'s flag shows <{a_beast}>. // Whose flag shows {a_beast}? // <{n}'s> flag shows {a_beast}.
"""),
    comparisons=comparisons("""
people // Which town is larger // {n} has {people} people // {n} is larger // Which town is the largest // max
bridges // Which town has more bridges // {n} has {bridges} bridges // {n} has more bridges // Which town has the most bridges // max
year // Which town is older // {n} was founded in {year} // {n} is older // Which town is the oldest // min
schools // Which town has fewer schools // {n} has {schools} schools // {n} has fewer schools // Which town has the fewest schools // min
"""),
    title="Town",
    of_people=frozenset({"mayor"}),
    clashes=(frozenset({"near", "river"}), frozenset({"famous", "sight"})),
)  # fmt: skip
