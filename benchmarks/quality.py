"""What a runner of the house model makes of held-out text: its losses and its answers.

Both read what ``training/corpus`` writes from names, words, tools and sums that no training text
has. The same documents for every runner, so that two runners are compared document by document.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from training.corpus.mix import stream
from training.corpus.pen import Doc
from training.data import Masker
from training.grading import Answer, check_of
from training.heldout import items
from training.template import full_text, prompt_text
from understudy.engine.batch import Slice
from understudy.engine.engine import Engine
from understudy.engine.options import EngineOptions
from understudy.engine.paged_attention import BLOCK_SIZE
from understudy.engine.runner import OpenVinoRunner
from understudy.events import TokenEvent
from understudy.request import SamplingParams

SEED = "test-1"
STEP_TOKENS = 1024
CONTEXT = 2048
LONG = 500
"""Tokens from which a document counts as long."""

ANSWER = SamplingParams(max_tokens=200, temperature=0.0)
NUM_BLOCKS = 64 * 16
"""KV blocks for 64 answers at once."""


@dataclass(frozen=True)
class Text:
    """A held-out document as token ids; ``scored`` are the places whose token is predicted."""

    ids: Sequence[int]
    scored: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Losses:
    """For each document, summed negative log-likelihood; and the likeliest token at each place."""

    sums: npt.NDArray[np.float64]
    choices: npt.NDArray[np.int32]


class HeldOut:
    """``texts`` documents of any length and ``long`` of ``LONG`` tokens or more, whose assistant
    turns (of raw text, all of it) are scored, and ``per_skill`` frozen items of each skill."""

    def __init__(self, folder: Path, texts: int, long: int, per_skill: int) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._masker = Masker(self._tokenizer)
        self._eos = json.loads((folder / "generation_config.json").read_text())["eos_token_id"]
        documents = (self._text(doc) for _, doc in stream(SEED, held_out=True))
        self.texts = list(islice(documents, texts))
        self.long = list(islice((t for t in documents if len(t.ids) >= LONG), long))
        self.questions = [doc for docs in items(per_skill).values() for doc in docs]

    def _text(self, doc: Doc) -> Text:
        ids = self._encode(full_text(doc))[:CONTEXT]
        return Text(ids, np.flatnonzero(self._masker(ids)[1:]) + 1)

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def answers(self, runner: OpenVinoRunner) -> tuple[list[bool], list[list[int]]]:
        """For each question whether the greedy answer is right, and its tokens.

        Closes the runner.
        """
        prompts = [self._encode(prompt_text(doc)) for doc in self.questions]
        found = asyncio.run(_generate(runner, prompts, self._eos))
        texts = self._tokenizer.decode_batch(found, skip_special_tokens=True)
        answers = zip(self.questions, map(Answer, texts), strict=True)
        graded = [check_of(doc).grade(answer).right for doc, answer in answers]
        return graded, found


def losses(runner: OpenVinoRunner, texts: Sequence[Text]) -> Losses:
    """Each document is computed in one slice, several in a step."""
    sums, choices = [], []
    for group in _steps(texts):
        slices, first = [], 0
        for text in group:
            blocks = range(first, first - (-len(text.ids) // BLOCK_SIZE))
            slices.append(Slice(text.ids, 0, blocks, len(text.ids)))
            first = blocks.stop
        logits = runner.step(slices)
        start = 0
        for text in group:
            rows = logits[start + text.scored - 1].astype(np.float64)
            top = rows.max(axis=1)
            norm = top + np.log(np.exp(rows - top[:, None]).sum(axis=1))
            targets = np.asarray(text.ids)[text.scored]
            sums.append(float((norm - rows[np.arange(len(rows)), targets]).sum()))
            choices.append(rows.argmax(axis=1).astype(np.int32))
            start += len(text.ids)
    return Losses(np.asarray(sums), np.concatenate(choices))


def _steps(texts: Sequence[Text]) -> Iterator[list[Text]]:
    group: list[Text] = []
    for text in texts:
        if group and sum(len(t.ids) for t in group) + len(text.ids) > STEP_TOKENS:
            yield group
            group = []
        group.append(text)
    yield group


async def _generate(
    runner: OpenVinoRunner, prompts: Sequence[Sequence[int]], eos: Sequence[int]
) -> list[list[int]]:
    engine = Engine(runner, EngineOptions(queue_limit=len(prompts)))

    async def answer(prompt: Sequence[int]) -> list[int]:
        found = engine.generate(prompt, ANSWER, eos_token_ids=eos)
        return [e.token_id async for es in found for e in es if isinstance(e, TokenEvent)]

    try:
        return await asyncio.gather(*(answer(prompt) for prompt in prompts))
    finally:
        await asyncio.to_thread(engine.close)
