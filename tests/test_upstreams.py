"""The setting that names servers elsewhere: every mistake is said, no key ever is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from understudy import config
from understudy.config import load
from understudy.errors import ConfigError
from understudy.upstreams import OFFERED, Upstream, read_upstreams

URL = "http://there:8000/v1"


def read(**table: Any) -> Upstream:
    (upstream,) = read_upstreams({"m": {"url": URL, **table}}, "here")
    return upstream


def test_the_file_has_a_table_for_each_model(tmp_path: Path) -> None:
    text = (
        'port = 1\n[upstreams."meta/one"]\nurl = "https://a/v1/"\nkind = "vllm"\nname = "x"\n'
        'idle_timeout = 5\nretries = 0\nkey_env = "A_KEY"\n'
        '[upstreams.two]\nurl = "http://b"\n'
    )
    (tmp_path / config.FILE_NAME).write_text(text, encoding="utf-8")
    one, two = load({"home": tmp_path}, environ={}).upstreams
    assert (one.model, one.url, one.kind, one.name) == ("meta/one", "https://a/v1", "vllm", "x")
    assert (one.idle_timeout, one.retries, one.key_env) == (5.0, 0, "A_KEY")
    assert (two.model, two.name, two.kind, two.key()) == ("two", "two", "openai", None)


def test_the_environment_has_the_same_as_json(tmp_path: Path) -> None:
    environ = {"UNDERSTUDY_UPSTREAMS": json.dumps({"m": {"url": URL}})}
    assert load({"home": tmp_path}, environ=environ).upstreams == (read(),)


def test_what_an_upstream_offers_is_its_kinds_with_what_is_added_and_taken_away() -> None:
    assert read().capabilities == OFFERED["openai"]
    changed = read(offers=["top_k", "min_p"], lacks=["tools", "min_p"]).capabilities
    assert changed == OFFERED["openai"] - {"tools"} | {"top_k"}


@pytest.mark.parametrize(
    ("table", "match"),
    [
        ({"url": ""}, "'url' must be text"),
        ({"url": 5}, "'url' must be text"),
        ({"url": "there:8000"}, "plain http or https address"),
        ({"url": "ftp://there"}, "plain http or https address"),
        ({"url": "http://"}, "plain http or https address"),
        ({"url": "http://there:99999"}, "plain http or https address"),
        ({"url": "http://there/v1?a=b"}, "plain http or https address"),
        ({"url": "http://there/v1 x"}, "plain http or https address"),
        ({"url": "http://me:hidden@there/v1"}, "no credentials"),
        ({"kind": "tgi"}, "one of understudy, vllm, openai"),
        ({"keys": "hidden"}, "has no field 'keys'"),
        ({"key_env": "A", "key_file": "b"}, "exclude each other"),
        ({"key_env": "UNDERSTUDY_THEIR_KEY"}, "must not begin with UNDERSTUDY_"),
        ({"offers": "tools"}, "'offers' must be a list"),
        ({"offers": [["tools"]]}, "'offers' knows only chat, "),
        ({"lacks": ["images"]}, "'lacks' knows only chat, "),
        ({"idle_timeout": 0}, "'idle_timeout' must be a number of seconds above 0"),
        ({"idle_timeout": True}, "'idle_timeout'"),
        ({"connect_timeout": float("inf")}, "'connect_timeout'"),
        ({"first_token_timeout": "5"}, "'first_token_timeout'"),
        ({"retries": 11}, "'retries' must be a whole number from 0 to 10"),
        ({"retries": True}, "'retries'"),
    ],
    ids=str,
)
def test_a_mistake_stops_the_start_and_names_model_and_place(
    table: dict[str, Any], match: str
) -> None:
    with pytest.raises(ConfigError, match=match) as wrong:
        read(**table)
    assert str(wrong.value).startswith("The upstream of m (here): ")
    assert "hidden" not in str(wrong.value)


@pytest.mark.parametrize("value", [5, "{", "[]", [], {"m": 5}, {"m": {}}], ids=str)
def test_what_is_no_table_of_tables_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"must be a table|'url' is missing"):
        read_upstreams(value, "here")


def test_a_key_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    assert read(key_env="A").key({"A": "secret"}) == "secret"
    file = tmp_path / "key"
    file.write_text("secret\n", encoding="utf-8")
    assert read(key_file=str(file)).key() == "secret"
    assert "secret" not in repr(read(key_file=str(file)))


@pytest.mark.parametrize("key", ["", "two words", "sp\u00e4t", "hidden\nhidden"])
def test_a_key_that_no_header_can_carry_is_refused_unsaid(key: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(key, encoding="utf-8")
    for upstream in (read(key_env="A"), read(key_file=str(file))):
        with pytest.raises(ConfigError, match="its key is to come from") as wrong:
            upstream.key({"A": key})
        assert not key or key not in str(wrong.value)


def test_a_key_that_is_not_there_is_missed_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the environment variable A, which is empty or not"):
        read(key_env="A").key({})
    with pytest.raises(ConfigError, match="cannot be read: FileNotFoundError"):
        read(key_file=str(tmp_path / "none")).key()
