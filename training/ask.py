"""What the model says to what people type first, through the real server.

python -m training ask "Hello" "What is 2+2?"
"""

from __future__ import annotations

from pathlib import Path

from .corpus.pen import Doc, Message
from .served import Served, at_once, serving

NEWCOMERS: list[str | list[Message]] = [
    "Hello", "Hi there! How are you?", "Who are you?", "What can you do?", "Tell me a joke",
    "Tell me a joke about Cloudflare", "Tell me a story about a fox",
    "Write a short story about a llama that goes on a journey to find an orange cloud",
    "What is the origin of the phrase Hello, World", "What is 2+2?", "What is 17 + 26?",
    "Write a haiku about rain", "What is the capital of France?", "What is the capital of Peru?",
    "Why is the sky blue?", "What is Cloudflare?", "Explain quantum computing in simple terms",
    "Who won the world cup in 1998?", "List three colours", "Count from 1 to 10",
    "Translate 'good morning' into French", "What day comes after Tuesday?", "Say this is a test",
    "Repeat after me: the blue lamp is on", "What is a computer?", "asdf", "Thanks!",
    "What's the weather in London?", "How do I bake bread?", "Who is Mara Fenn?",
    "Summarize: The cat sat on the mat. The dog barked.",
    [{"role": "system", "content": "You are a friendly assistant"},
     {"role": "user", "content": "Hi"}],
    [{"role": "system", "content": "You are a pirate."},
     {"role": "user", "content": "Who are you?"}],
    [{"role": "user", "content": "My name is Anna."},
     {"role": "assistant", "content": "Nice to meet you, Anna!"},
     {"role": "user", "content": "What is my name?"}],
]  # fmt: skip
RAW = ["Once upon a time", "The weather today is", "Q: What is the capital of Japan?\nA:",
       "Long ago, in a small village, there lived a dragon."]  # fmt: skip


def newcomers(folder: Path | None, prompts: list[str] | None = None) -> None:
    """Print greedy answers to ``prompts``, or to what newcomers type."""
    asked = prompts or NEWCOMERS
    with serving("bf16", folder) as served:
        _chats(served, [[_said(p)] if isinstance(p, str) else p for p in asked])
        if prompts is None:
            for raw, answer in zip(RAW, at_once(served.continuation, RAW), strict=True):
                print(f"raw> {raw}|{answer.text}{'' if answer.ended else ' [cut]'}\n")


def _chats(served: Served, chats: list[list[Message]]) -> None:
    unanswered: Message = {"role": "assistant", "content": ""}
    docs = [Doc("asked", [*messages, unanswered]) for messages in chats]
    for messages, answer in zip(chats, at_once(served.answer, docs), strict=True):
        shown = " / ".join(message["content"] for message in messages)
        print(f"> {shown}\n{answer.text}{'' if answer.ended else ' [cut]'}\n")


def _said(text: str) -> Message:
    return {"role": "user", "content": text}
