"""JSON as this server writes it, as pydantic models that only describe."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

OPTIONAL: Any = None
"""The default of a key that may be left out, and is never null."""

Count = Annotated[int, Field(ge=0)]


class Shape(BaseModel):
    """An object whose keys are all listed; there are no others."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
