"""What OpenAI's two formats share: one way from a body to a request, and one to refuse it."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from understudy.catalog.card import ModelCard
from understudy.dialects.base import Call, CallMeta, ErrorReply
from understudy.dialects.body_schema import read
from understudy.dialects.bounds import refuse_hopeless
from understudy.dialects.guided import Form, only_form
from understudy.dialects.openai_format import constraint_of
from understudy.dialects.openai_refusals import refuse
from understudy.dialects.openai_reply import OpenAIReply, ReplyContext
from understudy.dialects.openai_schema import OpenAIBody, model_name
from understudy.dialects.openai_service import OpenAIService
from understudy.dialects.wishes import Wishes
from understudy.errors import UnderstudyError
from understudy.request import GenerationRequest, Input

Asked = TypeVar("Asked", bound=OpenAIBody)


class OpenAIDoor(Generic[Asked]):
    """A route of a service that speaks OpenAI's format; subclasses say what is asked there.

    ``schema`` is for services whose bodies differ; where ``bare_schemas``, the answer's schema
    may stand outside of OpenAI's envelope.
    """

    body: ClassVar[type[Any]]
    reply: ClassVar[type[OpenAIReply]]
    wishes: ClassVar[Wishes]

    def __init__(
        self,
        service: OpenAIService,
        *,
        schema: type[Asked] | None = None,
        bare_schemas: bool = False,
    ) -> None:
        self._service = service
        self._schema: type[Asked] = self.body if schema is None else schema
        self._bare_schemas = bare_schemas

    def check(self, body: Any, fields: Asked) -> None:
        """Raise RequestError for what each field may be and all of them together may not."""

    def input(self, fields: Asked) -> Input:
        """What is to be answered."""
        raise NotImplementedError

    def more(self, fields: Asked, form: Form) -> dict[str, Any]:
        """The fields of a request that this format alone has."""
        return {}

    def model_name(self, body: Any) -> str:
        """The model asked for. Raises SchemaViolation where the body names none."""
        return model_name(self._schema, body)

    def parse(self, body: Any, card: ModelCard) -> Call:
        refuse_hopeless(body, card)
        fields = read(self._schema, body)
        refuse(body, fields, self.wishes)
        self.check(body, fields)
        limit = fields.output_limit
        asked = self.input(fields)
        form = self._form(fields)
        request = GenerationRequest(
            model=card.name,
            input=asked,
            sampling=fields.sampling(limit),
            limits=self._service.limits_for(card, limit, fields.output_limit_field),
            cache_namespace=fields.prompt_cache_key or "",
            choices=fields.n or 1,
            logprobs=fields.told_logprobs,
            token_ids=bool(fields.return_tokens_as_token_ids),
            constraint=form.constraint,
            **self.more(fields, form),
        )

        def reply(meta: CallMeta) -> OpenAIReply:
            return self.reply(ReplyContext(self._service, card, fields, meta))

        return Call(request, bool(fields.stream), reply, spelling={"constraint": form.field})

    def _form(self, fields: Asked) -> Form:
        forms = fields.guided()
        asked = constraint_of(fields.response_format, bare=self._bare_schemas)
        return only_form(forms if asked is None else {"response_format": asked, **forms})

    def error(self, exc: UnderstudyError, meta: CallMeta) -> ErrorReply:
        return self._service.error(exc, meta, self.reply.spelling)
