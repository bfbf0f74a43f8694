"""How far int4 weights are from the exact ones, by group, as a table for ``docs/precision.md``.

    python -m benchmarks.weight_error

The root mean square of the difference over that of the weights, in per cent, for the house model's
matrices and for random ones of 2,048 inputs: normal, and with heavier tails (Student's t with five
degrees of freedom). Each cell is "extreme -> least squares": see ``benchmarks/precision.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.precision import Floats, Rounding, rounded
from understudy.engine.safetensors import SafetensorsFile

HOUSE = Path(__file__).parent.parent / "understudy" / "house" / "model.safetensors"
GROUPS = (32, 64, 128, 256, 0)


def error(matrices: Sequence[Floats], rounding: Rounding) -> float:
    wrong = sum(float(np.square(rounded("", m, rounding) - m).sum()) for m in matrices)
    return 100 * float(np.sqrt(wrong / sum(float(np.square(m).sum()) for m in matrices)))


def main() -> None:
    with SafetensorsFile(HOUSE) as file:
        house = [file.float32(n) for n, entry in file.tensors.items() if len(entry.shape) == 2]
    rng = np.random.default_rng(0)
    random = {
        "normal": [rng.standard_normal((512, 2048)).astype(np.float32)],
        "heavy tails": [rng.standard_t(5, (512, 2048)).astype(np.float32)],
    }
    print(f"| weights | {' | '.join(str(g or 'row') for g in GROUPS)} |")
    print("| --- " * (len(GROUPS) + 1) + "|")
    for name, matrices in {"house model": house, **random}.items():
        cells = [
            " -> ".join(
                f"{error(matrices, Rounding('int4', 'int4', g, s)):.1f}" for s in (False, True)
            )
            for g in GROUPS
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
