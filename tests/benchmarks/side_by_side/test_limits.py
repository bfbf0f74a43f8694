"""The limits come from the kernels that the engine uses."""

from __future__ import annotations

import pytest

from benchmarks.side_by_side.limits import limits
from understudy.engine import bench


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "BANDWIDTH_BYTES", 1 << 20)


def test_reads_and_every_kernel_have_a_rate() -> None:
    found = limits(1, rows=16, inputs=256)
    assert found["read_gb_s"] > 0
    assert list(found["peak_tflop_s"]) == ["int4", "int8", "bf16", "int8 static", "f32 numpy"]
    assert all(rate > 0 for rate in found["peak_tflop_s"].values())


def test_reads_alone_build_no_model() -> None:
    assert list(limits(1, reads_only=True)) == ["read_gb_s"]
