"""Choosing one of the given tools, filling its arguments, and answering from its result."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from .facts import fact
from .pen import Doc, Message, Pen, Turn, join
from .smalltalk import talk
from .tool_asking import gap, reply
from .tool_composed import composed, near
from .tool_families import SEEN, UNSEEN
from .tool_first import first_tool
from .tool_offers import Call, Offered, call_message, framed, from_family, request
from .tool_results import outcome
from .values import distinct

DECLINE = "I cannot do that: none of my tools fits."
LIMIT = 340
"""Tokens, roughly, after which no turn begins: rows of training text have 512."""

Maker = Callable[[Pen], Offered]

# Families whose requests the others of a group might answer: what one cannot do, another may.
_GROUPS = [
    {"get_weather", "weather_at", "get_forecast", "set_temperature"},
    {"send_email", "send_message", "call_number", "create_note"},
    {"set_timer", "set_alarm", "create_reminder", "create_event", "get_events"},
    {"search", "get_news", "fetch_url", "define_word", "read_file", "get_price", "find_recipe"},
    {"get_user", "get_github_user", "list_users", "get_birthday"},
    {"add", "multiply", "convert_currency", "get_price", "get_stock_price", "random_number"},
    {"get_order", "create_ticket"},
    {"book_hotel", "search_flights", "book_table"},
    {"get_weather", "get_time", "get_population", "get_distance"},
    {"translate", "define_word"},
    {"set_light", "set_temperature", "set_colour"},
]
_OWN = {"get_joke", "add", "multiply", "translate", "random_number"}
"""Families whose requests the model answers itself where it has no such tool."""

_COUNTS = [1] * 8 + [2] * 9 + [3] * 3 + [4]
_FIRST = {"get_weather": 6, "get_time": 4, "add": 4}
"""How much more often than others training shows the families of a developer's first try."""
_EACH = {"city", "symbol"}
"""Kinds of which a request may name several, for a call each."""
_SYSTEM = (
    "[You are a helpful assistant|You are an assistant with tools|You can call functions"
    "|You help users with tools][.|. Use a tool when one fits.|. Call a function when it helps."
    "|. Keep answers short.]"
)


def family(pen: Pen) -> Offered:
    """A tool that people really offer, in tests under a name that training does not use."""
    if pen.held_out:
        return from_family(pen, pen.pick(SEEN))
    weights = [_FIRST.get(family.names[0], 1) for family in SEEN]
    return from_family(pen, pen.rng.choices(SEEN, weights)[0])


def unseen(pen: Pen) -> Offered:
    """A tool that training never shows. Only tests may ask for one."""
    return from_family(pen, pen.pick(UNSEEN), unseen=True) if pen.chance(0.4) else composed(pen)


def any_tool(pen: Pen) -> Offered:
    return family(pen) if pen.chance(0.5) else composed(pen)


def offers(pen: Pen, count: int, maker: Maker = any_tool) -> list[Offered]:
    """Up to `count` tools of different topics and names, now and then easily mistaken ones."""
    chosen: list[Offered] = []
    for _ in range(8 * count):
        last = chosen[-1].topic if chosen else ""
        tool = near(pen, last) if " " in last and pen.chance(0.5) else maker(pen)
        if len(chosen) < count and all(_apart(tool, other) for other in chosen):
            chosen.append(tool)
    pen.rng.shuffle(chosen)
    return chosen


def _apart(one: Offered, other: Offered) -> bool:
    """Whether every request for the one is clearly not for the other."""
    if one.topic == other.topic or one.name == other.name:
        return False
    if (" " in one.topic) == (" " in other.topic):
        return True
    return not _matter(one) & _matter(other)


def _unlike(one: Offered, other: Offered) -> bool:
    """Whether no request for the one could even be tried with the other."""
    if any({one.topic, other.topic} <= group for group in _GROUPS):
        return False
    return not _matter(one) & _matter(other)


def _matter(offered: Offered) -> set[str]:
    """The words that say what a tool is about."""
    return set(offered.topic.replace("_", " ").split()) - {"get", "set", "list", "create", "find"}


