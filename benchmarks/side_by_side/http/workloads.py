"""What is asked over HTTP: the same requests, at the same times, of every server.

Prompts are token ids, drawn at random, so that no two engines tokenise differently; answers are
greedy and of a fixed length. A plan is a list of chains; a chain begins at its time and sends each
request when the one before it is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

COMPLETIONS = "/v1/completions"
CHAT = "/v1/chat/completions"

_STREAMED = {"stream": True, "stream_options": {"include_usage": True}, "temperature": 0}

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 24},
        "colour": {"enum": ["red", "green", "blue", "white"]},
        "sizes": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0, "maximum": 999},
            "minItems": 2,
            "maxItems": 4,
        },
        "sold": {"type": "boolean"},
    },
    "required": ["name", "colour", "sizes", "sold"],
    "additionalProperties": False,
}
"""Bounded everywhere, so that a model that knows nothing still comes to an end."""


@dataclass(frozen=True)
class Request:
    """One POST."""

    path: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Chain:
    """Requests that follow one another; ``at`` is in seconds after the plan begins."""

    at: float
    requests: tuple[Request, ...]


Plan = tuple[Chain, ...]


@dataclass(frozen=True)
class HttpWork:
    """``rates`` are arrivals per second, ``requests`` so many of them at each rate; lengths are in
    tokens. ``conversations`` have a system prompt of ``shared`` tokens in common and run at once,
    each of ``turns`` requests that add ``turn`` tokens. ``token_ids`` is the range that prompts are
    drawn from: neither bytes nor control tokens, in a vocabulary of 128,256."""

    rates: tuple[float, ...] = (1.0, 2.0)
    requests: int = 16
    prompt: int = 128
    answer: int = 64
    streams: int = 16
    conversations: int = 4
    turns: int = 4
    shared: int = 512
    turn: int = 64
    json_answers: int = 8
    token_ids: tuple[int, int] = (1_000, 120_000)

    def quick(self) -> HttpWork:
        """Enough to see that everything runs."""
        return replace(
            self,
            rates=(4.0,),
            requests=3,
            prompt=32,
            answer=8,
            streams=2,
            conversations=2,
            turns=2,
            shared=64,
            turn=16,
            json_answers=2,
        )

    @property
    def parallel(self) -> int:
        """Sequences that a server must take at once."""
        return max(self.streams, self.conversations, self.requests, self.json_answers)

    @property
    def context(self) -> int:
        """The longest prompt with its answer, with room for a chat template."""
        longest = self.shared + self.turns * (self.turn + self.answer)
        return max(longest, self.prompt + self.answer, 512) + 64

    def seconds(self) -> float:
        """About how long it takes, at some two answers a second."""
        arrivals = sum(self.requests / min(rate, 2.0) for rate in self.rates)
        rest = self.streams + self.conversations * self.turns + 2 * self.json_answers
        return arrivals + rest / 2


def arrivals(work: HttpWork, rate: float, model: str) -> Plan:
    """Requests at random times, ``rate`` a second on average, whether or not any is answered."""
    rng = np.random.default_rng(int(1000 * rate))
    times = np.cumsum(rng.exponential(1 / rate, work.requests))
    return tuple(
        Chain(float(at), (completion(model, _ids(work, rng, work.prompt), work.answer),))
        for at in times - times[0]
    )


def streams(work: HttpWork, model: str) -> Plan:
    """All at the same time."""
    rng = np.random.default_rng(1)
    return tuple(
        Chain(0.0, (completion(model, _ids(work, rng, work.prompt), work.answer),))
        for _ in range(work.streams)
    )


def conversations(work: HttpWork, model: str) -> Plan:
    """Turns that each repeat all before them. What stands for earlier answers is drawn too, so
    that every server gets the same."""
    rng = np.random.default_rng(2)
    shared = _ids(work, rng, work.shared)
    chains = []
    for _ in range(work.conversations):
        prompt, requests = list(shared), []
        for _ in range(work.turns):
            prompt = prompt + _ids(work, rng, work.turn)
            requests.append(completion(model, prompt, work.answer))
            prompt = prompt + _ids(work, rng, work.answer)
        chains.append(Chain(0.0, tuple(requests)))
    return tuple(chains)


def json_answers(work: HttpWork, model: str, *, constrained: bool) -> Plan:
    """Chats all at once, whose answers satisfy ``SCHEMA``, with room to end by themselves, or are
    free and of a fixed length."""
    form = {"name": "thing", "schema": SCHEMA, "strict": True}
    wanted = {"response_format": {"type": "json_schema", "json_schema": form}}
    kind = "constrained" if constrained else "free"
    bodies = (
        {
            "model": model,
            "messages": [{"role": "user", "content": f"Describe thing {number}, {kind}."}],
            "max_tokens": (2 if constrained else 1) * work.answer,
            **_STREAMED,
            **(wanted if constrained else {"ignore_eos": True}),
        }
        for number in range(work.json_answers)
    )
    return tuple(Chain(0.0, (Request(CHAT, body),)) for body in bodies)


def first(work: HttpWork, model: str) -> Plan:
    """The least that shows that a server answers."""
    return (Chain(0.0, (completion(model, [work.token_ids[0]] * 4, 1),)),)


def completion(model: str, prompt: list[int], answer: int) -> Request:
    """A streamed completion of exactly ``answer`` tokens."""
    body = {
        "model": model,
        "prompt": prompt,
        "max_tokens": answer,
        "ignore_eos": True,
        **_STREAMED,
    }
    return Request(COMPLETIONS, body)


def _ids(work: HttpWork, rng: np.random.Generator, count: int) -> list[int]:
    found: list[int] = rng.integers(*work.token_ids, count).tolist()
    return found
