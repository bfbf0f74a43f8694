"""Workers AI's catalogue and finetunes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from understudy.catalog.card import ModelCard
from understudy.dialects.workers_finetunes import NEW_FINETUNE
from understudy.models.finetune import ASSETS
from understudy.openapi.operation import FORM, Answer, Operation, Service, in_path, in_query, told
from understudy.openapi.shape import OPTIONAL, Count, Shape
from understudy.openapi.workers import LISTING, enveloped, service
from understudy.server.finetunes import COLUMNS

CHANGE = (400, 401, 404, 408, 413, 429, 500, 503)


class Task(Shape):
    """What a model does."""

    id: str
    name: str
    description: str


class Property(Shape):
    """Something that is known of a model."""

    property_id: str
    value: str | list[Any] | dict[str, Any]


class CatalogueEntry(Shape):
    """A model as the catalogue shows it."""

    id: str
    source: int
    name: str
    description: str
    task: Task
    created_at: str
    tags: list[str]
    properties: list[Property]


class Author(Shape):
    """Who made models."""

    name: str


class ModelSchemas(Shape):
    """What a model takes and gives, as JSON schemas."""

    input: dict[str, Any]
    output: dict[str, Any]


class FinetuneEntry(Shape):
    """A LoRA adapter that somebody brought."""

    id: str
    created_at: str
    modified_at: str
    model: str
    name: str
    description: str
    public: bool


class AssetEntry(Shape):
    """One file of a finetune."""

    id: str
    bucket_name: str
    created_at: str
    modified_at: str
    file_name: Literal[ASSETS]  # type: ignore[valid-type]
    finetune_id: str


class WholeFinetune(FinetuneEntry):
    """A finetune, its files, and the names of those that it lacks."""

    assets: list[AssetEntry]
    missing: list[str]


class Deleted(Shape):
    """What was deleted."""

    id: str


class OpenRouterPrice(Shape):
    """US dollars per token, as text."""

    prompt: str
    completion: str


class OpenRouterModel(Shape):
    """A model in OpenRouter's form."""

    id: str
    name: str
    created: int
    description: str
    input_modalities: list[str]
    output_modalities: list[str]
    context_length: Count
    max_output_length: Count
    pricing: OpenRouterPrice
    supported_sampling_parameters: list[str]
    supported_features: list[str]
    hugging_face_id: str = OPTIONAL


class OpenRouterList(Shape):
    """``GET …/ai/models/search?format=openrouter``."""

    data: list[OpenRouterModel]


def operations(cards: Iterable[ModelCard], aliases: Iterable[str]) -> list[Operation]:
    """Every operation of the catalogue and of finetunes."""
    aliases = list(aliases)
    model = next(card.name for card in cards)
    return [
        *_catalogue(service("catalogue", "", aliases)),
        *_finetunes(service("finetunes", "/finetunes", aliases), model),
    ]


def found(of: type[Shape]) -> Answer:
    """A list on one page."""
    return told("All of them.", enveloped(listed(of)))


def listed(of: type[Shape]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def searched() -> Answer:
    """What a search of the catalogue finds."""
    paged = enveloped(listed(CatalogueEntry), paged=True)
    return told("One page; past the last, an empty one.", {"anyOf": [paged, OpenRouterList]})


def search_parameters() -> list[dict[str, Any]]:
    """The filters of a search, and where to look in what they find."""
    flags: dict[str, Any] = {"enum": ["true", "false"]}
    return [
        in_query("search", "Text in the name or description."),
        in_query("author", "Who made the model."),
        in_query("task", "Name of the model's task."),
        in_query("source", "Number of the model's source.", type="integer", minimum=1),
        in_query("hide_experimental", "Leave models in beta out.", **flags),
        in_query("include_deprecated", "Show models past their date, too.", **flags),
        in_query("page", "From 1.", type="integer", minimum=1, default=1),
        in_query("per_page", "Models on a page.", type="integer", minimum=1, maximum=1000),
        in_query("format", "OpenRouter's form of the list.", enum=["openrouter"]),
    ]


def _catalogue(door: Service) -> list[Operation]:
    schemas = told("The schemas.", enveloped(ModelSchemas))
    name = in_query("model", "The model.", required=True, minLength=1)
    return [
        door.operation(
            "GET",
            "/models/search",
            "Search the models",
            searched(),
            *search_parameters(),
            refusals=LISTING,
        ),
        door.operation(
            "GET", "/models/schema", "Read a model's schemas", schemas, name, refusals=LISTING
        ),
        door.operation("GET", "/tasks/search", "List tasks", found(Task), refusals=LISTING),
        door.operation("GET", "/authors/search", "List authors", found(Author), refusals=LISTING),
    ]


def _finetunes(door: Service, model: str) -> list[Operation]:
    name = in_path("finetune", "Id or name of the finetune.", minLength=1)
    upload = {
        "type": "object",
        "properties": {
            "file_name": {"enum": list(ASSETS)},
            "file": {"type": "string", "contentMediaType": "application/octet-stream"},
        },
        "required": ["file_name", "file"],
        "additionalProperties": False,
    }
    page = (
        in_query("limit", "Most entries to list.", type="integer", minimum=0),
        in_query("offset", "Entries to pass over.", type="integer", minimum=0),
        in_query("orderBy", "The column to sort by.", enum=list(COLUMNS)),
    )
    return [
        door.operation("GET", "", "List your own", found(FinetuneEntry), refusals=LISTING),
        door.operation(
            "POST",
            "",
            "Create",
            told("Created.", enveloped(FinetuneEntry)),
            body=NEW_FINETUNE,
            examples={"private": {"model": model, "name": "my-adapter"}},
            refusals=CHANGE,
            description="Needs a key with the scope `admin`.",
        ),
        door.operation(
            "GET", "/public", "List public ones", found(FinetuneEntry), *page, refusals=LISTING
        ),
        door.operation(
            "GET",
            "/{finetune}",
            "Read one",
            told("The finetune.", enveloped(WholeFinetune)),
            name,
            refusals=LISTING,
        ),
        door.operation(
            "DELETE",
            "/{finetune}",
            "Delete one",
            told("Deleted.", enveloped(Deleted)),
            name,
            refusals=CHANGE,
            description="Needs a key with the scope `admin`.",
        ),
        door.operation(
            "POST",
            "/{finetune}/finetune-assets",
            "Upload a file",
            told("Taken in.", enveloped(AssetEntry)),
            name,
            body={FORM: upload},
            refusals=CHANGE,
            description="Needs a key with the scope `admin`. Files are checked before they are "
            "taken in.",
        ),
    ]