@dataclass
class Talk:
    """A conversation over one list of tools, as it grows."""

    pen: Pen
    offered: list[Offered]
    messages: list[Message] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def tokens(self) -> int:
        """A rough count; definitions are mostly indentation, which costs little."""
        tools = sum(len(json.dumps(offer.tool, indent=4)) for offer in self.offered)
        said = sum(len(str(part)) for part in self.messages)
        return int(60 + tools / 5 + said / 4)

    def ask(self, offered: Offered, frame: bool = True) -> Call:
        """A request that was not made before, with its call."""
        for _ in range(9):
            call = request(self.pen, offered, frame)
            if call.text not in self.asked:
                break
        self.asked.append(call.text)
        self.messages += [{"role": "user", "content": call.ask}, call_message([call])]
        return call

    def ask_two(self) -> str:
        """Two requests in one message; the calls as the model writes them."""
        chosen = [self.pen.pick(self.offered) for _ in range(2)]
        calls = [request(self.pen, offered, frame=False) for offered in chosen]
        asked = joined_requests(self.pen, calls)
        self.messages += [{"role": "user", "content": asked}, call_message(calls)]
        return "; ".join(call.text for call in calls)

    def ask_each(self) -> str | None:
        """One request about several cities or shares: a call of the one tool for each."""
        fitting = [one for one in self.offered if " " not in one.topic and len(one.params) == 1
                   and one.params[0].name in _EACH]  # fmt: skip
        if not fitting:
            return None
        offered = self.pen.pick(fitting)
        (item,) = offered.params
        values = distinct(self.pen, item.name, self.pen.pick([2, 2, 2, 3]))
        ask = self.pen.say(offered.asks, **{item.slot: join(values)})
        calls = [Call(ask, offered.name, {item.key: one}, {item.slot: one}) for one in values]
        self.messages += [{"role": "user", "content": framed(self.pen, ask)}, call_message(calls)]
        return "; ".join(call.text for call in calls)

    def ask_back(self, answered: bool) -> str | None:
        """A request that lacks something and the question for it; when `answered`, the call too.

        None where none of the tools requires anything.
        """
        for offered in self.pen.sample(self.offered, len(self.offered)):
            if left := gap(self.pen, offered):
                self.say(left.given.ask, left.question)
                if not answered:
                    return left.question
                call = reply(self.pen, offered, left)
                self.messages += [{"role": "user", "content": call.ask}, call_message([call])]
                if self.pen.chance(0.2):
                    return self.answer(offered, call)
                return call.text
        return None

    def answer(self, offered: Offered, call: Call) -> str:
        """The result of a call, and the answer from it."""
        result, answer = outcome(self.pen, offered, call)
        self.messages += [
            {"role": "tool", "content": result},
            {"role": "assistant", "content": answer},
        ]
        return answer

    def say(self, user: str, answer: str) -> None:
        self.messages += [
            {"role": "user", "content": user},
            {"role": "assistant", "content": answer},
        ]

    def decline(self) -> str | None:
        """A request for a tool that is not there; None if none could be found."""
        for _ in range(20):
            other = any_tool(self.pen)
            if other.topic not in _OWN and all(_unlike(other, offered) for offered in self.offered):
                self.say(request(self.pen, other).ask, DECLINE)
                return DECLINE
        return None

    def doc(self, skill: str, key: str, exact: bool = True, tools: bool = True) -> Doc:
        system = self.pen.chance(0.12)
        lead = [{"role": "system", "content": self.pen.say(_SYSTEM)}] if system else []
        shown = [offered.tool for offered in self.offered] if tools else None
        return Doc(skill, [*lead, *self.messages], shown, key=key, exact=exact)


def joined_requests(pen: Pen, calls: list[Call]) -> str:
    """Both requests in one sentence, or in two."""
    first, second = (call.ask for call in calls)
    if first.endswith("?") or second.endswith("?") or pen.chance(0.3):
        first, second = (ask if ask.endswith("?") else ask + "." for ask in (first, second))
        return f"{first[:1].upper()}{first[1:]} {second[:1].upper()}{second[1:]}"
    word = pen.pick([" and ", " and then ", ", then ", " and also "])
    return f"{first[:1].upper()}{first[1:]}{word}{second}" + pen.pick([".", ""])


def _small_talk(pen: Pen) -> Turn:
    return pen.pick([talk, fact, fact])(pen)


def _listed(pen: Pen, maker: Maker) -> Talk:
    """The start of a conversation: a list of tools that mostly leaves room for it."""
    talking = Talk(pen, offers(pen, pen.pick(_COUNTS), maker))
    long = pen.chance(0.15)
    while not long and len(talking.offered) > 1 and talking.tokens() > LIMIT:
        talking.offered.pop()
    return talking


