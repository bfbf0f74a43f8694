"""Events, machines, buildings, animals, dishes, lessons and weather that a passage may tell of."""

# ruff: noqa: E501 (one row to a line)

from __future__ import annotations

from .pen import Pen, cap
from .relations import BEASTS, any_of, between, clock, code, coloured, counted, digits, split
from .scenes import SHOP, THING, TOWN, TRIP, invented, street
from .themes import Theme, comparisons, facts
from .words import (
    ANIMALS,
    CITIES,
    COLOURS,
    DAYS,
    FOODS,
    HOBBIES,
    MONTHS,
    NAMES,
    PLACES,
    THINGS,
    WEATHER,
)


def version(pen: Pen) -> str:
    return f"{pen.number(0, 12)}.{pen.number(0, 30)}"


def address(pen: Pen) -> str:
    return f"10.{pen.number(0, 99)}.{pen.number(0, 255)}.{pen.number(1, 254)}"


EVENT = Theme(
    subject="the {event}",
    slots={
        "event": any_of(["party", "concert", "meeting", "dance", "race", "fair", "match", "wedding", "picnic", "show", "lesson", "feast"]),
        "day": any_of(DAYS), "at": clock(8, 20), "where": any_of(PLACES), "host": split(NAMES, 0.1),
        "bring": coloured, "guests": between(4, 300), "price": between(2, 60), "month": any_of(MONTHS),
        "food": split(FOODS), "hours": counted(2, 9), "call": digits(4, 7), "city": split(CITIES, 0.1),
    },
    facts=facts("""
day=Day // {n} is on {day}. // Is {n} on {day}? // [When|On which day|What day] is {n}? // {n} is <on {day}>. // [What|Which event] is on {day}? // <{n}> is on {day}.
at=Time // {n} [begins|starts] at {at}. // Does {n} begin at {at}? // [When|At what time|What time] does {n} [begin|start]? // {n} begins <at {at}>. // [What|Which event] [begins|starts] at {at}? // <{n}> begins at {at}.
where=Place // {n} [is|takes place|will be held] {in_where}. // Is {n} {in_where}? // [Where is|Where will they hold] {n}? // {n} is <{in_where}>. // [What|Which event] is {in_where}? // <{n}> is {in_where}.
host=Host // {n} is [planned|organised|given|run] by {host}. // Is {n} run by {host}? // Who [plans|organises|gives|runs] {n}? // {n} is run by <{host}>. // [What does {host} plan|Which event does {host} run]? // <{n}> is run by {host}.
bring= // [Guests of {n} should|All who come to {n} should|People at {n} must] bring {bring}. // Should guests of {n} bring {bring}? // [What should guests of {n} bring|What do I need to bring to {n}|What should I bring to {n}]? // guests of {n} should bring <{bring}>.
guests=Guests // [{guests} people are coming to {n}|{n} has {guests} guests]. // Does {n} have {guests} guests? // [How many guests does {n} have|How many people are coming to {n}]? // {n} has <{guests} guests>. // [What|Which event] has {guests} guests? // <{n}> has {guests} guests.
price=Price in coins // [{n} costs|a ticket for {n} costs] {price} coins. // Does {n} cost {price} coins? // [How much|What] does [{n}|a ticket for {n}] cost? // {n} costs <{price} coins>. // [What|Which event] costs {price} coins? // <{n}> costs {price} coins.
month=Month // {n} [is|will be held|takes place] in {month}. // Is {n} in {month}? // [In which month is {n}|Which month is {n} in]? // {n} is <in {month}>. // [What|Which event] is in {month}? // <{n}> is in {month}.
food=Food // [They serve {food} at {n}|{n} has {food} for all guests]. // Does {n} have {food}? // [What do they serve at {n}|What can I eat at {n}|Which food does {n} have]? // {n} has <{food}>. // [Where do they serve|Which event has] {food}? // <{n}> has {food}.
hours=Hours // {n} [lasts|takes|goes on for] {hours} hours. // Does {n} last {hours} hours? // [How long|How many hours] does {n} [last|take]? // {n} lasts <{hours} hours>. // [What|Which event] lasts {hours} hours? // <{n}> lasts {hours} hours.
call=Phone // [For {n}, call {call}|{n}'s phone number is {call}]. // Is {n}'s phone number {call}? // [Which number do I call for {n}|What is {n}'s phone number]? // {n}'s phone number is <{call}>.
city=City // {n} [is|takes place|will be held] in {city}. // Is {n} in {city}? // [In which city is {n}|Which city is {n} in]? // {n} is <in {city}>. // [What|Which event] is in {city}? // <{n}> is in {city}.
"""),
    comparisons=comparisons("""
at // Which event begins earlier // {n} begins at {at} // {n} begins earlier // Which event begins first // min
guests // Which event has more guests // {n} has {guests} guests // {n} has more guests // Which event has the most guests // max
price // Which event is cheaper // {n} costs {price} coins // {n} is cheaper // Which event is the cheapest // min
hours // Which event lasts longer // {n} lasts {hours} hours // {n} lasts longer // Which event lasts the longest // max
"""),
    title="Event",
    of_people=frozenset({"host"}),
    clashes=(frozenset({"where", "city"}), frozenset({"day", "at", "month"})),
)  # fmt: skip

