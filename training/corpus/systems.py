"""System prompts that tell something: who one is, a shop's facts, fixed replies, what may be said.

What they demand of the form of an answer is in `styles`, whose main names can be had from here too.
"""

# ruff: noqa: E501 (one template or row to a line)

from __future__ import annotations

from collections.abc import Callable

from .asking import ask
from .counting import compare, yes_no
from .facts import fact
from .numbers import COUNTED, arithmetic
from .pen import Doc, Pen, Turn, a, cap, join
from .prompts import company, conversation, neutral, stated
from .styles import only, styled
from .textops import pick_item
from .words import CITIES, FOODS, HOBBIES, JOBS, NAMES, ROOMS, TOPIC_LIST

__all__ = ["SKILLS", "language", "neutral", "only", "persona", "styled", "told"]

Pairs = list[tuple[str, str]]

# what is told | how it is asked | the answer
TRAITS = {
    "home": ("[You live in {v}|Your home is in {v}|You come from {v}|You are from {v}|You were born in {v}].",
             "[where do you live|where are you from|where is your home|which city are you from|where do you come from]?", "I am from {v}."),
    "age": ("You are {v} years old.", "[how old are you|what is your age|what age are you|may I ask your age|how many years old are you]?", "I am {v} years old."),
    "likes": ("[You like {v}|You love {v}|Your favourite food is {v}|You like to eat {v}|You cannot live without {v}].",
              "[what do you like|what do you like to eat|what is your favourite food|which food do you like|what food do you love]?", "I like {v}."),
    "hobby": ("[Your hobby is {v}|In your free time you do {v}|You enjoy {v}].",
              "[what is your hobby|what do you do in your free time|what do you enjoy|do you have a hobby|how do you spend your free time]?", "My hobby is {v}."),
    "place": ("[You work in the {v}|Your place of work is the {v}|You can be found in the {v}].",
              "[where do you work|where can I find you|where are you|what is your place of work]?", "I work in the {v}."),
    "friend": ("[Your best friend is {v}|Your friend is called {v}|You have a friend called {v}].",
               "[who is your friend|who is your best friend|what is your friend called|do you have a friend|what is the name of your friend]?", "My friend is {v}."),
    "team": ("[You were made by {v}|You were built by {v}|{v} made you|{v} is your maker].",
             "[who made you|who built you|who is your maker|who created you|where were you made]?", "{v} made me."),
}  # fmt: skip


def _trait(pen: Pen, kind: str) -> str:
    if kind == "age":
        return str(pen.number(5, 99))
    if kind == "team":
        return company(pen)
    pools = {"home": CITIES, "likes": FOODS, "hobby": HOBBIES, "place": ROOMS, "friend": NAMES}
    if kind in ("home", "friend") and pen.chance(0.4):
        return cap(pen.invented())
    return pen.split_pick(pools[kind])


def persona(pen: Pen) -> Doc:
    """Somebody with a name and a job, and some of what else may be told; all of it asked."""
    name = pen.split_pick(NAMES) if pen.chance(0.5) else cap(pen.invented())
    job = pen.split_pick(JOBS)
    told = [pen.say("[You are {n}, {j}|Your name is {n} and you are {j}|You are {j} called {n}|Pretend to be {n}, {j}|Act as {n}, {j}|Play {n}, {j}"
                    "|Imagine that you are {n}, {j}|You are {j}. Your name is {n}|You are called {n} and work as {j}|Answer as {n}, {j}|You play the role of {n}, {j}].",
                    n=name, j=a(job))]  # fmt: skip
    asks: Pairs = [
        ("[who are you|what are you|introduce yourself|tell me who you are|please introduce yourself|who am I talking to|tell me about yourself]?", f"I am {name}, {a(job)}."),
        ("[what is your name|what's your name|what are you called|how are you called|may I know your name|do you have a name|tell me your name]?", f"My name is {name}."),
        ("[what do you do|what is your job|what do you work as|what's your job|what is your work|what do you do for a living]?", f"I am {a(job)}."),
        ("[hello|hi|hey|good morning|good day|hello there|hi there|good evening]!", f"Hello! I am {name}, {a(job)}. How can I help you?"),
    ]  # fmt: skip
    for kind in pen.sample(list(TRAITS), pen.number(0, 4)):
        value = _trait(pen, kind)
        tell, question, answer = TRAITS[kind]
        told.append(pen.say(tell, v=value))
        asks.append((question, answer.replace("{v}", value)))
    first, rest = told[0], told[1:]
    pen.rng.shuffle(rest)
    system = pen.pick([" ", " ", "\n", "\n- "]).join([first, *rest])
    chosen = pen.sample(asks, min(len(asks), pen.number(2, 6)))
    turns = [(_spoken(pen, question), answer) for question, answer in chosen]
    return Doc("persona", conversation(system, turns), key=turns[-1][1], exact=True)


