"""What an owner is told when the server starts."""

import socket
from collections.abc import Iterator

import pytest

from understudy.cli.serve import warn_of_what_is_open
from understudy.config import Settings


@pytest.fixture
def everywhere() -> Iterator[socket.socket]:
    with socket.create_server(("0.0.0.0", 0)) as sock:
        yield sock


def test_a_server_of_this_machine_alone_warns_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        warn_of_what_is_open(Settings(env_ai="anywhere", run_functions=True), sock)
    assert not caplog.messages


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(), []),
        (Settings(run_functions=True), []),
        (Settings(env_ai="anywhere"), ["may use the models without a key"]),
        (Settings(env_ai="anywhere", run_functions=True), ["key, and have functions run"]),
    ],
)
def test_an_open_server_says_what_others_may_do(
    settings: Settings, said: list[str], everywhere: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    warn_of_what_is_open(settings, everywhere)
    first, *rest = caplog.messages
    assert "other machines, without encryption" in first
    assert len(rest) == len(said)
    assert all(part in message for part, message in zip(said, rest, strict=True))
