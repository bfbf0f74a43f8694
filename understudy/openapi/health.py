"""For whoever watches the server or reads of it; no key."""

from __future__ import annotations

from typing import Literal

from understudy.openapi.deepinfra import DeepInfraError
from understudy.openapi.operation import NO_KEY, Operation, Service, told
from understudy.openapi.shape import Shape


class Health(Shape):
    """The server is alive."""

    status: Literal["ok"]


class Ready(Shape):
    """The bundled model would answer a request that is sent now."""

    status: Literal["ready"]


class NotReady(Shape):
    """It would not, yet or any more."""

    status: Literal["loading", "draining"]


def operations() -> list[Operation]:
    """The routes that belong to no service."""
    door = Service("Server", "", NO_KEY, {500: DeepInfraError, 503: NotReady})
    document = told("This document.", {"type": "object", "required": ["openapi", "paths"]})
    health = told("It is.", Health)
    ready = told("It is.", Ready)
    return [
        door.operation("GET", "/health", "Is the server alive?", health, refusals=()),
        door.operation("GET", "/ready", "Is the bundled model ready?", ready, refusals=(503,)),
        door.operation("GET", "/openapi.json", "Read this document", document, refusals=(500,)),
    ]