CREATURE = Theme(
    subject="the {beast}",
    slots={
        "beast": lambda pen: pen.split_pick(ANIMALS) if pen.chance(0.3) else pen.invented(2),
        "eats": split(FOODS), "home": any_of(PLACES), "long": between(2, 99), "coat": any_of(COLOURS),
        "legs": counted(2, 40), "sleeps": between(2, 20), "speed": between(2, 90), "years": between(2, 80),
        "eggs": counted(2, 40), "fears": split(BEASTS), "land": split(CITIES, 0.2), "likes": any_of(WEATHER),
    },
    facts=facts("""
eats=Food // {n} [eats|feeds on|lives on] {eats}. // Does {n} eat {eats}? // What does {n} [eat|feed on]? // {n} eats <{eats}>. // [What|Which animal] eats {eats}? // <{n}> eats {eats}.
home=Home // {n} [lives|makes its nest|has its home] {in_home}. // Does {n} live {in_home}? // Where does {n} [live|have its home]? // {n} lives <{in_home}>. // [What|Which animal] lives {in_home}? // <{n}> lives {in_home}.
long=Length in cm // {n} is [about |]{long} cm long. // Is {n} {long} cm long? // [How long is|What is the length of] {n}? // {n} is <{long} cm> long. // [What|Which animal] is {long} cm long? // <{n}> is {long} cm long.
coat=Fur // {n} has {coat} fur. // Does {n} have {coat} fur? // [What colour is the fur of|Which colour is the fur of] {n}? // {n} has <{coat}> fur. // [What|Which animal] has {coat} fur? // <{n}> has {coat} fur.
legs=Legs // {n} [has|walks on] {legs} legs. // Does {n} have {legs} legs? // How many legs does {n} have? // {n} has <{legs} legs>. // [What|Which animal] has {legs} legs? // <{n}> has {legs} legs.
sleeps=Hours of sleep a day // {n} sleeps {sleeps} hours a day. // Does {n} sleep {sleeps} hours a day? // [How long|How many hours a day|How much] does {n} sleep? // {n} sleeps <{sleeps} hours> a day. // [What|Which animal] sleeps {sleeps} hours a day? // <{n}> sleeps {sleeps} hours a day.
speed=Miles an hour // {n} can [run|move] {speed} miles an hour. // Can {n} run {speed} miles an hour? // How fast [can {n} run|can {n} move|is {n}]? // {n} can run <{speed} miles> an hour. // [What|Which animal] can run {speed} miles an hour? // <{n}> can run {speed} miles an hour.
years=Years of life // {n} [lives for|can live for|grows old for] {years} years. // Does {n} live for {years} years? // [How long|How many years] does {n} live? // {n} lives for <{years} years>. // [What|Which animal] lives for {years} years? // <{n}> lives for {years} years.
eggs=Eggs // {n} lays {eggs} eggs[| a year| in spring]. // Does {n} lay {eggs} eggs? // How many eggs does {n} lay? // {n} lays <{eggs} eggs>. // [What|Which animal] lays {eggs} eggs? // <{n}> lays {eggs} eggs.
fears= // {n} is afraid of {fears}s. // Is {n} afraid of {fears}s? // [What|Which animal] is {n} afraid of? // {n} is afraid of <{fears}s>. // [What|Which animal] is afraid of {fears}s? // <{n}> is afraid of {fears}s.
land=Found near // {n} is [found|often seen] near {land}. // Is {n} found near {land}? // Near which city is {n} found? // {n} is found <near {land}>. // [What|Which animal] is found near {land}? // <{n}> is found near {land}.
likes=Weather // {n} likes {likes} [weather|days]. // Does {n} like {likes} weather? // [What|Which] weather does {n} like? // {n} likes <{likes}> weather. // [What|Which animal] likes {likes} weather? // <{n}> likes {likes} weather.
"""),
    comparisons=comparisons("""
long // Which animal is longer // {n} is {long} cm long // {n} is longer // Which animal is the longest // max
legs // Which animal has more legs // {n} has {legs} legs // {n} has more legs // Which animal has the most legs // max
speed // Which animal is faster // {n} can run {speed} miles an hour // {n} is faster // Which animal is the fastest // max
years // Which animal lives longer // {n} lives for {years} years // {n} lives longer // Which animal lives the longest // max
"""),
    title="Animal",
)  # fmt: skip

