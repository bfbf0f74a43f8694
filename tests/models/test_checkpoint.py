"""A model folder is checked whole before anything is made from it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.oracles.models import SPECIAL, TINY, write_tiny
from understudy.engine.safetensors import SafetensorsFile, SafetensorsWriter
from understudy.errors import ModelFolderInvalid
from understudy.models.checkpoint import (
    INDEX,
    SINGLE,
    Checkpoint,
    read_architecture,
    source_digest,
    weight_files,
)
from understudy.models.random_weights import write_random

NAME = "llama-2-7b"
NORM = "model.norm.weight"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("single") / "tiny"
    write_tiny(NAME, folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "tiny"))


@pytest.fixture
def sharded(tmp_path: Path) -> Path:
    folder = tmp_path / "sharded"
    write_random(TINY[NAME], folder, seed=7, dtype="f32", special=SPECIAL, shard_bytes=300_000)
    return folder


def _open(folder: Path) -> None:
    with Checkpoint(folder, read_architecture(folder)):
        pass


def _rewrite(folder: Path, change: Any) -> None:
    """Write the weights again after ``change`` has had its way with {name: (dtype, array)}."""
    path = folder / SINGLE
    with SafetensorsFile(path) as file:
        tensors = {
            name: (entry.dtype, file.raw(name).copy()) for name, entry in file.tensors.items()
        }
    change(tensors)
    with path.open("wb") as out:
        layout = {name: (dtype, array.shape) for name, (dtype, array) in tensors.items()}
        writer = SafetensorsWriter(out, layout, {})
        for name, (_, array) in tensors.items():
            writer.write(name, array)
        writer.finish()


def test_shards_hold_what_one_file_holds(folder: Path, sharded: Path) -> None:
    assert len(weight_files(sharded)) > 1
    architecture = read_architecture(folder)
    assert read_architecture(sharded) == architecture
    with Checkpoint(folder, architecture) as one, Checkpoint(sharded, architecture) as many:
        for name, _ in architecture.tensors():
            np.testing.assert_array_equal(one.raw(name), many.raw(name))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tensors: tensors.pop(NORM), rf"lacks the tensor {NORM}"),
        (
            lambda tensors: tensors.update({NORM: ("F32", np.ones(64, np.float32))}),
            rf"{NORM} of shape \[64\]; config.json makes it \[128\]",
        ),
        (
            lambda tensors: tensors.update({NORM: ("I8", np.ones(128, np.int8))}),
            rf"stores {NORM} as I8",
        ),
        (
            lambda tensors: tensors.update(
                {"model.layers.0.self_attn.q_proj.bias": ("F32", np.ones(128, np.float32))}
            ),
            r"q_proj\.bias, unknown to its config\.json",
        ),
    ],
)
def test_a_tensor_that_does_not_fit_the_architecture_is_named(
    folder: Path, change: Any, message: str
) -> None:
    _rewrite(folder, change)
    with pytest.raises(ModelFolderInvalid, match=message):
        _open(folder)


def test_old_rotary_buffers_and_the_copy_of_a_tied_head_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "tied"
    write_tiny("llama-3.2-1b", folder)
    extra = {
        "model.layers.0.self_attn.rotary_emb.inv_freq": ("F32", np.ones(32, np.float32)),
        "lm_head.weight": ("F32", np.ones((384, 128), np.float32)),
    }
    _rewrite(folder, lambda tensors: tensors.update(extra))
    _open(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no readable config.json"),
        ("{", "config.json that is not JSON"),
        ("[]", "config.json that is not a JSON object"),
        ("{}", "model_type"),
    ],
)
def test_a_config_that_is_none_is_refused(folder: Path, content: str | None, message: str) -> None:
    (folder / "config.json").unlink()
    if content is not None:
        (folder / "config.json").write_text(content)
    with pytest.raises(ModelFolderInvalid, match=message):
        read_architecture(folder)


@pytest.mark.parametrize(
    ("weight_map", "message"),
    [
        ({}, "without a weight_map"),
        ([], "without a weight_map"),
        ({"x": "../tiny/model.safetensors"}, "names the file"),
        ({"x": "/etc/passwd"}, "names the file"),
        ({"x": ".."}, "names the file"),
        ({"x": 3}, "names the file"),
        ({"x": ["a"]}, "names the file"),
        ({"x": "model-00009.safetensors"}, r"lacks model-00009\.safetensors"),
    ],
)
def test_an_index_that_leads_nowhere_is_refused(
    folder: Path, weight_map: Any, message: str
) -> None:
    (folder / INDEX).write_text(json.dumps({"weight_map": weight_map}))
    with pytest.raises(ModelFolderInvalid, match=message):
        weight_files(folder)


def test_a_folder_without_weights_is_refused(folder: Path) -> None:
    (folder / SINGLE).unlink()
    with pytest.raises(ModelFolderInvalid, match="neither"):
        _open(folder)


def test_a_missing_shard_is_refused(sharded: Path) -> None:
    weight_files(sharded)[1].unlink()
    with pytest.raises(ModelFolderInvalid, match=r"which .* names"):
        _open(sharded)


def test_a_tensor_in_two_shards_is_refused(sharded: Path) -> None:
    first, second, *_ = weight_files(sharded)
    shutil.copy(first, second)
    with pytest.raises(ModelFolderInvalid, match="twice"):
        _open(sharded)


def test_the_digest_tells_weights_and_configurations_apart(folder: Path, sharded: Path) -> None:
    before = source_digest(folder)
    assert source_digest(folder) == before
    assert source_digest(sharded) != before

    def nudge(tensors: Any) -> None:
        tensors[NORM][1][5] += 0.001

    _rewrite(folder, nudge)
    nudged = source_digest(folder)
    assert nudged != before
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "rope_theta": 5.0}))
    assert source_digest(folder) != nudged


def test_large_files_are_sampled_from_start_to_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("understudy.models.checkpoint._DIGEST_WHOLE", 1000)
    digests = {source_digest(folder)}
    for offset in (-1, 0x4000):
        data = bytearray((folder / SINGLE).read_bytes())
        data[offset] ^= 1
        (folder / SINGLE).write_bytes(data)
        digests.add(source_digest(folder))
    assert len(digests) == 3
