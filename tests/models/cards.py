"""Cards for tests: the smallest that the models room can work with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from understudy.catalog.card import ModelCard, Task
from understudy.errors import UnknownModel

ARCHITECTURE: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 320,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": True,
}


def make_card(
    name: str,
    *,
    repo: str | None = "someone/small",
    revision: str | None = None,
    context_length: int = 256,
    architecture: Mapping[str, Any] = ARCHITECTURE,
) -> ModelCard:
    return ModelCard(
        id=f"id of {name}",
        source=1,
        name=name,
        description="A model for tests.",
        task=Task("1", "Text Generation", "Writes text."),
        tags=(),
        properties=(),
        task_type="text-generation",
        model_display_name=name,
        layout="model",
        weight=0,
        title=name,
        created_at="2026-01-01",
        input_schema={},
        output_schema={},
        repo=repo,
        revision=revision,
        context_length=context_length,
        chat_template="{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}",
        bos_token="<s>",
        eos_token="</s>",
        eos_token_ids=(2,),
        prices=None,
        architecture=architecture,
    )


class Cards:
    """A catalogue of the cards given."""

    def __init__(self, *cards: ModelCard) -> None:
        self._cards = {card.name: card for card in cards}

    def get(self, name: str) -> ModelCard:
        try:
            return self._cards[name]
        except KeyError:
            raise UnknownModel(name) from None

    def __iter__(self) -> Iterator[ModelCard]:
        return iter(self._cards.values())
