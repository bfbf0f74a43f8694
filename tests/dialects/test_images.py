"""Images beside a prompt: judged as if a model took them, then refused by name."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.dialects.openai_wire import parse
from understudy.dialects.images import MAX_IMAGES
from understudy.errors import SchemaViolation, UnsupportedField

COMPLETIONS = "openai_completions"
FILES = {
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "jpg": b"\xff\xd8\xff\xdb",
    "gif": b"GIF89a\1\0",
    "webp": b"RIFF\x24\0\0\0WEBPVP8 ",
}


def uri(kind: str, data: bytes | None = None) -> str:
    packed = base64.b64encode(FILES[kind] if data is None else data).decode()
    return f"data:image/{kind};base64,{packed}"


names = pytest.mark.parametrize("name", ["data", "multi_modal_data"])


@names
@pytest.mark.parametrize("kind", FILES)
def test_good_images_are_refused_by_the_name_that_they_came_under(name: str, kind: str) -> None:
    with pytest.raises(UnsupportedField, match=f"'{name}' .*takes no images") as refused:
        parse(COMPLETIONS, **{name: {"image": [uri(kind)]}})
    assert refused.value.field == name


@names
@pytest.mark.parametrize("nothing", [None, {}, {"image": None}, {"image": []}])
def test_no_image_asks_for_nothing(name: str, nothing: Any) -> None:
    parse(COMPLETIONS, **{name: nothing})


@names
@pytest.mark.parametrize(
    ("given", "kind", "loc"),
    [
        ("cat.png", "model_attributes_type", []),
        ({"image": uri("png")}, "list_type", ["image"]),
        ({"image": [3]}, "string_type", ["image", 0]),
        ({"image": ["https://example.com/cat.png"]}, "data_uri", ["image", 0]),
        ({"image": ["data:text/plain;base64,aGk="]}, "data_uri", ["image", 0]),
        ({"image": ["data:image/png;base64,"]}, "data_uri", ["image", 0]),
        ({"image": [uri("png") + "*"]}, "base64", ["image", 0]),
        ({"image": [uri("png"), uri("png", FILES["gif"])]}, "image_data", ["image", 1]),
        ({"image": [uri("webp", b"RIFF\x24\0\0\0WAVEfmt ")]}, "image_data", ["image", 0]),
        ({"image": [uri("png", b"\x89")]}, "image_data", ["image", 0]),
        ({"image": [uri("gif").replace("/gif", "/svg+xml")]}, "image_type", ["image", 0]),
        ({"image": [uri("png")] * (MAX_IMAGES + 1)}, "too_long", ["image"]),
        ({"image": [uri("png")], "audio": ["x"]}, "extra_forbidden", ["audio"]),
    ],
)
def test_what_is_no_image_is_said_of_its_place(
    name: str, given: Any, kind: str, loc: list[Any]
) -> None:
    with pytest.raises(SchemaViolation) as refused:
        parse(COMPLETIONS, **{name: given})
    [entry] = refused.value.details
    assert (entry["type"], entry["loc"]) == (kind, ["body", name, *loc])


def test_a_head_longer_than_any_type_is_not_read_to_its_end() -> None:
    good = uri("png")
    with_one = good.replace(";base64", ";a=b;base64")
    with pytest.raises(UnsupportedField):
        parse(COMPLETIONS, data={"image": [with_one]})
    with pytest.raises(SchemaViolation) as refused:
        parse(COMPLETIONS, data={"image": [good.replace(";base64", f"{';a=b' * 300};base64")]})
    assert refused.value.details[0]["type"] == "data_uri"


def test_as_many_images_as_there_may_be_pass_the_schema() -> None:
    with pytest.raises(UnsupportedField):
        parse(COMPLETIONS, data={"image": [uri("png")] * MAX_IMAGES})
