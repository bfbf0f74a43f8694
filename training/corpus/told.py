"""What people tell of themselves in a chat, and how it is asked for later.

A row reads ``kind // how it is said // what is answered // how it is asked // the answer``. ``{v}``
is the value, ``{w}`` and ``{u}`` come with it; ``<...>`` marks what a right answer contains.
"""

# ruff: noqa: E501 (one row to a line)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .pen import Pen, a, cap
from .relations import (
    BEASTS,
    DRINKS,
    INSTRUMENTS,
    KIN,
    PORTABLE,
    VEHICLES,
    any_of,
    between,
    clock,
    code,
    coloured,
    digits,
    inside,
    split,
)
from .words import (
    CITIES,
    COLOURS,
    DAYS,
    FOODS,
    HOBBIES,
    JOBS,
    MONTHS,
    NAMES,
    THINGS,
    TOPIC_LIST,
)

_ROWS = """
name // [My name is|I am|I'm|Hi, I'm|Hello, my name is|Hello, I am|Call me|Please call me|I'm called|People call me|Hi, my name is|This is] {v}[.|.|!] // Nice to meet you, {v}! // [What is my name|What's my name|Do you remember my name|Who am I|What am I called|Do you know my name|What do people call me|Say my name|Tell me my name|What did I say my name was] // Your name is <{v}>.
city // [I live in|I am from|My home is in|I'm from|I have a flat in|I come from|I'm living in|My home town is] {v}. // {v} sounds like a nice place. // [Where do I live|In which city do I live|Which city do I live in|Where am I from|Where is my home|What is my home town|Which city am I from] // You live <in {v}>.
colour // [My favourite colour is {v}|My favorite color is {v}|I like {v} best of all colours|The colour I like best is {v}|I love the colour {v}]. // {V} is a nice colour. // [What is my favourite colour|Which colour do I like best|What's my favorite color|Which colour do I love|What colour do I like] // Your favourite colour is <{v}>.
food // [My favourite food is {v}|I like {v} best of all foods|I love to eat {v}|I could eat {v} every day|The food I like best is {v}|My favorite food is {v}]. // {V} sounds good! // [What is my favourite food|Which food do I like best|What do I like to eat|What's my favorite food|What food do I love|What could I eat every day] // Your favourite food is <{v}>.
pet // [I have {a_v} called {w}|I have {a_v} named {w}|My {v} is called {w}|My {v}'s name is {w}|The name of my {v} is {w}|My pet is {a_v} called {w}]. // {w} is a nice name for {a_v}. // [What is my pet called|What is the name of my {v}|What's my {v}'s name|What is my {v} called|What is the name of my pet] // Your {v} is called <{w}>.
animal // [I have|I own|I keep|At home I have|My pet is|I just got] {a_v}. // How nice, {a_v}! // [What animal do I have|Which pet do I have|Which animal do I keep|What is my pet|What pet did I tell you about] // You have <{a_v}>.
age // [I am {v} years old|I'm {v} years old|My age is {v}|I am {v}|I'm {v} now|I turned {v} this year]. // {v} is a good age. // [How old am I|What is my age|Do you know how old I am|What age am I|How many years old am I] // You are <{v} years> old.
job // [I work as|I am|I'm|I earn my money as|My job: I am|I have a job as] {a_v}. // Being {a_v} sounds interesting. // [What is my job|What do I do for work|What do I work as|What's my job|Do you remember my job|Which job do I have] // You are <{a_v}>.
hobby // [My hobby is {v}|I enjoy {v}|In my free time I enjoy {v}|What I like most is {v}|I spend my weekends {v}]. // {V} is good fun. // [What is my hobby|What do I enjoy|What's my hobby|What do I do for fun|What do I do in my free time] // Your hobby is <{v}>.
number // [Remember the number {v}|Please remember this number: {v}|My lucky number is {v}|The number is {v}|My number is {v}|Keep the number {v} in mind]. // I will remember {v}. // [What was the number|Which number did I tell you|What number did I tell you|Which number should you remember|What was my number|Tell me the number] // The number is <{v}>.
word // [The secret word is|Remember the word|The password is|Keep this word in mind:|The magic word is|Remember this word:] {v}. // I will remember {v}. // [What is the secret word|Which word did I tell you|What was the word|What is the password|Tell me the word|What was the magic word] // The word is <{v}>.
code // [My code is|The code is|Remember the code|The door code is|Please note this code:|The booking code is] {v}. // I will remember {v}. // [What is my code|What was the code|Which code did I give you|What is the code|Tell me the code] // The code is <{v}>.
phone // [My phone number is|Call me at|You can reach me at|My telephone number is|My number at home is] {v}. // I will remember {v}. // [What is my phone number|What's my phone number|Which phone number did I give you|At which number can one reach me|How can one call me] // Your phone number is <{v}>.
kin // [My {u} is called|My {u}'s name is|The name of my {u} is|I have a {u} called|I have a {u} named] {v}. // {v} is a nice name. // [What is my {u} called|What is my {u}'s name|What is the name of my {u}|Who is my {u}|What's my {u} called] // Your {u} is called <{v}>.
kincity // My {u} [lives in|has a house in|moved to|is in] {v}. // {v} sounds like a nice place. // [Where does my {u} live|In which city does my {u} live|Where is my {u}|Which city does my {u} live in] // Your {u} lives <in {v}>.
kinjob // My {u} [is|works as|has a job as] {a_v}. // Being {a_v} sounds interesting. // [What does my {u} do for work|What is my {u}'s job|What does my {u} work as|Which job does my {u} have] // Your {u} is <{a_v}>.
thing // [I bought|Today I bought|Yesterday I bought|I just bought|I went out and bought] {v}. // {V}, how nice! // [What did I buy|What did I tell you I bought|Which thing did I buy|Do you remember what I bought] // You bought <{v}>.
lost // [I lost|I have lost|I cannot find|Sadly, I lost|Yesterday I lost] my {v}. // I am sorry about your {v}. // [What did I lose|What have I lost|Which thing did I lose|What can I not find] // You lost <your {v}>.
place // [I left|I put|I have put|I hid] my {w} {v}. // Your {w} is {v}. // [Where did I leave my {w}|Where is my {w}|Where did I put my {w}|Do you know where my {w} is] // Your {w} is <{v}>.
birthday // My birthday is [in {v}|in {v}|this {v}]. // {V} is a good month. // [When is my birthday|In which month is my birthday|Which month is my birthday in|What month is my birthday] // Your birthday is <in {v}>.
meeting // [My meeting is|I have a meeting|The meeting is] on {v} at {w}. // I will remember it: {v} at {w}. // [When is my meeting|When do I have a meeting|On which day and when is my meeting|What time is my meeting] // Your meeting is <on {v} at {w}>.
trip // [I will travel to|I am going to|My next trip is to|Next week I fly to|I am on my way to|In summer I go to] {v}. // Have a good trip to {v}! // [Where will I travel|Where am I going|To which city do I travel|Where is my trip to|Where do I want to go] // You will travel <to {v}>.
plays // [I play|I can play|I am learning|I have lessons on] the {v}. // The {v} sounds nice. // [Which instrument do I play|What instrument do I play|What do I play|What am I learning to play] // You play <the {v}>.
drink // [I drink {v} every morning|My favourite drink is {v}|I always drink {v}|I like to drink {v}|With my meals I drink {v}]. // {V} sounds good! // [What do I drink|What is my favourite drink|What do I like to drink|Which drink do I like] // You drink <{v}>.
room // [My room is|I am in room|My room number is|I work in room|I sleep in room] {v}. // I will remember room {v}. // [What is my room|What is my room number|Which room am I in|In which room am I] // Your room is <{v}>.
ride // [I go to work|I travel|I come to school|I always travel] by {v}. // Going by {v} is a good choice. // [How do I go to work|How do I travel|By what do I travel|How do I get around] // You travel <by {v}>.
best // My best friend is [called |]{v}. // {v} is a nice name. // [Who is my best friend|What is my best friend called|What is my best friend's name] // Your best friend is <{v}>.
book // [I am reading a book about|My book is about|I read a lot about|I want to learn about] {v}. // {V} must be interesting. // [What am I reading about|What is my book about|What do I read about|What do I want to learn about] // You are reading about <{v}>.
list // [My shopping list is|I need to buy|On my list are|I have to get|For my shopping I need]: {v}. // Your list is {v}. // [What is on my list|What do I need to buy|What is my shopping list|Tell me my list|What do I have to get] // Your list is <{v}>.
firm // [I work for|I work at|My company is|I have a job at|My boss owns] {v}. // {v} sounds interesting. // [Who do I work for|Which company do I work for|Where do I work|What is my company called] // You work <for {v}>.
wake // I [get up|wake up|always get up|have to get up] at {v}. // {v} is a good time. // [When do I get up|At what time do I get up|What time do I wake up|When do I have to get up] // You get up <at {v}>.
"""


