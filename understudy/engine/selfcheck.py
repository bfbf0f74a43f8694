"""Start-up checks that OpenVINO is the one this engine was built on, and did what it should."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

import openvino

from understudy.engine.architecture import Architecture
from understudy.engine.paged_attention import SUPPORTED_RELEASE, release
from understudy.errors import ConfigError

log = logging.getLogger(__name__)


def check_release() -> None:
    """Raise ConfigError unless this is the OpenVINO whose paged attention we call."""
    if release() != SUPPORTED_RELEASE or not hasattr(openvino.op, "_PagedAttentionExtension"):
        raise ConfigError(
            f"The engine needs OpenVINO {SUPPORTED_RELEASE}; {release()} is installed. "
            "Reinstall understudy with its own dependencies."
        )


def check_compiled(compiled: Any, architecture: Architecture) -> None:
    """Look at the compiled graph.

    Raises ConfigError when a layer's attention was replaced; warns when a fusion was lost,
    which changes speed and not results.
    """
    kinds: Counter[str] = Counter()
    for node in compiled.get_runtime_model().get_ops():
        kind = node.get_rt_info()["layerType"].astype(str)
        kinds[kind] += 1
    layers = architecture.num_layers
    if kinds["PagedAttention"] != layers:
        raise ConfigError("OpenVINO did not keep the paged attention of every layer.")
    for kind, expected in (("RMS", 2 * layers + 1), ("RoPE", 2 * layers)):
        if kinds[kind] != expected:
            log.warning(
                "the compiled model has %d fused %s nodes where %d were expected: it will be slow",
                kinds[kind],
                kind,
                expected,
            )