MACHINE = Theme(
    subject="{kind} {machine}",
    shared={"kind": any_of(["server", "printer", "robot", "machine", "service", "station"])},
    slots={
        "machine": lambda pen: pen.pick([pen.invented(), cap(pen.invented()), code(pen)]), "city": split(CITIES),
        "version": version, "port": digits(4, 4), "memory": between(2, 512, 2), "owner": split(NAMES),
        "ip": address, "restart": clock(0, 23), "users": between(2, 900), "room": between(1, 399), "day": any_of(DAYS),
        "error": between(100, 599), "colour": any_of(COLOURS), "maker": invented,
    },
    facts=facts("""
city=City // {n} [is|stands|runs] in {city}. // Is {n} in {city}? // [Where is {n}|In which city is {n}|Which city is {n} in]? // {n} is <in {city}>. // Which {kind} is in {city}? // <{n}> is in {city}.
version=Version // {n} [runs|uses|is on] version {version}. // Does {n} run version {version}? // [Which|What] version does {n} [run|use]? // {n} runs <version {version}>. // Which {kind} [runs|uses] version {version}? // <{n}> runs version {version}.
port=Port // {n} [listens on|uses|answers on] port {port}. // Does {n} use port {port}? // [Which port does {n} use|What is the port of {n}|On which port does {n} listen]? // {n} uses <port {port}>. // Which {kind} [uses|listens on] port {port}? // <{n}> uses port {port}.
memory=GB of memory // {n} has {memory} GB of memory. // Does {n} have {memory} GB of memory? // [How much memory does {n} have|What is the memory of {n}]? // {n} has <{memory} GB> of memory. // Which {kind} has {memory} GB of memory? // <{n}> has {memory} GB of memory.
owner=Owner // {n} [belongs to|is owned by|is looked after by] {owner}. // Does {n} belong to {owner}? // [Who owns|Who is the owner of|Who looks after] {n}? // {n} belongs to <{owner}>. // Which {kind} belongs to {owner}? // <{n}> belongs to {owner}.
ip=Address // [The address of {n} is|{n} has the address] {ip}. // Does {n} have the address {ip}? // [What is the address of {n}|Which address does {n} have|What is the IP address of {n}]? // {n} has the address <{ip}>. // Which {kind} has the address {ip}? // <{n}> has the address {ip}.
restart=Restart // {n} [restarts|is restarted|starts again] at {restart}[| every night]. // Does {n} restart at {restart}? // [When|At what time] does {n} restart? // {n} restarts <at {restart}>. // Which {kind} restarts at {restart}? // <{n}> restarts at {restart}.
users=Users // {n} [has|serves] {users} users. // Does {n} have {users} users? // How many users does {n} [have|serve]? // {n} has <{users} users>. // Which {kind} has {users} users? // <{n}> has {users} users.
day=Backup // [The backup of {n} runs on {day}|{n} has its backup on {day}]. // Does {n} have its backup on {day}? // [When|On which day] does {n} have its backup? // {n} has its backup <on {day}>. // Which {kind} has its backup on {day}? // <{n}> has its backup on {day}.
error=Error // {n} [failed with|reported|stopped with] error {error}. // Did {n} report error {error}? // [Which|What] error did {n} report? // {n} reported <error {error}>. // Which {kind} [reported|failed with] error {error}? // <{n}> reported error {error}.
colour=Light // {n} has a {colour} light. // Does {n} have a {colour} light? // [What|Which] colour is the light of {n}? // {n} has a <{colour}> light. // Which {kind} has a {colour} light? // <{n}> has a {colour} light.
maker=Maker // {n} was [made|built] by {maker}. // Was {n} made by {maker}? // Who [made|built] {n}? // {n} was made by <{maker}>. // Which {kind} was [made|built] by {maker}? // <{n}> was made by {maker}.
"""),
    comparisons=comparisons("""
memory // Which {kind} has more memory // {n} has {memory} GB // {n} has more memory // Which {kind} has the most memory // max
users // Which {kind} has more users // {n} has {users} users // {n} has more users // Which {kind} has the most users // max
users // Which {kind} has fewer users // {n} has {users} users // {n} has fewer users // Which {kind} has the fewest users // min
"""),
    of_people=frozenset({"owner"}),
    clashes=(frozenset({"owner", "maker"}),),
)  # fmt: skip

