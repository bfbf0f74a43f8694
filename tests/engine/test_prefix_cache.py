"""Names of blocks: equal exactly when the keys and values in them are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from understudy.engine.prefix_cache import block_key, root_key

words = st.text(max_size=6)
blocks = st.tuples(
    st.binary(min_size=32, max_size=32),
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
    st.integers(0, 4),
)


@given(words, words, words, words)
def test_roots_are_equal_only_for_the_same_namespace_and_adapter(
    namespace: str, adapter: str, other_namespace: str, other_adapter: str
) -> None:
    same = (namespace, adapter) == (other_namespace, other_adapter)
    assert (root_key(namespace, adapter) == root_key(other_namespace, other_adapter)) == same


@given(blocks, blocks)
def test_blocks_are_equal_only_for_the_same_parent_tokens_and_share_of_prompt(
    one: tuple[bytes, list[int], int], other: tuple[bytes, list[int], int]
) -> None:
    assert (block_key(*one) == block_key(*other)) == (one == other)
    assert block_key(*one) == block_key(*one)


def test_a_lone_surrogate_is_a_namespace_like_any_other() -> None:
    assert root_key("\ud800") != root_key("?")