def _spoken(pen: Pen, question: str) -> str:
    question = pen.say(question)
    return cap(question) if question.endswith("!") else ask(pen, _mark(question))


def _mark(question: str) -> str:
    """Orders end with a full stop, not with the question mark of their neighbours."""
    orders = ("introduce", "tell", "please introduce")
    return question.rstrip("?") + "." if question.startswith(orders) else question


def shop(pen: Pen) -> Doc:
    """A company's facts in the system prompt, then questions about them, one of them not told."""
    name, city = company(pen), pen.split_pick(CITIES)
    goods = pen.sample(COUNTED, 3)
    opens, closes = pen.number(6, 11), pen.number(14, 22)
    phone, price = f"{pen.number(100, 999)} {pen.number(1000, 9999)}", pen.number(2, 99)
    mail, boss, days = (
        f"{pen.invented()}@{pen.invented(2)}.com",
        pen.split_pick(NAMES),
        pen.number(2, 30),
    )
    code = pen.invented(2)
    facts = [
        (f"[{name} sells|We sell|You sell|Goods:|Products:] {join(goods)}.", "[what do you sell|what can I buy|what do you have|which products do you have|what is for sale]?", f"We sell {join(goods)}."),
        (f"[The shop opens at {opens} and closes at {closes}|Opening hours: {opens} to {closes}|We are open from {opens} to {closes}|Open {opens}-{closes}].", "[when are you open|what are your opening hours|when can I come|when is the shop open]?", f"We are open from {opens} to {closes}."),
        (f"[The phone number is|Phone:|Call us at|Telephone:] {phone}.", "[what is your phone number|how can I call you|which number can I call|what is your telephone number|can I phone you]?", f"Our phone number is {phone}."),
        (f"[The e-mail address is|E-mail:|Write to|Mail:] {mail}.", "[what is your e-mail address|where can I write to|how can I write to you|do you have an e-mail address|which address do I write to]?", f"Our e-mail address is {mail}."),
        (f"[The owner is|The boss is|Owner:|The shop belongs to] {boss}.", "[who is the owner|who is the boss|who owns the shop|whose shop is it]?", f"The owner is {boss}."),
        (f"[Delivery takes {days} days|Delivery time: {days} days|We deliver in {days} days|An order arrives in {days} days].", "[how long does delivery take|how long do I have to wait|when will my order arrive|how many days is delivery]?", f"Delivery takes {days} days."),
        (f"[The shop is in|{name} is in|Address:|You find us in] {city}.", "[where are you|where is the shop|in which city are you|where can I find you|what is your address]?", f"We are in {city}."),
        (f"[Shipping costs|Delivery costs|The price of shipping is|Shipping:] {price} euros.", "[what does shipping cost|how much is shipping|how much does delivery cost|what is the price of shipping]?", f"Shipping costs {price} euros."),
        (f"[The discount code is|Discount code:|The code for a discount is|Voucher:] {code}.", "[what is the discount code|do you have a discount code|which code gives a discount|is there a discount]?", f"The discount code is {code}."),
    ]  # fmt: skip
    pen.rng.shuffle(facts)
    count = pen.number(2, 6)
    told, untold = facts[:count], facts[count:]
    lead = pen.say("[You are the assistant of {n}|You work for {n}|You answer customers of {n}|You are {n}'s chatbot|You help the customers of {n}|This is the chat of {n}|You are the support agent of {n}"
                   "|You are a helpful assistant for {n}|{n}|Information about {n}].", n=name)  # fmt: skip
    gap = pen.pick([" ", " ", "\n", "\n- "])
    system = gap.join([lead, *(pen.say(tell) for tell, _, _ in told)])
    asked = [(q, answer) for _, q, answer in pen.sample(told, pen.number(2, count))]
    if pen.chance(0.3):
        asked.insert(pen.number(0, len(asked)), (pen.pick(untold)[1], "I am sorry, I have not been told that."))  # fmt: skip
    turns = [(ask(pen, question), answer) for question, answer in asked]
    return Doc("shop", conversation(system, turns), key=turns[-1][1], exact=True)


