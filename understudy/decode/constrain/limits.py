"""How large a constraint may be: so large that what passes costs little to compile and follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from understudy.errors import InvalidInput

if TYPE_CHECKING:
    import llguidance

MAX_BYTES = 256 * 1024
"""JSON text of one constraint: schemas in use have a few kilobytes, those of a long list of tools
some tens."""

MAX_DEPTH = 64
"""Schemas inside one another. The library itself stops at 128 levels of JSON."""

MAX_SCHEMAS = 10_000
"""Schemas in one constraint, each property and each item of a list being one."""

MAX_LEVELS = 1000
"""Levels of the whole schema and of each definition that is referred to, together: the library
follows references by recursion, and where definitions of 2,000 levels refer to one another it
overruns the stack of 8 MB and the process with it."""

MAX_PATTERNS = 50
"""Patterns for the names of properties: each pair must be shown to have no name in common."""

MAX_PROPERTIES = 400
"""Properties of one object: where all are optional each is four ways on for the parser, which
stops at 2,000 at one place."""

MAX_TEXT = 4096
"""Bytes of a constant or of the name of a property, written as JSON."""

MAX_COUNT = 1_000_000
"""The largest length or number of items. No context holds more."""

MAX_MULTIPLE = 10_000
"""The least common multiple of what numbers must be multiples of, in units of their last digit:
telling multiples takes a state for every remainder."""

MAX_PATTERN = 10_000
"""Characters of a pattern with its counted repetitions written out. At this size a step of the
worst pattern takes 3 ms, and time grows with it."""

MAX_BOUND = 2**53
"""Where integers and floating-point numbers part ways."""

_LEXER_STATES = 20_000
"""Of one compiled grammar. A kilobyte each, or several in patterns of many ways."""


def refuse(message: str) -> InvalidInput:
    """The error to raise for a constraint that cannot be honoured."""
    return InvalidInput("constraint", message)


def parser_limits() -> llguidance.LLParserLimits:
    """The library's own limits, for compiling and for each step."""
    from llguidance import LLParserLimits

    return LLParserLimits(max_lexer_states=_LEXER_STATES, verbose_errors=False)
