"""Random model folders are real ones: other programs read them too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from tests.oracles.models import SPECIAL, TINY
from tests.requires import need
from understudy.models.checkpoint import Checkpoint, read_architecture, source_digest
from understudy.models.random_tokenizer import (
    END_OF_TURN,
    LLAMA_2,
    LLAMA_3,
    SpecialTokens,
    special_tokens_for,
    write_tokenizer,
)
from understudy.models.random_weights import write_random

CONFIG = TINY["llama-3.2-1b"]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer(folder, 2000, SPECIAL)
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def test_a_seed_gives_the_same_folder_and_another_seed_another(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_random(CONFIG, tmp_path / name, seed=seed, special=SPECIAL)
    digests = [source_digest(tmp_path / name) for name in "abc"]
    assert digests[0] == digests[1] != digests[2]


def test_values_have_the_spread_that_the_configuration_names(tmp_path: Path) -> None:
    architecture = write_random(
        {**CONFIG, "initializer_range": 0.05}, tmp_path, dtype="f32", special=SPECIAL
    )
    with Checkpoint(tmp_path, architecture) as checkpoint:
        table = checkpoint.float32("model.embed_tokens.weight")
        assert table.std() == pytest.approx(0.05, rel=0.05)
        assert abs(table.mean()) < 0.005
        assert checkpoint.float32("model.norm.weight").mean() == pytest.approx(1, abs=0.05)


def test_no_two_rows_are_equal_even_past_the_repeated_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("understudy.models.random_weights._NOISE", 1009)
    architecture = write_random(CONFIG, tmp_path, dtype="f32", special=SPECIAL)
    with Checkpoint(tmp_path, architecture) as checkpoint:
        table = checkpoint.float32("model.embed_tokens.weight")
        assert table.size > 10 * 1009
        assert len(np.unique(table, axis=0)) == len(table)


def test_transformers_loads_folder_and_tokenizer(tmp_path: Path) -> None:
    need("torch")
    need("transformers")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    write_random(CONFIG, tmp_path, special=SPECIAL, shard_bytes=100_000)
    model = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert sum(p.numel() for p in model.parameters()) == read_architecture(tmp_path).parameter_count
    assert model.generation_config.eos_token_id == [2]
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert (len(tokenizer), tokenizer.bos_token_id, tokenizer.eos_token_id) == (384, 1, 2)
    assert tokenizer("hi").input_ids[0] == 1


@given(st.text())
def test_any_text_survives_the_tokenizer(tokenizer: Tokenizer, text: str) -> None:
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    assert tokenizer.decode(ids) == text or any(token in text for token in SPECIAL.ids)


@pytest.mark.parametrize(
    ("vocab_size", "special"), [(128256, LLAMA_3), (32002, END_OF_TURN), (32000, LLAMA_2)]
)
def test_published_vocabularies_have_their_special_tokens_in_place(
    tmp_path: Path, vocab_size: int, special: SpecialTokens
) -> None:
    assert special_tokens_for(vocab_size) is special
    write_tokenizer(tmp_path, vocab_size, special)
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert tokenizer.get_vocab_size() == vocab_size
    for token, number in special.ids.items():
        assert tokenizer.encode(token, add_special_tokens=False).ids == [number]
    assert tokenizer.encode("a").ids[0] == special.bos_id


def test_every_id_of_the_vocabulary_is_a_token(tokenizer: Tokenizer) -> None:
    assert all(tokenizer.id_to_token(number) is not None for number in range(2000))
    assert tokenizer.id_to_token(2000) is None


@pytest.mark.parametrize("vocab_size", [200, 258])
def test_a_vocabulary_too_small_is_refused(tmp_path: Path, vocab_size: int) -> None:
    with pytest.raises(ValueError, match="no room"):
        write_tokenizer(tmp_path, vocab_size, SPECIAL)


def test_the_folder_names_its_end_tokens(tmp_path: Path) -> None:
    write_random(CONFIG, tmp_path, special=SPECIAL)
    generation = json.loads((tmp_path / "generation_config.json").read_text())
    assert generation == {"bos_token_id": 1, "eos_token_id": [2]}