BUILDING = Theme(
    subject="the {kind} of {where}",
    shared={"kind": any_of(["bridge", "tower", "castle", "museum", "library", "school", "theatre", "lighthouse"])},
    slots={
        "where": split(CITIES, 0.3), "year": between(1100, 2020), "by": split(NAMES, 0.4), "high": between(5, 300),
        "steps": between(20, 900), "colour": any_of(COLOURS), "price": between(2, 40), "shut": any_of(DAYS),
        "rooms": counted(3, 60), "shows": split(THINGS), "street": street, "visitors": between(20, 900),
    },
    facts=facts("""
year=Built in // {n} [was built|was finished|was opened] in {year}. // Was {n} built in {year}? // [When|In which year] was {n} [built|finished|opened]? // {n} was built <in {year}>. // Which {kind} was built in {year}? // <{n}> was built in {year}.
by=Built by // {n} was [built|designed|planned] by {by}. // Was {n} built by {by}? // Who [built|designed|planned] {n}? // {n} was built by <{by}>. // Which {kind} [was built by {by}|did {by} build]? // <{n}> was built by {by}.
high=Height in metres // {n} is {high} metres high. // Is {n} {high} metres high? // [How high is {n}|What is the height of {n}]? // {n} is <{high} metres> high. // Which {kind} is {high} metres high? // <{n}> is {high} metres high.
steps=Steps // {n} has {steps} steps. // Does {n} have {steps} steps? // How many steps does {n} have? // {n} has <{steps} steps>. // Which {kind} has {steps} steps? // <{n}> has {steps} steps.
colour=Colour // {n} is [painted |]{colour}. // Is {n} {colour}? // [What|Which] colour is {n}? // {n} is <{colour}>. // Which {kind} is {colour}? // <{n}> is {colour}.
price=Ticket in coins // [A ticket for|A visit to] {n} costs {price} coins. // Does a ticket for {n} cost {price} coins? // [How much|What] does a [ticket for|visit to] {n} cost? // a ticket for {n} costs <{price} coins>.
shut=Closed on // {n} is [closed|shut] on {shut}s. // Is {n} closed on {shut}s? // [When|On which day] is {n} [closed|shut]? // {n} is closed <on {shut}s>. // Which {kind} is [closed|shut] on {shut}s? // <{n}> is closed on {shut}s.
rooms=Rooms // {n} has {rooms} rooms. // Does {n} have {rooms} rooms? // How many rooms [does {n} have|are there in {n}]? // {n} has <{rooms} rooms>. // Which {kind} has {rooms} rooms? // <{n}> has {rooms} rooms.
shows= // [An old {shows} stands in front of {n}|In front of {n} there is {a_shows}|{n} has {a_shows} at its door]. // Does {n} have {a_shows} at its door? // [What is in front of|What stands at the door of] {n}? // {n} has <{a_shows}> at its door. // Which {kind} has {a_shows} at its door? // <{n}> has {a_shows} at its door.
street=Street // {n} is in {street}. // Is {n} in {street}? // [In which street|Where] is {n}? // {n} is <in {street}>. // Which {kind} is in {street}? // <{n}> is in {street}.
visitors=Visitors a day // {n} has {visitors} visitors a [day|day]. // Does {n} have {visitors} visitors a day? // [How many visitors does {n} have|How many people visit {n}]? // {n} has <{visitors} visitors> a day. // Which {kind} has {visitors} visitors a day? // <{n}> has {visitors} visitors a day.
"""),
    comparisons=comparisons("""
year // Which {kind} is older // {n} was built in {year} // {n} is older // Which {kind} is the oldest // min
high // Which {kind} is higher // {n} is {high} metres high // {n} is higher // Which {kind} is the highest // max
rooms // Which {kind} has more rooms // {n} has {rooms} rooms // {n} has more rooms // Which {kind} has the most rooms // max
steps // Which {kind} has fewer steps // {n} has {steps} steps // {n} has fewer steps // Which {kind} has the fewest steps // min
"""),
    of_people=frozenset({"by"}),
)  # fmt: skip

