"""Finetunes on disk: whose they are, what they are called, and that a crash loses none."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.models.adapters import BASE, OTHER, copy, make_store, peft_folder, take_in, upload
from understudy.catalog.registry import Catalog
from understudy.engine.architecture import Architecture
from understudy.errors import (
    AdapterInvalid,
    AdapterNotStored,
    InvalidField,
    RequestError,
    UnknownAdapter,
)
from understudy.models import finetunes
from understudy.models.adapter_config import CONFIG
from understudy.models.adapters import WEIGHTS
from understudy.models.finetune import ASSETS, Finetune, shipped_adapters
from understudy.models.finetune_check import AdapterCheck
from understudy.models.finetunes import RECORD, FinetuneStore
from understudy.models.store import house_folder


@pytest.fixture
def store(tmp_path: Path) -> FinetuneStore:
    return make_store(tmp_path)


@pytest.fixture
def peft(tmp_path: Path) -> Path:
    return peft_folder(tmp_path / "peft")


def create(store: FinetuneStore, owner: str = "ann", name: str = "mine", **more: Any) -> Finetune:
    return store.create(owner, BASE.name, name, **more)


def _write_nonsense(staged: Path) -> None:
    staged.write_bytes(b"no")


def files(store: FinetuneStore, finetune: Finetune) -> set[str]:
    return {path.name for path in finetune.folder.iterdir()}


def test_looking_makes_nothing_on_disk(store: FinetuneStore, tmp_path: Path) -> None:
    assert store.owned("ann") == store.public() == []
    with pytest.raises(UnknownAdapter):
        store.get("mine", "ann")
    assert list(tmp_path.iterdir()) == []


def test_another_process_finds_what_was_created(store: FinetuneStore, tmp_path: Path) -> None:
    created = create(store, description="Speaks.", public=True)
    again = make_store(tmp_path)
    assert again.get("mine", "ann") == again.get(created.id, "ann") == created
    assert created.missing == ASSETS
    assert again.owned("ann") == again.public() == [created]


def test_only_its_owner_reads_a_finetunes_files(store: FinetuneStore, peft: Path) -> None:
    finetune = create(store)
    upload(store, finetune, peft)
    assert stat.S_IMODE(finetune.folder.stat().st_mode) == 0o700
    for path in finetune.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_names_are_per_owner_and_private_ones_are_nobody_elses(store: FinetuneStore) -> None:
    anns, bobs = create(store, "ann"), create(store, "bob")
    assert store.get("mine", "ann") == anns
    assert store.get("mine", "bob") == bobs
    for reference in ("mine", anns.id, "cf-public-mine"):
        with pytest.raises(UnknownAdapter):
            store.get(reference, "eve")
    with pytest.raises(UnknownAdapter):
        store.get("cf-public-mine", "ann")


def test_public_ones_are_everybodys_by_id_and_public_name(store: FinetuneStore) -> None:
    finetune = create(store, public=True)
    assert store.get("cf-public-mine", "bob") == store.get(finetune.id, "bob") == finetune
    for reference in ("mine", "cf-public-other"):
        with pytest.raises(UnknownAdapter):
            store.get(reference, "bob")
    for reference in (finetune.id, "cf-public-mine", "mine"):
        with pytest.raises(UnknownAdapter):
            store.get_owned(reference, "bob")


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", " a", "a ", "a/b", "a\nb", "a" * 101, "public", ".", ".."),
        *("cf-public-a", "f3b6f2a0-5f0a-4f37-9d0b-0c7a8b2f7d10"),
    ],
)
def test_names_that_could_mean_something_else_are_refused(store: FinetuneStore, name: str) -> None:
    with pytest.raises(InvalidField) as refused:
        create(store, name=name)
    assert refused.value.field == "name"
    assert store.owned("ann") == []


def test_a_description_is_bounded(store: FinetuneStore) -> None:
    with pytest.raises(InvalidField, match="1000 characters"):
        create(store, description="a" * 1001)


def test_a_name_is_had_once(store: FinetuneStore) -> None:
    create(store)
    create(store, "bob", public=True)
    with pytest.raises(InvalidField, match="'mine' already"):
        create(store)
    with pytest.raises(InvalidField, match="'cf-public-mine'"):
        create(store, "eve", public=True)
    assert create(store, "eve")


def test_an_owner_has_so_many_and_no_more(
    store: FinetuneStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finetunes, "MOST_PER_OWNER", 2)
    for name in "ab":
        create(store, name=name)
    with pytest.raises(RequestError, match="2 finetunes already"):
        create(store, name="c")
    assert create(store, "bob")


@pytest.mark.parametrize("order", [ASSETS, ASSETS[::-1]])
def test_files_come_in_either_order(
    store: FinetuneStore, peft: Path, order: tuple[str, ...]
) -> None:
    finetune = create(store)
    upload(store, finetune, peft, order[0])
    assert store.get("mine", "ann").missing == (order[1],)
    upload(store, finetune, peft, order[1])
    whole = store.get("mine", "ann")
    assert whole.missing == ()
    assert whole.modified_at >= whole.created_at
    assert files(store, whole) == {RECORD, *ASSETS}
    for name in ASSETS:
        assert (whole.folder / name).read_bytes() == (peft / name).read_bytes()


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (CONFIG, WEIGHTS, "where rank 8 and the model ask for"),
        (WEIGHTS, CONFIG, "where rank 8 and the model ask for"),
    ],
)
def test_files_that_do_not_fit_each_other_are_refused_when_the_second_comes(
    store: FinetuneStore, tmp_path: Path, first: str, second: str, why: str
) -> None:
    peft_folder(tmp_path / "a", rank=4)
    (tmp_path / "a" / CONFIG).write_bytes(
        (peft_folder(tmp_path / "b", rank=8) / CONFIG).read_bytes()
    )
    finetune = create(store)
    upload(store, finetune, tmp_path / "a", first)
    with pytest.raises(AdapterInvalid, match=why):
        upload(store, finetune, tmp_path / "a", second)
    assert store.get("mine", "ann").missing == (second,)
    assert files(store, finetune) == {RECORD, first}


def test_a_file_that_cannot_fit_is_refused_alone(store: FinetuneStore, tmp_path: Path) -> None:
    finetune = create(store)
    peft_folder(tmp_path / "a", use_dora=True)
    with pytest.raises(AdapterInvalid, match="'use_dora'"):
        upload(store, finetune, tmp_path / "a", CONFIG)
    with pytest.raises(AdapterInvalid, match="not a safetensors file"):
        take_in(store, finetune, WEIGHTS, _write_nonsense)
    assert store.get("mine", "ann").missing == ASSETS


def test_a_base_that_is_another_model_is_refused(store: FinetuneStore, tmp_path: Path) -> None:
    finetune = create(store)
    for base in ("Someone/Other", OTHER.name):
        peft_folder(tmp_path / "a", base_model_name_or_path=base)
        with pytest.raises(AdapterInvalid, match=f"the weights of {OTHER.name}"):
            upload(store, finetune, tmp_path / "a", CONFIG)
    for base in ("someone/BASE", BASE.name, "./my-copy", None, ""):
        peft_folder(tmp_path / "a", base_model_name_or_path=base)
        upload(store, finetune, tmp_path / "a", CONFIG)


def test_a_better_file_replaces_the_first_and_keeps_its_id(
    store: FinetuneStore, tmp_path: Path, peft: Path
) -> None:
    finetune = create(store)
    upload(store, finetune, peft)
    before = store.get("mine", "ann")
    peft_folder(tmp_path / "b", seed=1)
    upload(store, finetune, tmp_path / "b", WEIGHTS)
    after = store.get("mine", "ann")
    assert [a.id for a in after.assets] == [a.id for a in before.assets]
    assert (after.folder / WEIGHTS).read_bytes() == (tmp_path / "b" / WEIGHTS).read_bytes()
    assert after.missing == ()


def test_what_is_loaded_tells_its_content_from_an_older_one(
    store: FinetuneStore, tmp_path: Path, peft: Path
) -> None:
    finetune = create(store)
    upload(store, finetune, peft)
    before = finetune.content()
    assert finetune.content() == before
    upload(store, finetune, peft_folder(tmp_path / "b", seed=1), WEIGHTS)
    assert finetune.content() != before


def test_a_finetune_that_is_deleted_is_gone_with_its_files(
    store: FinetuneStore, peft: Path
) -> None:
    finetune = create(store)
    upload(store, finetune, peft)
    store.delete(finetune)
    assert store.owned("ann") == []
    assert not finetune.folder.exists()
    for change in (store.delete, lambda gone: upload(store, gone, peft)):
        with pytest.raises(UnknownAdapter):
            change(finetune)
    assert create(store)


def test_what_another_process_changes_is_seen_also_of_one_that_is_known(
    store: FinetuneStore, tmp_path: Path, peft: Path
) -> None:
    finetune = create(store)
    other = make_store(tmp_path)
    assert other.get("mine", "ann").missing == ASSETS
    upload(store, finetune, peft)
    assert other.get("mine", "ann").missing == ()
    store.delete(finetune)
    with pytest.raises(UnknownAdapter):
        other.get("mine", "ann")


def test_one_that_its_owner_makes_private_in_its_record_is_nobody_elses(
    store: FinetuneStore,
) -> None:
    finetune = create(store, public=True)
    assert store.get("cf-public-mine", "bob") == finetune
    record = finetune.folder / RECORD
    record.write_text(record.read_text().replace('"public": true', '"public": false'))
    with pytest.raises(UnknownAdapter):
        store.get("cf-public-mine", "bob")


def test_a_disk_that_is_full_leaves_nothing_of_what_was_coming(
    store: FinetuneStore, peft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finetune = create(store)
    before = set(finetune.folder.parent.iterdir())

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(finetunes, "write_private", full)
    with pytest.raises(AdapterNotStored, match=r"stored: No space left on device\.$"):
        create(store, name="another")
    with pytest.raises(AdapterNotStored):
        take_in(store, finetune, CONFIG, full)
    assert set(finetune.folder.parent.iterdir()) == before
    assert files(store, finetune) == {RECORD}


def test_a_process_that_ends_while_a_file_comes_in_leaves_the_file_missing(
    store: FinetuneStore, tmp_path: Path, peft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finetune = create(store)
    upload(store, finetune, peft, CONFIG)

    def ends(path: Path, text: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(finetunes, "write_private", ends)
        with pytest.raises(KeyboardInterrupt):
            upload(store, finetune, peft, WEIGHTS)
    assert (finetune.folder / WEIGHTS).exists()
    again = make_store(tmp_path)
    assert again.get("mine", "ann").missing == (WEIGHTS,)
    upload(again, finetune, peft, WEIGHTS)
    assert again.get("mine", "ann").missing == ()


@pytest.mark.parametrize("left", [".gone-a", ".staged-a"])
def test_what_a_process_left_half_way_is_cleared_away(
    store: FinetuneStore, tmp_path: Path, left: str
) -> None:
    create(store)
    old, new = tmp_path / "finetunes" / left, tmp_path / "finetunes" / f"{left}b"
    for folder in (old, new):
        folder.mkdir()
        (folder / RECORD).write_text("{}")
    os.utime(old, (0, 0))
    assert len(store.owned("ann")) == 1
    create(store, name="another")
    assert not old.exists()
    assert new.exists(), "it may be somebody's who is still at it"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"id": "x"}', b"\xff"])
def test_a_record_that_cannot_be_read_hides_one_finetune_and_no_other(
    store: FinetuneStore, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    damaged, whole = create(store, name="a"), create(store, name="b")
    (damaged.folder / RECORD).write_bytes(content)
    assert store.owned("ann") == [whole]
    assert damaged.id in caplog.text


def test_a_copied_folder_is_not_a_second_finetune(store: FinetuneStore) -> None:
    finetune = create(store)
    twin = finetune.folder.parent / "twin"
    twin.mkdir()
    copy(finetune.folder / RECORD, twin / RECORD)
    assert store.owned("ann") == [finetune]


def test_one_name_is_created_once_however_many_ask_at_a_time(
    store: FinetuneStore, tmp_path: Path
) -> None:
    outcomes: list[str] = []

    def ask(own: FinetuneStore) -> None:
        try:
            outcomes.append(create(own).id)
        except InvalidField:
            outcomes.append("")

    askers = [threading.Thread(target=ask, args=(s,)) for s in (store, make_store(tmp_path)) * 3]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    (created,) = store.owned("ann")
    assert sorted(outcomes) == sorted([created.id, *[""] * 5])


def test_shipped_adapters_are_public_by_the_names_of_their_folders(tmp_path: Path) -> None:
    house = tmp_path / "house"
    for name in ("tickets", "pirate"):
        peft_folder(house / name)
    (peft_folder(house / "half") / WEIGHTS).unlink()
    (house / "README.md").write_text("not an adapter")
    shipped = list(shipped_adapters(house, BASE.name, "2026-01-01", "house"))
    assert [f.name for f in shipped] == ["cf-public-house-pirate", "cf-public-house-tickets"]
    assert [f.id for f in shipped] == [
        f.id for f in shipped_adapters(house, BASE.name, "2026-01-01", "house")
    ]
    store = make_store(tmp_path, shipped=shipped)
    pirate = store.get("cf-public-house-pirate", "ann")
    assert pirate == store.get(pirate.id, "bob") == shipped[0]
    assert pirate.public
    assert pirate.missing == ()
    assert json.loads((pirate.folder / CONFIG).read_text())["r"] == 4
    assert store.public() == shipped
    assert store.owned("") == []
    with pytest.raises(UnknownAdapter):
        store.get_owned("cf-public-house-pirate", "ann")
    with pytest.raises(InvalidField, match="cf-public-house-pirate"):
        create(store, name="house-pirate", public=True)


def test_no_folder_of_adapters_ships_none(tmp_path: Path) -> None:
    assert list(shipped_adapters(tmp_path / "none", BASE.name, "2026-01-01", "house")) == []


def test_every_adapter_in_the_package_fits_the_bundled_model() -> None:
    house = Catalog.load().bundled
    shape = Architecture.from_config(house.architecture)
    check = AdapterCheck(Catalog.load(), lambda card: shape)
    shipped = list(shipped_adapters(house_folder() / "adapters", house.name, "", "house"))
    assert [f.name for f in shipped] == ["cf-public-house-pirate", "cf-public-house-tickets"]
    for finetune in shipped:
        check(finetune, finetune.folder)
