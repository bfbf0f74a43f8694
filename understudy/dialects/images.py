"""Images beside a raw prompt, as DeepInfra's completions take them: ``data`` with data URIs."""

from __future__ import annotations

import base64
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from understudy.dialects.body_schema import Body, Text
from understudy.dialects.media import check_data_uri

MAX_IMAGES = 16
_TYPES = {
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpeg": (b"\xff\xd8\xff",),
    "jpg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "webp": (b"RIFF",),
}
"""How files of each type begin."""

_FIRST = 16
"""Characters of base64 that hold the beginning of a file: 12 bytes, whole in base64."""


def check_image(text: str) -> str:
    """``text``, a data URI of an image in a type that browsers show. Raises PydanticCustomError."""
    check_data_uri(text, "image")
    head, _, data = text.partition(",")
    kind = head.partition("/")[2].partition(";")[0].lower()
    if kind not in _TYPES:
        raise PydanticCustomError("image_type", "Images may be png, jpeg, gif or webp")
    start = base64.b64decode(data[:_FIRST])
    if not start.startswith(_TYPES[kind]) or (kind == "webp" and start[8:12] != b"WEBP"):
        raise PydanticCustomError("image_data", "The data is no {kind} image", {"kind": kind})
    return text


Image = Annotated[Text, AfterValidator(check_image)]


class PromptData(Body):
    """What a prompt's placeholders stand for, in their order."""

    model_config = ConfigDict(extra="forbid")

    image: Annotated[list[Image], Field(max_length=MAX_IMAGES, fail_fast=True)] | None = None
