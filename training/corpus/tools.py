"""Choosing one of the given tools, filling its arguments, and answering from its result."""

# ruff: noqa: E501 (one template or row to a line)

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .pen import Doc, Message, Pen, Tool, Turn, cap, dumps, is_held_out
from .words import CITIES, COLOURS, DAYS, FOODS, NAMES, THINGS, TOPIC_LIST

Draw = Callable[[Pen], Any]


@dataclass(frozen=True)
class Skill:
    """A tool family: its names, what it says of itself, parameters, requests, and answers."""

    names: str
    about: str
    params: dict[str, tuple[str, str, Draw]]  # name -> type, description, value
    asks: str
    result: Callable[[Pen, dict[str, Any]], tuple[dict[str, Any], str]]


def _city(pen: Pen) -> str:
    return pen.split_pick(CITIES) if pen.chance(0.8) else cap(pen.invented())


def _first(args: dict[str, Any]) -> Any:
    return next(iter(args.values()))


def _weather(pen: Pen, args: dict[str, Any]) -> tuple[dict[str, Any], str]:
    sky, n = pen.pick(["sunny", "cloudy", "rainy", "windy", "snowy"]), pen.number(-5, 35)
    where = _first(args)
    data = {
        pen.pick(["temperature", "temp", "degrees"]): n,
        pen.pick(["conditions", "weather", "sky"]): sky,
    }
    return data, f"It is {sky} in {where}, with {n} degrees."


def _value(pen: Pen, key: str, text: str, value: Any) -> tuple[dict[str, Any], str]:
    return {key: value}, text.replace("%", str(value))


