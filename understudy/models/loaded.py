"""A model in memory, ready to answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from understudy.backends.base import Backend
from understudy.catalog.card import ModelCard
from understudy.prompt.tools import GENERIC, ToolFormat

if TYPE_CHECKING:
    from understudy.decode.grammar import Grammars
    from understudy.models.adapter_shelf import AdapterShelf
    from understudy.prompt.template import ChatTemplate
    from understudy.prompt.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What a request needs of a model, from messages to events.

    ``card`` is the model that was asked for: its schema, ranges and limits hold. ``served_by``
    is the name of the card whose weights, tokenizer and template answer; it differs from
    ``card.name`` where the bundled model stands in. ``context_length`` is the window in tokens
    that both allow. ``healthy`` tells whether the backend can be expected to answer. ``grammars``
    compiles constraints for its tokens; None where answers cannot be constrained. ``tool_format``
    is how the model that answers learns of tools and calls them. ``tokenizer`` and ``template`` are
    None where the backend does its own templating.
    """

    card: ModelCard
    backend: Backend
    tokenizer: Tokenizer | None
    template: ChatTemplate | None
    context_length: int
    served_by: str
    healthy: Callable[[], bool] = field(default=lambda: True, repr=False)
    grammars: Grammars | None = field(default=None, repr=False)
    adapters: AdapterShelf | None = field(default=None, repr=False)
    tool_format: ToolFormat = field(default=GENERIC, repr=False)

    @property
    def stand_in(self) -> bool:
        return self.served_by != self.card.name

    def standing_in_for(self, card: ModelCard) -> LoadedModel:
        """This model's engine under another model's card."""
        context = min(self.context_length, card.context_length)
        return replace(self, card=card, context_length=context)
