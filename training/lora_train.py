"""Low-rank matrices beside the linear layers of a frozen model, and the loop that trains them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from understudy.engine.lora import KINDS

from .data import IGNORE
from .lora_data import Batch, Example, batches
from .tokenizer import BOS


@dataclass(frozen=True)
class Options:
    """How one adapter is trained. ``minutes``, where not 0, replaces ``steps``."""

    rank: int = 8
    alpha: float = 16.0
    targets: tuple[str, ...] = KINDS
    steps: int = 300
    minutes: float = 0.0
    rate: float = 5e-3
    warmup: float = 0.05
    tokens_per_step: int = 4096
    length: int = 512
    seed: int = 1
    threads: int = 2

    @property
    def scale(self) -> float:
        """What B A is multiplied by."""
        return self.alpha / self.rank

    def rate_at(self, done: float) -> float:
        """The learning rate at this part of the run: up in the warm-up, then down to nothing."""
        if done < self.warmup:
            return self.rate * max(done / self.warmup, 0.02)
        return self.rate * max((1 - done) / (1 - self.warmup), 0.0)


def load(base: Path) -> Any:
    """The model of a folder, in float32."""
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    untyped: Any = logging
    untyped.disable_progress_bar()
    return AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)


class LowRank(nn.Module):
    """A linear layer that stays as it is, plus ``scale`` times B A of rank r.

    A is `[r, inputs]`, B `[outputs, r]`. B begins with zeros, so training starts from the base.
    """

    def __init__(self, base: nn.Linear, options: Options, noise: torch.Generator) -> None:
        super().__init__()
        self.base, self.scale = base, options.scale
        a, b = (
            torch.empty(options.rank, base.in_features),
            torch.zeros(base.out_features, options.rank),
        )
        nn.init.kaiming_uniform_(a, a=math.sqrt(5), generator=noise)
        self.a, self.b = nn.Parameter(a), nn.Parameter(b)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        low: torch.Tensor = nn.functional.linear(nn.functional.linear(x, self.a), self.b)
        whole: torch.Tensor = self.base(x) + low * self.scale
        return whole


def attach(model: Any, options: Options) -> dict[str, LowRank]:
    """Freeze the model and put a `LowRank` in the place of each target; returns them by name.

    Names are the model's own: ``model.layers.0.self_attn.q_proj``.
    """
    model.requires_grad_(False)
    noise = torch.Generator().manual_seed(options.seed)
    layers: dict[str, LowRank] = {}
    for name, layer in list(model.named_modules()):
        parent, _, kind = name.rpartition(".")
        if kind in options.targets and isinstance(layer, nn.Linear):
            layers[name] = LowRank(layer, options, noise)
            setattr(model.get_submodule(parent), kind, layers[name])
    return layers


def same_document(inputs: torch.Tensor) -> torch.Tensor:
    """Which earlier tokens each token may see, `[rows, 1, length, length]`: its own document's."""
    document = (inputs == BOS).cumsum(dim=1)
    same = document[:, :, None] == document[:, None, :]
    return same.tril()[:, None]


@dataclass(frozen=True)
class Progress:
    """One line of the log: the mean loss of a learnt token since the last."""

    step: int
    done: float
    loss: float
    rate: float
    tokens_per_second: float


class LoraTrainer:
    """A base model with fresh matrices; `run` trains them on examples."""

    def __init__(self, base: Path, options: Options) -> None:
        # NOTE: a share of the rows for each thread rather than threads inside each operation:
        # threads that meet at every operation spend their time waiting.
        torch.set_num_threads(1)
        self.options = options
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.workers = options.threads if self.device == "cpu" else 1
        self.pool = ThreadPoolExecutor(self.workers)
        self.model: Any = load(base)
        self.layers = attach(self.model, options)
        self.model.to(self.device)
        self.parameters = [
            matrix for layer in self.layers.values() for matrix in (layer.a, layer.b)
        ]
        self.optimiser = torch.optim.AdamW(self.parameters, lr=options.rate, weight_decay=0.0)

    def step(self, batch: Batch, rate: float) -> float:
        """One update; returns the mean loss of the learnt tokens.

        Raises FloatingPointError when that is no number any more.
        """
        inputs, labels = (torch.from_numpy(part).to(self.device) for part in batch)
        shards = min(self.workers, len(inputs))
        learnt = int((labels != IGNORE).sum())
        parts = zip(inputs.chunk(shards), labels.chunk(shards), strict=True)
        jobs = [self.pool.submit(self._gradients, *part, learnt) for part in parts]
        results = [job.result() for job in jobs]
        loss = sum(part for part, _ in results)
        if not math.isfinite(loss):
            raise FloatingPointError(f"the loss is {loss}; try a lower learning rate")
        for matrix, *shares in zip(self.parameters, *(own for _, own in results), strict=True):
            matrix.grad = sum(shares[1:], start=shares[0])
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        return loss

    def _gradients(
        self, inputs: torch.Tensor, labels: torch.Tensor, learnt: int
    ) -> tuple[float, tuple[torch.Tensor, ...]]:
        """These rows' part of the mean loss of ``learnt`` tokens, and of its gradients."""
        kept = labels != IGNORE
        with torch.autocast(self.device, torch.bfloat16):
            hidden = self.model.model(
                input_ids=inputs, attention_mask=same_document(inputs), use_cache=False
            ).last_hidden_state
            logits = self.model.lm_head(hidden[kept])
        total = nn.functional.cross_entropy(logits.float(), labels[kept], reduction="sum")
        loss = total / learnt
        return float(loss.detach()), torch.autograd.grad(loss, self.parameters)

    def run(self, data: Sequence[Example], every: int = 20) -> Iterator[Progress]:
        """Steps until the budget is used; yields every twentieth and the last."""
        options, losses, tokens, number = self.options, list[float](), 0, 0
        supply = batches(data, options.tokens_per_step, options.length, options.seed)
        start = time.monotonic()

        def progress(done: float) -> Progress:
            speed = tokens / max(time.monotonic() - start, 1e-9)
            return Progress(number, done, sum(losses) / len(losses), rate, speed)

        for done in self._parts(start):
            batch, rate = next(supply), options.rate_at(done)
            losses.append(self.step(batch, rate))
            tokens += batch[0].size
            number += 1
            if len(losses) == every:
                yield progress(done)
                losses.clear()
        if losses:
            yield progress(1.0)

    def _parts(self, start: float) -> Iterator[float]:
        """The used part of the budget, before every step."""
        seconds, steps = self.options.minutes * 60, self.options.steps
        number = 0
        while True:
            done = (time.monotonic() - start) / seconds if seconds else number / steps
            if done >= 1:
                return
            yield done
            number += 1
