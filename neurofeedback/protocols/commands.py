"""What an operator may ask of a running protocol.

Responsible for the commands, the values they carry and their form in a log. Not responsible for
what they do (`protocols.run.schedule`, `protocols.run.threshold`).

A command takes effect at the next feature frame.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.words.message import Message


class CommandName(StrEnum):
    """What may be asked; a command is written to logs under these words."""

    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    REPEAT = "repeat"
    REDO_BASELINE = "redo-baseline"
    EXTEND = "extend"
    ABORT = "abort"
    THRESHOLD = "threshold"
    TARGET_RATE = "target-rate"


RANGES: dict[CommandName, tuple[float, float, Message]] = {
    CommandName.EXTEND: (1.0, 3600.0, Message("seconds from 1 to 3600")),
    CommandName.THRESHOLD: (-1e12, 1e12, Message("a number in the unit of the threshold")),
    CommandName.TARGET_RATE: (0.1, 0.9, Message("a share from 0.1 to 0.9")),
}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing asked.

    Parameters
    ----------
    name : CommandName
        What.
    value : float or None
        For those in `RANGES`: how much.

    Raises
    ------
    UserError
        If the value is missing, superfluous or out of range.
    """

    name: CommandName
    value: float | None = None

    def __post_init__(self) -> None:
        wanted = RANGES.get(self.name)
        if wanted is None:
            if self.value is not None:
                raise UserError("The command {command} takes no value.", command=self.name)
            return
        low, high, words = wanted
        if self.value is None or not (math.isfinite(self.value) and low <= self.value <= high):
            raise UserError(
                "The command {command} needs {wanted}, not {value}.",
                command=self.name,
                wanted=words,
                value=self.value,
            )

    def to_details(self) -> dict[str, Any]:
        """Return the command as plain JSON types."""
        details: dict[str, Any] = {"command": str(self.name)}
        return details if self.value is None else {**details, "value": self.value}

    @classmethod
    def from_details(cls, details: Mapping[str, Any]) -> Command:
        """Rebuild a command from what `to_details` returned.

        Raises
        ------
        UserError
            If it is none.
        """
        name, value = details.get("command"), details.get("value")
        if name not in list(CommandName):
            raise UserError(
                "{name!r} is no command; {known} are.",
                name=str(name)[:40],
                known=", ".join(CommandName),
            )
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            raise UserError("The command {name} has a value that is no number.", name=name)
        return cls(CommandName(name), None if value is None else float(value))


PAUSE = Command(CommandName.PAUSE)
RESUME = Command(CommandName.RESUME)
SKIP = Command(CommandName.SKIP)
REPEAT = Command(CommandName.REPEAT)
REDO_BASELINE = Command(CommandName.REDO_BASELINE)
ABORT = Command(CommandName.ABORT)
