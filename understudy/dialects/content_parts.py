"""Parts of a message: text, and what else the services have models for.

Parts other than text are judged as if they were understood, so that a client that is made here
works there; no model of ours takes them yet.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from understudy.dialects.body_schema import Body, Text
from understudy.dialects.images import check_image
from understudy.dialects.media import check_base64, check_link


def _link(kind: str) -> AfterValidator:
    return AfterValidator(lambda text: check_link(text, kind))


def _image(text: str) -> str:
    check_link(text, "image")
    return check_image(text) if text[:5].lower() == "data:" else text


class ImageLink(Body):
    url: Annotated[Text, AfterValidator(_image)]
    detail: Literal["auto", "low", "high"] | None = None


class AudioLink(Body):
    url: Annotated[Text, _link("audio")]


class VideoLink(Body):
    url: Annotated[Text, _link("video")]


class Sound(Body):
    data: Annotated[Text, AfterValidator(check_base64), Field(min_length=1)]
    format: Text


Kind = Literal["text", "image_url", "audio_url", "video_url", "input_audio", "file", "refusal"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Part(Body):
    """One part; of its fields, only the one that ``type`` names holds anything."""

    type: Kind
    text: Text | None = None
    image_url: ImageLink | None = None
    audio_url: AudioLink | None = None
    video_url: VideoLink | None = None
    input_audio: Sound | None = None
    file: dict[str, Any] | None = None
    refusal: Text | None = None

    @property
    def given(self) -> Any:
        """What the field that ``type`` names holds; None where there is nothing."""
        return getattr(self, self.type)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Part:
        for field in KINDS:
            if field != self.type and getattr(self, field) is not None:
                wrong = "'{field}' means nothing in a part of type '{type}'"
                raise PydanticCustomError("part", wrong, {"field": field, "type": self.type})
        return self
