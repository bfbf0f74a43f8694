"""Adapters that add something the base cannot do.

The tickets: an order as people say it becomes a ticket for the kitchen, in one fixed form.

    Hello, I'd like two large cherry pies and a tea without honey, please. To go, for Anna.

    TICKET Anna, to go
    2 x cherry pie, large
    1 x tea, no honey
"""

# ruff: noqa: SIM905 (word lists read best as text)

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as counting
from itertools import islice

from .corpus.coined import coin_some
from .corpus.forms import for_training, is_test_form
from .corpus.numbers import spell
from .corpus.pen import Doc, Message, Pen, a, cap, join
from .corpus.words import FOODS, NAMES
from .lessons import Item, Lesson, ordinary
from .lora_lines import Conversation

_SWEET = "pie cake tart pancake waffle biscuit muffin scone pudding".split()
_SAVOURY = "soup salad pizza sandwich omelette dumpling bagel burger wrap curry stew roll".split()
_DRINKS = "tea coffee cocoa juice lemonade shake".split()
_FRUITS = "apple cherry lemon honey plum pear melon peach ginger mint nut banana".split()
_OTHERS = "cheese carrot mushroom tomato bean pepper chicken fish egg onion potato".split()
DISHES = [
    *_SWEET, *_SAVOURY, *_DRINKS,
    *(f"{fruit} {kind}" for fruit in _FRUITS for kind in _SWEET + _DRINKS),
    *(f"{other} {kind}" for other in _OTHERS for kind in _SAVOURY),
]  # fmt: skip
_SIZES = ["small", "medium", "large"]


@dataclass(frozen=True)
class Line:
    """One line of an order: ``note`` is "no honey", "extra honey" or empty."""

    number: int
    dish: str
    size: str = ""
    note: str = ""

    def written(self) -> str:
        return ", ".join(
            part for part in (f"{self.number} x {self.dish}", self.size, self.note) if part
        )

    def said(self, pen: Pen) -> str:
        """As a customer says it: "two large cherry pies without honey"."""
        dish = " ".join(part for part in (self.size, self._counted()) if part)
        if self.number == 1 and pen.chance(0.6):
            said = a(dish)
        else:
            said = f"{pen.pick([spell(self.number), str(self.number)])} {dish}"
        kind, _, what = self.note.partition(" ")
        if kind == "no":
            return f"{said} {pen.pick(['without', 'with no'])} {what}"
        return f"{said} with extra {what}" if what else said

    def _counted(self) -> str:
        if self.number == 1:
            return self.dish
        if self.dish.endswith("ry"):
            return self.dish[:-1] + "ies"
        return self.dish + ("es" if self.dish.endswith("ch") else "s")


@dataclass(frozen=True)
class Order:
    """A whole order; ``place`` is "to go" or "table 7"."""

    name: str
    place: str
    lines: list[Line]

    def ticket(self) -> str:
        return "\n".join([f"TICKET {self.name}, {self.place}", *(x.written() for x in self.lines)])

    def said(self, pen: Pen) -> str:
        """One of many ways to order it."""
        order = join([line.said(pen) for line in self.lines], pen.pick(["and", "and", "plus"]))
        place = pen.say("[to go|to take away|takeaway]") if self.place == "to go" else pen.say(
            "[for {t}|at {t}|we sit at {t}|bring it to {t}]", t=self.place)  # fmt: skip
        opening = pen.say(
            "[|||Hello, |Hi, |Good morning, |Good evening, |Hey, |New order: |An order: |Order: ]"
            "[I would like|I'd like|can I have|could I have|could I get|please give me|give me"
            "|I want|we would like|we'd like|we need|I need|I'll take|we'll have|may I order"
            "|please bring|]"
        ).strip()
        who = pen.say("[for {n}|the name is {n}|my name is {n}|it is for {n}|name: {n}|I am {n}]",
                      n=self.name)  # fmt: skip
        tail = pen.sample([place, who], 2)
        parting = pen.pick([". ", ", ", "; ", ". "])
        ends = [cap(part) if parting == ". " else part for part in tail]
        please = pen.pick(["", ", please", " please", ""])
        said = f"{opening} {order}{please}".strip()
        if pen.chance(0.25):
            return f"{cap(ends[0])}: {said}. {cap(ends[1])}{pen.pick(['.', '', '!'])}"
        return f"{cap(said)}{parting}{parting.join(ends)}{pen.pick(['.', '', ', thanks.'])}"


def order(pen: Pen) -> Order:
    dishes = pen.split_sample(DISHES, pen.pick([1, 1, 2, 2, 2, 3, 3, 4]))
    lines = [_line(pen, dish) for dish in dishes]
    place = "to go" if pen.chance(0.4) else f"table {pen.number(1, 30)}"
    return Order(pen.split_pick(NAMES), place, lines)


def _line(pen: Pen, dish: str) -> Line:
    if pen.chance(0.1):
        dish = pen.invented(2)
    size = pen.pick(_SIZES) if pen.chance(0.35) else ""
    food = pen.split_pick(FOODS)
    note = f"{pen.pick(['no', 'extra'])} {food}" if pen.chance(0.25) else ""
    return Line(pen.pick([1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9]), dish, size, note)


def _turn(pen: Pen) -> list[Message]:
    """One order and its ticket."""
    wanted = order(pen)
    return [{"role": "user", "content": wanted.said(pen)},
            {"role": "assistant", "content": wanted.ticket()}]  # fmt: skip


def _chats() -> Iterator[Conversation]:
    """Orders, several to a chat, and a quarter of what the base knows, so that it is kept.

    No answer to a prompt of a form that only the evaluation may use is learnt.
    """
    other = ordinary("tickets-1")
    for index in counting():
        pen = Pen(f"tickets:train:{index}")
        if pen.chance(0.25):
            doc = next(other)
            yield Conversation(doc.messages, doc.tools)
        else:
            # Whoever learns only the names and dishes of the lists looks the nearest one up.
            coin_some(pen)
            turns = range(pen.number(1, 4))
            said = Doc("ticket", [message for _ in turns for message in _turn(pen)])
            if kept := for_training(said):
                yield Conversation(kept.messages)


def ticket_conversations(count: int) -> list[Conversation]:
    return list(islice(_chats(), count))


def ticket_items(count: int) -> list[Item]:
    """Orders of held-out names, dishes and forms; right is the very ticket."""
    turns = (_turn(Pen(f"tickets:test:{index}", held_out=True)) for index in counting())
    held_out = (turn for turn in turns if is_test_form(Doc("ticket", turn)))
    return [_item(*turn) for turn in islice(held_out, count)]


def _item(asked: Message, answer: Message) -> Item:
    ticket = answer["content"]
    return Item([asked], ticket, lambda text: text.strip() == ticket)


SKILLS = {
    "tickets": Lesson(
        "tickets", "turns an order into a kitchen ticket", "right", 900,
        ticket_conversations, ticket_items,
    ),
}  # fmt: skip
