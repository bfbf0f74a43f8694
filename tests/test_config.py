"""Settings: one order of precedence, and nothing unknown gets past the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from understudy import config
from understudy.config import Settings, load
from understudy.errors import ConfigError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def load_here(home: Path, text: str = "", *, env: dict[str, str] | None = None, **flags: Any):
    (home / config.FILE_NAME).write_text(text, encoding="utf-8")
    return load({"home": home, **flags}, environ=env or {})


def test_without_file_environment_or_flags_the_defaults_hold() -> None:
    settings = load(environ={"HOME": "/root"})
    assert settings.home == Path("~/.understudy").expanduser()
    assert settings.host == "127.0.0.1"
    assert settings == Settings(home=settings.home)


def test_the_environment_overrides_the_file_and_flags_override_both(home: Path) -> None:
    text = 'port = 1\nmax_batch = 2\nhost = "::1"'
    env = {"UNDERSTUDY_PORT": "3", "UNDERSTUDY_MAX_BATCH": "4"}
    settings = load_here(home, text, env=env, port=5)
    assert (settings.host, settings.max_batch, settings.port) == ("::1", 4, 5)


def test_a_flag_that_was_not_given_overrides_nothing(home: Path) -> None:
    assert load_here(home, "stand_in = true", stand_in=None).stand_in is True


def test_the_home_of_the_environment_is_where_the_file_is_looked_for(home: Path) -> None:
    (home / config.FILE_NAME).write_text("port = 9", encoding="utf-8")
    settings = load(environ={"UNDERSTUDY_HOME": str(home)})
    assert (settings.home, settings.port) == (home, 9)


def test_a_named_file_is_read_instead_and_must_exist(home: Path) -> None:
    named = home / "other.toml"
    with pytest.raises(ConfigError, match="no configuration file"):
        load({"home": home}, environ={}, file=named)
    named.write_text("port = 7", encoding="utf-8")
    assert load({"home": home}, environ={}, file=named).port == 7


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("port", "9000", 9000),
        ("stand_in", "true", True),
        ("stand_in", "0", False),
        ("memory_gb", "1.5", 1.5),
        ("accounts", "a, b", ("a", "b")),
        ("quantize", "int4", "int4"),
        ("home", "/data", Path("/data")),
        ("today", "26 Jul 2024", "26 Jul 2024"),
        ("idle_unload", "60", 60.0),
    ],
)
def test_environment_text_becomes_the_type_of_the_setting(
    name: str, text: str, value: object
) -> None:
    settings = load(environ={f"UNDERSTUDY_{name.upper()}": text})
    assert getattr(settings, name) == value
    assert type(getattr(settings, name)) in (type(value), type(Path()))


def test_a_list_in_the_file_becomes_a_tuple(home: Path) -> None:
    assert load_here(home, 'accounts = ["local", "team"]').accounts == ("local", "team")


def test_an_empty_variable_is_not_given() -> None:
    assert load(environ={"UNDERSTUDY_API_KEY": ""}).api_key is None


@pytest.mark.parametrize(
    ("text", "env", "named"),
    [
        ("prot = 1", {}, "prot"),
        ("", {"UNDERSTUDY_PROT": "1"}, "UNDERSTUDY_PROT"),
        ('port = "8080"', {}, "port"),
        ("port = true", {}, "port"),
        ("port = 70000", {}, "port"),
        ("", {"UNDERSTUDY_PORT": "x"}, "UNDERSTUDY_PORT"),
        ('stand_in = "yes"', {}, "stand_in"),
        ("", {"UNDERSTUDY_STAND_IN": "maybe"}, "UNDERSTUDY_STAND_IN"),
        ('quantize = "int3"', {}, "quantize"),
        ("accounts = [1]", {}, "accounts"),
        ("max_body = 0", {}, "max_body"),
        ("request_timeout = nan", {}, "request_timeout"),
        ("drain_timeout = -1", {}, "drain_timeout"),
        ("memory_gb = inf", {}, "'memory_gb'"),
        ("adapter_memory_gb = inf", {}, "'adapter_memory_gb'"),
        ("adapter_memory_gb = 0", {}, "adapter_memory_gb"),
        ("max_adapter = 0", {}, "max_adapter"),
        ("[port]\nx = 1", {}, "port"),
        ('today = "someday"', {}, "today"),
        ("port = ", {}, "config.toml"),
    ],
)
def test_a_fault_stops_the_start_and_is_named(
    home: Path, text: str, env: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        load_here(home, text, env=env)


def test_a_key_that_no_header_can_carry_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError, match="api_key") as caught:
        load(environ={"UNDERSTUDY_API_KEY": "se cret"})
    assert "se cret" not in str(caught.value)


def test_every_setting_can_be_set_from_the_environment() -> None:
    env = {
        "UNDERSTUDY_" + name.upper(): str(getattr(Settings(), name))
        for name in config.names()
        if not isinstance(getattr(Settings(), name), tuple | None)
    }
    assert load(environ=env) == load(environ={})
