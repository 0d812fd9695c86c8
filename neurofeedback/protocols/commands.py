"""What an operator, or the session itself, may ask of a running protocol.

Responsible for the commands, the values they carry and their form in a log. Not responsible for
what they do (`protocols.run.schedule`, `protocols.run.threshold`, `signal.pipeline`).

A command takes effect at the next feature frame. `HOLD` is the session's own: it names samples that
must not be fed back for a reason that the samples alone do not tell, such as that they came late.
"""

from __future__ import annotations

import math
import re
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
    HOLD = "hold"


_CAUSE = re.compile(r"[A-Za-z][^\t\n\r]{0,59}")

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
    span : tuple of (int, int) or None
        Of a hold: the first and the last sample, absolute numbers.
    cause : str
        Of a hold: why, as it stands in `FeedbackFrame.held`; see `holds`.

    Raises
    ------
    UserError
        If the value, span or cause is missing, superfluous or out of range.
    """

    name: CommandName
    value: float | None = None
    span: tuple[int, int] | None = None
    cause: str = ""

    def __post_init__(self) -> None:
        self._check_span()
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

    def _check_span(self) -> None:
        is_hold = self.name is CommandName.HOLD
        if not is_hold and (self.span is not None or self.cause):
            raise UserError("The command {command} names no samples.", command=self.name)
        if is_hold and not (
            self.span is not None
            and 0 <= self.span[0] <= self.span[1]
            and _CAUSE.fullmatch(self.cause)
        ):
            raise UserError(
                "The command {command} needs its first and last sample and a cause.",
                command=self.name,
            )

    def to_details(self) -> dict[str, Any]:
        """Return the command as plain JSON types."""
        details: dict[str, Any] = {"command": str(self.name)}
        if self.span is not None:
            first, last = self.span
            return {**details, "cause": str(self.cause), "first": first, "last": last}
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
        span = (details.get("first"), details.get("last"))
        if any(isinstance(n, bool) or not isinstance(n, int | None) for n in span):
            raise UserError("The command {name} has samples that are no whole numbers.", name=name)
        first, last = span
        return cls(
            CommandName(name),
            None if value is None else float(value),
            None if first is None or last is None else (first, last),
            str(details.get("cause", "")),
        )


PAUSE = Command(CommandName.PAUSE)
RESUME = Command(CommandName.RESUME)
SKIP = Command(CommandName.SKIP)
REPEAT = Command(CommandName.REPEAT)
REDO_BASELINE = Command(CommandName.REDO_BASELINE)
ABORT = Command(CommandName.ABORT)


def hold(first: int, last: int, cause: str) -> Command:
    """Return the command that holds the samples from `first` to `last`."""
    return Command(CommandName.HOLD, span=(first, last), cause=cause)
