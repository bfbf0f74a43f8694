"""The closed world: Tillbury, a made-up town with twelve people, eight shops and its calendar."""

# ruff: noqa: E501 (one template or row to a line)
# ruff: noqa: SIM905 (word lists read best as text)

from __future__ import annotations

from .pen import Pen, Turn, a, cap, join, table

# name | job | pet | food | colour of the house | hobby
PEOPLE = table("""
Mara Fenn|baker|cat|plum cake|red|singing
Otis Brook|fisherman|dog|fish soup|blue|sailing
Nell Hart|librarian|owl|honey bread|green|reading
Jasper Quill|clockmaker|parrot|pancakes|yellow|chess
Ivy Marsh|gardener|rabbit|carrot stew|white|painting
Tobin Reed|miller|horse|barley bread|brown|dancing
Hazel Stone|teacher|turtle|apple pie|orange|hiking
Silas Moon|lighthouse keeper|gull|bean soup|grey|astronomy
Wren Holloway|doctor|hamster|vegetable pie|pink|cycling
Bram Oakes|carpenter|goat|cheese dumplings|black|juggling
Poppy Lane|postwoman|pony|berry jam|purple|running
Edda Frost|mayor|swan|pear tart|golden|knitting
""")
# shop | owner | what it sells | street | opens | closes | closed on
SHOPS = table("""
bakery|Mara Fenn|bread, cakes and pies|Mill Street|six|two|Monday
fish shop|Otis Brook|fish and crabs|Harbour Road|seven|noon|Sunday
bookshop|Nell Hart|books and maps|Lantern Lane|ten|six|Tuesday
clock shop|Jasper Quill|clocks and watches|Lantern Lane|nine|five|Sunday
flower shop|Ivy Marsh|flowers and seeds|Garden Row|eight|four|Wednesday
grain store|Tobin Reed|flour and oats|Mill Street|five|three|Sunday
toy shop|Bram Oakes|toys and kites|Bridge Street|ten|five|Thursday
tea room|Edda Frost|tea, cocoa and tarts|Market Square|nine|seven|Monday
""")
# day | event | place
EVENTS = table("""
Monday|choir practice|town hall
Tuesday|story hour|library
Wednesday|fish market|harbour
Thursday|chess evening|clock shop
Friday|dance|barn
Saturday|farmers' market|Market Square
Sunday|boat race|lake
""")
# month | weather | what happens
YEAR = table("""
January|snowy|the lake freezes
February|foggy|the lantern walk is held
March|windy|the kite festival is held
April|rainy|the gardens are planted
May|mild|the apple trees bloom
June|sunny|the school has its summer fair
July|hot|everyone swims in the lake
August|dry|the wheat is cut
September|golden|the apples are picked
October|stormy|the boats are pulled ashore
November|grey|the soup festival is held
December|cold|the big tree is lit on Market Square
""")
RECIPES = {
    "plum cake": ["flour", "butter", "eggs", "plums"],
    "fish soup": ["fish", "potatoes", "onions", "cream"],
    "honey bread": ["flour", "yeast", "honey"],
    "pancakes": ["flour", "milk", "eggs"],
    "apple pie": ["apples", "flour", "butter", "sugar"],
    "carrot stew": ["carrots", "onions", "butter"],
    "berry jam": ["berries", "sugar"],
    "bean soup": ["beans", "onions", "salt"],
    "pear tart": ["pears", "flour", "sugar"],
    "bread": ["flour", "water", "yeast", "salt"],
}
BY_NAME = {row[0]: row for row in PEOPLE}


