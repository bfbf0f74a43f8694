"""The pool of KV blocks: who holds which, and which may be found again by their contents."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence


class BlockPool:
    """Reference-counted KV blocks with a prefix cache inside.

    Each block is in exactly one of three states: *used* (some sequence refers to it),
    *cached* (nobody does, but its contents are published under a key and can be shared
    again), or *free*. Allocation takes free blocks first and then the cached block that
    was released longest ago. Not thread-safe: the engine thread owns it.
    """

    def __init__(self, num_blocks: int, block_size: int) -> None:
        self.num_blocks = num_blocks
        self.block_size = block_size
        self._references = [0] * num_blocks
        self._free = list(range(num_blocks - 1, -1, -1))
        self._idle: OrderedDict[int, None] = OrderedDict()
        self._block_by_key: dict[bytes, int] = {}
        self._key_by_block: dict[int, bytes] = {}

    @property
    def free(self) -> int:
        """Blocks that hold nothing worth keeping."""
        return len(self._free)

    @property
    def cached(self) -> int:
        """Unreferenced blocks whose contents can still be shared."""
        return len(self._idle)

    @property
    def used(self) -> int:
        """Blocks that at least one sequence refers to."""
        return self.num_blocks - len(self._free) - len(self._idle)

    def references(self, block: int) -> int:
        """Return how many sequences refer to ``block``."""
        return self._references[block]

    def blocks_for(self, tokens: int) -> int:
        """Return how many blocks hold ``tokens`` positions."""
        return -(-tokens // self.block_size)

    def lookup(self, keys: Iterable[bytes]) -> list[int]:
        """Return the blocks of the longest published run from the start of ``keys``."""
        found = []
        for key in keys:
            block = self._block_by_key.get(key)
            if block is None:
                break
            found.append(block)
        return found

    def can_allocate(self, count: int, sharing: Sequence[int] = ()) -> bool:
        """Say whether ``count`` new blocks can be had while ``sharing`` stay as they are."""
        kept_idle = sum(1 for block in sharing if self._references[block] == 0)
        return count <= len(self._free) + len(self._idle) - kept_idle

    def allocate(self, count: int, sharing: Sequence[int] = ()) -> list[int]:
        """Take references to ``sharing`` and to ``count`` new blocks; return all, in order.

        Raises RuntimeError, changing nothing, where ``can_allocate`` says no.
        """
        if not self.can_allocate(count, sharing):
            raise RuntimeError(f"{count} KV blocks were asked for; {self.free + self.cached} left")
        for block in sharing:
            self._references[block] += 1
            self._idle.pop(block, None)
        new = [self._take() for _ in range(count)]
        return [*sharing, *new]

    def publish(self, block: int, key: bytes) -> None:
        """Offer a full, computed block for sharing. A key that is taken keeps its block."""
        if key not in self._block_by_key and block not in self._key_by_block:
            self._block_by_key[key] = block
            self._key_by_block[block] = key

    def release(self, blocks: Sequence[int]) -> None:
        """Drop one reference to each block.

        Tails go first, so that under pressure a chain loses its end before its start: a
        block whose parent is gone cannot be found.
        """
        for block in reversed(blocks):
            if self._references[block] < 1:
                raise RuntimeError(f"KV block {block} was released more often than taken")
            self._references[block] -= 1
            if self._references[block] == 0:
                if block in self._key_by_block:
                    self._idle[block] = None
                else:
                    self._free.append(block)

    def _take(self) -> int:
        if self._free:
            block = self._free.pop()
        else:
            block, _ = self._idle.popitem(last=False)
            del self._block_by_key[self._key_by_block.pop(block)]
        self._references[block] = 1
        return block
