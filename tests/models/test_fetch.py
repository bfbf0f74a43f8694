"""A pull, end to end against a hub on a socket: killed and resumed, refused, repeated."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.hub.server import Hub, serving
from tests.models.answers import answer
from tests.models.cards import Cards, make_card
from tests.models.pull_child import ARCHITECTURE, CARD
from understudy.config import Settings
from understudy.errors import (
    ChecksumMismatch,
    DiskTooSmall,
    HubUnavailable,
    ModelFolderInvalid,
    PullError,
)
from understudy.models.convert import is_current
from understudy.models.fetch import Progress, pull
from understudy.models.memory import free_disk
from understudy.models.plan import PullPlan
from understudy.models.random_weights import write_random
from understudy.models.residency import ModelPool
from understudy.models.store import ModelState, ModelStore

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a small random model of about three megabytes, and what is never taken."""
    folder = tmp_path_factory.mktemp("repository")
    write_random(ARCHITECTURE, folder)
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    return folder


@pytest.fixture
def hub(model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "nothing"))
    with serving(Hub(model)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", kv_cache_tokens=512, max_batch=4)


@pytest.fixture
def store(settings: Settings) -> ModelStore:
    return ModelStore(settings.home)


def child(settings: Settings) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.models.pull_child", str(settings.home)],
        cwd=ROOT,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def test_a_pulled_model_loads_and_answers(
    hub: Hub, settings: Settings, store: ModelStore
) -> None:
    packed = pull(CARD, settings)
    assert packed == store.packed(CARD, "int8")
    assert store.state(CARD) is ModelState.DOWNLOADED
    pool = ModelPool(settings, Cards(CARD), store)
    try:
        async with pool.lease(CARD.name) as loaded:
            tokens = await answer(loaded, "hello", 8)
    finally:
        await pool.close()
    assert len(tokens) == 8


def test_nothing_but_the_needed_files_is_asked_for(hub: Hub, settings: Settings) -> None:
    pull(CARD, settings)
    assert {asked.path for asked in hub.asked} == {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }


def test_a_second_pull_fetches_and_converts_nothing(
    hub: Hub, settings: Settings, store: ModelStore
) -> None:
    packed = pull(CARD, settings)
    before = packed.stat().st_mtime_ns
    hub.asked.clear()
    reports: list[PullPlan | Progress] = []
    pull(CARD, settings, reports.append)
    assert hub.asked == []
    assert [report for report in reports if isinstance(report, Progress)] == []
    plan = reports[0]
    assert isinstance(plan, PullPlan)
    assert (plan.remaining, plan.packed) == (0, 0)
    assert packed.stat().st_mtime_ns == before


def test_a_killed_pull_goes_on_where_it_was(
    hub: Hub, model: Path, settings: Settings, store: ModelStore
) -> None:
    size = (model / "model.safetensors").stat().st_size
    hub.stall_after = size // 2
    process = child(settings)
    assert hub.stalled.wait(timeout=60)
    part = wait_for_part(store, size // 3)
    process.kill()
    process.communicate()
    had = part.stat().st_size
    assert store.state(CARD) is ModelState.PARTIAL

    hub.stall_after = None
    hub.asked.clear()
    sent_before = hub.sent
    again = child(settings)
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    assert out.strip() == str(store.packed(CARD, "int8"))
    assert [(asked.path, asked.range) for asked in hub.asked] == [
        ("model.safetensors", f"bytes={had}-")
    ]
    assert hub.sent - sent_before == size - had
    assert store.state(CARD) is ModelState.DOWNLOADED


def wait_for_part(store: ModelStore, at_least: int) -> Path:
    """The growing file of the weights, once the other process has written that much of it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for part in store.source(CARD).glob(".model.safetensors.*.part"):
            if part.stat().st_size >= at_least:
                return part
        time.sleep(0.01)
    raise AssertionError("the other process wrote nothing")


def test_a_file_with_a_wrong_checksum_is_refused_and_a_rerun_mends_it(
    hub: Hub, model: Path, settings: Settings, store: ModelStore
) -> None:
    good = (model / "model.safetensors").read_bytes()
    hub.swap["model.safetensors"] = good[:-1] + bytes([good[-1] ^ 1])
    with pytest.raises(ChecksumMismatch, match=r"model\.safetensors"):
        pull(CARD, settings)
    assert store.state(CARD) is ModelState.PARTIAL
    assert not store.packed(CARD, "int8").exists()
    hub.swap.clear()
    pull(CARD, settings)
    assert store.state(CARD) is ModelState.DOWNLOADED


def test_a_disk_too_small_is_refused_with_both_numbers_before_any_file_is_asked_for(
    hub: Hub, settings: Settings
) -> None:
    with pytest.raises(DiskTooSmall) as caught:
        pull(CARD, settings, free=lambda folder: 1_000_000)
    assert caught.value.free == 1_000_000
    assert caught.value.needed > 3_000_000
    assert hub.asked == []


def test_the_plan_comes_first_and_is_kept_to(
    hub: Hub, model: Path, settings: Settings, store: ModelStore
) -> None:
    reports: list[PullPlan | Progress] = []
    packed = pull(CARD, settings, reports.append)
    plan = reports[0]
    assert isinstance(plan, PullPlan)
    steps = [report for report in reports[1:] if isinstance(report, Progress)]
    assert len(steps) == len(reports) - 1
    assert list(dict.fromkeys(step.step for step in steps if step.step != "verify")) == [
        "download",
        "convert",
    ]
    assert plan.download == sum((store.source(CARD) / p).stat().st_size for p in wanted(model))
    assert plan.remaining == plan.download
    assert 0 <= plan.packed - packed.stat().st_size <= 1_000_000
    downloads = [step for step in steps if step.step == "download"]
    assert [step.done for step in downloads] == sorted(step.done for step in downloads)
    assert downloads[-1].done == downloads[-1].total == plan.download


def wanted(model: Path) -> list[str]:
    return [path.name for path in model.iterdir() if path.name != "pytorch_model.bin"]


def test_two_pulls_of_one_model_do_not_collide(
    hub: Hub, settings: Settings, store: ModelStore
) -> None:
    with store.lock(CARD, wait=False), pytest.raises(PullError, match="Another process"):
        pull(CARD, settings)


def test_a_gated_model_says_how_to_get_in(hub: Hub, settings: Settings) -> None:
    hub.token = "hf_secret"
    with pytest.raises(HubUnavailable, match=r"accept its terms at .*HF_TOKEN"):
        pull(CARD, settings)


def test_files_put_in_place_by_hand_are_verified_and_not_fetched(
    hub: Hub, model: Path, settings: Settings, store: ModelStore
) -> None:
    store.source(CARD).mkdir(parents=True)
    weights = (model / "model.safetensors").read_bytes()
    (store.source(CARD) / "model.safetensors").write_bytes(weights)
    pull(CARD, settings)
    assert "model.safetensors" not in {asked.path for asked in hub.asked}


def move(hub: Hub, folder: Path, changed: dict[str, bytes | None]) -> None:
    """A new commit of the hub's repository, with other contents by name; None: gone."""
    folder.mkdir()
    old = {path.name: path.read_bytes() for path in hub.folder.iterdir()}
    for name, content in {**old, **changed}.items():
        if content is not None:
            (folder / name).write_bytes(content)
    hub.folder, hub.commit = folder, "f" * 40


def other_weights(model: Path) -> bytes:
    """Weights as long as the repository's, in values alone not the same."""
    weights = bytearray((model / "model.safetensors").read_bytes())
    weights[-2:] = bytes(2) if any(weights[-2:]) else b"\x01\x01"
    return bytes(weights)


def contents(store: ModelStore) -> dict[str, bytes]:
    """What a load would read: not what waits under a name with a dot."""
    paths = store.source(CARD).iterdir()
    return {path.name: path.read_bytes() for path in paths if not path.name.startswith(".")}


def test_a_commit_that_moved_fetches_only_what_changed(
    hub: Hub, model: Path, settings: Settings, store: ModelStore, tmp_path: Path
) -> None:
    pull(CARD, settings)
    hub.asked.clear()
    config = (model / "generation_config.json").read_bytes()
    move(hub, tmp_path / "moved", {"generation_config.json": config + b"\n"})
    pull(CARD, settings)
    assert [asked.path for asked in hub.asked] == ["generation_config.json"]
    manifest = store.manifest(CARD)
    assert manifest is not None
    assert manifest.commit == "f" * 40


def test_a_file_of_the_same_size_but_of_another_commit_is_fetched_anew(
    hub: Hub, model: Path, settings: Settings, store: ModelStore, tmp_path: Path
) -> None:
    pull(CARD, settings)
    hub.asked.clear()
    new = other_weights(model)
    move(hub, tmp_path / "moved", {"model.safetensors": new})
    packed = pull(CARD, settings)
    assert [(asked.path, asked.range) for asked in hub.asked] == [("model.safetensors", None)]
    assert contents(store)["model.safetensors"] == new
    assert is_current(packed, store.source(CARD), "int8")


def test_a_file_put_in_place_by_hand_that_is_another_is_fetched(
    hub: Hub, model: Path, settings: Settings, store: ModelStore
) -> None:
    store.source(CARD).mkdir(parents=True)
    (store.source(CARD) / "model.safetensors").write_bytes(other_weights(model))
    pull(CARD, settings)
    assert contents(store)["model.safetensors"] == (model / "model.safetensors").read_bytes()


@pytest.mark.parametrize("trouble", ["offline", "small disk", "interrupt", "wrong file"])
def test_an_update_that_does_not_end_well_leaves_the_model_as_it_was(
    hub: Hub, model: Path, settings: Settings, store: ModelStore, tmp_path: Path, trouble: str
) -> None:
    packed = pull(CARD, settings)
    before, manifest = contents(store), store.manifest(CARD)
    config = (model / "generation_config.json").read_bytes() + b"\n"
    new = other_weights(model)
    move(hub, tmp_path / "moved", {"generation_config.json": config, "model.safetensors": new})

    def trip(said: PullPlan | Progress) -> None:
        # The small file comes first, and is here by then.
        weights = isinstance(said, Progress) and said.item == "model.safetensors"
        if weights and trouble == "interrupt":
            raise KeyboardInterrupt
        if isinstance(said, PullPlan) and trouble == "offline":
            hub.refuse = (404, None)

    if trouble == "wrong file":
        hub.swap["model.safetensors"] = before["model.safetensors"]
    free = (lambda folder: 1000) if trouble == "small disk" else free_disk
    with pytest.raises((PullError, KeyboardInterrupt)):
        pull(CARD, settings, trip, free=free)
    assert store.state(CARD) is ModelState.DOWNLOADED
    assert store.manifest(CARD) == manifest
    assert contents(store) == before
    assert is_current(packed, store.source(CARD), "int8")

    hub.refuse = None
    hub.swap.clear()
    pull(CARD, settings)
    assert contents(store)["model.safetensors"] == new
    assert contents(store)["generation_config.json"] == config


def test_a_file_that_the_new_commit_lacks_goes_with_the_old_one(
    hub: Hub, settings: Settings, store: ModelStore, tmp_path: Path
) -> None:
    pull(CARD, settings)
    move(hub, tmp_path / "moved", {"generation_config.json": None})
    pull(CARD, settings)
    assert "generation_config.json" not in contents(store)
    assert store.state(CARD) is ModelState.DOWNLOADED


def test_an_update_killed_while_files_change_places_needs_no_hub_to_end(
    hub: Hub,
    model: Path,
    settings: Settings,
    store: ModelStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pull(CARD, settings)
    new = other_weights(model)
    move(hub, tmp_path / "moved", {"model.safetensors": new})

    def killed(path: Path, target: Path) -> Path:
        if target.name == "model.safetensors":
            raise KeyboardInterrupt
        return replace_path(path, target)

    replace_path = Path.replace
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            pull(CARD, settings)
    assert store.state(CARD) is ModelState.PARTIAL
    hub.refuse = (500, None)
    with pytest.raises(HubUnavailable):
        pull(CARD, settings)
    assert store.state(CARD) is ModelState.DOWNLOADED
    assert contents(store)["model.safetensors"] == new


def test_a_pinned_commit_that_is_here_needs_no_hub(hub: Hub, settings: Settings) -> None:
    pinned = make_card(CARD.name, revision=hub.commit, architecture=ARCHITECTURE)
    pull(pinned, settings)
    hub.refuse = (500, None)
    pull(pinned, settings)


def test_another_precision_is_converted_without_a_download(
    hub: Hub, settings: Settings, store: ModelStore
) -> None:
    pull(CARD, settings)
    hub.asked.clear()
    packed = pull(CARD, replace(settings, quantize="int4"))
    assert packed == store.packed(CARD, "int4")
    assert hub.asked == []
    assert store.packed(CARD, "int8").exists()


def test_a_repository_that_is_no_model_is_refused_after_the_download(
    hub: Hub, model: Path, settings: Settings, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in model.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    (broken / "tokenizer.json").write_text("{}")
    hub.folder = broken
    with pytest.raises(ModelFolderInvalid, match="tokenizer"):
        pull(CARD, settings)


def test_a_home_that_cannot_be_written_is_said(hub: Hub, settings: Settings) -> None:
    settings.home.write_text("a file, where a folder would be made")
    with pytest.raises(PullError, match="cannot be written"):
        pull(CARD, settings)