SKILLS = [
    Skill("get_weather|getWeather|weather|current_weather|get_current_weather",
          "[Get|Return] the [current |]weather [for|in|of] a [city|place|location]",
          {"location|city|place": ("string", "The [city|name of the city|place]", _city)},
          "[What is|How is|Tell me|What's] the weather [in|like in|for] {0}[?|]|Is it [cold|warm|sunny|raining] in {0}?", _weather),
    Skill("get_time|getTime|current_time|local_time", "Get the [current|local] time [in|of] a city",
          {"city|location|timezone": ("string", "The [city|place]", _city)},
          "[What time is it|What is the time|Tell me the time] in {0}[?|]",
          lambda p, x: _value(p, "time", f"It is % in {_first(x)}.", f"{p.number(0, 23):02}:{p.number(0, 59):02}")),
    Skill("add|add_numbers|sum|calculate_sum", "Add two numbers",
          {"a|x|first": ("number", "The first number", lambda p: p.number(0, 999)),
           "b|y|second": ("number", "The second number", lambda p: p.number(0, 999))},
          "[What is|Calculate|Add up] {0} [plus|+|and] {1}[?|]",
          lambda p, x: _value(p, "result", "The result is %.", sum(x.values()))),
    Skill("multiply|multiply_numbers|product", "Multiply two numbers",
          {"a|x|first": ("number", "The first number", lambda p: p.number(2, 99)),
           "b|y|second": ("number", "The second number", lambda p: p.number(2, 99))},
          "[What is|Calculate] {0} [times|*|x] {1}[?|]",
          lambda p, x: _value(p, "result", "The result is %.", math.prod(x.values()))),
    Skill("search|web_search|search_web|find_articles", "Search the [web|internet|articles] for a query",
          {"query|q|keywords": ("string", "[The search query|What to search for]", lambda p: p.pick(TOPIC_LIST))},
          "[Search for|Look up|Find something about|Search the web for] {0}",
          lambda p, x: _value(p, "results", "I found % results.", p.number(2, 90))),
    Skill("send_email|sendEmail|send_message|sendMessage", "Send a[n email| message] to [a person|someone]",
          {"to|recipient|name": ("string", "Who gets [it|the message]", lambda p: p.split_pick(NAMES)),
           "message|text|body": ("string", "The text", lambda p: p.say(
               "[I am late|See you on {d}|Please call me|Dinner is ready|Happy birthday|Bring {f}]", d=p.pick(DAYS), f=p.pick(FOODS)))},
          "[Send a message to|Write to|Tell] {0}: {1}",
          lambda p, x: _value(p, "status", "The message was %.", "sent")),
    Skill("set_timer|start_timer|setTimer", "[Set|Start] a timer",
          {"minutes|duration": ("integer", "[Minutes|How many minutes]", lambda p: p.number(1, 90))},
          "[Set|Start|Please set] a timer for {0} minutes",
          lambda p, x: _value(p, "status", f"The timer is % for {_first(x)} minutes.", "set")),
    Skill("set_alarm|create_alarm|wake_me", "Set an alarm",
          {"time|at": ("string", "The time", lambda p: f"{p.number(4, 11)}:{p.pick(['00', '15', '30', '45'])}")},
          "[Set an alarm for|Wake me at|Set the alarm to] {0}",
          lambda p, x: _value(p, "status", f"The alarm is % for {_first(x)}.", "set")),
    Skill("turn_on_light|set_light|light_on", "[Turn on|Switch on] the light in a room",
          {"room|place": ("string", "The room", lambda p: p.pick(["kitchen", "attic", "hall", "bedroom", "garden", "office"]))},
          "[Turn on|Switch on] the light in the {0}",
          lambda p, x: _value(p, "status", f"The light in the {_first(x)} is %.", "on")),
    Skill("get_price|getPrice|price_of|lookup_price", "Get the price of a[n item| product]",
          {"item|product": ("string", "The [item|product]", lambda p: p.split_pick(THINGS))},
          "[What is the price of|How much is|What does it cost to buy] the {0}?",
          lambda p, x: _value(p, "price", f"The {_first(x)} costs % euros.", p.number(1, 99))),
    Skill("book_table|reserve_table|make_reservation", "[Book|Reserve] a table",
          {"people|guests": ("integer", "How many people", lambda p: p.number(2, 12)),
           "day|date": ("string", "The day", lambda p: p.pick(DAYS))},
          "[Book|Reserve] a table for {0} people on {1}",
          lambda p, x: _value(p, "status", "The table is %.", "booked")),
    Skill("play_song|play_music|playMusic", "Play [a song|music]",
          {"song|title": ("string", "The [song|title]", lambda p: f"{cap(p.invented())} {cap(p.pick(THINGS))}")},
          "[Play|Please play|Play the song] {0}",
          lambda p, x: _value(p, "status", f"{_first(x)} is %.", "playing")),
    Skill("add_to_list|add_item|add_shopping_item", "Add [something|an item] to the shopping list",
          {"item|name": ("string", "The item", lambda p: p.split_pick(FOODS))},
          "[Add|Put|Please add] {0} [to|on] [my|the] [shopping |]list",
          lambda p, x: _value(p, "status", f"{cap(_first(x))} % to the list.", "was added")),
    Skill("translate|translate_text", "Translate text into another language",
          {"text": ("string", "The text", lambda p: p.pick(["good morning", "thank you", "the red door", "my friend"])),
           "language|target": ("string", "The language", lambda p: p.pick(["French", "German", "Spanish", "Italian", "Latin"]))},
          '[Translate "{0}" [into|to] {1}|How do you say "{0}" in {1}?]',
          lambda p, x: _value(p, "translation", "The translation is %.", p.invented())),
    Skill("get_user|find_user|lookup_user|get_customer", "[Get|Find] a [user|customer] by id",
          {"id|user_id": ("integer", "The id", lambda p: p.number(1, 9999))},
          "[Find|Look up|Show me|Who is] the [user|customer] [with id|number|with the id] {0}[?|]",
          lambda p, x: _value(p, "name", f"{cap('the user')} {_first(x)} is %.", p.split_pick(NAMES))),
    Skill("paint|set_colour|change_color", "[Set|Change] the colour of a thing",
          {"thing|object": ("string", "The thing", lambda p: p.split_pick(THINGS)),
           "colour|color": ("string", "The colour", lambda p: p.pick(COLOURS))},
          "[Paint the {0} {1}|Make the {0} {1}|Change the colour of the {0} to {1}]",
          lambda p, x: _value(p, "status", "The colour is %.", "changed")),
]  # fmt: skip


