"""Which headers carry a key, and in what form."""

from __future__ import annotations

from pathlib import Path

import pytest

from understudy.dialects.deepinfra_refusals import ScopedToken
from understudy.errors import MalformedCredentials, MissingCredentials, MissingScope
from understudy.keys import KeyStore
from understudy.server.auth import authenticate, bearer, cloudflare, deepinfra

READERS = [bearer, cloudflare, deepinfra]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("value", ["Bearer k-1", "bearer k-1", "BEARER  k-1", "Bearer k-1 "])
def test_a_bearer_key_is_read_whatever_the_case_of_the_scheme(read: object, value: str) -> None:
    assert read({"authorization": value}) == "k-1"


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "k-1", "Basic k-1", 'Bearer "k"', "Bearer a b", "Bearer é"]
)
def test_any_other_authorization_is_malformed(read: object, value: str) -> None:
    with pytest.raises(MalformedCredentials):
        read({"authorization": value})


@pytest.mark.parametrize("read", READERS)
def test_no_header_at_all_is_missing(read: object) -> None:
    with pytest.raises(MissingCredentials):
        read({"content-type": "application/json"})


def test_each_service_has_a_header_of_its_own() -> None:
    assert cloudflare({"x-auth-key": "k", "x-auth-email": "a@b.c"}) == "k"
    assert deepinfra({"xi-api-key": "k"}) == "k"
    assert deepinfra({"x-api-key": " k "}) == "k"
    with pytest.raises(MissingCredentials):
        deepinfra({"x-auth-key": "k"})
    for name in ("xi-api-key", "x-api-key"):
        with pytest.raises(MissingCredentials):
            cloudflare({name: "k"})


@pytest.mark.parametrize(
    ("alone", "missing"), [("x-auth-key", "X-Auth-Email"), ("x-auth-email", "X-Auth-Key")]
)
def test_a_key_and_its_email_come_together(alone: str, missing: str) -> None:
    for headers in ({alone: "a"}, {alone: "a", missing.lower(): ""}):
        with pytest.raises(MissingCredentials) as caught:
            cloudflare(headers)
        assert caught.value.name == missing
    assert cloudflare({alone: "a", "authorization": "Bearer b"}) == "b"


def test_the_authorization_header_comes_first() -> None:
    assert deepinfra({"authorization": "Bearer a", "xi-api-key": "b"}) == "a"
    assert deepinfra({"authorization": "", "xi-api-key": "b", "x-api-key": "c"}) == "b"
    with pytest.raises(MalformedCredentials):
        cloudflare({"authorization": "nonsense", "x-auth-key": "b"})


@pytest.mark.parametrize("value", ["jwt:a.b.c", "Bearer jwt:a.b.c", "bearer  JWT:a"])
def test_a_scoped_token_is_refused_as_one(value: str) -> None:
    for name in ("authorization", "xi-api-key", "x-api-key"):
        with pytest.raises(ScopedToken, match=r"scoped JWTs .* are not supported"):
            deepinfra({name: value})
    with pytest.raises(MalformedCredentials):
        cloudflare({"authorization": value})


def test_a_key_may_do_what_its_scopes_say(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path)
    key = keys.create("watcher", ["admin"])
    assert authenticate(keys, key, "admin").scopes == {"admin"}
    with pytest.raises(MissingScope, match="run"):
        authenticate(keys, key, "run")
