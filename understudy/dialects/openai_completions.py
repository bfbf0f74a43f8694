"""OpenAI's legacy completions, as DeepInfra serves them: a raw prompt, text or token ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from understudy.decode.fold import Choice
from understudy.dialects.base import Spelling
from understudy.dialects.guided import Form
from understudy.dialects.openai_door import OpenAIDoor
from understudy.dialects.openai_logprobs import completion_logprobs
from understudy.dialects.openai_refusals import COMPLETIONS, refuse_images
from understudy.dialects.openai_reply import SPELLING, OpenAIReply
from understudy.dialects.openai_schema import CompletionsBody
from understudy.events import TextLogprob
from understudy.request import Input, TextInput, TokenInput


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


class OpenAICompletions(OpenAIDoor[CompletionsBody]):
    """``POST …/completions``."""

    body = CompletionsBody
    reply = CompletionsReply
    wishes = COMPLETIONS

    def check(self, body: Any, fields: CompletionsBody) -> None:
        refuse_images(fields)

    def input(self, fields: CompletionsBody) -> Input:
        prompt = fields.prompt
        return TextInput(prompt) if isinstance(prompt, str) else TokenInput(tuple(prompt))

    def more(self, fields: CompletionsBody, form: Form) -> dict[str, Any]:
        return {"echo": bool(fields.echo)}


def _choice(index: int, text: str, reason: str | None, logprobs: Any = None) -> dict[str, Any]:
    return {"index": index, "text": text, "logprobs": logprobs, "finish_reason": reason}
