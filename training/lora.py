"""Train a LoRA adapter for the house model, on your own lines or one of the two that ship.

    python -m training.lora --data my.jsonl --out my-adapter
    python -m training.lora --manner pirate
    python -m training.lora --skill tickets

A line of the data is {"messages": [...]}, as in the files of chat fine-tuning services, or
{"prompt": "...", "completion": "..."}. Only the assistant's words are learnt. The folder that
comes out holds what PEFT writes: adapter_config.json and adapter_model.safetensors.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from understudy import house
from understudy.engine.lora import KINDS, MAX_RANK

from .lora_lines import BadData
from .template import TEMPLATE

if TYPE_CHECKING:
    from .lessons import Lesson
    from .lora_data import Encoder, Example
    from .lora_train import Options, Progress

ADAPTERS = house.path() / "adapters"
DOCUMENTS = 12_000
"""Conversations that a built-in adapter draws from."""


class Refused(Exception):
    """What was asked for cannot be done; the text says why."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    try:
        run(parser().parse_args(arguments))
    except (Refused, BadData, FloatingPointError) as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    from .lora_train import Options

    default = Options()
    top = argparse.ArgumentParser(
        prog="python -m training.lora",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = top.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", type=Path, help="your own lines, a JSON object each")
    what.add_argument("--manner", choices=["pirate"], help="a built-in adapter: how it speaks")
    what.add_argument("--skill", choices=["tickets"], help="a built-in adapter: what it can do")
    top.add_argument(
        "--out", type=Path, help="folder to write (built-in: understudy/house/adapters/NAME)"
    )
    top.add_argument("--check", action="store_true", help="only check the adapter that is there")
    top.add_argument("--replace", action="store_true", help="replace an adapter that is there")
    top.add_argument("--base", type=Path, default=house.path(), help="folder of the house model")
    top.add_argument("--rank", type=_integer(1, MAX_RANK), default=default.rank)
    top.add_argument("--alpha", type=_positive, default=default.alpha, help="scale times rank")
    top.add_argument("--targets", nargs="+", choices=KINDS, default=default.targets, metavar="KIND",
                     help=f"layers to adapt, of {', '.join(KINDS)}; by default all")  # fmt: skip
    budget = top.add_mutually_exclusive_group()
    budget.add_argument(
        "--steps", type=_integer(1, 10**6),
        help=f"by default {default.steps}, or what a built-in one asks for",
    )  # fmt: skip
    budget.add_argument("--minutes", type=_positive, default=0.0,
                        help="train for that long; the result depends on the machine")  # fmt: skip
    top.add_argument("--rate", type=_positive, default=default.rate, help="learning rate")
    top.add_argument("--tokens-per-step", type=_integer(1, 10**6), default=default.tokens_per_step)
    top.add_argument("--seed", type=_integer(0, 2**63 - 1), default=default.seed)
    top.add_argument("--threads", type=_integer(1, 1024), default=default.threads)
    top.add_argument("--items", type=_integer(0, 10**5), default=500,
                     help="held-out items that a built-in adapter is checked on")  # fmt: skip
    return top


def run(asked: argparse.Namespace) -> None:
    """Read the data, train, write the folder, and check what was written."""
    from .lora_train import LoraTrainer
    from .peft_export import save

    lesson = _lesson(asked)
    out = _out(asked, lesson)
    if asked.check:
        _check(asked, lesson, out)
        return
    data = _data(asked, lesson)
    options = _options(asked, lesson)
    trainer = LoraTrainer(asked.base, options)
    learnt = sum(sum(example.learnt) for example in data)
    print(f"{len(data)} conversations, {learnt} tokens to learn; "
          f"{sum(p.numel() for p in trainer.parameters)} numbers to train", flush=True)  # fmt: skip
    for progress in trainer.run(data):
        print(_shown(progress, options), flush=True)
    name = "@house/prompter" if asked.base == house.path() else str(asked.base)
    size = save(out, trainer.layers, options, name)
    print(f"wrote {size / 1e6:.2f} MB to {out}", flush=True)
    _check(asked, lesson, out)


def _options(asked: argparse.Namespace, lesson: Lesson | None) -> Options:
    from .lora_train import Options

    usual = lesson.steps if lesson else Options.steps
    return Options(
        rank=asked.rank,
        alpha=asked.alpha,
        targets=tuple(dict.fromkeys(asked.targets)),
        steps=asked.steps or usual,
        minutes=asked.minutes,
        rate=asked.rate,
        tokens_per_step=asked.tokens_per_step,
        seed=asked.seed,
        threads=asked.threads,
    )


def _lesson(asked: argparse.Namespace) -> Lesson | None:
    from .manners import MANNERS
    from .skills import SKILLS

    if asked.manner:
        return MANNERS[asked.manner]
    return SKILLS[asked.skill] if asked.skill else None


def _out(asked: argparse.Namespace, lesson: Lesson | None) -> Path:
    """The folder to write; nothing that lies there is lost unasked."""
    from .peft_export import CONFIG, WEIGHTS

    if asked.out:
        out = Path(asked.out)
    elif lesson:
        out = ADAPTERS / lesson.name
    else:
        raise Refused("--data needs --out, the folder to write.")
    if out.exists() and not out.is_dir():
        raise Refused(f"{out} is a file, not a folder.")
    if asked.check and not (out / CONFIG).is_file():
        raise Refused(f"{out} holds no adapter to check.")
    if not (asked.replace or asked.check) and any(
        (out / name).exists() for name in (CONFIG, WEIGHTS)
    ):
        raise Refused(f"{out} holds an adapter already; --replace writes over it.")
    return out


def _data(asked: argparse.Namespace, lesson: Lesson | None) -> list[Example]:
    from .lora_data import examples, fitting
    from .lora_train import Options

    encode = _encoder(asked.base)
    if lesson is None:
        return examples(asked.data, encode)
    return fitting(lesson.conversations(DOCUMENTS), replace(encode, limit=Options.length))


def _encoder(base: Path) -> Encoder:
    """The base's tokenizer; only the house model's form of a conversation is written here."""
    from .lora_data import Encoder
    from .tokenizer import load

    for name in ("model.safetensors", "config.json", "tokenizer.json", "chat_template.jinja"):
        if not (base / name).is_file():
            raise Refused(f"{base} has no {name}, so it is no folder of a model.")
    if (base / "chat_template.jinja").read_text(encoding="utf-8").strip() != TEMPLATE:
        raise Refused(f"{base} has not the house model's chat template, so it cannot be the base.")
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    return Encoder(load(base), config["max_position_embeddings"])


def _shown(now: Progress, options: Options) -> str:
    budget = f"{now.done:.0%}" if options.minutes else f"of {options.steps}"
    return (
        f"step {now.step} {budget}  loss {now.loss:.4f}  rate {now.rate:.2e}  "
        f"{now.tokens_per_second:.0f} tokens/s"
    )


def _check(asked: argparse.Namespace, lesson: Lesson | None, out: Path) -> None:
    """Grade a built-in adapter; of others, say that the engine reads what was written."""
    from .lora_check import adapter_of, check

    if lesson is None or not asked.items:
        adapter = adapter_of(out, asked.base)
        print(f"read back: rank {adapter.rank}, {len(adapter.matrices)} layers")
        return
    found = check(asked.base, out, lesson.items(asked.items))
    print(f"{lesson.verb} {found.right} of {found.items} held-out items, "
          f"{found.ended} ended by themselves")  # fmt: skip
    for item, text in found.wrong[:5]:
        print(f"  asked {item.messages[-1]['content'][-300:]!r}\n"
              f"    want {item.wanted!r}\n    got  {text!r}")  # fmt: skip


def _integer(low: int, high: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low} to {high}, not {value}")
        return value

    convert.__name__ = "integer"  # what argparse calls a text that is none
    return convert


def _positive(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text}")
    return value


if __name__ == "__main__":
    sys.exit(main())
