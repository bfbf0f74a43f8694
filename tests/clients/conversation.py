"""The conversation that every client holds: what is said does not depend on the client."""

from __future__ import annotations

WORKERS_MODELS = (
    "@cf/tinyllama/tinyllama-1.1b-chat-v1.0",
    "@cf/meta/llama-2-7b-chat-fp16",
    "@cf/openchat/openchat-3.5-0106",
    "@cf/meta/llama-3.2-1b-instruct",
)
COMPLETION_MODEL = "meta-llama/Llama-2-70b-chat-hf"
TURNS = ("Hello! My name is Ada.", "What is the capital of France?", "What is my name?")
SYSTEM = {"role": "system", "content": "You are a friendly assistant."}


def after(turns: list[dict[str, str]], said: str, answered: str) -> list[dict[str, str]]:
    """The conversation with one more turn of each side."""
    return [
        *turns,
        {"role": "user", "content": said},
        {"role": "assistant", "content": answered},
    ]
