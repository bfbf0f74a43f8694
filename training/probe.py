"""How well a model foretells held-out answers, without generating any: quick enough for a curve.

An answer counts as right when each of its tokens is the likeliest after those before it, which is
when the model would give that very answer, greedily. An answer that is right in other words, or
holds the key among more, does not count, so `evaluate` finds more right than this does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from tokenizers import Tokenizer

from .corpus.mix import chat, document
from .corpus.pen import Doc, Pen, Turn
from .data import IGNORE, Array, Masker, Shard, Tokens, lay, read
from .heldout import makers
from .network import Network

SEED = "probe-1"


@dataclass
class Probe:
    """Mean loss and the share of right tokens over whole chats; right answers of each skill."""

    loss: float
    tokens_right: float
    skills: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def answers_right(self) -> float:
        """The mean over the skills of the share of answers that are right."""
        return sum(right / of for right, of in self.skills.values()) / max(len(self.skills), 1)

    def __str__(self) -> str:
        rows = [f"{skill:16} {right:4} of {of}" for skill, (right, of) in self.skills.items()]
        return "\n".join([*rows, f"loss {self.loss:.4f}, tokens right {self.tokens_right:.2%}, "
                                 f"answers right {self.answers_right:.2%}"])  # fmt: skip


def chats(count: int) -> list[Doc]:
    """Documents of the mix with the values that training never sees."""
    return [document(SEED, number, held_out=True) for number in range(count)]


def skill_items(count: int) -> dict[str, list[Doc]]:
    """So many documents of each skill, with values that training never sees."""
    found: dict[str, list[Doc]] = {}
    for skill, made_by in makers().items():
        for number in range(count):
            pen = Pen(f"{SEED}:{skill}:{number}", held_out=True)
            made = made_by[number % len(made_by)](pen)
            doc = chat(pen, [made]) if isinstance(made, Turn) else made
            found.setdefault(skill, []).append(doc)
    return found


class Prober:
    """The documents of a probe, tokenised once."""

    def __init__(self, tokenizer: Tokenizer, documents: int = 300, items: int = 30) -> None:
        masker = Masker(tokenizer)
        self.chats = self._shards(tokenizer, masker, chats(documents))
        self.skills = {
            skill: self._shards(tokenizer, masker, docs)
            for skill, docs in skill_items(items).items()
        }

    @staticmethod
    def _shards(
        tokenizer: Tokenizer, masker: Masker, docs: Sequence[Doc], size: int = 3072
    ) -> list[Shard]:
        shards: list[Shard] = []
        part: list[Tokens] = []
        room = size
        for tokens in (read(tokenizer, masker, doc) for doc in docs):
            if len(tokens) > room:
                shards.append(lay(part, size))
                part, room = [], size
            part.append(tokens)
            room -= len(tokens)
        return [*shards, lay(part, size)]

    def __call__(self, network: Network) -> Probe:
        loss = right = tokens = 0.0
        for shard in self.chats:
            hits, total = foretold(network, shard)
            loss, tokens = loss + total, tokens + shard.learnt
            right += float(hits.sum())
        skills = {}
        for skill, shards in self.skills.items():
            answers = [hit for s in shards for hit in _answers(foretold(network, s)[0], s)]
            skills[skill] = (sum(answers), len(answers))
        return Probe(loss / tokens, right / tokens, skills)


@torch.no_grad()
def foretold(network: Network, shard: Shard) -> tuple[Array, float]:
    """Where of [size] the likeliest token is the label, and the summed loss of all labels."""
    ids, positions = torch.from_numpy(shard.ids), torch.from_numpy(shard.positions)
    device = network.cos.device
    hidden = network.hidden(ids.to(device), positions.to(device), shard.lengths)
    kept = (shard.labels != IGNORE).nonzero()[0]
    logits = network.logits(hidden[torch.from_numpy(kept).to(device)])
    labels = torch.from_numpy(shard.labels[kept]).to(device)
    hits = np.zeros(len(shard.labels), bool)
    hits[kept] = (logits.argmax(dim=1) == labels).cpu().numpy()
    return hits, float(torch.nn.functional.cross_entropy(logits, labels, reduction="sum"))


def _answers(hits: Array, shard: Shard) -> list[bool]:
    """For each document whether all of its last answer is right."""
    found, start = [], 0
    for length in shard.lengths:
        learnt = shard.labels[start : start + length] != IGNORE
        if learnt.any():
            end = int(learnt.nonzero()[0][-1])
            gaps = (~learnt[:end]).nonzero()[0]
            begin = int(gaps[-1]) + 1 if len(gaps) else 0
            found.append(bool(hits[start + begin : start + end + 1].all()))
        start += length
    return found
