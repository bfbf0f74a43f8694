"""Training within a budget: warm-up, a constant stretch, then a decay to the end.

The budget is a number of tokens, or of hours for a machine whose speed is not known. A run can be
stopped at any time and goes on from its checkpoint with the same data and the same schedule; by
tokens, what comes out is then the same to the last bit.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from .data import IGNORE, Packer, Shard
from .model import Shape
from .muon import Muon
from .network import MATRICES, Network

STEPS_TO_LOG = 20


@dataclass(frozen=True)
class Plan:
    """One run: the defaults are those of the model that ships.

    The budget is `total_tokens`, or where that is 0 the clock's `hours`.
    """

    total_tokens: int = 213_000_000
    hours: float = 2.0
    seed: str = "prompter-10"
    shards: int = 2
    shard_tokens: int = 3072
    matrix_rate: float = 0.02
    other_rate: float = 0.003
    warmup: float = 0.01
    decay: float = 0.8
    induction: float = 0.01
    induction_share: float = 0.5
    checkpoint_minutes: float = 5.0
    threads: int = 2
    ahead: bool = True
    compile: bool = False


@dataclass
class Progress:
    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    losses: list[tuple[int, float, float]] = field(default_factory=list)  # tokens, seconds, loss


class Trainer:
    """A model, its optimisers and its place in the data; everything a checkpoint holds."""

    def __init__(self, plan: Plan, shape: Shape, tokenizer: Tokenizer, folder: Path) -> None:
        self.plan, self.shape, self.folder = plan, shape, folder
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        # NOTE: a shard per thread rather than threads inside each operation: threads that meet at
        # every operation spend their time waiting.
        torch.set_num_threads(1)
        self.pool = ThreadPoolExecutor(plan.threads)
        self.network = Network(shape, device=self.device, compile=plan.compile)
        self.packer = Packer(tokenizer, plan.seed, plan.ahead)
        self.progress = Progress()
        self._stopping = False
        weights = self.network.weights
        # NOTE: Muon moves whole matrices by orthogonal steps and needs fewer tokens than AdamW,
        # which keeps the embedding and the norms.
        inner = [shape.intermediate_size] * 2
        parts = {"qkv": [shape.queries, shape.keys, shape.keys], "gate_up": inner,
                 "o": [shape.hidden_size], "down": [shape.hidden_size]}  # fmt: skip
        self.muon = Muon(weights, parts)
        self.others = [torch.nn.Parameter(weights[name]) for name in ("norms", "embedding")]
        self.adam = torch.optim.AdamW(
            self.others, lr=plan.other_rate, betas=(0.9, 0.98), weight_decay=0.0
        )
        self.sums = {name: torch.empty_like(weights[name]) for name in (*MATRICES, "norms")}
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def done(self) -> float:
        """How much of the budget is used, from 0 to 1."""
        if self.plan.total_tokens:
            return min(self.progress.tokens / self.plan.total_tokens, 1.0)
        return min(self.progress.seconds / (self.plan.hours * 3600), 1.0)

    def rate(self, done: float) -> float:
        """The share of the full learning rate at this point of the budget."""
        if done < self.plan.warmup:
            return max(done / self.plan.warmup, 0.02)
        left = 1.0 - done
        return 1.0 if left > self.plan.decay else max(left / self.plan.decay, 0.0)

    def step(self) -> float:
        """One batch, one update; returns the mean loss of the learnt tokens."""
        plan = self.plan
        self.packer.drills = plan.induction_share if self.done < plan.induction else 0.0
        shards = [self.packer.shard(plan.shard_tokens) for _ in range(plan.shards)]
        learnt = max(sum(shard.learnt for shard in shards), 1)
        results = self._each(lambda shard: self.gradients(shard, learnt), shards)
        self._update([gradients for _, gradients in results])
        self.progress.steps += 1
        self.progress.tokens += sum(shard.used for shard in shards)
        loss: float = sum(part for part, _ in results)
        return loss

    def gradients(self, shard: Shard, learnt: int) -> tuple[float, dict[str, list[torch.Tensor]]]:
        """This shard's part of the mean loss, and of its gradients by leaf."""
        network = self.network
        ids, labels, positions = (
            torch.from_numpy(array).to(self.device)
            for array in (shard.ids, shard.labels, shard.positions)
        )
        hidden = network.hidden(ids, positions, shard.lengths)
        kept = (labels != IGNORE).nonzero().squeeze(1)  # the head is a sixth of the work
        loss = network.loss(hidden.index_select(0, kept), labels[kept]) / learnt
        leaves = [leaf for group in network.leaves.values() for leaf in group]
        flat = iter(torch.autograd.grad(loss, leaves))
        return float(loss.detach()), {
            name: [next(flat) for _ in group] for name, group in network.leaves.items()
        }

    def _update(self, parts: list[dict[str, list[torch.Tensor]]]) -> None:
        """Add up the shards' gradients, clip them, and move the weights."""
        layers = self.shape.num_hidden_layers
        cuts = [layers * i // self.plan.shards for i in range(self.plan.shards + 1)]
        slices = [slice(a, b) for a, b in pairwise(cuts) if a < b]
        squares = self._each(lambda span: self._sum(parts, span), slices)
        norms, embedding = self._other_gradients(parts)
        self.others[0].grad, self.others[1].grad = norms, embedding
        total = math.sqrt(sum(squares) + float(norms.norm()) ** 2 + float(embedding.norm()) ** 2)
        clip = min(1.0, 1.0 / (total + 1e-6))
        scale = self.rate(self.done)
        self._each(lambda span: self._move(span, clip, self.plan.matrix_rate * scale), slices)
        norms.mul_(clip)
        embedding.mul_(clip)
        for group in self.adam.param_groups:
            group["lr"] = self.plan.other_rate * scale
        self.adam.step()
        self.network.refresh("embedding")

    @torch.no_grad()
    def _sum(self, parts: list[dict[str, list[torch.Tensor]]], layers: slice) -> float:
        """Gradients of some layers' matrices into `sums`; returns the sum of their squares."""
        square = 0.0
        for name in MATRICES:
            sums = self.sums[name][layers]
            for total, *shards in zip(sums, *(part[name][layers] for part in parts), strict=True):
                total.copy_(shards[0])
                for more in shards[1:]:
                    total.add_(more)
            square += float(sums.norm()) ** 2
        return square

    @torch.no_grad()
    def _move(self, layers: slice, clip: float, rate: float) -> None:
        for name in MATRICES:
            gradient = self.sums[name][layers].mul_(clip)
            self.muon.step(name, layers, gradient, rate)
            self.network.refresh(name, layers)

    @torch.no_grad()
    def _other_gradients(
        self, parts: list[dict[str, list[torch.Tensor]]]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Of the norms, and of the embedding as both ends of the model use it."""
        norms, embedding = (torch.zeros_like(weight) for weight in self.others)
        for part in parts:
            norms.add_(torch.stack(part["norms"]))
            embedding.add_(part["embedding"][0]).add_(part["head"][0])
        return norms, embedding

    def _each(self, work: Callable[[Any], Any], items: list[Any]) -> list[Any]:
        return list(self.pool.map(work, items))

    def stop(self) -> None:
        """Let the step that is under way be the last of this run."""
        self._stopping = True

    def run(self, minutes: float = 0.0, until: float = 1.0) -> None:
        """Steps until this share of the budget is used, `minutes` are over or it is stopped.

        Saves at the end, and now and then before. Raises FloatingPointError where the loss is no
        number any more, and leaves the last checkpoint as it was.
        """
        begun = last_saved = last_logged = time.monotonic()
        window: list[float] = []
        tokens = self.progress.tokens
        try:
            while self.done < until and not self._stopping:
                start = time.monotonic()
                window.append(self.step())
                now = time.monotonic()
                self.progress.seconds += now - start
                if not math.isfinite(window[-1]):
                    raise FloatingPointError(f"loss is {window[-1]} at {self.progress.steps}")
                if len(window) == STEPS_TO_LOG:
                    speed = (self.progress.tokens - tokens) / (now - last_logged)
                    self.log(sum(window) / len(window), speed)
                    window.clear()
                    tokens, last_logged = self.progress.tokens, now
                if now - last_saved > self.plan.checkpoint_minutes * 60:
                    self.save()
                    last_saved = now
                if minutes and now - begun > minutes * 60:
                    break
            self.save()
        finally:
            self.close()

    def close(self) -> None:
        """End the process that writes documents."""
        self.packer.close()

    def log(self, loss: float, speed: float) -> None:
        p = self.progress
        p.losses.append((p.tokens, round(p.seconds, 1), round(loss, 4)))
        row = {"step": p.steps, "tokens": p.tokens, "minutes": round(p.seconds / 60, 2),
               "loss": round(loss, 4), "rate": round(self.rate(self.done), 3),
               "done": round(self.done, 4), "tokens_per_second": round(speed)}  # fmt: skip
        print(json.dumps(row), flush=True)
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(json.dumps(row) + "\n")

    def save(self) -> None:
        """Write beside and rename, so that a stop in the middle leaves the old checkpoint."""
        state: dict[str, Any] = {
            "model": self.network.state_dict(),
            "shape": asdict(self.shape),
            "plan": asdict(self.plan),
            "muon": self.muon.state_dict(),
            "adam": self.adam.state_dict(),
            "packer": self.packer.state(),
            "progress": asdict(self.progress),
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
        self.network.load_state_dict(state["model"])
        self.muon.load_state_dict(state["muon"])
        self.adam.load_state_dict(state["adam"])
        self.packer.restore(state["packer"])  # of another seed: another corpus from here on
        self.progress = Progress(**state["progress"])
        return True


def saved(folder: Path) -> tuple[Plan, Shape] | None:
    """The plan and the shape of the run whose checkpoint lies in this folder, if one does."""
    path = folder / "checkpoint.pt"
    if not path.exists():
        return None
    state = torch.load(path, map_location="cpu", weights_only=True)
    return Plan(**state["plan"]), Shape(**state["shape"])


def load(folder: Path, dtype: torch.dtype = torch.bfloat16) -> Network:
    """The model of this folder's checkpoint; raises FileNotFoundError."""
    state = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    network = Network(Shape(**state["shape"]), dtype)
    network.load_state_dict(state["model"])
    return network
