"""OpenAI's legacy completions, as DeepInfra serves them: a raw prompt, text or token ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from understudy.catalog.card import ModelCard
from understudy.decode.fold import Choice
from understudy.dialects.base import Call, CallMeta, ErrorReply, Spelling
from understudy.dialects.body_schema import read
from understudy.dialects.bounds import refuse_hopeless
from understudy.dialects.openai_format import constraint_of
from understudy.dialects.openai_logprobs import completion_logprobs
from understudy.dialects.openai_refusals import COMPLETIONS, refuse
from understudy.dialects.openai_reply import SPELLING, OpenAIReply, ReplyContext
from understudy.dialects.openai_schema import CompletionsBody, model_name
from understudy.dialects.openai_service import OpenAIService
from understudy.errors import UnderstudyError
from understudy.events import TextLogprob
from understudy.request import GenerationRequest, TextInput, TokenInput


class CompletionsReply(OpenAIReply):
    """``text_completion`` bodies and chunks."""

    id_prefix = "cmpl"
    body_object = "text_completion"
    chunk_object = "text_completion"
    spelling: ClassVar[Spelling] = {**SPELLING, "input": "prompt"}

    def text(self, choice: int, text: str, logprobs: Any = None) -> dict[str, Any]:
        return _choice(choice, text, None, logprobs)

    def logprobs(self, tokens: Sequence[TextLogprob], as_ids: bool) -> dict[str, Any]:
        return completion_logprobs(tokens, as_ids)

    def finish(self, choice: int, reason: str) -> dict[str, Any]:
        return _choice(choice, "", reason)

    def whole(self, index: int, choice: Choice, logprobs: Any) -> dict[str, Any]:
        reason = choice.finish and choice.finish.value
        return _choice(index, choice.echo + choice.text, reason, logprobs)


class OpenAICompletions:
    """``POST …/completions``. A service whose bodies differ brings its own ``schema``;
    where ``bare_schemas``, the answer's schema may stand outside of OpenAI's envelope."""

    def __init__(
        self,
        service: OpenAIService,
        *,
        schema: type[CompletionsBody] = CompletionsBody,
        bare_schemas: bool = False,
    ) -> None:
        self._service = service
        self._schema = schema
        self._bare_schemas = bare_schemas

    def model_name(self, body: Any) -> str:
        """The model asked for. Raises SchemaViolation where the body names none."""
        return model_name(self._schema, body)

    def parse(self, body: Any, card: ModelCard) -> Call:
        refuse_hopeless(body, card)
        fields = read(self._schema, body)
        refuse(body, fields, COMPLETIONS)
        prompt = fields.prompt
        request = GenerationRequest(
            model=card.name,
            input=TextInput(prompt) if isinstance(prompt, str) else TokenInput(tuple(prompt)),
            sampling=fields.sampling(fields.max_tokens),
            limits=self._service.limits_for(card, fields.max_tokens),
            cache_namespace=fields.prompt_cache_key or "",
            choices=fields.n or 1,
            logprobs=fields.told_logprobs,
            echo=bool(fields.echo),
            constraint=constraint_of(fields.response_format, bare=self._bare_schemas),
        )

        def reply(meta: CallMeta) -> CompletionsReply:
            return CompletionsReply(ReplyContext(self._service, card, fields, meta))

        return Call(request, bool(fields.stream), reply)

    def error(self, exc: UnderstudyError, meta: CallMeta) -> ErrorReply:
        return self._service.error(exc, meta, CompletionsReply.spelling)


def _choice(index: int, text: str, reason: str | None, logprobs: Any = None) -> dict[str, Any]:
    return {"index": index, "text": text, "logprobs": logprobs, "finish_reason": reason}
