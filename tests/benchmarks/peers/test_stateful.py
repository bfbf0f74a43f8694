from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest

from benchmarks.peers.stateful import write_model
from tests.oracles.models import write_tiny
from understudy.engine.batch import Slice
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.models.convert import convert

PROMPT = [17, 300, 5, 5, 211, 88, 140, 3]
EXACT = {
    "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
    "INFERENCE_PRECISION_HINT": "f32",
    "KV_CACHE_PRECISION": "f32",
}


def our_logits(packed: Path, architecture: Any) -> np.ndarray:
    runner = OpenVinoRunner(packed, architecture, RunnerOptions(1, precise=True))
    logits = runner.step([Slice(PROMPT, 0, [0], len(PROMPT))]).copy()
    runner.close()
    return logits


def stateful_logits(folder: Path, cuts: list[int]) -> np.ndarray:
    """Of the same prompt, computed in pieces that end at ``cuts``."""
    compiled = ov.Core().compile_model(folder / "openvino_model.xml", "CPU", EXACT)
    request, rows, start = compiled.create_infer_request(), [], 0
    for end in cuts:
        request.infer(
            {
                "input_ids": np.array([PROMPT[start:end]], np.int64),
                "attention_mask": np.ones((1, end), np.int64),
                "position_ids": np.arange(start, end, dtype=np.int64)[None],
                "beam_idx": np.zeros(1, np.int32),
            }
        )
        rows.append(request.get_tensor("logits").data[0].copy())
        start = end
    return np.concatenate(rows)


@pytest.mark.parametrize("precision", ["int4", "int8", "bf16"])
def test_the_model_for_genai_computes_what_ours_does(tmp_path: Path, precision: Any) -> None:
    write_tiny("llama-3.2-1b", tmp_path / "source")
    packed = tmp_path / "packed"
    architecture = convert(tmp_path / "source", packed, precision)
    expected = our_logits(packed, architecture)

    write_model(architecture, packed, tmp_path / "stateful")

    for cuts in ([8], [5, 6, 8]):
        found = stateful_logits(tmp_path / "stateful", cuts)
        np.testing.assert_allclose(found, expected, atol=1e-3)


def test_its_attention_becomes_paged_and_stays_fused(tmp_path: Path) -> None:
    from openvino._offline_transformations import paged_attention_transformation

    write_tiny("llama-3.2-1b", tmp_path / "source")
    architecture = convert(tmp_path / "source", tmp_path / "packed", "int8")
    write_model(architecture, tmp_path / "packed", tmp_path / "stateful")

    model = ov.Core().read_model(tmp_path / "stateful" / "openvino_model.xml")
    paged_attention_transformation(model)
    compiled = ov.Core().compile_model(model, "CPU", {})

    kinds = [
        node.get_rt_info()["layerType"].astype(str)
        for node in compiled.get_runtime_model().get_ops()
    ]
    layers = architecture.num_layers
    assert kinds.count("PagedAttention") == layers
    assert kinds.count("RoPE") == 2 * layers
    assert kinds.count("RMS") == 2 * layers + 1
    assert "Transpose" not in kinds
