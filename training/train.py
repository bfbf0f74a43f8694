"""Training within a time budget: warm-up, a constant stretch, then a decay to the end.

The clock, not a step count, drives the schedule: `--hours` is kept on any machine, and a run
that was stopped goes on from its checkpoint with the same data, the same noise and the time
that was left. Every fifth step reads rows of 2048 tokens, so all positions are seen.
"""

from __future__ import annotations

import json
import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from .data import IGNORE, Packer
from .model import Shape, build
from .muon import Muon
from .tokenizer import BOS


@dataclass(frozen=True)
class Plan:
    """One run. `max_steps` replaces the clock, for tests and exact comparisons."""

    hours: float = 2.0
    seed: str = "prompter-8"
    tokens_per_step: int = 6144
    length: int = 512
    long_length: int = 2048
    matrix_rate: float = 0.02
    other_rate: float = 0.003
    warmup: float = 0.01
    decay: float = 0.5
    long_every: int = 5
    checkpoint_minutes: float = 5.0
    threads: int = 2
    max_steps: int = 0
    compile: bool = False


@dataclass
class Progress:
    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)


def same_document(inputs: torch.Tensor) -> torch.Tensor:
    """Which earlier tokens each token may see: those of its own document, as when serving."""
    document = (inputs == BOS).cumsum(dim=1)
    same = document[:, :, None] == document[:, None, :]
    return same.tril()[:, None]


class Trainer:
    """A model, its optimisers and its place in the data; everything a checkpoint holds."""

    def __init__(self, plan: Plan, shape: Shape, tokenizer: Tokenizer, folder: Path) -> None:
        torch.manual_seed(1)
        self.plan, self.folder = plan, folder
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.workers = plan.threads if self.device == "cpu" else 1
        self.pool = ThreadPoolExecutor(self.workers)
        torch.set_num_threads(1)
        self.model = build(shape).to(self.device)
        self.packer = Packer(tokenizer, plan.seed)
        self.progress = Progress()
        self.parameters = list(self.model.parameters())
        matrices = [p for n, p in self.model.named_parameters() if p.ndim == 2 and "embed" not in n]
        others = [p for n, p in self.model.named_parameters() if p.ndim < 2 or "embed" in n]
        # NOTE: Muon moves whole matrices by orthogonal steps and needs fewer tokens than AdamW,
        # which keeps the embedding and the norms.
        self.optimisers: list[tuple[torch.optim.Optimizer, float]] = [
            (Muon(matrices, lr=plan.matrix_rate, weight_decay=0.01),
             plan.matrix_rate),
            (torch.optim.AdamW(others, lr=plan.other_rate, betas=(0.9, 0.98), weight_decay=0.0),
             plan.other_rate),
        ]  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def done(self) -> float:
        """How much of the budget is used, from 0 to 1."""
        if self.plan.max_steps:
            return self.progress.steps / self.plan.max_steps
        return self.progress.seconds / (self.plan.hours * 3600)

    def rate(self, done: float) -> float:
        """The share of the full learning rate at this point of the budget."""
        if done < self.plan.warmup:
            return max(done / self.plan.warmup, 0.02)
        left = 1.0 - done
        return 1.0 if left > self.plan.decay else max(left / self.plan.decay, 0.0)

    def step(self) -> float:
        """One batch, one update; returns the mean loss of the learnt tokens."""
        # NOTE: long rows come now and then from the start; put together at the end, they undid
        # much of what the short ones had taught.
        is_long = self.progress.steps % self.plan.long_every == 0
        length = self.plan.long_length if is_long else self.plan.length
        rows = max(self.plan.tokens_per_step // length, 1)
        ids, labels = self.packer.batch(rows, length)
        inputs = torch.from_numpy(ids).to(self.device)
        targets = torch.from_numpy(labels).to(self.device)
        learnt = int((targets != IGNORE).sum())
        # NOTE: one row-shard per thread rather than threads inside each operation: on a machine
        # that others use too, threads that meet at every operation spend their time waiting.
        shards = min(self.workers, rows)
        jobs = [
            self.pool.submit(self.gradients, part, wanted, learnt)
            for part, wanted in zip(inputs.chunk(shards), targets.chunk(shards), strict=True)
        ]
        results = [job.result() for job in jobs]
        for parameter, *parts in zip(
            self.parameters, *(grads for _, grads in results), strict=True
        ):
            parameter.grad = sum(parts[1:], start=parts[0])
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        scale = self.rate(self.done)
        for optimiser, full in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = full * scale
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        self.progress.steps += 1
        self.progress.tokens += rows * length
        return sum(loss for loss, _ in results)

    def gradients(
        self, inputs: torch.Tensor, targets: torch.Tensor, learnt: int
    ) -> tuple[float, tuple[torch.Tensor, ...]]:
        """This shard's part of the mean loss, and of its gradients."""
        with torch.autocast(self.device, torch.bfloat16):
            hidden = self.model.model(
                input_ids=inputs, attention_mask=same_document(inputs), use_cache=False
            ).last_hidden_state
            kept = targets != IGNORE  # the head is a sixth of the work: only where it is learnt
            logits = self.model.lm_head(hidden[kept])
        total = torch.nn.functional.cross_entropy(logits.float(), targets[kept], reduction="sum")
        loss = total / learnt
        return float(loss.detach()), torch.autograd.grad(loss, self.parameters)

    def run(self) -> None:
        """Steps until the budget is used, with a checkpoint now and then and one at the end."""
        last_saved = time.monotonic()
        window: list[float] = []
        while self.done < 1.0:
            start = time.monotonic()
            window.append(self.step())
            self.progress.seconds += time.monotonic() - start
            if not math.isfinite(window[-1]):
                raise FloatingPointError(f"loss is {window[-1]} at step {self.progress.steps}")
            if len(window) == 20:
                self.log(sum(window) / len(window))
                window.clear()
            if time.monotonic() - last_saved > self.plan.checkpoint_minutes * 60:
                self.save()
                last_saved = time.monotonic()
        self.save()

    def log(self, loss: float) -> None:
        p = self.progress
        p.losses.append(round(loss, 4))
        row = {"step": p.steps, "tokens": p.tokens, "minutes": round(p.seconds / 60, 2),
               "loss": round(loss, 4), "rate": round(self.rate(self.done), 3),
               "tokens_per_second": round(p.tokens / max(p.seconds, 1e-9))}  # fmt: skip
        print(json.dumps(row), flush=True)
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(json.dumps(row) + "\n")

    def save(self) -> None:
        """Write beside and rename, so that a stop in the middle leaves the old checkpoint."""
        state: dict[str, Any] = {
            "model": self.model.state_dict(),
            "optimisers": [o.state_dict() for o, _ in self.optimisers],
            "packer": self.packer.state(),
            "progress": asdict(self.progress),
            "rng": torch.get_rng_state(),
        }
        part = self.folder / "checkpoint.part"
        torch.save(state, part)
        part.replace(self.folder / "checkpoint.pt")

    def resume(self) -> bool:
        """Take up the checkpoint of this folder, if there is one."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        for (optimiser, _), saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        if state["packer"]["seed"] == self.plan.seed:
            self.packer.restore(state["packer"])  # else: another corpus from here on
        self.progress = Progress(**state["progress"])
        torch.set_rng_state(state["rng"].cpu())
        return True
