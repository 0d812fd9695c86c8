"""What was said after a session, kept beside it.

Responsible for the form of ``..._debrief.json``, for writing it whole or not at all, and for what
of it may go into a bundle. Not responsible for asking, nor for the index. The log of a session is
sealed by its last line, so this is a file of its own; it may be written anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.recording.files import replace_text, why
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.words.message import Message

FORMAT = 1
EFFECTS = (
    "headache",
    "tiredness",
    "dizziness",
    "irritability",
    "anxiety",
    "sleep",
    "low-mood",
    "other",
)
SEVERITIES = ("mild", "moderate", "severe")


@dataclass(frozen=True, slots=True)
class Effect:
    """An adverse effect.

    Parameters
    ----------
    kind : str
        One of `EFFECTS`.
    severity : str
        One of `SEVERITIES`.

    Raises
    ------
    UserError
        If either is none of these.
    """

    kind: str
    severity: str

    def __post_init__(self) -> None:
        for value, known in ((self.kind, EFFECTS), (self.severity, SEVERITIES)):
            if value not in known:
                raise UserError(
                    "{word!r} is not one of {known}.", word=value, known=", ".join(known)
                )


@dataclass(frozen=True, slots=True)
class Debrief:
    """What was said after a session.

    Parameters
    ----------
    saved : datetime
        When it was written down, with time zone.
    operator : str
        Who wrote it down.
    note : str
        The operator's; may be empty.
    effects : tuple of Effect or None
        Empty where the answer was that there were none; None where nobody asked.
    effect_words : str
        More about them, in words; may be empty.
    strategy : str
        What the participant did to move the display, in their words; may be empty.

    Raises
    ------
    ValueError
        If the time has no time zone.
    """

    saved: datetime
    operator: str = ""
    note: str = ""
    effects: tuple[Effect, ...] | None = None
    effect_words: str = ""
    strategy: str = ""

    def __post_init__(self) -> None:
        if self.saved.tzinfo is None:
            raise ValueError("The time of a debrief needs a time zone.")

    def to_json(self) -> str:
        """Return it as the text of the file."""
        fields = {"format": FORMAT, **asdict(self), "saved": self.saved.isoformat()}
        return json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Debrief:
        """Read back what `to_json` returned.

        Raises
        ------
        ValueError
            If it is something else, or of a later format.
        """
        try:
            return cls._from_fields(json.loads(text))
        except (KeyError, TypeError, AttributeError, UserError, RecursionError) as error:
            raise ValueError(Message("no debrief ({reason})", reason=error)) from error

    @classmethod
    def _from_fields(cls, fields: Mapping[str, Any]) -> Debrief:
        if fields["format"] != FORMAT:
            raise ValueError(
                Message(
                    "format {format!r} is not known, only {known}",
                    format=fields["format"], known=FORMAT,
                )
            )  # fmt: skip
        words = [fields[name] for name in ("operator", "note", "effect_words")]
        words.append(fields.get("strategy", ""))  # debriefs of before have none
        if not all(isinstance(text, str) for text in words):
            raise ValueError(Message("one of its texts is not text"))
        found = fields["effects"]
        effects = None if found is None else tuple(Effect(**effect) for effect in found)
        saved = datetime.fromisoformat(fields["saved"])
        return cls(saved, words[0], words[1], effects, words[2], words[3])

    def disguised(self, weeks: int) -> Debrief:
        """Return it without what a person wrote, the date shifted by weeks and told in UTC."""
        saved = self.saved.astimezone(UTC) + timedelta(weeks=weeks)
        return replace(self, saved=saved, operator="", note="", effect_words="", strategy="")


def debrief_path(layout: SessionLayout) -> Path:
    """Return the file of a session's debrief."""
    return layout.derived("debrief.json")


def write_debrief(layout: SessionLayout, debrief: Debrief) -> Path:
    """Write the debrief of a session in the place of an earlier one; private to the user.

    Raises
    ------
    UserError
        If it cannot be written; an earlier one is left as it was.
    """
    path = debrief_path(layout)
    try:
        replace_text(path, debrief.to_json())
    except OSError as error:
        raise UserError(
            "{path} cannot be written: {reason}.", path=path, reason=why(error)
        ) from error
    return path


def read_debrief(layout: SessionLayout) -> Debrief | None:
    """Return the debrief of a session; None where there is none.

    Raises
    ------
    UserError
        If it cannot be read, or is none.
    """
    path = debrief_path(layout)
    try:
        return Debrief.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error
    except ValueError as error:
        raise UserError(
            "{path} cannot be understood: {reason}.", path=path, reason=error
        ) from error
