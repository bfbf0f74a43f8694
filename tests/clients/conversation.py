"""The conversation that every client holds: what is said does not depend on the client."""

from __future__ import annotations

from typing import Any

WORKERS_MODELS = (
    "@cf/tinyllama/tinyllama-1.1b-chat-v1.0",
    "@cf/meta/llama-2-7b-chat-fp16",
    "@cf/openchat/openchat-3.5-0106",
    "@cf/meta/llama-3.2-1b-instruct",
)
COMPLETION_MODEL = "meta-llama/Llama-2-70b-chat-hf"
TURNS = ("Hello! My name is Ada.", "What is the capital of France?", "What is my name?")
ASKED: dict[str, Any] = {"max_tokens": 12, "temperature": 0.9, "seed": 7}
CHAT_DOORS = {
    "/v1/openai": COMPLETION_MODEL,
    "/client/v4/accounts/local/ai/v1": WORKERS_MODELS[-1],
}
SYSTEM = {"role": "system", "content": "You are a friendly assistant."}


def after(turns: list[dict[str, str]], said: str, answered: str) -> list[dict[str, str]]:
    """The conversation with one more turn of each side."""
    return [
        *turns,
        {"role": "user", "content": said},
        {"role": "assistant", "content": answered},
    ]


def added(stream: Any) -> dict[int, Any]:
    """What the chunks of a stream add up to: text, finish and log-probabilities by choice."""
    found: dict[int, Any] = {}
    for chunk in stream:
        for choice in chunk.choices:
            into = found.setdefault(choice.index, {"text": "", "finish": None, "told": {}})
            piece = choice.delta.content if hasattr(choice, "delta") else choice.text
            into["text"] += piece or ""
            into["finish"] = choice.finish_reason or into["finish"]
            for name, told in (choice.logprobs.model_dump() if choice.logprobs else {}).items():
                into["told"].setdefault(name, []).extend(told or [])
    return found
