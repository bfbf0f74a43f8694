"""Other engines, and ours, each behind the same interface; see ``peer.Peer``.

python -m benchmarks.peers install|prepare|measure NAME PRECISION [--quick]
"""
