"""The one set of random weights that every peer computes with: a full-size Llama 3.2 1B."""

from __future__ import annotations

from pathlib import Path

from understudy.catalog.card import ModelCard
from understudy.catalog.registry import Catalog
from understudy.models.pack import pack
from understudy.models.random_weights import write_random
from understudy.models.store import Manifest, ModelState, ModelStore, SourceFile

from .peer import Precision

MODEL = "@cf/meta/llama-3.2-1b-instruct"
KEY = "benchmark"
"""The API key of every server that is measured."""

WORK = Path(__file__).resolve().parents[1] / ".work"
"""Environments, builds and weights: gigabytes that can be made again."""

HOME = WORK / "understudy"
"""Understudy's own home: the weights lie where a pulled model's would."""


def card() -> ModelCard:
    return Catalog.load().get(MODEL)


def source() -> Path:
    """The Hugging Face folder (bfloat16), written now if it is not there."""
    store, model = ModelStore(HOME), card()
    if store.state(model) is not ModelState.DOWNLOADED:
        store.remove(model)
        folder = store.source(model)
        write_random(model.architecture, folder)
        names = sorted(path for path in folder.iterdir())
        files = tuple(SourceFile(path.name, path.stat().st_size) for path in names)
        verified = tuple(file.path for file in files)
        manifest = Manifest(str(model.repo), model.revision, "random", files, verified)
        store.write_manifest(model, manifest)
    return store.source(model)


def chat_template() -> Path:
    """A file of the model's chat template, for servers that would have none or another."""
    path = WORK / "chat_template.jinja"
    WORK.mkdir(parents=True, exist_ok=True)
    path.write_text(str(card().chat_template))
    return path


def packed(precision: Precision) -> Path:
    """Our packed file, converted now unless a current one is there."""
    source()
    return pack(card(), ModelStore(HOME), precision)
