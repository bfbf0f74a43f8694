"""Understudy: a self-hosted stand-in for hosted text-generation APIs.

``docs/architecture.md`` tells a request's life in eight steps; the folders of
this package are those steps.
"""

__version__ = "0.1.0"
