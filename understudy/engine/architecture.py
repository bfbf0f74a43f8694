"""The shape of a model, read from the fields of its Hugging Face ``config.json``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from understudy.errors import ModelFolderInvalid

KV_SCALE_BYTES = 8
"""u8 KV by token keeps a float32 scale and zero point beside each head's vector."""


@dataclass(frozen=True, slots=True)
class Llama3Scaling:
    """Llama 3's stretching of low rotary frequencies; wavelengths are compared in tokens."""

    factor: float
    low_freq_factor: float
    high_freq_factor: float
    original_context: int


@dataclass(frozen=True, slots=True)
class LinearScaling:
    """Positions divided by ``factor``."""

    factor: float


@dataclass(frozen=True, slots=True)
class Rope:
    """Rotary position embedding over the whole head."""

    theta: float = 10000.0
    scaling: Llama3Scaling | LinearScaling | None = None


@dataclass(frozen=True, slots=True)
class Architecture:
    """A Llama or Mistral decoder. Sizes count elements; ``context_length`` counts tokens.

    ``sliding_window`` is the number of positions a token attends to, itself included, or None
    for all. ``tied`` means the head is the embedding table.
    """

    model_type: str
    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    context_length: int
    rms_norm_eps: float
    rope: Rope = Rope()
    sliding_window: int | None = None
    tied: bool = False
    attention_bias: bool = False
    mlp_bias: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, Any], model: str = "model") -> Architecture:
        """Read ``config.json`` as transformers 4 or 5 writes it.

        Raises ModelFolderInvalid, naming the field, for what the graph cannot compute.
        """
        return _Config(config, model).architecture()

    @property
    def query_size(self) -> int:
        return self.num_heads * self.head_dim

    @property
    def kv_size(self) -> int:
        return self.num_kv_heads * self.head_dim

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Every tensor of the checkpoint, by Hugging Face's name, with its shape.

        Matrices are (outputs, inputs). A tied head is not among them.
        """
        hidden, inner = self.hidden_size, self.intermediate_size
        yield "model.embed_tokens.weight", (self.vocab_size, hidden)
        for layer in range(self.num_layers):
            prefix = f"model.layers.{layer}."
            yield prefix + "input_layernorm.weight", (hidden,)
            for name, outputs, inputs, bias in (
                ("self_attn.q_proj", self.query_size, hidden, self.attention_bias),
                ("self_attn.k_proj", self.kv_size, hidden, self.attention_bias),
                ("self_attn.v_proj", self.kv_size, hidden, self.attention_bias),
                ("self_attn.o_proj", hidden, self.query_size, self.attention_bias),
                ("mlp.gate_proj", inner, hidden, self.mlp_bias),
                ("mlp.up_proj", inner, hidden, self.mlp_bias),
                ("mlp.down_proj", hidden, inner, self.mlp_bias),
            ):
                yield f"{prefix}{name}.weight", (outputs, inputs)
                if bias:
                    yield f"{prefix}{name}.bias", (outputs,)
            yield prefix + "post_attention_layernorm.weight", (hidden,)
        yield "model.norm.weight", (hidden,)
        if not self.tied:
            yield "lm_head.weight", (self.vocab_size, hidden)

    @property
    def parameter_count(self) -> int:
        return sum(prod(shape) for _, shape in self.tensors())

    def kv_bytes_per_token(self, *, precise: bool = False) -> int:
        """Bytes one position takes in the KV cache: u8 by token, or float32 when precise."""
        per_head = 4 * self.head_dim if precise else self.head_dim + KV_SCALE_BYTES
        return 2 * self.num_layers * self.num_kv_heads * per_head


_FAMILIES: Mapping[str, Mapping[str, Any]] = {
    "llama": {"class": "LlamaForCausalLM", "context": 2048, "kv_heads": None, "window": None},
    "mistral": {"class": "MistralForCausalLM", "context": 131072, "kv_heads": 8, "window": 4096},
}
"""What transformers assumes where a family's config.json is silent."""


