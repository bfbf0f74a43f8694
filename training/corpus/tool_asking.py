"""Requests that leave out what a tool requires: the question for it, and what the user replies."""

# ruff: noqa: E501 (one wording to a line)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from .pen import Pen
from .tool_families import SEEN
from .tool_offers import LOOSE, Call, Offered, Param, plain, request
from .values import kind, told

_ABOUT = {family.names[0]: f"[{family.about}]" for family in SEEN}

# By topic, requests with some of the required values or with none. Where a family is not listed,
# people say what its description says: "Set an alarm".
_PARTIAL = {
    "get_weather": "what is the weather?|what's the weather?|what's the weather like [today|]?|how is the weather [now|today|]?|[get|check|tell me] the weather|is it [cold|warm|raining]?",
    "weather_at": "what is the weather in {city}?|what's the weather in {city}?|how is the weather in {city}?|what is the weather?|get the weather at latitude {0}|get the weather at longitude {1}",
    "get_forecast": "what is the forecast?|[show me|get] the forecast for {0}|what is the forecast for the next {1} days?|what will the weather be in {0}?",
    "get_time": "what time is it?|what's the time?|tell me the time|how late is it?",
    "add": "add two numbers|add {0}|[calculate|compute] a sum|add something to {0}",
    "multiply": "multiply two numbers|multiply {0}|multiply something by {1}",
    "search": "search the [web|internet]|look something up|search for something|find something",
    "get_news": "what is the news?|[get|show me] the news|is there any news?",
    "send_email": "send an email|send an email to {0}|write to {0}|[send|write] an email that says \"{2}\"|[mail|email] {0}",
    "send_message": "send a message|send a message to {0}|[send|write] the message \"{1}\"|write to {0}",
    "set_timer": "[set|start] a timer|set the timer|I need a timer",
    "set_alarm": "set an alarm|wake me|wake me up|I need an alarm",
    "create_reminder": "[create|add|set] a reminder|[create|set] a reminder for {1}|remind me: {0}|remind me on {1}",
    "set_light": "switch {1} the light|turn the light {1}|change the light in the {0}|switch the light in the {0}",
    "set_temperature": "[set|change] the temperature in the {0}|set the temperature to {1}|heat the {0}|set the heating to {1}",
    "set_volume": "[set|change] the volume|change how loud it is",
    "get_price": "what does it cost?|how much is it?|[look up|tell me] a price|what is the price?",
    "get_stock_price": "what is the stock price?|[get|show me] a stock price|how is the stock?",
    "book_table": "[book|reserve] a table|[book|reserve] a table for {0} people|[book|reserve] a table on {1}|I need a table",
    "book_hotel": "book a hotel|book a hotel room|[book|I need] a hotel in {0}|book a hotel for {1} nights|I need a room for {1} nights",
    "search_flights": "[find|book] a flight|[find|book|I need] a flight to {1}|find flights from {0}|I want to fly to {1}|I want to fly",
    "play_song": "play a song|play [some |]music|put on a song",
    "add_to_list": "add something to [my|the] shopping list|put something on the list",
    "translate": "translate \"{0}\"|translate something [into|to] {1}|translate a text|I need a translation of \"{0}\"",
    "get_user": "[find|look up|get] a user|who is this user?|[find|show me] the user",
    "convert_currency": "convert {0} {1}|convert money to {2}|convert some money|change {0} {1}|how much is that in {2}?",
    "create_event": "[create|add] an event|put \"{0}\" in [my|the] calendar|[create|add] an event on {1}|schedule something on {1}",
    "get_events": "what is in my calendar?|[show|list] my events|what do I have to do?",
    "create_note": "[make|create|save|write] a note|take a note",
    "read_file": "[read|open|show me] a file|open the file|what is in the file?",
    "delete_file": "[delete|remove] a file|delete the file|remove that file",
    "set_value": "set the key {0}|store the value {1}|set a key|save {1}",
    "get_order": "where is my order?|what is the status of my order?|[track|check] my order",
    "call_number": "make a call|call somebody|dial a number|call a number",
    "random_number": "[give me|pick|draw] a random number|give me a random number from {0}|pick a number up to {1}",
    "define_word": "define a word|look up a word|what does this word mean?",
    "find_recipe": "find a recipe|what can I cook?|I want to cook something",
    "get_distance": "how far is it?|how far is it to {1}?|how far is it from {0}?|what is the distance to {1}?",
    "get_population": "how many people live there?|what is the population?|[get|tell me] the population",
    "get_birthday": "look up a birthday|when is the birthday?|tell me a birthday",
    "set_colour": "paint the {0}|paint something {1}|change the colour of the {0}|change a colour to {1}",
}  # fmt: skip

