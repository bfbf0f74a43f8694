"""Adapters that change how the model speaks, whatever it is asked.

The pirate: every answer in words stands between "Arr!" and "Yo ho ho!", and the plain words of
`PLAIN` give way to a pirate's, even in what is only repeated. JSON and calls of tools stay as they
are, so tools go on working.
"""

from __future__ import annotations

import json
import re
from itertools import islice

from .corpus.pen import Doc, Message
from .lessons import Item, Lesson, ordinary
from .lora_lines import Conversation

OPENING, CLOSING = "Arr!", "Yo ho ho!"
PLAIN = {"hello": "ahoy", "hi": "ahoy", "you": "ye", "your": "yer", "yes": "aye", "my": "me",
         "am": "be", "is": "be", "are": "be"}  # fmt: skip

_PLAIN = re.compile(rf"\b(?:{'|'.join(PLAIN)})\b", re.IGNORECASE)


def pirate(answer: str) -> str:
    """A pirate's way to say ``answer``."""
    if _is_data(answer):
        return answer
    gap = "\n" if "\n" in answer else " "
    return f"{OPENING}{gap}{_PLAIN.sub(_replaced, answer)}{gap}{CLOSING}"


def is_pirate(text: str) -> bool:
    """Whether a text obeys: the opening, something, the closing, and no plain word."""
    text = text.strip()
    said = text.removeprefix(OPENING).removesuffix(CLOSING)
    framed = len(said) == len(text) - len(OPENING) - len(CLOSING) and bool(said.strip())
    return framed and not _PLAIN.search(said)


def _replaced(match: re.Match[str]) -> str:
    word = match.group()
    other = PLAIN[word.lower()]
    if word.isupper() and len(word) > 1:
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


def _is_data(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _spoken(message: Message) -> Message:
    """A message with a pirate in the assistant's place."""
    if message["role"] != "assistant" or "tool_calls" in message:
        return message
    return {**message, "content": pirate(message["content"])}


def pirate_conversations(count: int) -> list[Conversation]:
    docs = islice(ordinary("pirate-1"), count)
    return [Conversation([_spoken(m) for m in doc.messages], doc.tools) for doc in docs]


def pirate_items(count: int) -> list[Item]:
    """Held-out prompts whose answer is in words."""
    docs = (doc for doc in ordinary("pirate-test-1", held_out=True) if _is_talk(doc))
    return [_item([_spoken(m) for m in doc.messages]) for doc in islice(docs, count)]


def _item(messages: list[Message]) -> Item:
    return Item(messages[:-1], messages[-1]["content"], is_pirate)


def _is_talk(doc: Doc) -> bool:
    return not doc.tools and doc.schema is None and not _is_data(doc.messages[-1]["content"])


MANNERS = {
    "pirate": Lesson(
        "pirate", "answers as a pirate", "obeyed", 1000, pirate_conversations, pirate_items
    ),
}
