"""What all declared settings of the signal package are made of.

Responsible for the base class, for the few types that several settings share, and for refusing what
parts of a table do not say together. Not responsible for any one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from neurofeedback.words.message import Message

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_+-]{0,31}$")]
ChannelName = Annotated[str, Field(min_length=1, max_length=32)]
Finding = tuple[
    tuple[str | int, ...], Message
]  # keys and indices of a place, and what is wrong there


class Settings(BaseModel):
    """Base of all declared settings: frozen, unknown keys refused, no NaN or infinity."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True
    )


def _word_off(value: object) -> object:
    return None if value == "off" else value


# In a file, where there is no None, the word ``off`` stands for it.
Off = BeforeValidator(_word_off)


def refuse(title: str, findings: Sequence[Finding]) -> None:
    """Raise what was found as pydantic would, each finding at its own place.

    Raises
    ------
    ValidationError
        If there is any.
    """
    if findings:
        details = [
            InitErrorDetails(
                type=PydanticCustomError("inconsistent", "{says}", {"says": says}),
                loc=loc,
                input=None,
            )
            for loc, says in findings
        ]
        raise ValidationError.from_exception_data(title, details)