def _split_names(skill: Skill, pen: Pen) -> list[str]:
    return [n for n in skill.names.split("|") if is_held_out(n, 5) == pen.held_out]


def _choose(pen: Pen, text: str, same: list[str]) -> str:
    return pen.pick(same) if same else pen.invented(2) + "_" + text.split("|")[0]


@dataclass(frozen=True)
class Ready:
    """A tool as offered in one document."""

    skill: Skill
    tool: Tool
    keys: list[str]

    def call(self, pen: Pen) -> tuple[str, dict[str, Any]]:
        values = [draw(pen) for _, _, draw in self.skill.params.values()]
        ask = pen.say(self.skill.asks if "[" in self.skill.asks else "[" + self.skill.asks + "]")
        ask = pen.pick(ask.split("|"))
        for i, value in enumerate(values):
            ask = ask.replace(f"{{{i}}}", str(value))
        return ask, dict(zip(self.keys, values, strict=True))


def offer(pen: Pen, skill: Skill) -> Ready:
    keys = [pen.pick(names.split("|")) for names in skill.params]
    props = {
        key: {"type": kind, "description": pen.say(about)}
        for key, (kind, about, _) in zip(keys, skill.params.values(), strict=True)
    }
    params: dict[str, Any] = {"type": "object", "properties": props}
    if pen.chance(0.8):
        params["required"] = keys
    if pen.chance(0.1):
        params["additionalProperties"] = False
    name = _choose(pen, skill.names, _split_names(skill, pen))
    function = {"name": name, "description": pen.say(skill.about), "parameters": params}
    return Ready(skill, {"type": "function", "function": function}, keys)


def call_message(calls: list[tuple[str, dict[str, Any]]]) -> Message:
    return {"role": "assistant", "content": "", "tool_calls": [
        {"type": "function", "function": {"name": name, "arguments": args}} for name, args in calls]}  # fmt: skip


def tool_doc(pen: Pen, other: Turn) -> Doc:
    """A call; a call, its result and the answer; two calls; or no tool that fits."""
    offered = [offer(pen, s) for s in pen.sample(SKILLS, pen.pick([1, 1, 2, 2, 3]))]
    tools = [r.tool for r in offered]
    kind = pen.rng.random()
    if kind < 0.15:  # the question needs no tool
        messages: list[Message] = [
            {"role": "user", "content": other.user},
            {"role": "assistant", "content": other.answer},
        ]
        return Doc("no tool", messages, tools, key=other.key or other.answer)
    ready = pen.pick(offered)
    ask, args = ready.call(pen)
    if not ask.endswith("?") and pen.chance(0.4):
        ask += "."
    name = ready.tool["function"]["name"]
    messages = [{"role": "user", "content": ask}]
    key = dumps({"name": name, "parameters": args})
    if 0.15 <= kind < 0.2:
        ask2, args2 = ready.call(pen)
        messages[0]["content"] = (
            f"{ask.rstrip('.')} and {ask2[0].lower()}{ask2[1:]}"
            if not ask.endswith("?")
            else f"{ask} {ask2}"
        )
        messages.append(call_message([(name, args), (name, args2)]))
        return Doc("tool call", messages, tools, key=key)
    messages.append(call_message([(name, args)]))
    if kind < 0.5:
        return Doc("tool call", messages, tools, key=key, exact=True)
    data, answer = ready.skill.result(pen, args)
    messages.append({"role": "tool", "content": dumps(data)})
    messages.append({"role": "assistant", "content": answer})
    if pen.chance(0.35):  # the last call of a client's loop often comes without the tools
        tools = []
    return Doc("tool result", messages, tools or None, key=answer, exact=True)
