"""What the engine asks of a constraint: which tokens may come next, for one answer at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt


class Matcher(Protocol):
    """Follows one answer through a grammar. Calls take microseconds; the engine thread makes them.

    ``mask`` returns the tokens that may come next, shape (ceil(vocab_size / 32),) uint32, token
    ``t`` in bit ``t % 32`` of word ``t // 32``; the EOS tokens are among them where the answer
    may end. The array is valid until the next call. None lets every token come. ``forced``
    returns the tokens that must come next whatever is drawn, possibly none: the engine takes them
    as drafts. ``accept`` moves on by one token and says whether the grammar allowed it.
    ``complete`` says that nothing may come any more but an end: the answer is all that the grammar
    asks for. ``exhausted`` says that the grammar can follow this answer no further, which ends it,
    cut off; it may do the work of ``mask``.
    """

    @property
    def complete(self) -> bool: ...

    @property
    def exhausted(self) -> bool: ...

    def mask(self) -> npt.NDArray[np.uint32] | None: ...

    def forced(self) -> Sequence[int]: ...

    def accept(self, token: int) -> bool: ...

    def fork(self) -> Matcher: ...


class Grammar(Protocol):
    """A compiled constraint, shared by any number of answers; thread-safe."""

    def matcher(self) -> Matcher:
        """Return a matcher at the start of an answer."""
        ...
