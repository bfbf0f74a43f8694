"""Weights are converted once, again when their source changes, and never half."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.models.cards import ARCHITECTURE, make_card
from understudy.errors import ModelFolderInvalid
from understudy.models import pack as pack_module
from understudy.models.convert import is_current
from understudy.models.pack import pack, packed_weights
from understudy.models.random_weights import write_random
from understudy.models.store import ModelStore

HOUSE = make_card("@house/small", repo=None)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_random(ARCHITECTURE, tmp_path / "house")
    return tmp_path / "house"


@pytest.fixture
def store(tmp_path: Path, source: Path) -> ModelStore:
    return ModelStore(tmp_path / "home", bundled=lambda: source)


def test_weights_are_packed_at_first_use_and_kept(store: ModelStore, source: Path) -> None:
    with packed_weights(HOUSE, store, "int8") as first:
        made = first.stat().st_mtime_ns
    with packed_weights(HOUSE, store, "int8") as second:
        assert second == first == store.packed(HOUSE, "int8")
        assert second.stat().st_mtime_ns == made


def test_a_source_that_changed_is_packed_anew(store: ModelStore, source: Path) -> None:
    old = pack(HOUSE, store, "int8").read_bytes()
    write_random(ARCHITECTURE, source, seed=1)
    with packed_weights(HOUSE, store, "int8") as weights:
        assert weights.read_bytes() != old
        assert is_current(weights, source, "int8")


def test_a_damaged_packed_file_is_replaced(store: ModelStore, source: Path) -> None:
    packed = pack(HOUSE, store, "int8")
    packed.write_bytes(packed.read_bytes()[:100])
    with packed_weights(HOUSE, store, "int8") as weights:
        assert is_current(weights, source, "int8")


def test_what_a_killed_conversion_left_is_removed(store: ModelStore) -> None:
    packed = store.packed(HOUSE, "int8")
    packed.parent.mkdir(parents=True)
    left = packed.with_name(packed.name + "abc.partial")
    left.write_bytes(b"half")
    pack(HOUSE, store, "int8")
    assert not left.exists()


def test_packed_files_are_closed_to_other_users(store: ModelStore) -> None:
    packed = pack(HOUSE, store, "int8")
    assert packed.stat().st_mode & 0o777 == 0o600
    assert packed.parent.stat().st_mode & 0o777 == 0o700


def test_a_store_that_cannot_be_written_gets_a_temporary_file(
    store: ModelStore, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root writes wherever permissions forbid it, so the refusal is the mount's.
    def read_only(folder: Path) -> Path:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("understudy.models.store.make_private", read_only)
    with packed_weights(HOUSE, store, "int8") as weights:
        assert is_current(weights, source, "int8")
        assert not weights.is_relative_to(store.root)
    assert not weights.exists()


def test_a_full_disk_is_said(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pack_module, "convert", full)
    with (
        pytest.raises(ModelFolderInvalid, match=r"@house/small .* No space left"),
        packed_weights(HOUSE, store, "int8"),
    ):
        pass
