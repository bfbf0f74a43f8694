"""Where each token of a prompt stands in its text, however the text was made into tokens."""

from __future__ import annotations

import codecs
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import normalizers

from tests.prompt.tokenizers import KINDS, TEXTS, byte_level_core
from understudy.backends.base import TokenizedPrompt
from understudy.decode.logprobs import prompt_offsets, read_prompt, spread
from understudy.events import TextLogprob, TokenLogprob
from understudy.prompt.tokenizer import Tokenizer

kinds = pytest.mark.parametrize("tokenizer", KINDS.values(), ids=KINDS)
BYTE_LEVEL = KINDS["byte-level"]
METASPACE = KINDS["metaspace by normalizer"]


def read(tokenizer: Tokenizer, text: str) -> list[tuple[TextLogprob, str]]:
    """Each token of ``text``, and the part of the text that is its own."""
    ids = tokenizer.encode(text)
    told = [None, *(TokenLogprob(i, -1.0, ((i, -1.0), (0, -2.0))) for i in ids[1:])]
    entries = read_prompt(tokenizer, TokenizedPrompt(text, tuple(ids)), told)
    assert [entry.token_id for entry in entries] == ids
    edges = [*(entry.offset for entry in entries), len(text)]
    assert edges[0] == 0
    assert edges == sorted(edges)
    return list(zip(entries, (text[a:b] for a, b in pairwise(edges)), strict=True))


@kinds
@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.sampled_from(TEXTS))
def test_tokens_share_the_text_among_them(tokenizer: Tokenizer, text: str) -> None:
    for entry, own in read(tokenizer, text):
        whole = entry.piece.decode("utf-8", "ignore")
        if own and len(own.encode()) == len(entry.piece) and tokenizer is BYTE_LEVEL:
            assert own == whole


@kinds
@pytest.mark.parametrize("text", TEXTS)
def test_a_tokens_own_text_is_its_piece(tokenizer: Tokenizer, text: str) -> None:
    utf8 = codecs.getincrementaldecoder("utf-8")()
    for entry, own in read(tokenizer, text):
        assert own == ("" if entry.special else utf8.decode(entry.piece))


def test_a_character_belongs_to_the_token_that_completes_it() -> None:
    owns = [own for _, own in read(BYTE_LEVEL, "東a")]
    assert owns[-2:] == ["東", "a"]
    assert set(owns[:-2]) == {""}


def test_a_control_token_has_text_only_where_it_was_written() -> None:
    [bos, *_] = read(METASPACE, "dog")
    assert (bos[0].piece, bos[0].special, bos[0].logprob, bos[1]) == (b"<s>", True, None, "")
    written = read(METASPACE, "<s>dog</s>[INST]")
    owns = {entry.token_id: own for entry, own in written if entry.special}
    assert owns == {1: "<s>", 2: "</s>"}
    assert "".join(own for _, own in written[-len("[INST]") :])[-6:] == "[INST]"


def test_likely_tokens_stand_where_the_token_stands() -> None:
    for entry, _ in read(BYTE_LEVEL, TEXTS[2])[1:]:
        assert [likely.offset for likely in entry.top] == [entry.offset] * 2
        assert entry.top[0].piece == entry.piece


def test_text_that_a_normalizer_changed_keeps_its_place() -> None:
    core = type(byte_level_core()).from_str(byte_level_core().to_str())
    core.normalizer = normalizers.NFC()
    tokenizer = Tokenizer(core, bos_token="<|begin_of_text|>")
    text = "Zu\u0308rich, Gene\u0300ve: the lazy dog"
    assert [own for _, own in read(tokenizer, text)] == [
        *("", "Zu\u0308ric", "h", ",", " Gen", "e\u0300ve", ":", " the", " laz", "y", " dog")
    ]


IDS = st.lists(st.integers(0, max(t.vocab_size for t in KINDS.values())), min_size=1, max_size=20)


@kinds
@settings(deadline=None)
@given(ids=IDS)
@example(ids=[169, 94, 0])  # half a surrogate, byte by byte, in the byte-level vocabulary
def test_each_token_of_ids_stands_where_it_reads(tokenizer: Tokenizer, ids: list[int]) -> None:
    """Halves of characters, control tokens and ids without a token are among them."""
    text = b"".join(tokenizer.pieces(ids)).decode("utf-8", "replace")
    told = [None, *(TokenLogprob(i, -1.0, ((i, -1.0),)) for i in ids[1:])]
    entries = read_prompt(tokenizer, TokenizedPrompt(text, tuple(ids)), told)
    assert b"".join(entry.piece for entry in entries).decode("utf-8", "replace") == text
    offsets = [entry.offset for entry in entries]
    assert offsets == sorted(offsets)
    for entry in entries:
        whole = entry.piece.decode("utf-8", "ignore")
        if whole.encode() == entry.piece:
            assert text.startswith(whole, entry.offset)
        else:
            assert entry.offset < len(text)
        assert all(likely.offset == entry.offset for likely in entry.top)


def test_of_a_half_character_something_is_left_before_the_next_token() -> None:
    pieces = [b"\xe6", b"\x9d", *(b"\xe6\x9d", b"\xb1"), b"a", b"\xf0"]
    assert spread(pieces) == ("\ufffd東a\ufffd", [0, 0, 1, 1, 2, 3])


@pytest.mark.parametrize(
    ("text", "pieces", "offsets"),
    [
        ("", [], []),
        ("", [(b"<s>", True)], [0]),
        ("ab", [(b"<s>", True), (b"a", False), (b"b", False)], [0, 0, 1]),
        ("a b", [(b"a", False), (b" ", False), (b" b", False)], [0, 1, 2]),
        ("\ufffdb", [(b"\xe6", False), (b"b", False)], [0, 1]),
        ("ab", [(b"x", False), (b"y", False)], [0, 0]),
        ("ab", [(b"", False), (b"ab", False), (b"", False)], [0, 0, 2]),
    ],
)
def test_what_no_piece_accounts_for_belongs_to_the_one_before(
    text: str, pieces: list[tuple[bytes, bool]], offsets: list[int]
) -> None:
    assert prompt_offsets(text, pieces) == offsets
