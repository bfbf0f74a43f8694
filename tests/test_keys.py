"""Keys: shown once, stored as hashes, refused once revoked."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from understudy.errors import BadCredentials, ConfigError
from understudy.keys import FILE_NAME, KeyStore


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path)


def test_a_created_key_is_accepted_with_its_scopes(store: KeyStore) -> None:
    key = store.create("ci", ["run"])
    assert store.verify(key).scopes == {"run"}


def test_a_caller_is_known_by_an_id_that_is_not_the_key(store: KeyStore) -> None:
    key = store.create("ci")
    caller = store.verify(key)
    assert caller.id == store.list()[0].id
    assert key not in repr(caller)


def test_the_file_holds_no_key_and_only_its_owner_reads_it(store: KeyStore, tmp_path: Path) -> None:
    key = store.create("ci")
    path = tmp_path / FILE_NAME
    secret = key.split("-", 2)[2]
    assert secret not in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("change", ["", "x", lambda key: key[:-1], lambda key: key + "A", "usk-"])
def test_any_other_key_is_refused(store: KeyStore, change: object) -> None:
    key = store.create("ci")
    with pytest.raises(BadCredentials):
        store.verify(change(key) if callable(change) else str(change))


def test_a_revoked_key_is_refused_by_a_server_that_already_runs(tmp_path: Path) -> None:
    server, command_line = KeyStore(tmp_path), KeyStore(tmp_path)
    key = command_line.create("ci")
    assert server.verify(key)
    command_line.revoke("ci")
    with pytest.raises(BadCredentials):
        server.verify(key)


def test_revoking_takes_an_id_or_a_name_and_touches_no_other(store: KeyStore) -> None:
    first, second = store.create("one"), store.create("two")
    store.revoke(store.verify(first).id)
    assert [key.name for key in store.list()] == ["two"]
    assert store.verify(second)


def test_a_name_belongs_to_one_key_until_that_is_revoked(store: KeyStore) -> None:
    store.create("ci")
    with pytest.raises(ConfigError, match="ci"):
        store.create("ci")
    store.revoke("ci")
    store.create("ci")
    assert len(store.list()) == 1


def test_no_key_is_named_like_the_id_of_another(store: KeyStore) -> None:
    store.create("ci")
    with pytest.raises(ConfigError, match="already"):
        store.create(store.list()[0].id)


@pytest.mark.parametrize(
    "name", ["", " ", "a\nb", "a\tb", "\x1b[2J", "\u202e", "\udcff", "a" * 101]
)
def test_a_name_is_something_that_can_be_printed(store: KeyStore, name: str) -> None:
    with pytest.raises(ConfigError, match="name"):
        store.create(name)
    assert store.empty()


def test_a_name_that_two_keys_of_a_file_share_revokes_neither(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    store.create("one")
    store.create("two")
    file = tmp_path / FILE_NAME
    file.write_text(file.read_text(encoding="utf-8").replace("two", "one"), encoding="utf-8")
    with pytest.raises(ConfigError, match="More than one"):
        store.revoke("one")
    store.revoke(store.list()[0].id)
    assert len(store.list()) == 1


def test_revoking_what_does_not_exist_says_so(store: KeyStore) -> None:
    with pytest.raises(ConfigError, match="No key"):
        store.revoke("ci")


@pytest.mark.parametrize("scopes", [[], ["root"], ["run", "root"]])
def test_unknown_scopes_and_none_are_refused(store: KeyStore, scopes: list[str]) -> None:
    with pytest.raises(ConfigError, match="scopes"):
        store.create("ci", scopes)
    assert store.empty()


@pytest.mark.parametrize(
    ("given", "weight"), [((), 1), ((0.25,), 0.25), ((1000,), 1000), ((0.001,), 0.001)]
)
def test_a_caller_has_the_weight_of_its_key(
    store: KeyStore, given: tuple[float, ...], weight: float
) -> None:
    key = store.create("ci", ("run",), *given)
    assert store.verify(key).weight == weight


@pytest.mark.parametrize(
    "weight", [0, -1, 1e-320, 0.0009, 1000.5, 10**400, float("inf"), float("nan")]
)
def test_a_weight_that_could_not_be_shared_by_is_refused(store: KeyStore, weight: float) -> None:
    with pytest.raises(ConfigError, match="weight"):
        store.create("ci", ("run",), weight)
    assert store.empty()


@pytest.mark.parametrize("weight", [0, 1e-320, 10**400, "2", None])
def test_a_weight_in_the_file_is_one_that_could_have_been_created(
    tmp_path: Path, weight: object
) -> None:
    key = KeyStore(tmp_path).create("ci")
    path = tmp_path / FILE_NAME
    document = json.loads(path.read_text(encoding="utf-8"))
    document["keys"][0]["weight"] = weight
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ConfigError, match=FILE_NAME):
        KeyStore(tmp_path).verify(key)


def test_a_key_from_before_there_were_weights_has_weight_one(tmp_path: Path) -> None:
    key = KeyStore(tmp_path).create("ci")
    path = tmp_path / FILE_NAME
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["keys"][0]["weight"]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert KeyStore(tmp_path).verify(key).weight == 1


def test_the_configured_key_is_accepted_without_a_file(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "absent", "local")
    assert store.verify("local").scopes == {"run", "admin"}
    assert not store.empty()
    with pytest.raises(BadCredentials):
        store.verify("locaL")
    assert not (tmp_path / "absent").exists()


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    one, two = KeyStore(tmp_path), KeyStore(tmp_path)
    one.list()
    two.create("b")
    one.create("a")
    assert {key.name for key in two.list()} == {"a", "b"}


@pytest.mark.parametrize("text", ["", "[]", '{"keys": [{}]}', '{"keys": [{"id": 1}]}'])
def test_a_damaged_file_lets_nobody_in(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=FILE_NAME):
        KeyStore(tmp_path).verify("usk-1-2")


def test_the_file_is_json_that_a_person_can_read(store: KeyStore, tmp_path: Path) -> None:
    store.create("ci", ["run", "admin"])
    document = json.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8"))
    assert document["keys"][0]["name"] == "ci"
    assert document["keys"][0]["scopes"] == ["run", "admin"]
