"""What DeepInfra has and this server does not, each refused by its name.

All are 404 but the last: no retry will help, and the services' SDKs retry whatever is 5xx.
"""

from __future__ import annotations

from understudy.catalog.card import ModelCard
from understudy.dialects.body_schema import abridge
from understudy.errors import AuthError, RouteError, UnknownModel

DEPLOYMENT = "deploy_id:"
"""With which the name of a model begins that is a deployment's id."""

LATEST = "latest"
"""The version that every model has, whatever else it is called."""


class NotServed(RouteError):
    """A route of the service's for ``what``, in plain words."""

    def __init__(self, what: str, method: str, path: str) -> None:
        super().__init__(f"This server does not serve {what} ({method} {abridge(path)}).")


class UnknownDeployment(UnknownModel):
    """There are no deployments here. ``name`` is the id as the caller wrote it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name,
            f"Model not found: {abridge(name)} is a deployment, and this server has none; "
            "name the model itself.",
        )


class UnknownVersion(UnknownModel):
    """The model is here, but not in this ``version``; ``there`` are those that it has. ``field`` is
    where the caller wrote it."""

    def __init__(self, model: str, version: str, there: tuple[str, ...], field: str) -> None:
        have = " or ".join(f"'{abridge(name)}'" for name in there)
        super().__init__(
            model,
            f"Model not found: {abridge(model)} has no version '{abridge(version)}' here, "
            f"only {have}.",
        )
        self.field = field


class ScopedToken(AuthError):
    """A token that the service would take, made from a key of its own."""

    def __init__(self) -> None:
        super().__init__(
            "Not authenticated: scoped JWTs ('jwt:…') are not supported by this server; "
            "send an API key."
        )


def check_version(card: ModelCard, version: str, field: str) -> None:
    """Raise UnknownVersion unless ``version``, written in ``field``, is the card's revision or
    the latest one."""
    there = (LATEST,) if card.revision is None else (card.revision, LATEST)
    if version not in there:
        raise UnknownVersion(card.name, version, there, field)
