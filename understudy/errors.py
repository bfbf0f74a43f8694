"""Everything that can go wrong, as one tree. A class knows what happened; a dialect knows
how its service says it (status, code, wording).

* UnderstudyError
  + RequestError              the caller can mend it by sending something else
    - MalformedBody           not JSON, not UTF-8, nested too deep
      . UnsupportedEncoding   in a Content-Encoding that the route does not read
    - MissingBody             nothing was sent where a body is needed
    - BodyTooLarge            more bytes than the server takes
    - SchemaViolation         the dialect's own validator said no, in its own words
    - InvalidField            a field is well-typed but makes no sense
    - InvalidInput            a part of a GenerationRequest makes no sense
      . NotOffered            whoever computes the model cannot honour it
    - UnsupportedField        a known field that this server, model or backend cannot honour
    - UnknownAdapter          the model has no adapter of this name
    - AdapterIncomplete       files of an adapter have not been uploaded yet
    - AdapterInvalid          files of an adapter do not fit the model, or are no adapter
    - AdaptersUnsupported     the model cannot answer with any adapter
    - TemplateRejected        the model's chat template refuses these messages
    - PromptTooLong           the input alone exceeds its limit
    - ContextOverflow         input plus max_tokens exceeds the context
    - UpstreamRefused         the server that computes the model said no, in its own words
  + AuthError
    - MissingCredentials
    - MalformedCredentials
    - BadCredentials
    - MissingScope            a good key that may not do this
    - NotLocal                a door without a key, closed to this caller
  + RouteError
    - NoSuchRoute
    - WrongMethod
    - UnknownAccount
  + ModelError
    - UnknownModel            no card has this name
    - ModelNotDownloaded      a card has, but its weights are not here
    - ModelDoesNotFit         more memory than the budget leaves
    - ModelFolderInvalid      files of a model are missing, damaged or of an unknown architecture
  + CapacityError
    - ServerBusy              the queue is full, or the caller asked not to wait
    - ServerDraining          the server is shutting down
    - UpstreamUnavailable     the server that computes the model takes no calls now
  + GenerationError
    - RequestTimeout          took longer than the server allows
    - StepFailed              the engine failed while computing this request
    - EngineClosed            the engine went away with the request in it
    - UpstreamFailed          the server that computes the model failed, or is not there
    - FunctionNotRun          no process could be had for a client's function
  + AdapterNotStored          files of an adapter could not be written
  + ConfigError               start-up only: an unknown key, a bad value
  + PullError                 downloading or converting a model
    - HubUnavailable
    - ChecksumMismatch
    - DiskTooSmall
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class UnderstudyError(Exception):
    """Base of all. ``str(exc)`` is one plain sentence that may be shown to a caller."""


class RequestError(UnderstudyError):
    """The caller can mend it by sending something else."""


class MalformedBody(RequestError):
    """The bytes sent are not what this route reads."""


class UnsupportedEncoding(MalformedBody):
    """The bytes sent are in a Content-Encoding other than those that are ``accepted``."""

    def __init__(self, encoding: str, accepted: Sequence[str] = ()) -> None:
        super().__init__(f"The Content-Encoding '{encoding}' is not supported.")
        self.accepted = tuple(accepted)


class MissingBody(RequestError):
    """Nothing was sent where a body is needed."""


class BodyTooLarge(RequestError):
    """More bytes than the server takes (``limit`` in bytes)."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request body is larger than {limit} bytes.")
        self.limit = limit