LESSON = Theme(
    subject="the {lesson} class",
    slots={
        "lesson": any_of(HOBBIES), "teacher": split(NAMES, 0.1), "room": between(1, 399), "day": any_of(DAYS),
        "at": clock(8, 19), "pupils": counted(3, 60), "fee": between(5, 90), "needs": coloured, "weeks": counted(2, 30),
    },
    facts=facts("""
teacher=Teacher // {n} is [taught|given|led] by {teacher}. // Is {n} taught by {teacher}? // Who [teaches|gives|leads] {n}? // {n} is taught by <{teacher}>. // Which class [does {teacher} teach|is taught by {teacher}]? // <{n}> is taught by {teacher}.
room=Room // {n} [is|meets|takes place] in room {room}. // Is {n} in room {room}? // [Where is|In which room is|Which room is used for] {n}? // {n} is <in room {room}>. // Which class is in room {room}? // <{n}> is in room {room}.
day=Day // {n} [is|meets|takes place] on {day}. // Is {n} on {day}? // [When|On which day] is {n}? // {n} is <on {day}>. // Which class is on {day}? // <{n}> is on {day}.
at=Time // {n} [begins|starts] at {at}. // Does {n} begin at {at}? // [At what time|What time|When] does {n} [begin|start]? // {n} begins <at {at}>. // Which class [begins|starts] at {at}? // <{n}> begins at {at}.
pupils=Pupils // {n} has {pupils} pupils. // Does {n} have {pupils} pupils? // [How many pupils|How many people] [does {n} have|are in {n}]? // {n} has <{pupils} pupils>. // Which class has {pupils} pupils? // <{n}> has {pupils} pupils.
fee=Fee in coins // {n} costs {fee} coins. // Does {n} cost {fee} coins? // [How much does {n} cost|What does {n} cost|What is the fee for {n}]? // {n} costs <{fee} coins>. // Which class costs {fee} coins? // <{n}> costs {fee} coins.
needs= // [For {n}, you need {needs}|{n} needs {needs}]. // Does {n} need {needs}? // What [does {n} need|do I need for {n}|do you need for {n}]? // {n} needs <{needs}>. // [Which class needs|For which class do I need] {needs}? // <{n}> needs {needs}.
weeks=Weeks // {n} [lasts|goes on for|takes] {weeks} weeks. // Does {n} last {weeks} weeks? // [How long|How many weeks] does {n} [last|take]? // {n} lasts <{weeks} weeks>. // Which class lasts {weeks} weeks? // <{n}> lasts {weeks} weeks.
"""),
    comparisons=comparisons("""
at // Which class begins earlier // {n} begins at {at} // {n} begins earlier // Which class begins first // min
pupils // Which class is larger // {n} has {pupils} pupils // {n} is larger // Which class is the largest // max
fee // Which class costs less // {n} costs {fee} coins // {n} costs less // Which class costs the least // min
"""),
    title="Class",
    subjects=(1, 2, 3, 3),
    of_people=frozenset({"teacher"}),
    clashes=(frozenset({"day", "at"}),),
)  # fmt: skip

