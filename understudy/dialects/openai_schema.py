"""What OpenAI-compatible requests may say. Ranges are those of DeepInfra's API reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from understudy.dialects.body_schema import Body, Integer, Text, encodable, read
from understudy.dialects.content_parts import Part
from understudy.dialects.guided import GuidedFields
from understudy.dialects.images import PromptData
from understudy.dialects.tools import PastCalls, ToolFields
from understudy.request import SamplingParams

MAX_OUTPUT_WITHOUT_MAX_TOKENS = 16384
MAX_STOP_TOKEN_IDS = 128
MAX_LOGIT_BIAS = 1024
_MAX_PARTS = 1024
_JUDGED_WITHOUT_MODEL = 16
_OFF_TOP_K = 2**31 - 1

MaxTokens = Annotated[Integer, Field(gt=0, le=1_000_000)]
Penalty = Annotated[float, Field(ge=-2, le=2)]
StopText = Annotated[str, Field(min_length=1), AfterValidator(encodable)]
Choices = Annotated[Integer, Field(ge=1, le=4)]
TopLogprobs = Annotated[Integer, Field(ge=0, le=20)]
TokenId = Annotated[int, Field(ge=0, lt=2**31)]
Bias = Annotated[float, Field(ge=-100, le=100)]
LogitBias = Annotated[
    # One spelling for each token, so that none is told twice.
    dict[Annotated[str, Field(pattern="^(0|[1-9][0-9]{0,9})$")], Bias],
    Field(max_length=MAX_LOGIT_BIAS, fail_fast=True),
]


def as_list(value: Any) -> Any:
    """A lone stop string is a list of one."""
    return [value] if isinstance(value, str) else value


def text_or_list(of: str) -> Discriminator:
    """Tells a text from a list by its JSON type, so that what is wrong inside is said of one."""
    tags: dict[type[Any], str] = {str: "text", list: "list"}
    wrong = f"Input should be a valid string or list of {of}"
    return Discriminator(lambda given: tags.get(type(given)), "text_or_list", wrong)


StopList = Annotated[list[StopText], Field(max_length=16, fail_fast=True)]
Stops = Annotated[StopList, BeforeValidator(as_list, json_schema_input_type=StopText | StopList)]
StopTokenIds = Annotated[list[TokenId], Field(max_length=MAX_STOP_TOKEN_IDS, fail_fast=True)]


class SamplingBody(Body):
    """The fields that mean the same at every door of DeepInfra.

    The API reference bounds ``top_p`` above only and ``top_k`` below only.
    """

    stream: bool | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(le=1)] | None = None
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[Integer, Field(ge=0)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    repetition_penalty: Annotated[float, Field(ge=0.01, le=5)] | None = None
    seed: Annotated[Integer, Field(ge=-(2**63), lt=2**64)] | None = None
    stop: Stops | None = None
    stop_token_ids: StopTokenIds | None = None
    ignore_eos: bool | None = None
    user: Text | None = None

    def sampling(
        self, max_tokens: int | None, temperature: float = 1.0, top_p: float = 1.0
    ) -> SamplingParams:
        """The engine's form; ``temperature`` and ``top_p`` are the door's defaults.

        A nucleus of no mass or less holds the likeliest token only, which is what 0 means
        below; a ``top_k`` above every vocabulary is the same as a smaller one above it.
        """
        return SamplingParams(
            max_tokens=max_tokens,
            temperature=temperature if self.temperature is None else self.temperature,
            top_p=max(0.0, top_p if self.top_p is None else self.top_p),
            top_k=min(self.top_k or 0, _OFF_TOP_K),
            min_p=self.min_p or 0.0,
            repetition_penalty=1.0 if self.repetition_penalty is None else self.repetition_penalty,
            frequency_penalty=self.frequency_penalty or 0.0,
            presence_penalty=self.presence_penalty or 0.0,
            seed=self.seed,
            stop=tuple(self.stop or ()),
            stop_token_ids=tuple(self.stop_token_ids or ()),
            ignore_eos=bool(self.ignore_eos),
        )


class ResponseFormat(Body):
    """Which of the other fields its type needs, ``openai_format`` knows. ``schema`` is where other
    services have the schema, and none of these."""

    type: Literal["text", "json_object", "json_schema", "regex"]
    json_schema: dict[str, Any] | None = None
    regex: Text | None = None
    elsewhere: Any = Field(default=None, alias="schema")


class StreamOptions(Body):
    """None is not false here: usage comes unless it is declined."""

    include_usage: bool | None = None
    continuous_usage_stats: bool | None = None
    include_obfuscation: bool | None = None


class OpenAIBody(GuidedFields, SamplingBody):
    """What completions and chat share."""

    model: Text
    max_tokens: MaxTokens | None = None
    n: Choices | None = None
    return_tokens_as_token_ids: bool | None = None
    response_format: ResponseFormat | None = None
    stream_options: StreamOptions | None = None
    prompt_cache_key: Text | None = None
    logit_bias: LogitBias | None = None
    include_stop_str_in_output: bool | None = None

    def sampling(
        self, max_tokens: int | None, temperature: float = 1.0, top_p: float = 1.0
    ) -> SamplingParams:
        asked = super().sampling(max_tokens, temperature, top_p)
        bias = {int(token): value for token, value in (self.logit_bias or {}).items()}
        shows = bool(self.include_stop_str_in_output)
        return replace(asked, logit_bias=tuple(bias.items()), show_stop=shows)

    @property
    def output_limit(self) -> int | None:
        """How many tokens an answer may have at most."""
        return self.max_tokens

    @property
    def output_limit_field(self) -> str:
        """Where the caller wrote it."""
        return "max_tokens"

    @property
    def told_logprobs(self) -> int | None:
        """How many of the likeliest tokens are told beside each; None for no log-probabilities."""
        raise NotImplementedError


def _only_one(prompt: Any) -> Any:
    """Clients that batch send a list even for one prompt, of text or of token ids."""
    match prompt:
        case [str() | list() as only]:
            return only
        case [str() | list(), *_]:
            raise PydanticCustomError(
                "single_prompt", "A single prompt is supported, not {count}", {"count": len(prompt)}
            )
    return prompt


TokenIds = Annotated[list[TokenId], Field(min_length=1, fail_fast=True)]
Prompt = Annotated[
    Annotated[Text, Tag("text")] | Annotated[TokenIds, Tag("list")],
    text_or_list("token ids"),
]


_Prompts = Prompt | Annotated[list[Prompt], Field(min_length=1, max_length=1)]


class CompletionsBody(OpenAIBody):
    """``POST /v1/openai/completions``."""

    prompt: Annotated[Prompt, BeforeValidator(_only_one, json_schema_input_type=_Prompts)]
    logprobs: TopLogprobs | None = None
    echo: bool | None = None
    data: PromptData | None = None
    multi_modal_data: PromptData | None = None

    @property
    def told_logprobs(self) -> int | None:
        return self.logprobs


Parts = Annotated[list[Part], Field(min_length=1, max_length=_MAX_PARTS, fail_fast=True)]
Content = Annotated[
    Annotated[Text, Tag("text")] | Annotated[Parts, Tag("list")],
    text_or_list("parts"),
]


class CacheControl(Body):
    """Asks for what is always done: a prompt's beginning is computed once."""

    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] | None = None