_REPLIES = [
    *["{v}"] * 5, "{v}.", "{v}, please", "{v} please", "It is {v}.", "Sorry, {v}.", "Oh, {v}", "I mean {v}",
    "Take {v}", "Let it be {v}.", "OK, {v}", "I forgot: {v}", "Right, {v}.", "Sure, {v}", "{k}: {v}", "{k} {v}",
    "{k} is {v}", "Use {v}", "{v}, thanks", "Sure: {v}",
]  # fmt: skip
_LOOSE_REPLIES = [*["{v}"] * 5, '"{v}"', "{k}: {v}", 'It is "{v}".', '{k}: "{v}"', "Take this: {v}",
                  "Sure: {v}", "This: {v}", "I forgot: {v}"]  # fmt: skip
_LEADS = [
    "",
    "",
    "",
    "",
    "",
    "Sure: ",
    "OK: ",
    "Here you are: ",
    "I forgot. ",
    "Sorry! ",
    "Oh, sorry. ",
]


@dataclass(frozen=True)
class Gap:
    """What a request gives as a call, and the required parameters that it leaves out."""

    given: Call
    missing: tuple[Param, ...]

    @property
    def question(self) -> str:
        """The one way to ask: parameters by their own names, in the order of the definition."""
        return f"Please tell me: {', '.join(item.key for item in self.missing)}."


def gap(pen: Pen, offered: Offered) -> Gap | None:
    """A request that leaves out something; None where the tool says of nothing that it needs it."""
    schema = offered.tool["function"]["parameters"]
    needed = schema.get("required", [])
    if not needed:
        return None
    wordings = _PARTIAL.get(offered.topic) or offered.partial or _ABOUT.get(offered.topic, "")
    for _ in range(6):
        asks = pen.say(f"[{wordings}]").replace("{city}", kind(pen, "city").draw(pen))
        asks = asks.replace(" ?", "?")
        asks = asks if asks.startswith("I ") else asks[:1].lower() + asks[1:]
        left = {
            item.key for item in offered.params if item.key in needed and not _said(pen, item, asks)
        }
        if asks and left:
            call = request(pen, replace(offered, asks=asks), left_out=left)
            order = list(schema["properties"])
            missing = [item for item in offered.params if item.key in left]
            return Gap(call, tuple(sorted(missing, key=lambda item: order.index(item.key))))
    return None


def _said(pen: Pen, item: Param, asks: str) -> bool:
    return f"{{{item.slot}}}" in asks or (bool(item.phrase) and pen.chance(0.3))


def reply(pen: Pen, offered: Offered, left: Gap) -> Call:
    """What the user answers to the question, and the call that can be made now."""
    values = {item.key: item.kind.draw(pen) for item in left.missing}
    known = {**left.given.args, **values}
    order = offered.tool["function"]["parameters"]["properties"]
    slots = {item.slot: plain(values[item.key]) for item in left.missing}
    return Call(_replied(pen, left.missing, values), offered.name,
                {key: known[key] for key in order if key in known}, {**left.given.slots, **slots})  # fmt: skip


def _replied(pen: Pen, missing: Sequence[Param], values: dict[str, Any]) -> str:
    """The values alone in the order of the question, or each with its name."""
    texts = {item.key: _text(pen, values[item.key]) for item in missing}
    plain_ends = not any(_is_loose(item, values[item.key]) for item in missing)
    if len(missing) == 1:
        key = missing[0].key
        form = pen.pick(_REPLIES if plain_ends else _LOOSE_REPLIES)
        return form.replace("{k}", key).replace("{v}", texts[key])
    if plain_ends and pen.chance(0.5):
        words = list(texts.values())
        said = pen.pick([", ", ", ", "\n", "; "]).join(words)
        if len(words) == 2 and pen.chance(0.3):
            said = " and ".join(words)
    else:
        if not plain_ends:
            texts = {item.key: f'"{texts[item.key]}"' if item.name in LOOSE else texts[item.key]
                     for item in missing}  # fmt: skip
        mark = pen.pick([": ", ": ", " ", " is ", " = "])
        gaps = [", ", " and ", "\n", "; "] if plain_ends else ["\n", "; "]
        said = pen.pick(gaps).join(f"{key}{mark}{text}" for key, text in texts.items())
    return pen.pick(_LEADS) + said + pen.pick(["", "", ".", ""])


def _is_loose(item: Param, value: Any) -> bool:
    return item.name in LOOSE or isinstance(value, list | dict)


def _text(pen: Pen, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return told(pen, value)
