"""What all declared settings of the signal package are made of.

Responsible for the base class and for the few types that several settings share. Not responsible
for any one of them.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_+-]{0,31}$")]
ChannelName = Annotated[str, Field(min_length=1, max_length=32)]


class Settings(BaseModel):
    """Base of all declared settings: frozen, unknown keys refused, no NaN or infinity."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True
    )


def _word_off(value: object) -> object:
    return None if value == "off" else value


# In a file, where there is no None, the word ``off`` stands for it.
Off = BeforeValidator(_word_off)