class ChatMessage(Body):
    """``reasoning_content`` is what a model thought before an earlier answer; templates of models
    that do not think have no place for it."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Content | None = None
    name: Text | None = None
    tool_calls: PastCalls | None = None
    tool_call_id: Text | None = None
    reasoning_content: Text | None = None
    cache_control: CacheControl | None = None


class ChatBody(ToolFields, OpenAIBody):
    """``POST …/chat/completions``."""

    messages: Annotated[list[ChatMessage], Field(min_length=1, fail_fast=True)]
    max_completion_tokens: MaxTokens | None = None
    logprobs: bool | None = None
    top_logprobs: TopLogprobs | None = None
    store: bool | None = None

    @property
    def told_logprobs(self) -> int | None:
        return self.top_logprobs or 0 if self.logprobs else None

    @property
    def output_limit(self) -> int | None:
        """Both names are upper bounds, so the smaller one honours both."""
        given = [x for x in (self.max_tokens, self.max_completion_tokens) if x is not None]
        return min(given, default=None)

    @property
    def output_limit_field(self) -> str:
        """Where the caller wrote it."""
        newer = self.max_tokens is None or self.max_tokens != self.output_limit
        return "max_completion_tokens" if newer else "max_tokens"


def model_name(schema: type[OpenAIBody], body: Any) -> str:
    """The model that ``body`` asks for, without judging the rest of it.

    Raises SchemaViolation, with the other faults of the body, where it names none.
    """
    match body:
        case {"model": str(name)}:
            return name
        case {"messages": list() as messages}:
            # Without a model nothing bounds a conversation, and the verdict stands already.
            body = {**body, "messages": messages[:_JUDGED_WITHOUT_MODEL]}
    return read(schema, body).model
