"""The Hugging Face hub: what files a repository has, and one of them, resumable.

The hub's own client downloads to a file of its own that is deleted when a download ends early
(huggingface_hub 2.4, ``_download_to_tmp_and_move``), so a download that must survive its process
is written here, on that client's addresses, credentials, retries and errors.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha1, sha256
from pathlib import Path
from typing import Any

from understudy.errors import ChecksumMismatch, HubUnavailable, PullError
from understudy.models.store import PRIVATE_FILE, SourceFile, make_private

log = logging.getLogger(__name__)

CHUNK = 1 << 20
ATTEMPTS = 5
"""Broken connections in a row, without a byte between them, after which a download gives up."""

_TEXT_FILES = frozenset(
    {
        "config.json",
        "generation_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
    }
)
_INDEX = "model.safetensors.index.json"
_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_WHOLE = "model.safetensors"
_DEFAULT_ENDPOINT = "https://huggingface.co"
_RETRIED = (408, 429, 500, 502, 503, 504)


def list_files(repo: str, revision: str | None) -> tuple[str, tuple[SourceFile, ...]]:
    """The commit that ``revision`` names now, and the files of it that a model needs.

    Never a pickle: without safetensors there is nothing to fetch. Raises HubUnavailable, or
    PullError when the repository does not hold such a model.
    """
    import httpx2
    from huggingface_hub import HfApi, constants

    try:
        with _explained(repo):
            info = HfApi(endpoint=_endpoint()).model_info(
                repo,
                revision=revision,
                files_metadata=True,
                timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT,
            )
    except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
        raise _no_answer(exc) from exc
    except (ValueError, TypeError, KeyError) as exc:
        raise HubUnavailable(
            f"{_endpoint()} does not answer as a hub does: check HF_ENDPOINT."
        ) from exc
    announced = tuple(
        _source_file(repo, sibling)
        for sibling in needed(info.siblings or [], name=lambda sibling: str(sibling.rfilename))
    )
    names = {file.path for file in announced}
    for required in ("config.json", "tokenizer.json"):
        if required not in names:
            raise PullError(f"{repo} has no {required}: it is not a model that can be served.")
    if not any(name.endswith(".safetensors") for name in names):
        raise PullError(f"{repo} has no safetensors weights; other formats are not read.")
    if not info.sha:
        raise HubUnavailable(f"The hub does not say which commit of {repo} this is.")
    return info.sha, announced


def needed(entries: list[Any], name: Callable[[Any], str]) -> list[Any]:
    """The entries to download: configuration, tokenizer, and one set of safetensors."""
    names = {name(entry) for entry in entries}
    sharded = _INDEX in names

    def wanted(path: str) -> bool:
        if path in _TEXT_FILES:
            return True
        if sharded:
            return path == _INDEX or _SHARD.fullmatch(path) is not None
        return path == _WHOLE

    return [entry for entry in entries if wanted(name(entry))]


def download(
    repo: str,
    commit: str,
    file: SourceFile,
    part: Path,
    progress: Callable[[int], None],
) -> None:
    """Fetch ``file`` into ``part``, going on where an earlier download was cut off.

    ``progress`` gets the number of bytes that are there. Whether they are the right ones is for
    ``verify`` to say. Raises HubUnavailable; the bytes so far stay.
    """
    import httpx2

    failures = 0
    while True:
        have = _length(part)
        if have == file.size and part.exists():
            progress(have)
            return
        if have > file.size:
            part.unlink()
            have = 0
        try:
            with _explained(repo):
                _fetch_from(repo, commit, file, part, have, progress)
            return
        except httpx2.TransportError as exc:
            failures = 0 if _length(part) > have else failures + 1
            if failures == ATTEMPTS:
                raise _no_answer(exc) from exc
            log.warning("the download of %s broke off (%s); going on", file.path, exc)
            time.sleep(failures)
        except (httpx2.HTTPError, httpx2.InvalidURL) as exc:
            raise _no_answer(exc) from exc


def _fetch_from(
    repo: str, commit: str, file: SourceFile, part: Path, have: int, progress: Callable[[int], None]
) -> None:
    from huggingface_hub import constants, hf_hub_url
    from huggingface_hub.utils import (  # type: ignore[attr-defined]
        build_hf_headers,
        hf_raise_for_status,
        http_stream_backoff,
    )

    headers = build_hf_headers(library_name="understudy")
    # NOTE: a compressed body has neither ranges nor a length that could be checked.
    headers["accept-encoding"] = "identity"
    if have:
        headers["range"] = f"bytes={have}-"
    make_private(part.parent)
    with http_stream_backoff(
        "GET",
        hf_hub_url(repo, file.path, revision=commit, endpoint=_endpoint()),
        headers=headers,
        timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT,
        retry_on_exceptions=(),
        retry_on_status_codes=_RETRIED,
    ) as response:
        hf_raise_for_status(response)
        resumed = response.status_code == 206
        with _open_private(part, append=resumed) as out:
            have = have if resumed else 0
            progress(have)
            # NOTE: as they come; chunks of a set size would lose the last of a broken connection.
            for chunk in response.iter_bytes():
                out.write(chunk)
                have += len(chunk)
                progress(min(have, file.size))
                if have > file.size:
                    break


def verify(repo: str, file: SourceFile, path: Path) -> None:
    """Raise ChecksumMismatch, and remove the file, unless it is the one that was announced."""
    size, found = _length(path), _checksum(file, path)
    announced = _announced(file)
    if found == announced and size == file.size:
        return
    path.unlink()
    raise ChecksumMismatch(
        f"{file.path} of {repo} is not the file that the hub announced ({size} bytes with "
        f"checksum {found[:12]}…, not {file.size} with {str(announced)[:12]}…). It was removed: "
        "pull again to fetch it anew."
    )


def matches(file: SourceFile, path: Path) -> bool:
    """Whether ``path`` is there and is the file that was announced."""
    size = path.stat().st_size if path.is_file() else None
    return size == file.size and _checksum(file, path) == _announced(file)


def _announced(file: SourceFile) -> str | None:
    return file.sha256 or file.blob_id


def _checksum(file: SourceFile, path: Path) -> str:
    """The checksum of ``path``'s content, of the kind that the hub announced for ``file``."""
    size = _length(path)
    digest = sha256() if file.sha256 else sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as content:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _source_file(repo: str, sibling: Any) -> SourceFile:
    lfs = sibling.lfs
    size = sibling.size if lfs is None else lfs.size
    sha = None if lfs is None else lfs.sha256
    if size is None or not (sha or sibling.blob_id):
        raise HubUnavailable(f"The hub gives no checksum for {sibling.rfilename} of {repo}.")
    return SourceFile(sibling.rfilename, int(size), sha, sibling.blob_id)


