"""Understudy and its peers on one machine: rounds, workloads, statistics, floors, report.

``python -m benchmarks.side_by_side prepare|estimate|run|report``; what each engine is, and how it
is installed and started, is in ``benchmarks.peers``.
"""
