"""LoRA adapters from PEFT's folders: ``adapter_config.json`` and ``adapter_model.safetensors``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from understudy.engine.architecture import Architecture
from understudy.engine.batch import Adapter
from understudy.engine.lora import KINDS, MAX_RANK, adaptable
from understudy.engine.safetensors import SafetensorsFile
from understudy.errors import AdapterInvalid, ModelFolderInvalid
from understudy.models.adapter_config import read_config

WEIGHTS = "adapter_model.safetensors"
_PREFIX = "base_model.model."
_TENSOR = re.compile(r"base_model\.model\.(?P<layer>.+)\.lora_(?P<half>[AB])(\.default)?\.weight")
_INDEXED = re.compile(r"model\.layers\.(\d+)\.")
_SHOWN, _DIMENSIONS = 100, 8
"""Characters of a foreign name, and numbers of a foreign shape, that a message repeats."""

_MAX_HEADER = 4 << 20
"""Bytes: many times what the layers of any model need. Reading one takes twenty times its size."""

_FLOATS = ("F32", "F16", "BF16")

Matrix = npt.NDArray[np.float32]
Pair = tuple[Matrix, Matrix]


def read_adapter(folder: Path, architecture: Architecture) -> Adapter:
    """The adapter in ``folder``, for a model of ``architecture``.

    The scale (lora_alpha over the rank, or over its root) is multiplied into B; where ranks differ
    between layers all are padded with zeros to the largest. Raises AdapterInvalid, saying exactly
    what is wrong, for what is damaged, does not fit the model or cannot be computed.
    """
    matrices = dict(_layers(folder, architecture))
    rank = max(len(a) for a, _ in matrices.values())
    return Adapter(rank, {layer: _padded(pair, rank) for layer, pair in matrices.items()})


def check_adapter(folder: Path, architecture: Architecture) -> None:
    """Raise what ``read_adapter`` would raise. Holds one layer at a time in memory."""
    for _ in _layers(folder, architecture):
        pass


def check_weights(folder: Path, architecture: Architecture) -> None:
    """What can be judged of an adapter's weights where its configuration is not here yet.

    Whether the ranks are those of the configuration, and its layers all there, cannot. Raises
    AdapterInvalid.
    """
    layers = dict(adaptable(architecture))
    with _opened(folder / WEIGHTS) as file:
        for layer, names in _pairs(file, architecture, layers).items():
            shape = file.tensors[names["A"]].shape
            if not shape or not 1 <= shape[0] <= MAX_RANK:
                shown = list(shape[:_DIMENSIONS])
                raise _refuse(
                    f"has a lora_A of shape {shown} for {layer}; its rank must be from 1 to "
                    f"{MAX_RANK}"
                )
            _matrices(file, layer, names, layers[layer], shape[0])


def _layers(folder: Path, architecture: Architecture) -> Iterator[tuple[str, Pair]]:
    """Every adapted layer with its matrices, read as they are asked for."""
    config = read_config(folder, architecture.model_type)
    layers = dict(adaptable(architecture))
    with _opened(folder / WEIGHTS) as file:
        found = _pairs(file, architecture, layers)
        for layer in layers:
            if config.names(layer) and layer not in found:
                raise _refuse(f"lacks the matrices of {layer}, which 'target_modules' names")
        for layer, names in found.items():
            rank, scale = config.rank_of(layer), config.scale_of(layer)
            yield layer, _matrices(file, layer, names, layers[layer], rank, scale)


@contextmanager
def _opened(path: Path) -> Iterator[SafetensorsFile]:
    if not path.exists():
        raise AdapterInvalid(f"The adapter has no {WEIGHTS}; other forms of weights are not read.")
    try:
        file = SafetensorsFile(path, _MAX_HEADER)
    except ModelFolderInvalid as exc:
        raise AdapterInvalid(str(exc).replace(str(path), path.name)) from exc
    except ValueError as exc:  # an empty file cannot be mapped
        raise _refuse("is no safetensors file") from exc
    with file:
        yield file


def _pairs(
    file: SafetensorsFile, architecture: Architecture, layers: Mapping[str, tuple[int, int]]
) -> dict[str, dict[str, str]]:
    """For each adapted layer the names of its tensors "A" and "B"."""
    found: dict[str, dict[str, str]] = {}
    for name in file.tensors:
        match = _TENSOR.fullmatch(name)
        if match is None:
            raise _refuse(f"has the tensor {name[:_SHOWN]}, which is no matrix of LoRA")
        layer, half = match["layer"], match["half"]
        if layer not in layers:
            raise _refuse(f"adapts {layer[:_SHOWN]}, {_why_not(layer, architecture)}")
        if half in found.setdefault(layer, {}):
            raise _refuse(f"has the lora_{half} of {layer} twice")
        found[layer][half] = name
    if not found:
        raise _refuse("has no LoRA matrices")
    for layer, halves in found.items():
        for half in "AB":
            if half not in halves:
                raise _refuse(f"lacks the lora_{half} of {layer}")
    return found


def _why_not(layer: str, architecture: Architecture) -> str:
    indexed = _INDEXED.match(layer)
    if indexed and layer.rpartition(".")[2] in KINDS:
        number = architecture.num_layers
        if len(indexed[1]) > 9 or int(indexed[1]) >= number:
            return f"but the model has only {number} layers"
    return f"but only {', '.join(KINDS)} of the model's layers can be adapted"


def _matrices(
    file: SafetensorsFile,
    layer: str,
    names: Mapping[str, str],
    shape: tuple[int, int],
    rank: int,
    scale: float = 1.0,
) -> Pair:
    """A (rank, inputs), and B (outputs, rank) with the scale in it."""
    outputs, inputs = shape
    for half, expected in (("A", (rank, inputs)), ("B", (outputs, rank))):
        entry = file.tensors[names[half]]
        if entry.dtype not in _FLOATS:
            raise _refuse(f"stores the lora_{half} of {layer} as {entry.dtype}, no type of floats")
        if entry.shape != expected:
            shown = list(entry.shape[:_DIMENSIONS])
            raise _refuse(
                f"has a lora_{half} of shape {shown} for {layer}, where rank {rank} and the model "
                f"ask for {list(expected)}"
            )
    a = file.float32(names["A"])
    with np.errstate(over="ignore", invalid="ignore"):
        b = file.float32(names["B"]) * np.float32(scale)
    for half, matrix in (("A", a), ("B", b)):
        if not np.isfinite(matrix).all():
            raise _refuse(f"has numbers that are not finite in the lora_{half} of {layer}")
    return a, b


def _padded(pair: Pair, rank: int) -> Pair:
    a, b = pair
    missing = rank - len(a)
    if not missing:
        return pair
    return np.pad(a, ((0, missing), (0, 0))), np.pad(b, ((0, 0), (0, missing)))


def _refuse(why: str) -> AdapterInvalid:
    return AdapterInvalid(f"{WEIGHTS} {why}.")
