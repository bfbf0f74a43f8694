"""Folder names are injective and safe; the state on disk is told from what was verified."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.cards import make_card
from understudy.errors import PullError
from understudy.models.store import (
    Manifest,
    ModelState,
    ModelStore,
    SourceFile,
    folder_name,
    write_private,
)

CARD = make_card("@cf/some/model-1b")
FILE = SourceFile("config.json", 2, blob_id="0" * 40)
MANIFEST = Manifest("someone/small", None, "c" * 40, (FILE,))
VERIFIED = replace(MANIFEST, verified=("config.json",))


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "home", bundled=lambda: tmp_path / "house")


def put(store: ModelStore, text: str) -> None:
    store.source(CARD).mkdir(parents=True, exist_ok=True)
    (store.source(CARD) / "config.json").write_text(text)


@pytest.mark.parametrize(
    ("model", "folder"),
    [
        ("@cf/meta/llama-3.2-1b-instruct", "@cf+meta+llama-3.2-1b-instruct"),
        ("meta-llama/Llama-2-70b-chat-hf", "meta-llama+!llama-2-70b-chat-hf"),
        ("..", "%2e."),
        ("../../etc/passwd", "%2e.+..+etc+passwd"),
        ("a\\b", "a%5cb"),
        ("a+b", "a%2bb"),
        ("\0", "%00"),
    ],
)
def test_names_become_one_plain_path_component(model: str, folder: str) -> None:
    assert folder_name(model) == folder


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_names_never_share_a_folder_even_where_case_is_ignored(a: str, b: str) -> None:
    assert (folder_name(a).lower() == folder_name(b).lower()) == (a == b)


@given(st.text(min_size=1, max_size=600))
def test_every_folder_name_is_one_component_that_a_file_system_takes(name: str) -> None:
    folder = folder_name(name)
    assert folder not in (".", "..")
    assert not set(folder) & set('/\\:*?"<>|\0')
    assert len(folder.encode()) <= 255
    assert not folder.startswith(".")


def test_long_names_that_differ_at_the_end_get_folders_of_their_own() -> None:
    assert folder_name("a" * 500) != folder_name("a" * 499 + "b")


def test_an_empty_name_has_no_folder() -> None:
    with pytest.raises(ValueError, match="empty"):
        folder_name("")


def test_nothing_on_disk_is_absent(store: ModelStore) -> None:
    assert store.state(CARD) is ModelState.ABSENT
    assert store.disk_bytes(CARD) == 0


def test_a_card_without_a_repository_is_bundled(store: ModelStore) -> None:
    assert store.state(make_card("@house/small", repo=None)) is ModelState.BUNDLED


def test_announced_but_unverified_files_are_partial(store: ModelStore) -> None:
    store.write_manifest(CARD, MANIFEST)
    put(store, "{}")
    assert store.state(CARD) is ModelState.PARTIAL


def test_all_files_verified_and_whole_is_downloaded(store: ModelStore) -> None:
    store.write_manifest(CARD, VERIFIED)
    put(store, "{}")
    assert store.state(CARD) is ModelState.DOWNLOADED


def test_a_verified_file_that_shrank_makes_the_model_partial_again(store: ModelStore) -> None:
    store.write_manifest(CARD, VERIFIED)
    put(store, "")
    assert store.state(CARD) is ModelState.PARTIAL


def test_files_of_another_repository_do_not_count(store: ModelStore) -> None:
    store.write_manifest(CARD, VERIFIED)
    put(store, "{}")
    assert store.state(make_card(CARD.name, repo="someone/else")) is ModelState.PARTIAL


def test_an_unreadable_manifest_is_partial_not_an_error(store: ModelStore) -> None:
    put(store, "{}")
    (store.folder(CARD) / "manifest.json").write_text('{"repo": 1}')
    assert store.state(CARD) is ModelState.PARTIAL


def test_manifests_read_back_as_written(store: ModelStore) -> None:
    written = VERIFIED
    store.write_manifest(CARD, written)
    assert store.manifest(CARD) == written


def test_a_manifest_is_read_again_when_another_process_changed_it(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write_manifest(CARD, MANIFEST)
    known = store.manifest(CARD)
    with monkeypatch.context() as patch:
        patch.delattr(Path, "read_text")
        assert store.manifest(CARD) is known
    ModelStore(store.root.parent).write_manifest(CARD, VERIFIED)
    assert store.manifest(CARD) == VERIFIED
    store.remove(CARD)
    assert store.manifest(CARD) is None


def test_what_is_written_is_closed_to_other_users(store: ModelStore) -> None:
    store.write_manifest(CARD, MANIFEST)
    folder = store.folder(CARD)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(store.root.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "manifest.json").stat().st_mode) == 0o600


def test_remove_deletes_what_is_under_home_and_nothing_else(store: ModelStore) -> None:
    other = make_card("@cf/some/model-1b-chat")
    store.write_manifest(CARD, MANIFEST)
    store.write_manifest(other, MANIFEST)
    store.remove(CARD)
    assert store.state(CARD) is ModelState.ABSENT
    assert store.state(other) is ModelState.PARTIAL


def test_a_lock_that_is_held_refuses_whoever_does_not_wait(store: ModelStore) -> None:
    with (
        store.lock(CARD, wait=False),
        pytest.raises(PullError, match=r"Another process .*@cf/some/model-1b"),
        store.lock(CARD, wait=False),
    ):
        pass


def test_strangers_in_the_source_folder_are_discarded(store: ModelStore) -> None:
    put(store, "{}")
    store.partial(CARD, FILE).write_text("{")
    (store.source(CARD) / "model-00001-of-00009.safetensors").write_text("of another commit")
    store.discard_strangers(CARD, MANIFEST)
    left = {path.name for path in store.source(CARD).iterdir()}
    assert left == {"config.json", store.partial(CARD, FILE).name}


def test_strangers_spare_the_files_of_every_manifest_that_is_named(store: ModelStore) -> None:
    put(store, "{}")
    other = replace(MANIFEST, files=(SourceFile("tokenizer.json", 2, blob_id="1" * 40),))
    store.discard_strangers(CARD, other, MANIFEST)
    assert (store.source(CARD) / "config.json").exists()
    store.discard_strangers(CARD, other)
    assert not (store.source(CARD) / "config.json").exists()


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "folder" / "file"
    write_private(path, "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(path, "new")
    assert [(entry.name, entry.read_text()) for entry in path.parent.iterdir()] == [("file", "old")]
