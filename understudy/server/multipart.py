"""An uploaded form: one file, written to disk as it comes, and short texts beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.types import Receive

from understudy.errors import BodyTooLarge, InvalidField, MalformedBody, MissingBody
from understudy.server.exchange import Disconnected

OVERHEAD = 64 * 1024
"""Bytes of a form beside its file: boundaries, headers, texts."""

_LONGEST_TEXT = 1024
_WRITTEN_AT_ONCE = 1 << 20
_PLAIN = ("", "7bit", "8bit", "binary")


async def read_form(
    receive: Receive,
    headers: Mapping[str, str],
    target: Path,
    *,
    file: str,
    texts: Collection[str],
    limit: int,
) -> dict[str, str]:
    """Write the part called ``file`` to ``target``; return those of ``texts`` that came.

    Parts come in any order, each at most once. Raises MalformedBody, MissingBody, BodyTooLarge (a
    file of more than ``limit`` bytes), InvalidField (a part missing, repeated, unknown or too long
    for a text) and Disconnected.
    """
    form = _Form(_boundary(headers), file, texts, limit)
    received, more = 0, True
    with target.open("xb") as out:
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            data, more = message.get("body", b""), message.get("more_body", False)
            received += len(data)
            if received > limit + OVERHEAD:
                raise BodyTooLarge(limit)
            form.feed(data)
            if len(form.pending) >= _WRITTEN_AT_ONCE or not more:
                await asyncio.to_thread(out.write, form.taken())
    if not received:
        raise MissingBody("The request has no body.")
    return form.finished()


def _boundary(headers: Mapping[str, str]) -> bytes:
    kind, options = parse_options_header(headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise MalformedBody("The Content-Type is not multipart/form-data with a boundary.")
    return boundary


class _Form:
    """Takes bytes as they come. ``pending`` is what of the file has come and not been taken."""

    def __init__(self, boundary: bytes, file: str, texts: Collection[str], limit: int) -> None:
        self._file, self._texts, self._limit = file, texts, limit
        self._seen: dict[str, bytearray] = {}
        self._size = 0
        self._name = ""
        self._headers: dict[str, str] = {}
        self._field, self._value = bytearray(), bytearray()
        self._whole = False
        self.pending = bytearray()
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._headers.clear,
                    "on_header_field": lambda data, a, b: self._field.extend(data[a:b]),
                    "on_header_value": lambda data, a, b: self._value.extend(data[a:b]),
                    "on_header_end": self._header,
                    "on_headers_finished": self._begin,
                    "on_part_data": lambda data, a, b: self._data(data[a:b]),
                    "on_end": self._end,
                },
            )
        except FormParserError as exc:
            raise MalformedBody(f"The form cannot be read: {exc}.") from None

    def feed(self, data: bytes) -> None:
        try:
            self._parser.write(data)
        except FormParserError as exc:
            raise MalformedBody(f"The form cannot be read: {exc}.") from None

    def taken(self) -> bytes:
        """``pending``, which is empty afterwards."""
        taken = bytes(self.pending)
        self.pending.clear()
        return taken

    def finished(self) -> dict[str, str]:
        """The texts, once everything has come."""
        if not self._whole:
            raise MalformedBody("The form ends before its last boundary.")
        if self._file not in self._seen:
            raise InvalidField(self._file, f"The form has no part '{self._file}'.")
        try:
            texts = ((name, text.decode("utf-8")) for name, text in self._seen.items())
            return {name: text for name, text in texts if name != self._file}
        except UnicodeDecodeError:
            raise MalformedBody("A text of the form is not valid UTF-8.") from None

    def _header(self) -> None:
        name = self._field.decode("latin-1").strip().lower()
        self._headers[name] = self._value.decode("latin-1").strip()
        self._field.clear()
        self._value.clear()

    def _begin(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition"))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if self._headers.get("content-transfer-encoding", "").lower() not in _PLAIN:
            raise MalformedBody("A part of the form is encoded, which is not supported.")
        if self._name != self._file and self._name not in self._texts:
            raise InvalidField(self._name, f"The form has an unknown part '{self._name}'.")
        if self._name in self._seen:
            raise InvalidField(self._name, f"The form has the part '{self._name}' twice.")
        self._seen[self._name] = bytearray()

    def _data(self, data: bytes) -> None:
        if self._name == self._file:
            self._size += len(data)
            if self._size > self._limit:
                raise BodyTooLarge(self._limit)
            self.pending += data
            return
        text = self._seen[self._name]
        text += data
        if len(text) > _LONGEST_TEXT:
            raise InvalidField(
                self._name, f"The part '{self._name}' has more than {_LONGEST_TEXT} bytes."
            )

    def _end(self) -> None:
        self._whole = True
