"""One tokenisation, one BOS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Core
from tokenizers import decoders, models

from tests.prompt.tokenizers import KINDS, TEXTS, byte_level_core, metaspace_core
from understudy.errors import ModelFolderInvalid
from understudy.prompt.tokenizer import Tokenizer

BYTE_LEVEL = KINDS["byte-level"]
METASPACE = KINDS["metaspace by normalizer"]
kinds = pytest.mark.parametrize("tokenizer", KINDS.values(), ids=KINDS)


def folder(path: Path, core: Core, config: dict[str, object] | None = None) -> Path:
    core.save(str(path / "tokenizer.json"))
    if config is not None:
        (path / "tokenizer_config.json").write_text(json.dumps(config))
    return path


@kinds
def test_text_gets_bos_once(tokenizer: Tokenizer) -> None:
    bos = tokenizer.bos_token or ""
    for text in ("Hello there", f"{bos}Hello there", bos, ""):
        assert tokenizer.encode(text).count(tokenizer.bos_id or 0) == 1
        assert tokenizer.encode(text)[0] == tokenizer.bos_id


@kinds
def test_without_add_bos_the_text_stands_alone(tokenizer: Tokenizer) -> None:
    assert tokenizer.bos_id not in tokenizer.encode("Hello there", add_bos=False)
    assert tokenizer.encode("", add_bos=False) == []


@kinds
@pytest.mark.parametrize("text", TEXTS)
def test_encoding_is_the_librarys_and_decodes_to_the_text(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


@kinds
@settings(deadline=None)
@given(ids=st.lists(st.integers(0, max(t.vocab_size for t in KINDS.values())), max_size=12))
def test_pieces_join_to_what_the_library_decodes(tokenizer: Tokenizer, ids: list[int]) -> None:
    joined = b"".join(tokenizer.pieces(ids)).decode("utf-8", "replace")
    decoded = tokenizer.decode(ids, skip_special_tokens=False)
    # Of a run of byte tokens with half a character the library gives up the whole ones too.
    assert joined == decoded or (tokenizer is not BYTE_LEVEL and "\ufffd" in joined)


def test_special_tokens_in_raw_text_count_as_such() -> None:
    ids = BYTE_LEVEL.encode("Hello<|eot_id|>")
    assert ids[-1] == BYTE_LEVEL.special_tokens["<|eot_id|>"]
    assert BYTE_LEVEL.decode(ids) == "Hello"
    assert BYTE_LEVEL.decode(ids, skip_special_tokens=False) == "<|begin_of_text|>Hello<|eot_id|>"


def test_bos_that_only_the_configuration_asks_for_is_added(tmp_path: Path) -> None:
    core = Core.from_str(metaspace_core().to_str())
    core.post_processor = None  # type: ignore[assignment]
    config = {"bos_token": "<s>", "add_bos_token": True}
    tokenizer = Tokenizer.from_folder(folder(tmp_path, core, config))
    assert tokenizer.encode("Hello")[0] == 1
    config["add_bos_token"] = False
    tokenizer = Tokenizer.from_folder(folder(tmp_path, core, config))
    assert tokenizer.encode("Hello")[0] != 1


def test_bos_that_the_configuration_turns_off_is_not_added(tmp_path: Path) -> None:
    config = {"bos_token": {"content": "<s>"}, "eos_token": "</s>", "add_bos_token": False}
    tokenizer = Tokenizer.from_folder(folder(tmp_path, metaspace_core(), config))
    assert (tokenizer.bos_token, tokenizer.bos_id, tokenizer.adds_bos) == ("<s>", 1, False)
    assert tokenizer.eos_token == "</s>"
    assert 1 not in tokenizer.encode("Hello")


def test_without_a_configuration_the_post_processor_says_what_bos_is(tmp_path: Path) -> None:
    tokenizer = Tokenizer.from_folder(folder(tmp_path, byte_level_core()))
    assert tokenizer.bos_token == "<|begin_of_text|>"
    assert tokenizer.encode("Hello") == BYTE_LEVEL.encode("Hello")


def test_a_bos_that_the_vocabulary_lacks_counts_as_none(tmp_path: Path) -> None:
    config = {"bos_token": "<nowhere>", "add_bos_token": True}
    tokenizer = Tokenizer.from_folder(folder(tmp_path, metaspace_core(), config))
    assert (tokenizer.bos_token, tokenizer.bos_id, tokenizer.adds_bos) == (None, None, False)


def test_truncation_and_padding_in_the_file_are_not_obeyed(tmp_path: Path) -> None:
    core = Core.from_str(byte_level_core().to_str())
    core.enable_truncation(4)
    core.enable_padding(length=64)
    tokenizer = Tokenizer.from_folder(folder(tmp_path, core))
    assert tokenizer.encode(TEXTS[0]) == BYTE_LEVEL.encode(TEXTS[0])


def test_vocab_size_reaches_past_the_highest_id() -> None:
    highest = max(byte_level_core().get_vocab().values())
    assert BYTE_LEVEL.vocab_size == highest + 1
    assert BYTE_LEVEL.entry(highest) is not None
    assert BYTE_LEVEL.entry(highest + 1) is None
    assert BYTE_LEVEL.entry(-1) is None


def test_token_text_is_one_token_alone() -> None:
    space, dog = METASPACE.encode("a dog", add_bos=False)[-1], BYTE_LEVEL.encode("a dog")[-1]
    assert (METASPACE.token_text(space), BYTE_LEVEL.token_text(dog)) == (" dog", " dog")
    half = BYTE_LEVEL.encode("東", add_bos=False)[0]
    assert BYTE_LEVEL.token_text(half) == "\ufffd"
    assert METASPACE.token_text(3 + 0x0A) == "\n"
    assert BYTE_LEVEL.token_text(BYTE_LEVEL.bos_id or 0) == "<|begin_of_text|>"
    assert BYTE_LEVEL.token_text(10**6) == ""


def test_a_folder_without_a_tokenizer_is_invalid(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderInvalid, match=r"There is no tokenizer\.json in"):
        Tokenizer.from_folder(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": "1.0"}', "\xff"])
def test_a_damaged_tokenizer_is_invalid(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokenizer.json").write_text(content, encoding="latin-1")
    with pytest.raises(ModelFolderInvalid, match=r"tokenizer\.json cannot be used"):
        Tokenizer.from_folder(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", "\xff"])
def test_a_damaged_tokenizer_configuration_is_invalid(tmp_path: Path, content: str) -> None:
    folder(tmp_path, metaspace_core())
    (tmp_path / "tokenizer_config.json").write_text(content, encoding="latin-1")
    with pytest.raises(ModelFolderInvalid, match=r"tokenizer_config\.json"):
        Tokenizer.from_folder(tmp_path)


@pytest.mark.parametrize(
    "decoder",
    [
        decoders.WordPiece(),
        decoders.CTC(),
        decoders.BPEDecoder(),
        decoders.Sequence([decoders.Fuse(), decoders.Strip(" ", 0, 1)]),
        decoders.Sequence([decoders.Strip(" ", 1, 0), decoders.Fuse()]),
    ],
    ids=str,
)
def test_a_decoder_that_cannot_be_streamed_is_refused(
    tmp_path: Path, decoder: decoders.Decoder
) -> None:
    core = Core(models.WordLevel({"a": 0}, unk_token="a"))
    core.decoder = decoder
    with pytest.raises(ModelFolderInvalid, match="its decoder has a step"):
        Tokenizer.from_folder(folder(tmp_path, core))


def test_lone_surrogates_cannot_be_encoded() -> None:
    with pytest.raises(UnicodeEncodeError):
        BYTE_LEVEL.encode("a\ud800")