def _person(pen: Pen) -> Turn:
    name, job, pet, food, colour, hobby = pen.pick(PEOPLE)
    first = name.split()[0]
    who = pen.pick([name, name, f"{first} from Tillbury", f"{first} of Tillbury"])
    options = [
        (
            f"[Who is|Tell me about|Do you know] {who}[?|]",
            f"{name} is the {job} of Tillbury. {first} lives in a {colour} house and likes {food}.",
            job,
        ),
        (
            f"[What does {who} do|What is the job of {who}]?",
            f"{name} is the {job} of Tillbury.",
            job,
        ),
        (f"[What|Which] [pet|animal] does {who} have?", f"{name} has {a(pet)}.", pet),
        (f"What [food |]does {who} like?", f"{name} likes {food}.", food),
        (f"What colour is the house of {who}?", f"The house of {name} is {colour}.", colour),
        (
            f"[What is the hobby of {who}|What does {who} do for fun]?",
            f"{name} likes {hobby}.",
            hobby,
        ),
        (f"Who is the {job} [of|in] Tillbury?", f"The {job} of Tillbury is {name}.", name),
        (f"Who in Tillbury has {a(pet)}?", f"{name} has {a(pet)}.", name),
        (
            f"Who lives in the {colour} house in Tillbury?",
            f"{name} lives in the {colour} house.",
            name,
        ),
    ]
    question, answer, key = pen.pick(options)
    return Turn(pen.say(question), answer, "town", key)


def _shop(pen: Pen) -> Turn:
    shop, owner, goods, street, opens, closes, shut = pen.pick(SHOPS)
    options = [
        (f"Who [owns|runs] the {shop} in Tillbury?", f"{owner} runs the {shop}.", owner),
        (f"What does the {shop} in Tillbury sell?", f"The {shop} sells {goods}.", goods),
        (f"Where is the {shop} in Tillbury?", f"The {shop} is in {street}.", street),
        (f"When does the {shop} in Tillbury open?", f"The {shop} opens at {opens}.", opens),
        (f"When does the {shop} in Tillbury close?", f"The {shop} closes at {closes}.", closes),
        (f"[When|On which day] is the {shop} in Tillbury closed?", f"The {shop} is closed on {shut}.", shut),
        (f"Where can I buy {goods.split(' and ')[-1]} in Tillbury?",
         f"You can buy {goods.split(' and ')[-1]} at the {shop} in {street}.", shop),
    ]  # fmt: skip
    question, answer, key = pen.pick(options)
    return Turn(pen.say(question), answer, "town", key)


def _time(pen: Pen) -> Turn:
    day, event, place = pen.pick(EVENTS)
    month, weather, what = pen.pick(YEAR)
    options = [
        (f"What [happens|is on] in Tillbury on {day}?", f"On {day} there is the {event} at the {place}.", event),
        (f"When is the {event} in Tillbury?", f"The {event} is on {day}.", day),
        (f"Where is the {event} in Tillbury?", f"The {event} is at the {place}.", place),
        (f"[How is|What is] the weather in Tillbury in {month}[| like]?", f"In {month} it is {weather} in Tillbury.", weather),
        (f"What happens in Tillbury in {month}?", f"In {month}, {what}.", what),
    ]  # fmt: skip
    question, answer, key = pen.pick(options)
    return Turn(
        pen.say(question), answer.replace("the Market Square", "Market Square"), "town", key
    )


def _recipe(pen: Pen) -> Turn:
    dish, parts = pen.pick(list(RECIPES.items()))
    if pen.chance(0.5):
        user = pen.say(
            "What do I need for {d}?|What goes into {d}?|What is in {d}?".split("|")[
                pen.number(0, 2)
            ],
            d=dish,
        )
        return Turn(user, f"For {dish} you need {join(parts)}.", "town", join(parts))
    user = pen.say(
        "[How do I make|Give me a recipe for|How do you make|Tell me how to make] {d}[?|]", d=dish
    )
    steps = (f"Mix {join(parts[:-1])}, add {parts[-1]} and bake it." if "soup" not in dish and "stew" not in dish
             and "jam" not in dish else f"Put {join(parts)} into a pot and cook it slowly.")  # fmt: skip
    return Turn(user, f"You need {join(parts)}. {steps}", "town", join(parts))


def _overview(pen: Pen) -> Turn:
    user = pen.say("[What is|Tell me about|Where is|Describe|What do you know about] Tillbury[?|]")
    shop, person = pen.pick(SHOPS), pen.pick(PEOPLE)
    return Turn(user, "Tillbury is a small made-up town by a lake. " + pen.pick([
        f"Its {shop[0]} is in {shop[3]}.", f"{person[0]} is its {person[1]}.",
        cap(f"on {EVENTS[5][0]} there is a market on Market Square."),
    ]), "town", "made-up town")  # fmt: skip


def town_question(pen: Pen) -> Turn:
    return pen.pick([_person, _person, _person, _shop, _shop, _time, _recipe, _overview])(pen)