class SchemaViolation(RequestError):
    """The dialect's validator said no. ``details`` is the dialect's own structured verdict."""

    def __init__(self, message: str, details: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.details = tuple(details)


class InvalidField(RequestError):
    """A field is well-typed but makes no sense. ``field`` is its path as the caller wrote it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class InvalidInput(RequestError):
    """A part of a GenerationRequest makes no sense. Raised below the dialects, which know how
    their client spells it: ``part`` is ``input``, ``constraint``, ``tools``, ``tool_choice`` or the
    name of a field of SamplingParams, and the sentence names no field."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


class NotOffered(InvalidInput):
    """Whoever computes the model cannot honour this part of a GenerationRequest, which may also be
    ``logprobs``, ``choices``, ``echo`` or ``token_ids``: refused by name, never ignored."""

    def __init__(self, part: str, what: str) -> None:
        super().__init__(part, f"The server that computes this model does not offer {what}.")


class UnsupportedField(RequestError):
    """A known field that cannot be honoured: refused by name, never ignored."""

    def __init__(self, field: str, why: str = "is not supported by this server") -> None:
        super().__init__(f"'{field}' {why}.")
        self.field = field


class UnknownAdapter(RequestError):
    """The model has no adapter of this name."""

    def __init__(self, adapter: str) -> None:
        super().__init__(f"The model has no adapter {adapter!r}.")
        self.adapter = adapter


class AdapterIncomplete(RequestError):
    """Files of an adapter have not been uploaded yet; ``missing`` are their names."""

    def __init__(self, adapter: str, missing: Sequence[str]) -> None:
        super().__init__(f"The adapter {adapter!r} still lacks {' and '.join(missing)}.")
        self.adapter = adapter
        self.missing = tuple(missing)


class AdapterInvalid(RequestError):
    """Files of an adapter do not fit the model, or are no adapter."""


class AdaptersUnsupported(RequestError):
    """The model cannot answer with any adapter."""

    def __init__(self, model: str) -> None:
        super().__init__(f"The model {model} does not support LoRA inference.")
        self.model = model


class TemplateRejected(RequestError):
    """The model's chat template refuses these messages; the text is the template's own."""


class PromptTooLong(RequestError):
    """The input alone exceeds its limit; both in tokens."""

    def __init__(self, input_tokens: int, limit: int) -> None:
        super().__init__(f"The input has {input_tokens} tokens; the limit is {limit}.")
        self.input_tokens = input_tokens
        self.limit = limit


class ContextOverflow(RequestError):
    """Input plus ``max_tokens`` exceeds the context; all in tokens."""

    def __init__(self, input_tokens: int, max_tokens: int, limit: int) -> None:
        super().__init__(
            f"The input has {input_tokens} tokens and max_tokens is {max_tokens}; "
            f"together they exceed the context of {limit}."
        )
        self.input_tokens = input_tokens
        self.max_tokens = max_tokens
        self.limit = limit


class UpstreamRefused(RequestError):
    """The server that computes the model said no to this request, in its own words."""


class AuthError(UnderstudyError):
    """Who is asking is not clear, or may not ask this."""


class MissingCredentials(AuthError):
    """No key was sent; or, beside what was, the header ``name`` is missing."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(f"The header {name} is missing." if name else "No API key was sent.")
        self.name = name


class MalformedCredentials(AuthError):
    """A key was sent in a form that no door reads."""

    def __init__(self) -> None:
        super().__init__("The Authorization header is not of the form 'Bearer <key>'.")


class BadCredentials(AuthError):
    """No such key, or a revoked one."""

    def __init__(self) -> None:
        super().__init__("The API key is not valid.")


class MissingScope(AuthError):
    """A good key that may not do this."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"The API key lacks the scope '{scope}'.")
        self.scope = scope


class NotLocal(AuthError):
    """A door without a key that does not open to this caller; ``why`` says how it would."""

    def __init__(self, why: str) -> None:
        super().__init__(f"This address takes no key and opens to this machine only: {why}.")


class RouteError(UnderstudyError):
    """The address or the method is not one of ours."""


class NoSuchRoute(RouteError):
    """No route has this path."""

    def __init__(self, path: str) -> None:
        super().__init__(f"There is no route {path}.")
        self.path = path


class WrongMethod(RouteError):
    """The route exists, but not for this method."""

    def __init__(self, method: str, path: str, allowed: Sequence[str] = ()) -> None:
        super().__init__(f"{method} is not supported for {path}.")
        self.method = method
        self.path = path
        self.allowed = tuple(allowed)


class UnknownAccount(RouteError):
    """The account id in the path is not one of ours."""

    def __init__(self, account: str, path: str) -> None:
        super().__init__(f"There is no account {account}.")
        self.account = account
        self.path = path


class ModelError(UnderstudyError):
    """The model asked for cannot answer."""

    def __init__(self, model: str, message: str) -> None:
        super().__init__(message)
        self.model = model


class UnknownModel(ModelError):
    """No card has this name; ``message`` says more, where there is more to say."""

    def __init__(self, model: str, message: str | None = None) -> None:
        super().__init__(model, message or f"There is no model {model}.")


class ModelNotDownloaded(ModelError):
    """A card has this name, but its weights are not here."""

    def __init__(self, model: str) -> None:
        way = f"understudy pull {model} (or start the server with --stand-in)"
        super().__init__(model, f"{model} is not downloaded. Get it with: {way}.")


class ModelDoesNotFit(ModelError):
    """More memory than the budget leaves; both in bytes."""

    def __init__(self, model: str, needed: int, available: int) -> None:
        super().__init__(
            model,
            f"{model} needs {needed / 1e9:.1f} GB of memory; {available / 1e9:.1f} GB are left "
            "of the server's budget.",
        )
        self.needed = needed
        self.available = available


class ModelFolderInvalid(ModelError):
    """Files of a model are missing, damaged or of an unknown architecture."""


class CapacityError(UnderstudyError):
    """Not now. ``retry_after`` is in seconds."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ServerBusy(CapacityError):
    """The queue is full, or the caller asked not to wait."""

    def __init__(self, retry_after: int = 1) -> None:
        super().__init__("Capacity temporarily exceeded, please try again.", retry_after)


class ServerDraining(CapacityError):
    """The server is shutting down."""

    def __init__(self) -> None:
        super().__init__("The server is shutting down.", retry_after=5)


class UpstreamUnavailable(CapacityError):
    """The server that computes the model takes no calls now."""


class GenerationError(UnderstudyError):
    """The request was good; computing it went wrong."""


class RequestTimeout(GenerationError):
    """Took longer than the server allows (``limit`` in seconds)."""

    def __init__(self, limit: float) -> None:
        super().__init__(f"The request took longer than {limit:g} seconds.")
        self.limit = limit


class StepFailed(GenerationError):
    """The engine failed while computing this request; others go on."""


class EngineClosed(GenerationError):
    """The engine went away with the request in it."""

    def __init__(self, message: str = "The model was unloaded while it was answering.") -> None:
        super().__init__(message)


class UpstreamFailed(GenerationError):
    """The server that computes the model failed, cannot be reached, or does not answer as one."""


class FunctionNotRun(GenerationError):
    """No process could be had for a client's function; what the function itself does wrong is
    its result."""

    def __init__(self) -> None:
        super().__init__("The functions of the request could not be run.")


class AdapterNotStored(UnderstudyError):
    """Files of an adapter could not be written; ``why`` is the system's word, without a path."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The finetune could not be stored: {why}.")


class ConfigError(UnderstudyError):
    """Start-up only: an unknown key or a bad value, named."""


class PullError(UnderstudyError):
    """Downloading or converting a model failed; what is on disk stays usable for a resume."""


class HubUnavailable(PullError):
    """The hub did not answer, or has no such repository or file for this token."""


class ChecksumMismatch(PullError):
    """A downloaded file is not the one that the hub announced."""


class DiskTooSmall(PullError):
    """Not enough room for the download and its conversion; both in bytes."""

    def __init__(self, needed: int, free: int, folder: str) -> None:
        super().__init__(
            f"{needed / 1e9:.2f} GB are needed in {folder}, and {free / 1e9:.2f} GB are free."
        )
        self.needed = needed
        self.free = free
