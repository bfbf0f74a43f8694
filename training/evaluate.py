"""Held-out items per skill, answered greedily through `transformers`, with counts.

python -m training evaluate --items 40
python -m training ask "Hello" "What is 2+2?"
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch

from .corpus.mix import stream
from .corpus.pen import Doc, Message
from .template import prompt_text

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


class Speaker:
    """The exported model under `transformers`, one greedy answer after another."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self.tokenizer.padding_side = "left"
        self.model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        self.model.train(False)

    @torch.inference_mode()
    def answer(self, prompts: list[str], limit: int = 200) -> list[tuple[str, bool]]:
        """For each rendered prompt its text, and whether it ended by itself."""
        batch = self.tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False)
        output = self.model.generate(**batch, max_new_tokens=limit, do_sample=False)
        ends = set(self.model.generation_config.eos_token_id)
        results = []
        for row in output[:, batch["input_ids"].shape[1] :].tolist():
            ended = any(token in ends for token in row)
            results.append((self.tokenizer.decode(row, skip_special_tokens=True), ended))
        return results


def right(doc: Doc, text: str) -> bool:
    """Whether an answer is right: the whole of it, or the part that matters."""
    expected = doc.key or ""
    if doc.skill in ("json", "tool call"):
        try:
            return bool(json.loads(text) == json.loads(expected))
        except ValueError:
            return text.strip() == expected.strip()
    return text.strip() == expected.strip() if doc.exact else expected in text


def items(count: int, seed: str = "test-1") -> dict[str, list[Doc]]:
    """The first `count` gradable held-out documents of every skill."""
    chosen: dict[str, list[Doc]] = defaultdict(list)
    for index, doc in stream(seed, held_out=True):
        if doc.key and doc.raw is None and len(chosen[doc.skill]) < count:
            chosen[doc.skill].append(doc)
        if index > 400 * count or (index > 60 * count and min(map(len, chosen.values())) >= count):
            break
    return dict(sorted(chosen.items()))


def evaluate(folder: Path, count: int, batch: int = 40, show_wrong: int = 0) -> dict[str, Any]:
    """Right answers and answers that end by themselves, per skill."""
    speaker = Speaker(folder)
    report: dict[str, Any] = {}
    for skill, docs in items(count).items():
        docs = sorted(docs, key=lambda doc: len(prompt_text(doc)))
        good = ended = 0
        for start in range(0, len(docs), batch):
            part = docs[start : start + batch]
            answers = speaker.answer([prompt_text(doc) for doc in part])
            for doc, (text, end) in zip(part, answers, strict=True):
                good += right(doc, text)
                ended += end
                if show_wrong and not right(doc, text):
                    show_wrong -= 1
                    print(f"  wrong [{skill}] {doc.messages[-2]['content'][-300:]!r}\n"
                          f"    want {doc.key!r}\n    got  {text!r}")  # fmt: skip
        report[skill] = {"items": len(docs), "right": good, "ended": ended}
        print(f"{skill:14} right {good:4}/{len(docs)}  ended {ended:4}/{len(docs)}", flush=True)
    total = {key: sum(row[key] for row in report.values()) for key in ("items", "right", "ended")}
    report["all"] = total
    print(f"{'all':14} right {total['right']:4}/{total['items']}  ended {total['ended']:4}")
    return report


def newcomers(folder: Path, prompts: list[str] | None = None) -> None:
    """Print what the model says to the prompts that people type first."""
    from .template import render

    speaker = Speaker(folder)
    asked = prompts or NEWCOMERS
    for prompt in asked:
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        text, ended = speaker.answer([render(messages, add_generation_prompt=True)])[0]
        shown = prompt if isinstance(prompt, str) else " / ".join(m["content"] for m in prompt)
        print(f"> {shown}\n{text}{'' if ended else ' [cut]'}\n", flush=True)
    if prompts is None:
        for raw in RAW:
            text, ended = speaker.answer([f"<|begin_of_text|>{raw}"])[0]
            print(f"raw> {raw}|{text}{'' if ended else ' [cut]'}\n", flush=True)