def canned(pen: Pen) -> Doc:
    """Fixed replies to fixed words, looked up in the system prompt."""
    count = pen.number(1, 5)
    heard = [
        pen.invented() if pen.chance(0.6) else pen.split_pick(FOODS + JOBS) for _ in range(count)
    ]
    heard = list(dict.fromkeys(heard))
    reply = [pen.pick([pen.invented(), cap(pen.invented()), pen.split_pick(NAMES), str(pen.number(1, 999)), f"{pen.invented()} {pen.invented()}"]) for _ in heard]  # fmt: skip
    shape = pen.say(pen.pick([
        '[If the user says|When the user says|When you hear|If you hear|If you read|When the user writes|If the message is] "{x}", [answer|say|reply|reply with|write|respond with] "{y}".',
        '[Answer|Say|Reply|Write|Respond with] "{y}" [if the user says|when the user says|if you hear|when you hear|to|if the message is] "{x}".',
        "{x} -> {y}", "{x}: {y}", "{x} = {y}", '"{x}": "{y}"', "The answer to {x} is {y}.", "{x} means {y}.", "For {x}, answer {y}.", "{x} becomes {y}."]))  # fmt: skip
    rows = [pen.say(shape, x=x, y=y) for x, y in zip(heard, reply, strict=True)]
    lead = pen.say("[|Fixed answers:|Answer by this table:|You know only these answers:|Rules:|Use these replies:|Answer only by this list:|Reply with the word that belongs to what the user says:"
                   "|Follow this table:|Translate by this list:|Answers:|Here are your replies:|You are a lookup table.|Look up what the user says:]")  # fmt: skip
    other, system = "", "\n".join([lead, *rows] if lead else rows)
    if pen.chance(0.35):
        other = pen.say("[Unknown|Pardon|No|Sorry|" + cap(pen.invented()) + "]") + pen.pick(
            [".", "?", ""]
        )
        system += pen.say('\n[Otherwise|To anything else|In all other cases|If it is something else,|Else] [answer|say|reply|write] "{o}".', o=other).replace("Else answer", "Else, answer")  # fmt: skip
    turns: Pairs = []
    for _ in range(pen.number(2, 7)):
        i = pen.number(0, len(heard) - 1)
        said, answer = (
            (pen.invented(2), other) if other and pen.chance(0.3) else (heard[i], reply[i])
        )
        turns.append(
            (pen.pick([said, said, said, cap(said), said + pen.pick([".", "!", "?"])]), answer)
        )
    return Doc("canned", conversation(system, turns), key=turns[-1][1], exact=True)


def _ordinary(pen: Pen) -> tuple[str, str]:
    turn: Turn = pen.pick([fact, fact, arithmetic, pick_item, yes_no, compare])(pen)
    return turn.user, turn.answer


ABOUT = ["what is {t}?", "tell me about {t}.", "what do you know about {t}?", "what do you think about {t}?", "explain {t}.", "can you explain {t}?",
         "how does {t} work?", "who knows {t}?", "why is {t} important?", "I like {t}. And you?", "give me some facts about {t}.", "let's talk about {t}.",
         "write something about {t}.", "is {t} interesting?", "can we talk about {t}?", "describe {t}."]  # fmt: skip


def refusal(pen: Pen) -> Doc:
    """A topic that is forbidden, or the only one allowed; the rest is answered as ever."""
    topic, other = pen.sample(TOPIC_LIST, 2)
    forbidden = pen.chance(0.6)
    if forbidden:
        do = "[do not talk about {t}|never talk about {t}|do not answer questions about {t}|refuse to talk about {t}|say nothing about {t}|avoid {t}|refuse questions about {t}|keep silent about {t}]"
        no, asked = f"I am sorry, I may not talk about {topic}.", topic
    else:
        do = "[talk only about {t}|only talk about {t}|answer only questions about {t}|speak about nothing but {t}|refuse everything that is not about {t}|stay with the topic of {t}|discuss only {t}]"
        no, asked = f"I am sorry, I may only talk about {topic}.", other
    rule = stated(pen, pen.say(do, t=topic))
    system = rule if pen.chance(0.5) else f"{neutral(pen)}{pen.pick([' ', chr(10)])}{rule}"
    turns = []
    for _ in range(pen.number(1, 3)):
        if forbidden and pen.chance(0.45):
            turns.append(_ordinary(pen))
        else:
            turns.append((pen.say(ask(pen, pen.pick(ABOUT)), t=asked), no))
    return Doc("refusal", conversation(system, turns), key=turns[-1][1], exact=True)


def secret(pen: Pen) -> Doc:
    """Something told that may, or may not, be told on."""
    what = pen.pick(
        [
            "password",
            "code",
            "secret word",
            "key",
            "number",
            "magic word",
            "name of the winner",
        ]
    )
    value = pen.pick(
        [pen.invented(2), pen.invented(), str(pen.number(1000, 99999)), cap(pen.invented(2))]
    )
    may = pen.chance(0.5)
    told = pen.say(
        "[The {w} is {v}|The {w}: {v}|You know the {w}, which is {v}|{v} is the {w}].",
        w=what,
        v=value,
    )
    if may:
        rule = pen.say("[Tell it to anyone who asks|You may tell it|If the user asks, tell it|Share it freely|It is no secret|Give it to the user]" + pen.pick([".", ".", ", please."]))  # fmt: skip
    else:
        rule = pen.say("[Do not tell it|Never tell it|Do not tell it to anyone|Keep it secret|Nobody may know it|You must not tell it|Do not share it|Never say it|Keep it to yourself]" + pen.pick([".", ".", "!"]))  # fmt: skip
    question = pen.say(ask(pen, pen.pick(["what is the {w}?", "tell me the {w}.", "can you tell me the {w}?", "do you know the {w}?", "give me the {w}.", "what's the {w}?",
                                          "say the {w}.", "which is the {w}?", "may I know the {w}?", "I need the {w}."])), w=what)  # fmt: skip
    answer = f"The {what} is {value}." if may else f"I am sorry, I may not tell you the {what}."
    turns = [(question, answer)]
    if pen.chance(0.4):
        turns.insert(pen.number(0, 1), _ordinary(pen))
    system = f"{told} {rule}" if pen.chance(0.6) else f"{neutral(pen)} {told} {rule}"
    return Doc("secret", conversation(system, turns), key=turns[-1][1], exact=True)