@dataclass(frozen=True)
class Kind:
    """One thing people tell: templates for saying, replying, asking and answering."""

    name: str
    said: str
    reply: str
    question: str
    answer: str


KINDS = {
    row[0]: Kind(*row)
    for row in ([part.strip() for part in line.split(" // ")] for line in _ROWS.strip().splitlines())
}  # fmt: skip
# Kinds of which only one is told in a chat, since their questions could mean either.
RIVALS = [
    {"pet", "animal"}, {"number", "phone", "code"}, {"job", "firm"}, {"city", "trip"}, {"kin", "best"},
    {"thing", "list"}, {"hobby", "plays"}, {"number", "room"}, {"food", "drink"}, {"lost", "place"},
    {"trip", "ride"}, {"kincity", "kin"}, {"kinjob", "kin"}, {"kincity", "kinjob"},
]  # fmt: skip


def _word(pen: Pen) -> str:
    return pen.invented() if pen.chance(0.6) else pen.split_pick(THINGS)


def _list(pen: Pen) -> str:
    items = pen.split_sample(FOODS, pen.number(2, 4))
    return f"{', '.join(items[:-1])} and {items[-1]}"


VALUES: dict[str, Callable[[Pen], str]] = {
    "name": split(NAMES, 0.25), "city": split(CITIES, 0.25), "colour": any_of(COLOURS), "food": split(FOODS),
    "pet": split(BEASTS), "animal": split(BEASTS), "age": between(5, 99), "job": split(JOBS),
    "hobby": any_of(HOBBIES), "number": digits(1, 6), "word": _word, "code": code, "phone": digits(4, 9),
    "kin": split(NAMES, 0.2), "kincity": split(CITIES, 0.2), "kinjob": split(JOBS), "thing": coloured,
    "lost": split(PORTABLE), "place": inside, "birthday": any_of(MONTHS), "meeting": any_of(DAYS),
    "trip": split(CITIES, 0.2), "plays": any_of(INSTRUMENTS), "drink": any_of(DRINKS), "room": between(1, 399),
    "ride": any_of(VEHICLES), "best": split(NAMES, 0.2), "book": split(TOPIC_LIST), "list": _list,
    "firm": lambda pen: cap(pen.invented(2)), "wake": clock(5, 10),
}  # fmt: skip
BESIDE: dict[str, Callable[[Pen], str]] = {
    "pet": split(NAMES, 0.5), "place": split(PORTABLE), "meeting": clock(8, 19),
}  # fmt: skip


def told(pen: Pen, kind: str, taken: set[str]) -> dict[str, str]:
    """A value of a kind, with all its slots; `taken` are values the chat has used."""
    value = VALUES[kind](pen)
    for _ in range(20):
        if value not in taken:
            break
        value = VALUES[kind](pen)
    taken.add(value)
    beside = BESIDE.get(kind)
    slots = {"v": value, "V": cap(value), "a_v": a(value), "u": pen.pick(KIN)}
    return {**slots, "w": beside(pen) if beside else ""}


def together(kinds: list[str]) -> bool:
    """Whether these kinds can be told in one chat without their questions being unclear."""
    return all(len(group & set(kinds)) < 2 for group in RIVALS)
