"""DeepInfra's own catalogue, ``/models/list`` and ``/models/{model}``, and ``/v1/me``.

The shapes are those of the service's OpenAPI document (``ModelOut``, ``ModelInfoOut``, ``Me``).
"""

from __future__ import annotations

import json
import shlex
from typing import Any

from understudy.catalog.card import ModelCard, Prices
from understudy.dialects.deepinfra_refusals import LATEST
from understudy.dialects.openai_models import Adapter, epoch
from understudy.keys import Caller

_TYPE = "text-generation"
_CENTS_PER_TOKEN = 100 / 1e6
"""Of a dollar per million tokens."""

_TXT_DOCS = """\
input: the prompt, taken as it is; required
max_new_tokens: most tokens of an answer, above 0; 512
temperature: 0 to 2, 0 takes the likeliest token; 0.7
top_p: up to 1, 1 is off; 0.9
min_p: 0 to 1; 0, off
top_k: from 0; 0, off
repetition_penalty: 0.01 to 5; 1, off
presence_penalty, frequency_penalty: -2 to 2; 0, off
stop: a text, or up to 16, that end an answer
stop_token_ids: up to 128 tokens that end an answer
seed: the same for the same answer
num_responses: how many answers, 1 to 4, not with stream; 1
response_format: what the answer must be, by type: text, json_object, json_schema or regex
prompt_cache_key: a cache of prompts of its own
stream: sends the answer as it is written; false
user: a label
ignore_eos: goes on after the model's own end, for benchmarks; false"""

_STATUS = {
    "status": "succeeded",
    "runtime_ms": 228,
    "cost": 0.0,
    "tokens_generated": 3,
    "tokens_input": 5,
}
_EXAMPLE = {
    "request_id": "8c1f0c0e-6c1b-4c61-8f0e-0a6a6f2c7c55",
    "inference_status": _STATUS,
    "results": [{"generated_text": " a small house"}],
    "num_tokens": 3,
    "num_input_tokens": 5,
}
_OUT_DOCS = """\
results: one object for each answer, with its generated_text
num_tokens, num_input_tokens: tokens of all answers, and of the input
request_id: finds the request in the server's log
inference_status: status, runtime_ms, cost in US dollars, tokens_generated, tokens_input"""


def list_entry(card: ModelCard, adapter: Adapter | None = None) -> dict[str, Any]:
    """A model, or an adapter of it, as ``/models/list`` shows it."""
    ends = card.deprecated_on
    return {
        "model_name": adapter.name if adapter else card.name,
        "type": _TYPE,
        "reported_type": _TYPE,
        "description": adapter.description if adapter else card.description,
        "cover_img_url": "",
        "tags": adapter.tags(card) if adapter else list(card.tags),
        "pricing": _pricing(card.prices or Prices(0.0, 0.0)),
        "max_tokens": card.context_limit,
        "replaced_by": None,
        "deprecated": None if ends is None else epoch(ends.isoformat()),
        "quantization": None,
        "mmlu": None,
        "expected": None,
        "create_ts": adapter.created_at if adapter else card.created_at,
        "private": int(adapter is not None and not adapter.public),
        "is_partner": False,
    }


def info(card: ModelCard, adapter: Adapter | None, origin: str) -> dict[str, Any]:
    """The same as ``/models/{model}`` shows it. ``origin`` is the server's, as the caller wrote
    it, for the examples."""
    listed = list_entry(card, adapter)
    name, private = listed["model_name"], listed.pop("private")
    for key in ("cover_img_url", "create_ts"):
        del listed[key]
    return {
        **listed,
        "version": card.revision or LATEST,
        "mf_description": None,
        "featured": card.bundled and adapter is None,
        "owner": adapter is not None and adapter.own,
        "public": not private,
        "curl_inv": _curl(f"{origin}/v1/inference/{name}"),
        "cmdline_inv": f"understudy run {shlex.quote(name)} 'Once upon a time' --raw",
        "txt_docs": _TXT_DOCS,
        "out_example": json.dumps(_EXAMPLE, indent=2),
        "out_docs": _OUT_DOCS,
        "in_schema": None,
        "out_schema": None,
        "in_fields": None,
        "doc_blocks": None,
        "short_doc_block": None,
        "schemas": [],
        "meta": {},
        "max_output_tokens": card.context_limit,
        "import_time": None,
        "is_custom_deployable": False,
        "mf_name": None,
        "mf_title": None,
    }


def me(caller: Caller, name: str) -> dict[str, Any]:
    """Whose key it is: ``name`` is the key's. There are no accounts, so the rest is empty."""
    words = ("name", "first_name", "last_name", "country", "company", "website", "title")
    return {
        "uid": caller.id,
        "root_uid": caller.id,
        "display_name": name,
        "provider": "understudy",
        "is_admin": "admin" in caller.scopes,
        "account_setup": True,
        "email": None,
        "email_verified": False,
        "require_email_verified": False,
        "picture": None,
        "is_business_account": False,
        "is_team_account": False,
        "is_team_owner": False,
        "team_role": None,
        "team_display_name": None,
        "checklist": None,
        **dict.fromkeys(words, ""),
    }


def _pricing(prices: Prices) -> dict[str, Any]:
    return {
        "type": "tokens",
        "cents_per_input_token": round(prices.input * _CENTS_PER_TOKEN, 12),
        "cents_per_output_token": round(prices.output * _CENTS_PER_TOKEN, 12),
    }


def _curl(url: str) -> str:
    body = json.dumps({"input": "Once upon a time", "max_new_tokens": 20})
    return (
        f'curl {shlex.quote(url)} -H "Authorization: Bearer $API_KEY" '
        f"-H 'Content-Type: application/json' -d {shlex.quote(body)}"
    )
