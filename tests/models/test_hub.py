"""What is taken from a hub, and what its refusals and broken connections become."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.hub.server import COMMIT, Hub, serving
from understudy.errors import ChecksumMismatch, HubUnavailable, PullError
from understudy.models import hub as hub_client
from understudy.models.hub import download, list_files, needed, verify
from understudy.models.store import SourceFile

WEIGHTS = bytes(range(256)) * 1200
FILE = SourceFile("model.safetensors", len(WEIGHTS), hashlib.sha256(WEIGHTS).hexdigest())


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    folder = tmp_path / "hub"
    folder.mkdir()
    for name, content in {
        "config.json": b"{}",
        "tokenizer.json": b"{}",
        "model.safetensors": WEIGHTS,
        "pytorch_model.bin": b"a pickle",
        "README.md": b"words",
    }.items():
        (folder / name).write_bytes(content)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "nothing"))
    with serving(Hub(folder)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_client.time, "sleep", lambda seconds: None)


def paths(*names: str) -> list[str]:
    entries = [SimpleNamespace(rfilename=name) for name in names]
    return [entry.rfilename for entry in needed(entries, lambda entry: str(entry.rfilename))]


def test_only_configuration_tokenizer_and_safetensors_are_needed() -> None:
    wanted = ["config.json", "generation_config.json", "tokenizer.json", "model.safetensors"]
    unwanted = ["pytorch_model.bin", "model.pt", "README.md", "consolidated.safetensors", "run.py"]
    assert paths(*wanted, *unwanted) == wanted


def test_where_there_are_shards_the_single_file_is_not_needed() -> None:
    shards = [
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
    ]
    assert paths("model.safetensors", *shards) == shards


@pytest.mark.parametrize("name", ["../config.json", "original/config.json", "/config.json"])
def test_nothing_outside_the_top_folder_is_taken(name: str) -> None:
    assert paths(name) == []


def test_a_listing_gives_commit_sizes_and_checksums(hub: Hub) -> None:
    commit, files = list_files(hub.repo, "main")
    by_path = {file.path: file for file in files}
    assert commit == COMMIT
    assert set(by_path) == {"config.json", "tokenizer.json", "model.safetensors"}
    assert by_path["model.safetensors"].sha256 == FILE.sha256
    assert by_path["config.json"].blob_id == hashlib.sha1(b"blob 2\0{}").hexdigest()


def test_a_repository_of_pickles_is_refused(hub: Hub) -> None:
    (hub.folder / "model.safetensors").unlink()
    with pytest.raises(PullError, match="no safetensors"):
        list_files(hub.repo, None)


def test_a_repository_without_a_tokenizer_is_refused(hub: Hub) -> None:
    (hub.folder / "tokenizer.json").unlink()
    with pytest.raises(PullError, match=r"no tokenizer\.json"):
        list_files(hub.repo, None)


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ((401, "GatedRepo"), "accept its terms"),
        ((403, "GatedRepo"), "HF_TOKEN"),
        ((401, "RepoNotFound"), "no repository someone/small"),
        ((404, "RepoNotFound"), "no repository someone/small"),
        ((404, "RevisionNotFound"), "revision"),
        ((403, None), "refuses access"),
        ((429, None), "slow down"),
        ((500, None), "answered 500"),
    ],
)
def test_a_refusal_says_what_to_do(hub: Hub, refusal: tuple[int, str | None], said: str) -> None:
    hub.refuse = refusal
    with pytest.raises(HubUnavailable, match=said):
        list_files(hub.repo, "main")


def test_a_token_opens_a_gated_repository(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.token = "hf_secret"
    with pytest.raises(HubUnavailable, match="gated"):
        list_files(hub.repo, None)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert list_files(hub.repo, None)[0] == COMMIT


def test_a_hub_that_is_not_there_names_the_address(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubUnavailable, match=r"http://127\.0\.0\.1:9 does not answer"):
        list_files(hub.repo, None)


@pytest.mark.parametrize("address", ["not an address", "ftp://127.0.0.1", "http://["])
def test_an_address_that_is_none_is_said(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(HubUnavailable, match="HF_ENDPOINT"):
        list_files(hub.repo, None)


def test_an_empty_address_is_the_default_one(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
    monkeypatch.setenv("HF_ENDPOINT", "")
    assert list_files(hub.repo, None)[0] == COMMIT


def test_a_server_that_is_no_hub_is_said(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"{hub.url}/elsewhere")
    with pytest.raises(HubUnavailable, match="does not answer as a hub"):
        list_files(hub.repo, None)


def test_a_download_goes_on_where_the_file_ends(hub: Hub, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(WEIGHTS[:1000])
    seen: list[int] = []
    download(hub.repo, COMMIT, FILE, part, seen.append)
    assert part.read_bytes() == WEIGHTS
    assert [asked.range for asked in hub.asked] == ["bytes=1000-"]
    assert (seen[0], seen[-1]) == (1000, len(WEIGHTS))


@pytest.mark.usefixtures("no_waiting")
def test_a_connection_that_breaks_again_and_again_still_makes_progress(
    hub: Hub, tmp_path: Path
) -> None:
    hub.cut_after = 128 * 1024
    part = tmp_path / "part"
    download(hub.repo, COMMIT, FILE, part, lambda done: None)
    assert part.read_bytes() == WEIGHTS
    assert len(hub.asked) > 2
    assert hub.sent < 2 * len(WEIGHTS)


@pytest.mark.usefixtures("no_waiting")
def test_a_connection_that_never_brings_a_byte_gives_up(hub: Hub, tmp_path: Path) -> None:
    hub.cut_after = 0
    with pytest.raises(HubUnavailable, match="pull again to go on"):
        download(hub.repo, COMMIT, FILE, tmp_path / "part", lambda done: None)
    assert len(hub.asked) == hub_client.ATTEMPTS


def test_a_server_without_ranges_sends_the_file_anew(hub: Hub, tmp_path: Path) -> None:
    hub.ranges = False
    part = tmp_path / "part"
    part.write_bytes(b"x" * 1000)
    download(hub.repo, COMMIT, FILE, part, lambda done: None)
    assert part.read_bytes() == WEIGHTS


def test_a_part_longer_than_the_file_starts_over(hub: Hub, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(WEIGHTS + b"more")
    download(hub.repo, COMMIT, FILE, part, lambda done: None)
    assert part.read_bytes() == WEIGHTS


def test_a_whole_part_is_not_asked_for_again(hub: Hub, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(WEIGHTS)
    download(hub.repo, COMMIT, FILE, part, lambda done: None)
    assert hub.asked == []


def test_the_token_stays_with_the_hub_when_a_file_lies_elsewhere(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with serving(Hub(hub.folder)) as storage:
        hub.redirect_to = storage.url
        download(hub.repo, COMMIT, FILE, tmp_path / "part", lambda done: None)
    assert [asked.authorization for asked in storage.asked] == [None]


def test_partial_files_are_closed_to_other_users(hub: Hub, tmp_path: Path) -> None:
    part = tmp_path / "source" / "part"
    download(hub.repo, COMMIT, FILE, part, lambda done: None)
    assert part.stat().st_mode & 0o777 == 0o600
    assert part.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("found", [b"", WEIGHTS[:-1], WEIGHTS + b"x", WEIGHTS[::-1]])
def test_a_file_other_than_announced_is_removed(tmp_path: Path, found: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(found)
    with pytest.raises(ChecksumMismatch, match=r"model\.safetensors of someone/small"):
        verify("someone/small", FILE, path)
    assert not path.exists()


def test_the_announced_file_is_accepted_by_either_checksum(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(WEIGHTS)
    verify("someone/small", FILE, path)
    header = b"blob %d\0" % len(WEIGHTS)
    blob = SourceFile("file", len(WEIGHTS), None, hashlib.sha1(header + WEIGHTS).hexdigest())
    verify("someone/small", blob, path)
    assert path.exists()
