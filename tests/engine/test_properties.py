"""How the plugin is told to compute follows from the weights, and can be overridden."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from tests.oracles.models import write_tiny
from understudy.config import Precision
from understudy.engine.properties import compile_properties
from understudy.engine.runner import OpenVinoRunner, RunnerOptions
from understudy.engine.weights import PackedWeights
from understudy.models.convert import convert


@pytest.mark.parametrize("precision", get_args(Precision))
def test_precise_rounds_nothing_but_the_weights(precision: Precision, tmp_path: Path) -> None:
    write_tiny("llama-2-70b", tmp_path / "source")
    weights = PackedWeights(
        tmp_path / "packed", convert(tmp_path / "source", tmp_path / "packed", precision)
    )
    properties = compile_properties(weights, threads=1, precise=True)
    weights.close()
    assert properties["DYNAMIC_QUANTIZATION_GROUP_SIZE"] == 0
    assert properties["INFERENCE_PRECISION_HINT"] == "f32"
    assert properties["KV_CACHE_PRECISION"] == "f32"


def test_a_property_that_is_named_overrides_ours(tmp_path: Path) -> None:
    write_tiny("llama-3.2-1b", tmp_path / "source")
    architecture = convert(tmp_path / "source", tmp_path / "packed", "int8")
    options = RunnerOptions(num_blocks=4, properties={"KV_CACHE_PRECISION": "f16"})
    runner = OpenVinoRunner(tmp_path / "packed", architecture, options)
    found = runner._compiled.get_property("KV_CACHE_PRECISION").get_type_name()
    runner.close()
    assert found == "f16"