DISH = Theme(
    subject="the {dish}",
    slots={
        "dish": lambda pen: f"{pen.split_pick(FOODS)} {pen.pick(['soup', 'cake', 'pie', 'salad', 'bread', 'stew'])}",
        "price": between(2, 60), "main": split(FOODS), "minutes": between(5, 90, 5), "grams": between(20, 900, 10),
        "eggs": counted(2, 12), "heat": between(120, 250, 10), "serves": counted(2, 12), "cook": split(NAMES, 0.1),
        "day": any_of(DAYS), "with": split(FOODS), "from": split(CITIES, 0.1),
    },
    facts=facts("""
price=Price in coins // {n} [costs|is] {price} coins. // Does {n} cost {price} coins? // [How much does {n} cost|How much is {n}|What does {n} cost|What is the price of {n}]? // {n} costs <{price} coins>. // [What|Which dish] costs {price} coins? // <{n}> costs {price} coins.
main=Made with // [To make {n}, you need {main}|{n} is made with {main}]. // Is {n} made with {main}? // [What is {n} made with|What do I need to make {n}|What is in {n}]? // {n} is made with <{main}>. // [What|Which dish] is made with {main}? // <{n}> is made with {main}.
minutes=Minutes // [{n} takes {minutes} minutes|{n} is cooked for {minutes} minutes|Cook {n} for {minutes} minutes]. // Does {n} take {minutes} minutes? // [How long|How many minutes] does {n} take? // {n} takes <{minutes} minutes>. // [What|Which dish] takes {minutes} minutes? // <{n}> takes {minutes} minutes.
grams=Flour in g // [For {n}, take {grams} g of flour|{n} needs {grams} g of flour]. // Does {n} need {grams} g of flour? // [How much flour does {n} need|How much flour do I need for {n}|How many grams of flour does {n} need]? // {n} needs <{grams} g> of flour. // [What|Which dish] needs {grams} g of flour? // <{n}> needs {grams} g of flour.
eggs=Eggs // [For {n}, take {eggs} eggs|{n} needs {eggs} eggs]. // Does {n} need {eggs} eggs? // [How many eggs does {n} need|How many eggs do I need for {n}]? // {n} needs <{eggs} eggs>. // [What|Which dish] needs {eggs} eggs? // <{n}> needs {eggs} eggs.
heat=Degrees // [{n} is baked at {heat} degrees|Bake {n} at {heat} degrees]. // Is {n} baked at {heat} degrees? // [At how many degrees is {n} baked|How hot must the oven be for {n}]? // {n} is baked <at {heat} degrees>. // [What|Which dish] is baked at {heat} degrees? // <{n}> is baked at {heat} degrees.
serves=Serves // {n} [serves|is enough for|feeds] {serves} people. // Does {n} serve {serves} people? // [How many people does {n} serve|For how many people is {n}]? // {n} serves <{serves} people>. // [What|Which dish] [serves|is enough for] {serves} people? // <{n}> serves {serves} people.
cook=Cook // {n} is [made|cooked|prepared] by {cook}. // Is {n} made by {cook}? // Who [makes|cooks|prepares] {n}? // {n} is made by <{cook}>. // [What does {cook} make|Which dish does {cook} cook|Which dish is made by {cook}]? // <{n}> is made by {cook}.
day=Day // {n} is [served|sold|on the menu] on {day}. // Is {n} served on {day}? // [When|On which day] is {n} served? // {n} is served <on {day}>. // [What|Which dish] is served on {day}? // <{n}> is served on {day}.
with=Comes with // {n} comes with {with}. // Does {n} come with {with}? // What does {n} come with? // {n} comes with <{with}>. // [What|Which dish] comes with {with}? // <{n}> comes with {with}.
from=From // {n} [comes|is] from {from}. // Does {n} come from {from}? // [Where|Which city] does {n} come from? // {n} comes <from {from}>. // [What|Which dish] comes from {from}? // <{n}> comes from {from}.
"""),
    comparisons=comparisons("""
price // Which dish is cheaper // {n} costs {price} coins // {n} is cheaper // Which dish is the cheapest // min
price // Which dish costs more // {n} costs {price} coins // {n} costs more // Which dish costs the most // max
minutes // Which dish takes longer // {n} takes {minutes} minutes // {n} takes longer // Which dish takes the longest // max
eggs // Which dish needs more eggs // {n} needs {eggs} eggs // {n} needs more eggs // Which dish needs the most eggs // max
"""),
    title="Dish",
    subjects=(1, 2, 3, 4),
    of_people=frozenset({"cook"}),
)  # fmt: skip