def _endpoint() -> str:
    from huggingface_hub import constants

    # NOTE: set to nothing is not set, here and when the client read it.
    chosen = os.environ.get("HF_ENDPOINT") or constants.ENDPOINT or _DEFAULT_ENDPOINT
    return chosen.rstrip("/")


def _open_private(path: Path, *, append: bool) -> Any:
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
    # NOTE: unbuffered, so that a killed process leaves on disk all that it received.
    return os.fdopen(os.open(path, flags, PRIVATE_FILE), "wb", buffering=0)


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


@contextmanager
def _explained(repo: str) -> Iterator[None]:
    """Turn the hub's refusals into what to do about them. Broken connections pass through."""
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as exc:
        raise HubUnavailable(
            f"{repo} is gated: accept its terms at {_endpoint()}/{repo}, then set HF_TOKEN "
            "to a token of that account and pull again."
        ) from exc
    except errors.RevisionNotFoundError as exc:
        raise HubUnavailable(f"{repo} does not have the revision that was asked for.") from exc
    except errors.EntryNotFoundError as exc:
        raise HubUnavailable(f"{repo} lacks a file that its listing names.") from exc
    except errors.RepositoryNotFoundError as exc:
        raise HubUnavailable(
            f"The hub has no repository {repo} that this token may see. If it is private, set "
            "HF_TOKEN to a token that may read it."
        ) from exc
    except errors.OfflineModeIsEnabled as exc:
        raise HubUnavailable("HF_HUB_OFFLINE is set: unset it to download a model.") from exc
    except errors.HfHubHTTPError as exc:
        raise _refused(repo, exc.response.status_code) from exc


def _refused(repo: str, status: int) -> HubUnavailable:
    if status == 429:
        return HubUnavailable("The hub asks to slow down (429): try later, or set HF_TOKEN.")
    if status in (401, 403):
        return HubUnavailable(
            f"The hub refuses access to {repo} ({status}): set HF_TOKEN to a valid token that "
            "may read it."
        )
    return HubUnavailable(f"The hub answered {status} for {repo}: try again later.")


def _no_answer(exc: Exception) -> HubUnavailable:
    return HubUnavailable(
        f"The hub at {_endpoint()} does not answer ({exc or type(exc).__name__}): check the "
        "network, HTTPS_PROXY and HF_ENDPOINT, and pull again to go on."
    )
