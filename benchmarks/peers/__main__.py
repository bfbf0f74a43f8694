"""``python -m benchmarks.peers install|prepare|measure NAME PRECISION [--quick]``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from typing import get_args

from understudy.engine.runner import usable_cores

from . import PEERS, PeerUnavailable, Precision, Work

FULL = Work(((1, 128), (8, 128), (16, 128), (32, 128), (1, 4096), (8, 4096)), (512, 2048), 32, 1)
QUICK = Work(((1, 128), (8, 128)), (512,), 8, 1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers")
    parser.add_argument("action", choices=("install", "prepare", "measure", "serve"))
    parser.add_argument("name", choices=[*PEERS, "all"])
    parser.add_argument("precision", nargs="?", choices=get_args(Precision))
    parser.add_argument("--quick", action="store_true", help="few cases, few steps")
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--port", type=int, default=8099, help="of serve")
    given = parser.parse_args()
    failed = False
    for name in PEERS if given.name == "all" else [given.name]:
        peer = PEERS[name]
        wanted = [given.precision] if given.precision else list(peer.precisions)
        for precision in wanted:
            try:
                failed |= bool(_act(given, name, precision))
            except PeerUnavailable as exc:
                print(f"{name}: {exc}", file=sys.stderr)
                failed = True
    return int(failed)


def _act(given: argparse.Namespace, name: str, precision: Precision) -> int:
    peer = PEERS[name]
    if precision not in peer.precisions:
        raise PeerUnavailable(f"it has no equal of {precision}")
    peer.install()
    if given.action == "install":
        return 0
    peer.prepare(precision)
    if given.action == "prepare":
        return 0
    if given.action == "serve":
        command = peer.serve(precision, given.port, 8, 2048)
        if command is None:
            raise PeerUnavailable("it has no server")
        os.execvp(command[0], command)
    chosen = QUICK if given.quick else FULL
    work = Work(chosen.decode, chosen.prefill, chosen.steps, given.threads)
    print(f"{name} {precision} ({peer.format(precision)})", file=sys.stderr, flush=True)
    return subprocess.run(peer.measure(precision, work)).returncode


if __name__ == "__main__":
    sys.exit(main())
