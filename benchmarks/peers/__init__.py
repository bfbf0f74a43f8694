"""Other engines, and ours, each behind the same interface; see ``peer.Peer``.

python -m benchmarks.peers install|prepare|measure NAME PRECISION [--quick]
"""

from __future__ import annotations

from .genai import GenAI
from .hugging_face import Transformers
from .llama_cpp import K_QUANTS, PLAIN
from .ours import Understudy
from .peer import Figures, Peer, PeerUnavailable, Precision, Work
from .vllm import Vllm

__all__ = ["PEERS", "Figures", "Peer", "PeerUnavailable", "Precision", "Work"]

PEERS: dict[str, Peer] = {
    peer.name: peer
    for peer in (
        Understudy(),
        PLAIN,
        K_QUANTS,
        GenAI(ours=False),
        GenAI(ours=True),
        Vllm(),
        Transformers(),
    )
}
