"""Names for full KV blocks, so that equal prefixes find each other's blocks.

A block's keys and values depend on every token before it, on the adapter that computed
them and on nothing else. Its name is therefore a digest of its own tokens and of the name
of the block before it; the first block's parent names the namespace and the adapter.
BLAKE2b with 256 bits makes a chance or forged collision (one caller reading another's
blocks) infeasible, which a dictionary keyed by Python's ``hash`` would not.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from hashlib import blake2b

_DIGEST_BYTES = 32


def root_key(namespace: str, adapter: str = "") -> bytes:
    """Name what a chain starts from. Blocks are shared only under equal roots."""
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for part in (namespace, adapter):
        # A lone surrogate can reach here from JSON text; it must not end in a traceback.
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return digest.digest()


def block_key(parent: bytes, tokens: Sequence[int]) -> bytes:
    """Name a full block by its tokens and the block before it."""
    return blake2b(parent + array("q", tokens).tobytes(), digest_size=_DIGEST_BYTES).digest()
