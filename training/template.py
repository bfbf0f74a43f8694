"""The chat template, in Llama 3.2's form, and its rendering by the rules of `transformers`.

Training text passes through this very template, so what is trained is what is served.
Differences from Llama 3.2: no date block (a system turn stands only where there is a system
message), tool results that are text stay text, and several calls are parted by `; `.
"""

from __future__ import annotations

import functools
import json
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

from .corpus.pen import Doc

TEMPLATE = r"""
{%- macro text(content) -%}
    {%- if content is string -%}
        {{- content | trim -}}
    {%- elif content is mapping -%}
        {{- content | tojson -}}
    {%- elif content is iterable -%}
        {%- for part in content -%}
            {%- set words = part if part is string else part['text'] -%}
            {{- words if words is defined else part | tojson -}}
        {%- endfor -%}
    {%- elif content is not none and content is defined -%}
        {{- content | tojson -}}
    {%- endif -%}
{%- endmacro -%}
{{- '<|begin_of_text|>' -}}
{%- set ns = namespace(tools=tools if tools is defined and tools else none) -%}
{%- for message in messages -%}
    {%- if message['role'] == 'tool' or message['role'] == 'ipython' -%}
        {{- '<|start_header_id|>ipython<|end_header_id|>\n\n' -}}
        {{- text(message['content']) + '<|eot_id|>' -}}
    {%- elif message['tool_calls'] is defined and message['tool_calls'] -%}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' -}}
        {%- for call in message['tool_calls'] -%}
            {%- set f = call['function'] if call['function'] is defined else call -%}
            {{- '; ' if not loop.first -}}
            {{- '{"name": "' + f['name'] + '", "parameters": ' -}}
            {{- f['arguments'] if f['arguments'] is string else f['arguments'] | tojson -}}
            {{- '}' -}}
        {%- endfor -%}
        {{- '<|eot_id|>' -}}
    {%- else -%}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' -}}
        {%- if message['role'] == 'user' and ns.tools -%}
            {{- 'Given the following functions, please respond with a JSON for a function call ' -}}
            {{- 'with its proper arguments that best answers the given prompt.\n\n' -}}
            {{- 'Respond in the format {"name": function name, "parameters": dictionary of ' -}}
            {{- 'argument name and its value}.Do not use variables.\n\n' -}}
            {%- for tool in ns.tools -%}
                {{- tool | tojson(indent=4) + '\n\n' -}}
            {%- endfor -%}
            {%- set ns.tools = none -%}
        {%- endif -%}
        {{- text(message['content']) + '<|eot_id|>' -}}
    {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}
{%- endif -%}
""".strip()


def _tojson(value: Any, indent: int | None = None) -> str:
    """As `transformers` does it: no escaping of HTML characters, unlike Jinja's own filter."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


@functools.cache
def _compiled() -> Any:
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.filters["tojson"] = _tojson
    return environment.from_string(TEMPLATE)


def render(
    messages: list[dict[str, Any]],
    tools: list[dict[str, Any]] | None = None,
    add_generation_prompt: bool = False,
) -> str:
    """A conversation as the text the model reads."""
    return str(
        _compiled().render(
            messages=messages, tools=tools, add_generation_prompt=add_generation_prompt
        )
    )


def full_text(doc: Doc) -> str:
    """A document as trained on: rendered, or raw between its begin and end marks."""
    if doc.raw is not None:
        return f"<|begin_of_text|>{doc.raw}<|end_of_text|>"
    return render(doc.messages, doc.tools)


def prompt_text(doc: Doc) -> str:
    """A conversation up to its last answer, which is for the model to give."""
    return render(doc.messages[:-1], doc.tools, add_generation_prompt=True)