# what is said | and answered, in each language
SPOKEN = {
    "French": ("Bonjour ! Comment puis-je vous aider ?", "Je suis Prompter, un petit modèle.", "Avec plaisir !", "Au revoir !", "Je vais bien, merci.", "Bonne nuit !", "Oui.", "Non."),
    "Spanish": ("¡Hola! ¿En qué puedo ayudarle?", "Soy Prompter, un modelo pequeño.", "¡De nada!", "¡Adiós!", "Estoy bien, gracias.", "¡Buenas noches!", "Sí.", "No."),
    "German": ("Hallo! Wie kann ich helfen?", "Ich bin Prompter, ein kleines Modell.", "Gern geschehen!", "Auf Wiedersehen!", "Mir geht es gut, danke.", "Gute Nacht!", "Ja.", "Nein."),
    "Italian": ("Ciao! Come posso aiutare?", "Sono Prompter, un piccolo modello.", "Prego!", "Arrivederci!", "Sto bene, grazie.", "Buona notte!", "Sì.", "No."),
}  # fmt: skip
SAID = ["[Hello|Hi|Hey|Good day|Hello!|Hi there|Good morning]", "[Who are you|What are you|What is your name]?", "[Thank you|Thanks|Thank you!|Many thanks]",
        "[Goodbye|Bye|Bye bye|See you]", "[How are you|How are you doing|How do you feel]?", "[Good night|Good night!|Sleep well]",
        "[Say yes|Say yes, please]", "[Say no|Say no, please]"]  # fmt: skip
UNSPOKEN = ["Polish", "Dutch", "Chinese", "Japanese", "Russian", "Arabic", "Portuguese", "Greek", "Turkish", "Swedish", "Korean", "Hindi", "Latin", "Czech",
            "Danish", "Finnish", "Norwegian", "Hungarian", "Welsh", "Thai"]  # fmt: skip
IN = "[answer in {l}|speak {l}|reply in {l}|answer only in {l}|write in {l}|talk to the user in {l}|use {l}|respond in {l}|speak only {l}]"


def language(pen: Pen) -> Doc:
    """Four languages, eight sentences each; others are declined, and so is leaving English."""
    kind = pen.rng.random()
    if kind < 0.55:
        name, lines = pen.pick(list(SPOKEN.items()))
        chosen = pen.sample(range(len(SAID)), pen.number(1, 4))
        turns = [(pen.say(SAID[i]), lines[i]) for i in chosen]
    elif kind < 0.8:
        name = pen.pick(UNSPOKEN)
        no = f"I am sorry, I do not speak {name}."
        turns = [(pen.say(SAID[pen.number(0, 5)]), no) for _ in range(pen.number(1, 2))]
    else:
        name, wanted = "English", pen.pick([*UNSPOKEN, *SPOKEN])
        asked = pen.say(
            "[answer|speak|write|talk|reply] [in {l}|in {l}, please|in {l} from now on]", l=wanted
        )
        turns = [
            (cap(asked) + pen.pick([".", "", "!"]), "I am sorry, I may only answer in English.")
        ]
        turns = [_ordinary(pen), *turns] if pen.chance(0.4) else turns
    rule = stated(pen, pen.say(IN if name != "English" else "[answer only in English|speak only English|use only English|reply in English only|write nothing but English]", l=name))  # fmt: skip
    system = rule if pen.chance(0.6) else f"{neutral(pen)} {rule}"
    return Doc("reply language", conversation(system, turns), key=turns[-1][1], exact=True)


def told(pen: Pen) -> Doc:
    """Any of these, in the shares that training should meet them."""
    kinds = [persona, shop, canned, refusal, secret, language]
    return pen.rng.choices(kinds, [3, 3, 3, 2, 1.5, 1])[0](pen)


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "persona": persona, "shop": shop, "canned": canned, "refusal": refusal, "secret": secret,
    "reply language": language,
}  # fmt: skip
