"""Write a Hugging Face folder of a Llama as one GGUF file in bfloat16.

    python write_gguf.py FOLDER FILE

Needs numpy and llama.cpp's own ``gguf`` package, and no torch. Follows llama.cpp's converter: query
and key rows are reordered for rotary embedding of neighbouring pairs, and Llama 3's stretching of
frequencies becomes a tensor of divisors.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
WHOLE = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}


def tensors(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Every bfloat16 tensor's name and bits."""
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(size))
        header.pop("__metadata__", None)
        for name, entry in header.items():
            if entry["dtype"] != "BF16":
                raise SystemExit(f"{name} is {entry['dtype']}, not BF16")
            start = 8 + size + entry["data_offsets"][0]
            yield name, np.memmap(path, np.uint16, "r", start, tuple(entry["shape"]))


def target(name: str) -> str:
    if name in WHOLE:
        return WHOLE[name]
    _, _, layer, rest = name.split(".", 3)
    return f"blk.{layer}.{NAMES[rest.removesuffix('.weight')]}.weight"


def paired(bits: np.ndarray, heads: int) -> np.ndarray:
    """Rows of each head reordered from halves to neighbouring pairs."""
    halves = bits.reshape(heads, 2, bits.shape[0] // heads // 2, -1)
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(bits.shape)


def add_tensors(writer: gguf.GGUFWriter, folder: Path, config: dict[str, Any]) -> None:
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    for name, bits in tensors(folder):
        if bits.ndim == 1:
            writer.add_tensor(target(name), (bits.astype(np.uint32) << 16).view(np.float32))
            continue
        if "q_proj" in name or "k_proj" in name:
            bits = paired(bits, heads if "q_proj" in name else kv_heads)
        raw = np.asarray(bits).view(np.uint8)
        writer.add_tensor(target(name), raw, raw_dtype=gguf.GGMLQuantizationType.BF16)


def rope_divisors(scaling: dict[str, Any], theta: float, head_dim: int) -> np.ndarray:
    """What each rotary frequency is divided by, shape (head_dim / 2,)."""
    factor, low, high = (scaling[key] for key in ("factor", "low_freq_factor", "high_freq_factor"))
    original = scaling["original_max_position_embeddings"]
    divisors = []
    for exponent in range(0, head_dim, 2):
        wavelength = 2 * math.pi * theta ** (exponent / head_dim)
        share = (original / wavelength - low) / (high - low)
        smooth = min(1.0, max(0.0, share))
        divisors.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(divisors, np.float32)


def add_shape(writer: gguf.GGUFWriter, config: dict[str, Any]) -> None:
    head_dim = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_rope_dimension_count(head_dim)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16)
    rope = config.get("rope_parameters") or {}
    theta = float(rope.get("rope_theta") or config["rope_theta"])
    writer.add_rope_freq_base(theta)
    scaling = config.get("rope_scaling") or rope
    if scaling.get("rope_type") == "llama3":
        writer.add_tensor("rope_freqs.weight", rope_divisors(scaling, theta, head_dim))


def add_tokenizer(writer: gguf.GGUFWriter, folder: Path, config: dict[str, Any]) -> None:
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokens: list[str | None] = [None] * config["vocab_size"]
    kinds = [gguf.TokenType.NORMAL] * len(tokens)
    for token, number in tokenizer["model"]["vocab"].items():
        tokens[number] = token
    for added in tokenizer["added_tokens"]:
        tokens[added["id"]] = added["content"]
        kinds[added["id"]] = gguf.TokenType.CONTROL
    merges = [
        pair if isinstance(pair, str) else " ".join(pair) for pair in tokenizer["model"]["merges"]
    ]
    eos = config["eos_token_id"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(eos if isinstance(eos, int) else eos[-1])
    writer.add_add_bos_token(True)


def main() -> None:
    folder, file = Path(sys.argv[1]), Path(sys.argv[2])
    config = json.loads((folder / "config.json").read_text())
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_name("random")
    add_shape(writer, config)
    add_tokenizer(writer, folder, config)
    add_tensors(writer, folder, config)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
