"""Names for full KV blocks, so that equal prefixes find each other's blocks.

A block's keys and values depend on every token before it, on the adapter that computed
them, and in their last bits on how: prompt tokens go through the attention kernel for many
tokens, output tokens through the one for a single token. A block's name is therefore a
digest of its own tokens, of how many of them were prompt, and of the name of the block
before it; the first block's parent names the namespace and the adapter. So what is found
is, bit for bit, what would have been computed.

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


def block_key(parent: bytes, tokens: Sequence[int], prompt_tokens: int) -> bytes:
    """Name a full block; the first ``prompt_tokens`` of ``tokens`` belong to the prompt."""
    contents = array("q", [prompt_tokens, *tokens]).tobytes()
    return blake2b(parent + contents, digest_size=_DIGEST_BYTES).digest()
