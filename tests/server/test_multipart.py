"""Uploaded forms, however their bytes are cut: a file on disk and short texts, or a plain no."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from understudy.errors import (
    BodyTooLarge,
    InvalidField,
    MalformedBody,
    MissingBody,
    RequestError,
)
from understudy.server.exchange import Disconnected
from understudy.server.multipart import OVERHEAD, read_form

LIMIT = 5000
CONTENT = bytes(range(256)) * 19 + b"\r\n--line\r\n--lin"
TEXT = b'Content-Disposition: form-data; name="file_name"\r\n\r\na.json'
FILE = (
    b'Content-Disposition: form-data; name="file"; filename="blob"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n" + CONTENT
)
TYPE = "multipart/form-data; boundary=line7"


def form(*parts: bytes, end: bytes = b"--line7--\r\n") -> bytes:
    return b"".join(b"--line7\r\n" + part + b"\r\n" for part in parts) + end


class Sender:
    """A client that sends ``pieces``, and then goes away if ``leaves``."""

    def __init__(self, pieces: Sequence[bytes], *, leaves: bool = False) -> None:
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": piece, "more_body": True} for piece in pieces
        ]
        last = "http.disconnect" if leaves else "http.request"
        self._messages: Iterator[dict[str, Any]] = iter([*messages, {"type": last}])

    async def __call__(self) -> dict[str, Any]:
        return next(self._messages)


async def read(folder: Path, body: bytes, size: int = 1 << 20, kind: str = TYPE) -> dict[str, str]:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    headers = {"content-type": kind}
    return await read_form(
        Sender(pieces), headers, folder / "out", file="file", texts=("file_name",), limit=LIMIT
    )


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1 << 20])
@pytest.mark.parametrize("parts", [(TEXT, FILE), (FILE, TEXT)])
async def test_parts_come_in_any_order_and_any_cut(
    tmp_path: Path, size: int, parts: tuple[bytes, ...]
) -> None:
    assert await read(tmp_path, form(*parts), size) == {"file_name": "a.json"}
    assert (tmp_path / "out").read_bytes() == CONTENT


async def test_a_form_without_a_text_has_none(tmp_path: Path) -> None:
    assert await read(tmp_path, form(FILE)) == {}


async def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    assert await read(tmp_path, form(FILE.removesuffix(CONTENT), TEXT))
    assert (tmp_path / "out").read_bytes() == b""


async def test_an_unquoted_name_and_boundary_are_names_too(tmp_path: Path) -> None:
    plain = form(TEXT.replace(b'"', b""), FILE)
    assert await read(tmp_path, plain, kind='Multipart/Form-Data; Boundary="line7"')


@pytest.mark.parametrize("kind", ["", "application/json", "multipart/form-data", "multipart/mixed"])
async def test_what_is_no_form_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(MalformedBody, match=r"multipart/form-data with a boundary"):
        await read(tmp_path, form(FILE), kind=kind)


@pytest.mark.parametrize(
    ("body", "error", "why"),
    [
        (b"", MissingBody, "no body"),
        (b"a", MalformedBody, "cannot be read"),
        (form(FILE, end=b""), MalformedBody, "before its last boundary"),
        (form(FILE, TEXT)[:-6], MalformedBody, "before its last boundary"),
        (form(TEXT), InvalidField, "no part 'file'"),
        (form(), InvalidField, "no part 'file'"),
        (form(FILE, FILE.replace(CONTENT, b"")), InvalidField, "'file' twice"),
        (form(TEXT, TEXT, FILE), InvalidField, "'file_name' twice"),
        (form(TEXT.replace(b"file_name", b"colour"), FILE), InvalidField, "part 'colour'"),
        (form(b"X: y\r\n\r\nz", FILE), InvalidField, "unknown part ''"),
        (form(TEXT + b"a" * 2000, FILE), InvalidField, "more than 1024 bytes"),
        (form(TEXT + b"\xff", FILE), MalformedBody, "UTF-8"),
        (form(b"Content-Transfer-Encoding: base64\r\n" + FILE), MalformedBody, "is encoded"),
        (form(FILE + b"a" * LIMIT), BodyTooLarge, "5000"),
        (form(FILE) + b"a" * (LIMIT + OVERHEAD), BodyTooLarge, "5000"),
    ],
)
async def test_a_form_that_cannot_be_taken_says_why(
    tmp_path: Path, body: bytes, error: type[RequestError], why: str
) -> None:
    with pytest.raises(error, match=why):
        await read(tmp_path, body, 100)


async def test_a_boundary_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedBody, match="cannot be read"):
        await read(tmp_path, form(FILE), kind=f"multipart/form-data; boundary={'a' * 3000}")


async def test_a_client_that_goes_away_leaves_no_form(tmp_path: Path) -> None:
    sender = Sender([form(FILE)[:1000]], leaves=True)
    headers = {"content-type": TYPE}
    with pytest.raises(Disconnected):
        await read_form(sender, headers, tmp_path / "out", file="file", texts=(), limit=LIMIT)
