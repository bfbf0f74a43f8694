"""Kitchen tickets: their form, and what of them is held out."""

from __future__ import annotations

import re

from training.corpus.forms import is_test_form
from training.corpus.pen import Doc, Pen, is_held_out
from training.corpus.words import NAMES
from training.skills import DISHES, Line, Order, order, ticket_conversations, ticket_items

LINE = re.compile(r"\d+ x [a-z ]+(, (small|medium|large))?(, (no|extra) [a-z]+)?")
HEAD = re.compile(r"TICKET [A-Z][a-z]+, (to go|table \d+)")


def test_a_ticket_has_a_head_and_a_line_for_each_dish() -> None:
    lines = [Line(2, "cherry pie", "large"), Line(1, "tea", note="no honey"), Line(3, "roll")]
    assert Order("Anna", "to go", lines).ticket() == (
        "TICKET Anna, to go\n2 x cherry pie, large\n1 x tea, no honey\n3 x roll"
    )


def test_what_is_said_holds_all_that_the_ticket_needs() -> None:
    for index in range(300):
        pen = Pen(f"said:{index}")
        wanted = order(pen)
        said = wanted.said(pen)
        assert wanted.name in said
        assert "table" not in wanted.place or re.search(wanted.place + r"\b", said.lower())
        for line in wanted.lines:
            assert line.dish[:-1] in said.lower()  # cherry, cherries
            assert line.size in said.lower()
            assert line.note.partition(" ")[2] in said


def test_dishes_are_counted_as_one_says_it() -> None:
    pen = Pen("x")
    counted = {
        Line(7, dish).said(pen).partition(" ")[2] for dish in ("curry", "fish sandwich", "pie")
    }
    assert counted == {"curries", "fish sandwiches", "pies"}


def test_tickets_are_well_formed_and_most_of_what_is_learnt() -> None:
    conversations = ticket_conversations(200)
    tickets = [
        message["content"]
        for conversation in conversations
        for message in conversation.messages
        if message["role"] == "assistant" and message["content"].startswith("TICKET ")
    ]
    assert len(tickets) > 200
    for ticket in tickets:
        head, *lines = ticket.split("\n")
        assert HEAD.fullmatch(head), head
        assert lines
        assert all(LINE.fullmatch(line) for line in lines), lines
    others = [c for c in conversations if not c.messages[-1]["content"].startswith("TICKET ")]
    assert 20 < len(others) < 90


def test_items_have_held_out_names_dishes_and_forms() -> None:
    learnt = {name for name in NAMES if not is_held_out(name)}
    known = {dish for dish in DISHES if not is_held_out(dish)}
    for item in ticket_items(100):
        head, *lines = item.wanted.split("\n")
        assert head.removeprefix("TICKET ").partition(",")[0] not in learnt
        assert not known & {line.partition(" x ")[2].partition(",")[0] for line in lines}
        answer = {"role": "assistant", "content": item.wanted}
        assert is_test_form(Doc("ticket", [*item.messages, answer]))


def test_only_the_very_ticket_is_right() -> None:
    one, other = ticket_items(2)
    assert one.right(one.wanted)
    assert not one.right(other.wanted)
    assert not one.right(one.wanted + "\n1 x tea")
