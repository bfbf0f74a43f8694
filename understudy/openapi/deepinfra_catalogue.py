"""DeepInfra's own catalogue, and whose the key is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from understudy.openapi.operation import Operation, Service, in_query, told
from understudy.openapi.shape import Count, Shape


class TokenPrices(Shape):
    """US cents per token."""

    type: Literal["tokens"]
    cents_per_input_token: Annotated[float, Field(ge=0)]
    cents_per_output_token: Annotated[float, Field(ge=0)]


class _Described(Shape):
    """What both forms of an entry tell."""

    model_name: str
    type: Literal["text-generation"]
    reported_type: Literal["text-generation"]
    description: str
    tags: list[str]
    pricing: TokenPrices
    max_tokens: Count
    replaced_by: None
    deprecated: int | None
    """When the service stops serving it, in seconds since 1970."""
    quantization: None
    mmlu: None
    expected: None
    is_partner: bool


class ListedModel(_Described):
    """A model, or an adapter of one, in a list."""

    cover_img_url: str
    create_ts: str
    private: Annotated[int, Field(ge=0, le=1)]


class ModelInfo(_Described):
    """All that there is to know of a model."""

    version: str
    mf_description: None
    featured: bool
    owner: bool
    public: bool
    curl_inv: str
    cmdline_inv: str
    txt_docs: str
    out_example: str
    out_docs: str
    in_schema: None
    out_schema: None
    in_fields: None
    doc_blocks: None
    short_doc_block: None
    schemas: Annotated[list[Any], Field(max_length=0)]
    meta: dict[str, Any]
    max_output_tokens: Count
    import_time: None
    is_custom_deployable: bool
    mf_name: None
    mf_title: None


class Me(Shape):
    """The key that was sent; there are no accounts, so the rest is empty."""

    uid: str
    root_uid: str
    display_name: str
    provider: Literal["understudy"]
    is_admin: bool
    account_setup: bool
    email: None
    email_verified: bool
    require_email_verified: bool
    picture: None
    is_business_account: bool
    is_team_account: bool
    is_team_owner: bool
    team_role: None
    team_display_name: None
    checklist: None
    name: str
    first_name: str
    last_name: str
    country: str
    company: str
    website: str
    title: str


def operations(door: Service, model: dict[str, Any]) -> list[Operation]:
    """Every operation; ``model`` is the parameter that names one."""
    every = told("Every model, and the adapters that the key may use.", _listed())
    version = in_query("version", "`latest`, or the revision of the model's weights.")
    checklist = in_query("checklist", "There is none.", enum=["false"])
    refusals = (401, 403, 404, 500)
    return [
        door.operation("GET", "/models/list", "List the models", every, refusals=refusals),
        door.operation(
            "GET",
            "/models/{model}",
            "Read one model",
            told("The model.", ModelInfo),
            model,
            version,
            refusals=(400, *refusals),
        ),
        door.operation(
            "GET",
            "/v1/me",
            "Whose key is this?",
            told("The key's.", Me),
            checklist,
            refusals=(400, 401, 403, 500),
        ),
    ]


def _listed() -> dict[str, Any]:
    return {"type": "array", "items": ListedModel}