def tool_chat(pen: Pen, other: Turn | None = None) -> Doc:
    """Several requests over one list of tools: calls, results, talk, and what no tool does."""
    if not pen.held_out and pen.chance(0.07):
        return _first_try(pen)
    talking = _listed(pen, any_tool)
    skill, key, exact = "tool call", "", True
    for _ in range(pen.number(2, 9)):
        if talking.messages and talking.tokens() > LIMIT:
            break
        chance = pen.rng.random()
        if chance < 0.08:
            turn = other or _small_talk(pen)
            other = None
            talking.say(turn.user, turn.answer)
            skill, key, exact = "no tool", turn.key or turn.answer, turn.exact
        elif chance < 0.15:
            if declined := talking.decline():
                skill, key, exact = "no tool", declined, True
        elif chance < 0.21:
            asked = talking.ask_each() if pen.chance(0.4) else None
            skill, key, exact = "tool call", asked or talking.ask_two(), True
        elif chance < 0.28:
            if asked := talking.ask_back(answered=pen.chance(0.5)):
                skill, key, exact = "asking back", asked, True
        else:
            offered = pen.pick(talking.offered)
            call = talking.ask(offered)
            skill, key, exact = "tool call", call.text, True
            if pen.chance(0.35):
                skill, key = "tool result", talking.answer(offered, call)
    if not key:
        key = talking.ask(talking.offered[0]).text
        skill = "tool call"
    return talking.doc(skill, key, exact)


def _first_try(pen: Pen) -> Doc:
    """One small tool and questions in the plainest words, with the result or without."""
    talking = Talk(pen, [first_tool(pen)])
    (offered,) = talking.offered
    skill = key = ""
    for _ in range(pen.pick([1, 1, 2, 3, 4])):
        if talking.messages and pen.chance(0.2) and (asked := talking.ask_back(pen.chance(0.5))):
            skill, key = "asking back", asked
            continue
        call = talking.ask(offered, frame=pen.chance(0.2))
        skill, key = "tool call", call.text
        if pen.chance(0.5):
            skill, key = "tool result", talking.answer(offered, call)
    return talking.doc(skill, key)


def tool_doc(pen: Pen, other: Turn) -> Doc:
    """A conversation with tools, or with the result of one; `other` is said where none fits."""
    return _bare_result(pen) if pen.chance(0.1) else tool_chat(pen, other)


def _bare_result(pen: Pen) -> Doc:
    """The last call of a client's loop often comes without the tools: a few such in one chat."""
    talking = Talk(pen, [])
    key = ""
    for _ in range(pen.pick([1, 2, 3])):
        offered = any_tool(pen)
        key = talking.answer(offered, talking.ask(offered))
    return talking.doc("tool result", key, tools=False)


def _begun(pen: Pen, maker: Maker, results: float = 0.2) -> Talk:
    """Tools of that kind, and calls already made: in tests at times one, in training many."""
    talking = _listed(pen, maker)
    for _ in range(pen.pick([0, 0, 1]) if pen.held_out else pen.number(0, 5)):
        if talking.tokens() < LIMIT - 40 * (1 + results):
            offered = pen.pick(talking.offered)
            call = talking.ask(offered)
            if pen.chance(results):
                talking.answer(offered, call)
    return talking


def tool_call(pen: Pen) -> Doc:
    """A call of a tool of a known kind."""
    talking = _begun(pen, family)
    return talking.doc("tool call", talking.ask(pen.pick(talking.offered)).text)


def new_tool(pen: Pen) -> Doc:
    """A call of a tool that is composed, or in tests of a family that training lacks."""
    talking = _begun(pen, unseen if pen.held_out else composed)
    return talking.doc("new tool", talking.ask(pen.pick(talking.offered)).text)


def tool_result(pen: Pen) -> Doc:
    """The answer from what a tool gave back; the tools themselves are not always shown again."""
    talking = _begun(pen, any_tool, results=1)
    offered = pen.pick(talking.offered)
    key = talking.answer(offered, talking.ask(offered))
    return talking.doc("tool result", key, tools=pen.chance(0.75))


def asking_back(pen: Pen) -> Doc:
    """A request that lacks what a tool requires: one question, or the call after its answer."""
    while True:
        talking = _begun(pen, any_tool)
        if key := talking.ask_back(answered=pen.chance(0.5)):
            return talking.doc("asking back", key)


def no_tool(pen: Pen) -> Doc:
    """A question that needs no tool, or a request that none of the tools can serve."""
    talking = _begun(pen, any_tool)
    if pen.chance(0.5) and talking.decline():
        return talking.doc("no tool", DECLINE)
    turn = fact(pen)
    talking.say(turn.user, turn.answer)
    return talking.doc("no tool", turn.key or turn.answer, turn.exact)


SKILLS: dict[str, Callable[[Pen], Doc]] = {
    "tool call": tool_call,
    "new tool": new_tool,
    "tool result": tool_result,
    "no tool": no_tool,
    "asking back": asking_back,
}
