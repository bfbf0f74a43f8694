"""What an uploaded file of an adapter must be, alone and beside the other one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from understudy.catalog.card import ModelCard
from understudy.engine.architecture import Architecture
from understudy.errors import AdapterInvalid, UnknownModel
from understudy.models.adapter_config import CONFIG, read_config
from understudy.models.adapters import WEIGHTS, check_adapter, check_weights
from understudy.models.finetune import Finetune, shipped_adapters
from understudy.models.finetunes import FinetuneStore
from understudy.models.plan import architecture_of
from understudy.models.store import ModelStore, house_folder


@dataclass(frozen=True, slots=True)
class AdapterCheck:
    """Judges assets against the model they are for. ``cards`` is the catalogue, ``architecture``
    the shape of a model (see ``plan.architecture_of``)."""

    cards: Iterable[ModelCard]
    architecture: Callable[[ModelCard], Architecture]

    def __call__(self, finetune: Finetune, folder: Path) -> None:
        """Judge those assets of ``finetune`` that lie in ``folder``.

        Raises AdapterInvalid, saying exactly what is wrong; UnknownModel where the model has left
        the catalogue, and ModelFolderInvalid where its own files are damaged.
        """
        card = next((card for card in self.cards if card.name == finetune.model), None)
        if card is None:
            raise UnknownModel(finetune.model)
        architecture = self.architecture(card)
        if (folder / CONFIG).exists():
            self._check_base(read_config(folder, architecture.model_type).base, card)
            if (folder / WEIGHTS).exists():
                check_adapter(folder, architecture)
        else:
            check_weights(folder, architecture)

    def _check_base(self, base: str | None, card: ModelCard) -> None:
        """A base that is another model of the catalogue cannot be meant; any other name may be a
        folder's, or a copy's."""
        said = (base or "").casefold()
        if said in _names(card):
            return
        other = next((other.name for other in self.cards if said in _names(other)), None)
        if other is not None:
            raise AdapterInvalid(
                f"{CONFIG}: 'base_model_name_or_path' is {base!r}, the weights of {other}; this "
                f"finetune is for {card.name}."
            )


def finetunes_in(
    home: Path, cards: Iterable[ModelCard], models: ModelStore, shipped: Path | None = None
) -> FinetuneStore:
    """The finetunes under ``home``, and the bundled model's own, which lie in ``shipped``
    (``adapters`` of its folder in the package): one for each folder there."""
    check = AdapterCheck(cards, lambda card: architecture_of(card, models))
    house = next((card for card in cards if card.bundled), None)
    if house is None:
        return FinetuneStore(home, check)
    prefix = house.name.removeprefix("@").partition("/")[0]
    folder = shipped or house_folder() / "adapters"
    own = tuple(shipped_adapters(folder, house.name, house.created_at, prefix))
    return FinetuneStore(home, check, own)


def _names(card: ModelCard) -> tuple[str, ...]:
    return tuple(name.casefold() for name in (card.name, card.repo) if name)
