"""lm_eval over HTTP and lm_eval with transformers: the same log-likelihoods, the same answers.

    python -m benchmarks.lm_eval_agreement [--items 3] [--python .../bin/python]

Makes a task of the held-out questions: each with its right answer and those to three others of its
skill, and some whole texts. ``lm_eval --model local-completions`` asks the server, ``--model hf``
computes with transformers, both with the bundled weights in float32. Log-likelihoods may differ by
1e-3 at most, and no question may be answered otherwise. Nothing is fetched but lm_eval itself, into
an environment of its own below ``benchmarks/.work/``; ``--python`` names one that has it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers import weights
from benchmarks.peers.environment import TORCH, Environment
from benchmarks.subject import show
from training import heldout
from training.corpus.pen import Doc
from training.served import HOUSE, KEY, Served, serving
from training.template import full_text, prompt_text

ENVIRONMENT = Environment(
    weights.WORK / "lm_eval" / "venv",
    (TORCH, "transformers==5.23.0", "lm_eval[api,hf]==0.4.13"),
)
TOLERANCE = 1e-3
"""Nats by which the two may differ on the same text."""

MODEL = Path(__file__).parents[1] / "understudy" / "house"
WINDOW = 2048
ANSWERS = 4
CHOICE, TEXT = "understudy_choice", "understudy_text"
_BOS = "<|begin_of_text|>"
_METRICS = {
    "acc": {"metric": "acc", "aggregation": "mean", "higher_is_better": True},
    "bits_per_byte": {
        "metric": "bits_per_byte",
        "aggregation": "bits_per_byte",
        "higher_is_better": False,
    },
}
_OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def questions(docs: Sequence[Doc]) -> Iterator[dict[str, Any]]:
    """Questions of one skill as lm_eval reads them. Those to which too few others have another
    answer are left out; the right one stands at each place in turn."""
    rights = [heldout.right_answer(doc) for doc in docs]
    for place, (doc, right) in enumerate(zip(docs, rights, strict=True)):
        others = list(dict.fromkeys(answer for answer in rights if answer != right))
        if len(others) < ANSWERS - 1:
            continue
        start = place % len(others)
        choices = (others[start:] + others[:start])[: ANSWERS - 1]
        choices.insert(place % ANSWERS, right)
        # lm_eval puts BOS in front itself.
        context = prompt_text(doc).removeprefix(_BOS)
        yield {"context": context, "choices": choices, "gold": place % ANSWERS}


def write_tasks(folder: Path, items: int) -> None:
    """``items`` questions of each skill, and as many texts, as tasks in ``folder``."""
    drawn = heldout.items(max(items, 2 * ANSWERS)).values()
    asked = [question for docs in drawn for question in list(questions(docs))[:items]]
    told = [{"text": full_text(doc).removeprefix(_BOS)} for doc in heldout.texts(4 * items)]
    choice = {
        "output_type": "multiple_choice",
        "doc_to_text": "context",
        "doc_to_choice": "choices",
        "doc_to_target": "gold",
        "metric_list": [_METRICS["acc"]],
    }
    text = {
        "output_type": "loglikelihood_rolling",
        "doc_to_text": "",
        "doc_to_target": "text",
        "metric_list": [_METRICS["bits_per_byte"]],
    }
    _write(folder, CHOICE, asked, choice)
    _write(folder, TEXT, told, text)


def _write(folder: Path, name: str, rows: Sequence[Any], task: dict[str, Any]) -> None:
    data = folder / f"{name}.jsonl"
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    data.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    said = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data)}},
        "test_split": "test",
        "target_delimiter": "",
        "metadata": {"version": 1},
        **task,
    }
    # JSON is YAML.
    (folder / f"{name}.yaml").write_text(json.dumps(said, indent=2), encoding="utf-8")


def evaluate(python: str, tasks: Path, model: Sequence[str], out: Path) -> dict[str, list[Any]]:
    """Run lm_eval once. Returns the samples of each task. Raises CalledProcessError."""
    command = [python, "-m", "lm_eval", "run", *model, "--tasks", CHOICE, TEXT, "--batch_size", "1"]
    command += ["--include_path", str(tasks), "--output_path", str(out), "--log_samples"]
    cache = {"HF_HOME": str(out / "cache"), "OPENAI_API_KEY": KEY}
    subprocess.run(command, env=os.environ | _OFFLINE | cache, check=True)
    return {name: samples(out, name) for name in (CHOICE, TEXT)}


def samples(out: Path, name: str) -> list[Any]:
    [file] = out.rglob(f"samples_{name}_*.jsonl")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return sorted(rows, key=lambda row: row["doc_id"])


@dataclass
class Agreement:
    """What two runs of a task have in common; differences are in nats."""

    documents: int = 0
    likelihoods: int = 0
    largest_difference: float = 0.0
    other_greedy: int = 0
    other_answers: int = 0
    right: list[float] = field(default_factory=lambda: [0.0, 0.0])

    @property
    def holds(self) -> bool:
        same = self.other_greedy == self.other_answers == 0
        return self.likelihoods > 0 and self.largest_difference <= TOLERANCE and same


def compare(ours: Sequence[Any], theirs: Sequence[Any]) -> Agreement:
    """Two runs of the same task. Raises ValueError where they were not asked the same."""
    found = Agreement()
    for one, other in zip(ours, theirs, strict=True):
        if (one["doc_id"], one["doc"]) != (other["doc_id"], other["doc"]):
            raise ValueError(f"document {one['doc_id']} is not the same in both runs")
        a, b = _told(one), _told(other)
        found.documents += 1
        for (left, greedy), (right, other_greedy) in zip(a, b, strict=True):
            found.likelihoods += 1
            found.largest_difference = max(found.largest_difference, _between(left, right))
            found.other_greedy += greedy != other_greedy
        found.other_answers += _best(a) != _best(b)
        for i, row in enumerate((one, other)):
            found.right[i] += row.get("acc", 0.0)
    return found


def _between(left: float, right: float) -> float:
    """How far apart the two are; infinitely, where that is no number."""
    difference = abs(left - right)
    return math.inf if math.isnan(difference) else difference


def _told(row: Any) -> list[tuple[float, bool]]:
    """The log-likelihoods of a document, and which of them are of what is likeliest."""
    told = [one[0] for one in row["resps"]]
    pairs = [one if isinstance(one, list) else [one, True] for one in told]
    return [(float(value), str(greedy) == "True") for value, greedy in pairs]


def _best(told: Sequence[tuple[float, bool]]) -> int:
    return max(range(len(told)), key=lambda i: told[i][0])


def agreement(python: str, items: int, precise: bool) -> dict[str, Agreement]:
    """Both runs and what they have in common, by task."""
    with tempfile.TemporaryDirectory(prefix="understudy-lm-eval-") as made:
        tasks, ours, theirs = (Path(made) / name for name in ("tasks", "ours", "theirs"))
        tasks.mkdir()
        write_tasks(tasks, items)
        # One token of a server's window is for the answer that it gives in any case.
        hf = f"pretrained={MODEL},dtype=float32,add_bos_token=True,max_length={WINDOW - 1}"
        local = evaluate(python, tasks, ["--model", "hf", "--model_args", hf], theirs)
        flags = ["--precise"] if precise else []
        with serving("f32", None, *flags) as served:
            asked = evaluate(python, tasks, _over_http(served), ours)
    return {name: compare(asked[name], local[name]) for name in (CHOICE, TEXT)}


def _over_http(served: Served) -> list[str]:
    url = served.client.base_url.join("/v1/openai/completions")
    said = f"model={HOUSE},base_url={url},tokenizer={MODEL},tokenizer_backend=huggingface"
    more = f"add_bos_token=True,max_length={WINDOW},num_concurrent=4"
    return ["--model", "local-completions", "--model_args", f"{said},{more}"]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=3, help="questions of each skill")
    parser.add_argument("--python", help="an environment's that has lm_eval")
    parser.add_argument(
        "--no-precise",
        dest="precise",
        action="store_false",
        help="serve with the usual kernels, which keep keys and values in 8 bits",
    )
    given = parser.parse_args()
    python = given.python
    if python is None:
        ENVIRONMENT.install()
        python = ENVIRONMENT.python
    found = agreement(python, given.items, given.precise)
    show([{"task": name, **vars(one), "holds": one.holds} for name, one in found.items()])
    return int(not all(one.holds for one in found.values()))


if __name__ == "__main__":
    sys.exit(main())
