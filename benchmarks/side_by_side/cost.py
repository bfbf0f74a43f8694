"""What a token costs whoever computes it: bytes read from memory, and operations.

Counted for our own format of a precision and a KV cache of eight bits; a peer whose format is
wider reads more, so its share of the bandwidth is a little above what is printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from understudy.config import Precision
from understudy.engine.architecture import Architecture
from understudy.engine.safetensors import tensor_bytes
from understudy.engine.weights import DEFAULT_GROUP, EMBEDDING, HEAD, packed_layout


@dataclass(frozen=True)
class Cost:
    """Of one architecture at one precision. ``weight_bytes``: read for each step, whatever the
    number of sequences. ``token_flop``: of one token through every matrix but the head;
    ``head_flop``: of one row through the head; ``attention_flop``: of one token for each
    position that it looks at. ``kv_bytes``: read for each of those positions."""

    weight_bytes: int
    kv_bytes: int
    token_flop: int
    head_flop: int
    attention_flop: int

    @classmethod
    def of(cls, architecture: Architecture, precision: Precision) -> Cost:
        layout = packed_layout(architecture, precision, DEFAULT_GROUP)
        looked_up = any(name.startswith(HEAD) for name in layout)
        read = sum(
            tensor_bytes(dtype, shape)
            for name, (dtype, shape) in layout.items()
            if not (looked_up and name.startswith(EMBEDDING))
        )
        matrices = sum(
            prod(shape)
            for name, shape in architecture.tensors()
            if len(shape) == 2 and name not in (EMBEDDING, HEAD)
        )
        return cls(
            weight_bytes=read,
            kv_bytes=architecture.kv_bytes_per_token(),
            token_flop=2 * matrices,
            head_flop=2 * architecture.vocab_size * architecture.hidden_size,
            attention_flop=4 * architecture.num_layers * architecture.query_size,
        )

    def step_bytes(self, sequences: int, context: int) -> int:
        """Bytes that one step of decoding reads at least."""
        return self.weight_bytes + sequences * context * self.kv_bytes

    def decode_flop(self, context: int) -> int:
        """Operations of one decoded token."""
        return self.token_flop + self.head_flop + context * self.attention_flop

    def prompt_flop(self, length: int) -> int:
        """Operations of a whole prompt, of which only the last row reaches the head."""
        seen = length * (length + 1) // 2
        return length * self.token_flop + self.head_flop + seen * self.attention_flop
