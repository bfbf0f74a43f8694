"""What a caller adds to the logits of tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from understudy.engine.penalties import Floats
from understudy.request import SamplingParams


@dataclass(frozen=True, slots=True, eq=False)
class Bias:
    """``sampling.logit_bias`` as a step adds it: ``ids`` and ``values``, both of shape (n,)."""

    ids: npt.NDArray[np.intp]
    values: Floats

    @classmethod
    def of(cls, sampling: SamplingParams) -> Bias | None:
        """That of ``sampling``; None where it has none."""
        if not sampling.logit_bias:
            return None
        ids, values = zip(*sampling.logit_bias, strict=True)
        return cls(np.array(ids, np.intp), np.array(values, np.float32))

    def add(self, logits: Floats) -> None:
        """Change ``logits``, shape (vocab_size,), in place. A token that comes twice counts twice.

        Raises IndexError for a token beyond them.
        """
        np.add.at(logits, self.ids, self.values)
