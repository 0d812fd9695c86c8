"""What all declared settings of the signal package are made of.

Responsible for the base class, for the few types that several settings share, and for refusing what
parts of a table do not say together. Not responsible for any one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
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

    @field_validator("*")
    @classmethod
    def _readable(cls, value: Any) -> Any:
        """Refuse text with characters that are not seen and make it look like another."""
        for text in _texts(value):
            if (found := HIDDEN.search(text)) is not None:
                raise ValueError(
                    Message(
                        "has the character U+{code:04X}, which is not seen and can hide or reorder "
                        "text: leave it out",
                        code=ord(found[0]),
                    )
                )
        return value


def _word_off(value: object) -> object:
    return None if value == "off" else value


# Controls apart from tab and line ends; separators of lines; what turns the direction of text.
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)

# In a file, where there is no None, the word ``off`` stands for it.
Off = BeforeValidator(_word_off)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        yield from _texts([*value, *value.values()])


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
