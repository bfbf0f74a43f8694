"""``adapter_config.json`` of a LoRA adapter, as PEFT writes it.

What would change the result and cannot be computed is refused by name. Fields that only matter
while training (dropout, how the base model was loaded, paths) are not looked at, and neither are
those that say what the tensors themselves say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from pathlib import Path
from typing import Any

from understudy.engine.lora import MAX_RANK
from understudy.errors import AdapterInvalid

CONFIG = "adapter_config.json"
_MAX_BYTES = 256 * 1024
"""Twice the patterns for every layer of the largest model. Each is compared with every layer."""

_UNSUPPORTED: Mapping[str, str] = {
    "use_dora": "DoRA is not supported",
    "use_qalora": "QALoRA is not supported",
    "lora_bias": "biases of adapters are not supported",
    "fan_in_fan_out": "the model's layers are not transposed",
    "modules_to_save": "only LoRA matrices are supported, no layers trained as a whole",
    "trainable_token_indices": "embeddings of tokens cannot be adapted",
    "alora_invocation_tokens": "activated LoRA is not supported",
    "layer_replication": "layers cannot be replicated",
    "target_parameters": "only linear layers can be adapted",
    "arrow_config": "routing between adapters is not supported",
    "use_bdlora": "block-diagonal LoRA is not supported",
}
"""Fields that must be absent or empty, and why."""

_INITS = (None, True, False, "gaussian", "eva", "orthogonal")
"""Ways to start training that leave the base model's weights alone; PiSSA, OLoRA, LoftQ and their
kin change them, so that the matrices mean nothing on the weights we have."""

_PLAIN_NAME = re.compile(r"\^?[A-Za-z0-9_.]+")


@dataclass(frozen=True, slots=True)
class AdapterConfig:
    """The ranks and scales of an adapter's layers, and which layers it must have.

    ``targets`` are the ends of the names of the layers it changes; None where the file does not
    list them plainly. ``base`` is what it was trained on, a repository's name or a folder's; None
    where the file does not say.
    """

    rank: int
    alpha: float
    rslora: bool
    ranks: Mapping[str, int]
    alphas: Mapping[str, float]
    targets: tuple[str, ...] | None
    base: str | None = None

    def rank_of(self, layer: str) -> int:
        return int(_match(self.ranks, layer, self.rank))

    def scale_of(self, layer: str) -> float:
        """What B Aᵀ of this layer is multiplied by."""
        rank = self.rank_of(layer)
        return _match(self.alphas, layer, self.alpha) / (sqrt(rank) if self.rslora else rank)

    def names(self, layer: str) -> bool:
        """Whether the list of targets, where there is one, has this layer."""
        return any(_ends(layer, target) for target in self.targets or ())


def read_config(folder: Path, model_type: str) -> AdapterConfig:
    """Read the folder's ``adapter_config.json`` for a model of ``model_type``.

    Raises AdapterInvalid, naming the field.
    """
    return _Fields(_read_object(folder / CONFIG)).config(model_type)


def _read_object(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise AdapterInvalid(f"{CONFIG} is larger than {_MAX_BYTES} bytes.")
        fields = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise AdapterInvalid(f"The adapter has no {CONFIG}.") from None
    except OSError as exc:
        raise AdapterInvalid(f"{CONFIG} cannot be read ({exc.strerror}).") from exc
    except (ValueError, RecursionError) as exc:
        raise AdapterInvalid(f"{CONFIG} is not JSON.") from exc
    if not isinstance(fields, dict):
        raise AdapterInvalid(f"{CONFIG} is not a JSON object.")
    return fields


class _Fields:
    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def config(self, model_type: str) -> AdapterConfig:
        self._refuse_unsupported(model_type)
        return AdapterConfig(
            rank=self._rank("r", self._fields.get("r")),
            alpha=self._number("lora_alpha", self._fields.get("lora_alpha")),
            rslora=self._flag("use_rslora"),
            ranks={
                key: self._rank(f"rank_pattern.{key}", value)
                for key, value in self._pattern("rank_pattern")
            },
            alphas={
                key: self._number(f"alpha_pattern.{key}", value)
                for key, value in self._pattern("alpha_pattern")
            },
            targets=self._targets(),
            base=self._base(),
        )

    def _refuse_unsupported(self, model_type: str) -> None:
        kind = self._fields.get("peft_type")
        if kind != "LORA":
            raise _refuse("peft_type", f"is {kind!r}; only 'LORA' is supported")
        task = self._fields.get("task_type")
        if task not in (None, "CAUSAL_LM"):
            raise _refuse("task_type", f"is {task!r}; the model is for 'CAUSAL_LM'")
        # Not PEFT's own: Workers AI asks for it.
        trained_for = self._fields.get("model_type")
        if trained_for not in (None, model_type):
            raise _refuse("model_type", f"is {trained_for!r}; the model is a {model_type!r}")
        for field, why in _UNSUPPORTED.items():
            value = self._fields.get(field)
            if value:
                raise _refuse(field, f"is {json.dumps(value)[:80]}; {why}")
        bias = self._fields.get("bias", "none")
        if bias != "none":
            raise _refuse("bias", f"is {bias!r}; only 'none' is supported")
        start = self._fields.get("init_lora_weights")
        if not isinstance(start, str | bool | None) or start not in _INITS:
            raise _refuse(
                "init_lora_weights",
                f"is {start!r}, which changes the weights of the base model; "
                "convert the adapter to plain LoRA",
            )

    def _rank(self, field: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_RANK:
            raise _refuse(field, f"must be an integer from 1 to {MAX_RANK}, not {value!r}")
        return value

    def _number(self, field: str, value: Any) -> float:
        try:
            number = float(value) if type(value) in (int, float) else nan
        except OverflowError:
            number = nan
        if not isfinite(number):
            raise _refuse(field, f"must be a number, not {value!r:.80}")
        return number

    def _base(self) -> str | None:
        value = self._fields.get("base_model_name_or_path")
        if not isinstance(value, str | None):
            raise _refuse("base_model_name_or_path", f"must be a string, not {value!r:.80}")
        return value

    def _flag(self, field: str) -> bool:
        value = self._fields.get(field)
        if not isinstance(value, bool | None):
            raise _refuse(field, f"must be true or false, not {value!r}")
        return bool(value)

    def _pattern(self, field: str) -> list[tuple[str, Any]]:
        """PEFT takes regular expressions here. Plain ends of names are all that adapters of linear
        layers need, and others' expressions may take for ever."""
        value = self._fields.get(field) or {}
        if not isinstance(value, dict):
            raise _refuse(field, f"must be an object, not {value!r}")
        for key in value:
            if not _PLAIN_NAME.fullmatch(key):
                raise _refuse(field, f"has the pattern {key!r}; only names of layers are supported")
        return list(value.items())

    def _targets(self) -> tuple[str, ...] | None:
        value = self._fields.get("target_modules")
        narrowed = any(
            self._fields.get(field) not in (None, [], "")
            for field in ("layers_to_transform", "exclude_modules")
        )
        if value is None or isinstance(value, str) or narrowed:
            return None
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise _refuse("target_modules", f"must be a list of names, not {value!r}")
        for name in value:
            if name.rpartition(".")[2] in ("embed_tokens", "lm_head"):
                raise _refuse("target_modules", f"has {name!r}, which cannot be adapted")
        return tuple(value)


def _match(patterns: Mapping[str, float], layer: str, otherwise: float) -> float:
    """The value of the first pattern that fits, as PEFT does it."""
    return next((value for key, value in patterns.items() if _ends(layer, key)), otherwise)


def _ends(layer: str, name: str) -> bool:
    if name.startswith("^"):
        return layer == name[1:]
    return layer == name or layer.endswith("." + name)


def _refuse(field: str, why: str) -> AdapterInvalid:
    return AdapterInvalid(f"{CONFIG}: '{field}' {why}.")