DAY = Theme(
    subject="{day}",
    slots={
        "day": any_of(DAYS), "weather": any_of(WEATHER), "degrees": between(2, 39), "wind": between(2, 90),
        "does": any_of(HOBBIES), "who": split(NAMES), "meal": split(FOODS), "goes": any_of(PLACES), "at": clock(8, 19),
        "rise": clock(5, 8),
    },
    facts=facts("""
weather=Weather // [On {n} it will be {weather}|{n} will be {weather}|It will be {weather} on {n}]. // Will {n} be {weather}? // [What will the weather be on {n}|How will the weather be on {n}|What is the weather on {n}]? // {n} will be <{weather}>. // [When|On which day] will it be {weather}? // <{n}> will be {weather}.
degrees=Degrees // {n} will have {degrees} degrees. // Will {n} have {degrees} degrees? // [How warm will it be on {n}|How many degrees will {n} have|What is the temperature on {n}]? // {n} will have <{degrees} degrees>. // [When|On which day] will it have {degrees} degrees? // <{n}> will have {degrees} degrees.
wind=Wind in miles an hour // {n} will have [a wind|winds] of {wind} miles an hour. // Will {n} have a wind of {wind} miles an hour? // [How strong will the wind be|How fast will the wind be] on {n}? // {n} will have a wind of <{wind} miles> an hour.
does=Activity // [{n} is for|On {n} there is|{n}'s plan is] {does}. // Is {n} for {does}? // [What is planned for|What is there on|What do they do on] {n}? // {n} is for <{does}>. // [When is there|On which day is there|Which day is for] {does}? // <{n}> is for {does}.
who=On duty // [On {n}, {who} is on duty|{n}'s helper is {who}]. // Is {n}'s helper {who}? // [Who is on duty on {n}|Who helps on {n}|Who is {n}'s helper]? // {n}'s helper is <{who}>. // [When is {who} on duty|On which day does {who} help]? // <{n}'s> helper is {who}.
meal=Menu // [On {n} they eat|{n}'s dinner is|On {n}, dinner is] {meal}. // Is {n}'s dinner {meal}? // [What is for dinner on {n}|What do they eat on {n}|What is {n}'s dinner]? // {n}'s dinner is <{meal}>. // [When|On which day] do they eat {meal}? // <{n}'s> dinner is {meal}.
goes=Trip // [On {n} the class goes to|{n}'s trip is to|On {n} there is a trip to] the {goes}. // Is {n}'s trip to the {goes}? // [Where is the trip on {n}|Where do they go on {n}|Where is {n}'s trip to]? // {n}'s trip is <to the {goes}>. // [When|On which day] is the trip to the {goes}? // <{n}'s> trip is to the {goes}.
at=Meeting // [On {n} the meeting is at|{n}'s meeting is at] {at}. // Is {n}'s meeting at {at}? // [When is the meeting on {n}|At what time is {n}'s meeting|What time is the meeting on {n}]? // {n}'s meeting is <at {at}>. // On which day is the meeting at {at}? // <{n}'s> meeting is at {at}.
"""),
    comparisons=comparisons("""
degrees // Which day is warmer // {n} will have {degrees} degrees // {n} is warmer // Which day is the warmest // max
degrees // Which day is colder // {n} will have {degrees} degrees // {n} is colder // Which day is the coldest // min
wind // Which day has more wind // {n} will have {wind} miles an hour // {n} has more wind // Which day has the most wind // max
at // Which day has the earlier meeting // {n}'s meeting is at {at} // {n} has the earlier meeting // Which day has the earliest meeting // min
"""),
    title="Day",
    subjects=(2, 3, 3, 4),
    pronoun=lambda _: None,
)  # fmt: skip

THEMES = [SHOP, TRIP, THING, TOWN, EVENT, CREATURE, MACHINE, BUILDING, LESSON, DISH, DAY]