class _Config:
    """One config.json, with each refusal naming the field."""

    def __init__(self, config: Mapping[str, Any], model: str) -> None:
        self.config = config
        self.model = model
        self.family = self._family()

    def refuse(self, field: str, why: str) -> ModelFolderInvalid:
        return ModelFolderInvalid(self.model, f"config.json of {self.model}: '{field}' {why}.")

    def _family(self) -> str:
        kind = self.config.get("model_type")
        if not isinstance(kind, str) or kind not in _FAMILIES:
            known = ", ".join(sorted(_FAMILIES))
            raise self.refuse("model_type", f"is {kind!r}; supported are {known}")
        classes = self.config.get("architectures")
        expected = _FAMILIES[kind]["class"]
        if classes is not None and classes != [expected]:
            raise self.refuse("architectures", f"is {classes!r}, not ['{expected}']")
        return kind

    def integer(self, field: str, default: int | None = None) -> int:
        value = self.config.get(field)
        if value is None:
            value = default
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.refuse(field, f"must be a positive integer, not {value!r}")
        return value

    def number(self, field: str, source: Mapping[str, Any], default: float | None = None) -> float:
        value = source.get(field)
        if value is None:
            value = default
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise self.refuse(field, f"must be a positive number, not {value!r}")
        return float(value)

    def flag(self, field: str) -> bool:
        value = self.config.get(field)
        if not isinstance(value, bool | None):
            raise self.refuse(field, f"must be true or false, not {value!r}")
        return bool(value)

    def architecture(self) -> Architecture:
        self._refuse_what_changes_the_graph()
        hidden = self.integer("hidden_size")
        heads = self.integer("num_attention_heads")
        kv_heads = self.integer("num_key_value_heads", _FAMILIES[self.family]["kv_heads"] or heads)
        if heads % kv_heads:
            raise self.refuse("num_key_value_heads", f"({kv_heads}) must divide {heads} heads")
        head_dim = self.integer("head_dim", hidden // heads)
        if head_dim % 2:
            raise self.refuse("head_dim", f"must be even, not {head_dim}")
        return Architecture(
            model_type=self.family,
            vocab_size=self.integer("vocab_size"),
            hidden_size=hidden,
            intermediate_size=self.integer("intermediate_size"),
            num_layers=self.integer("num_hidden_layers"),
            num_heads=heads,
            num_kv_heads=kv_heads,
            head_dim=head_dim,
            context_length=self.integer(
                "max_position_embeddings", _FAMILIES[self.family]["context"]
            ),
            rms_norm_eps=self.number("rms_norm_eps", self.config, 1e-6),
            rope=self._rope(),
            sliding_window=self._sliding_window(),
            tied=self.flag("tie_word_embeddings"),
            attention_bias=self.flag("attention_bias"),
            mlp_bias=self.flag("mlp_bias"),
        )

    def _refuse_what_changes_the_graph(self) -> None:
        activation = self.config.get("hidden_act", "silu")
        if activation != "silu":
            raise self.refuse("hidden_act", f"is {activation!r}; only 'silu' is supported")
        if self.config.get("quantization_config"):
            raise self.refuse("quantization_config", "is set; only unquantised weights are read")
        if self.family == "mistral":
            for field in ("attention_bias", "mlp_bias"):
                if self.flag(field):
                    raise self.refuse(field, "is not a feature of Mistral models")

    def _sliding_window(self) -> int | None:
        value = self.config.get("sliding_window", _FAMILIES[self.family]["window"])
        if value is None:
            return None
        if self.family == "llama":
            raise self.refuse("sliding_window", "is not a feature of Llama models")
        return self.integer("sliding_window", value)

    def _rope(self) -> Rope:
        modern = self.config.get("rope_parameters") or {}
        scaling = self.config.get("rope_scaling") or modern
        for field, value in (("rope_parameters", modern), ("rope_scaling", scaling)):
            if not isinstance(value, Mapping):
                raise self.refuse(field, f"must be an object, not {value!r}")
        theta = self.number("rope_theta", {**self.config, **modern}, 10000.0)
        for source in (self.config, scaling):
            if source.get("partial_rotary_factor", 1.0) != 1.0:
                raise self.refuse("partial_rotary_factor", "is set; only whole heads are rotated")
        kind = scaling.get("rope_type", scaling.get("type", "default"))
        if kind == "default":
            return Rope(theta)
        if kind == "linear":
            return Rope(theta, LinearScaling(self.number("factor", scaling)))
        if kind != "llama3":
            raise self.refuse(
                "rope_type", f"is {kind!r}; supported are 'default', 'linear' and 'llama3'"
            )
        return Rope(theta, self._llama3(scaling))

    def _llama3(self, scaling: Mapping[str, Any]) -> Llama3Scaling:
        low = self.number("low_freq_factor", scaling)
        high = self.number("high_freq_factor", scaling)
        if high <= low:
            raise self.refuse("high_freq_factor", f"({high:g}) must exceed the low one ({low:g})")
        return Llama3Scaling(
            factor=self.number("factor", scaling),
            low_freq_factor=low,
            high_freq_factor=high,
            original_context=int(self.number("original_max_position_embeddings", scaling)),
        )
