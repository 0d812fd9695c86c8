"""The key of de-identified bundles: who has which code, and by how much dates are shifted.

Responsible for drawing codes and shifts, and for keeping them, so that every bundle made with the
same key calls a participant the same and keeps the distance between sessions. Whoever has this file
can undo the disguise: it never goes into a bundle. Not responsible for what is disguised
(`export.deidentify`).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from neurofeedback.errors import UserError
from neurofeedback.export.deidentify import Disguise
from neurofeedback.recording.files import make_folders, replace_text, why
from neurofeedback.recording.layout import check_participant
from neurofeedback.words.message import Message

FORMAT = 1
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that are mistaken for another
_N_LETTERS = 8
# BIDS wants shifted dates to be seen as such: before 1925. Later sessions have five years of room.
_LATEST = date(1920, 1, 1)
_SPREAD_WEEKS = 15 * 52


def default_key(root: Path) -> Path:
    """Return where the key of a dataset lies, unless somebody keeps it elsewhere."""
    return root / "sourcedata" / "bundle_key.json"


class BundleKey:
    """Codes and shifts of the participants of a dataset.

    Parameters
    ----------
    path : Path
        The file; it need not exist yet.

    Raises
    ------
    UserError
        If the file cannot be read, or is no key.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = _read(path)

    def disguise(self, participant: str, started: date, code: str | None = None) -> Disguise:
        """Return a participant's disguise; a new one is drawn where there is none.

        Parameters
        ----------
        participant : str
            The code in the dataset.
        started : date
            Of any session of the participant.
        code : str or None
            The code wanted in the bundle; drawn at random where it is None.

        Raises
        ------
        UserError
            If the code is refused, is somebody's already, or the participant has another.
        """
        known = self._known.get(participant)
        if known is not None:
            if code not in (None, known.code):
                raise UserError(
                    "{participant} has the code {code} in {path}: use that one, or another key "
                    "with --key.",
                    participant=participant,
                    code=known.code,
                    path=self.path,
                )
            return known
        if code is None:
            code = self._draw()
        check_participant(code)
        if code.lower() in self._taken or code.lower() == participant.lower():
            raise UserError("The code {code} is already in use: choose another.", code=code)
        least = (started - _LATEST).days // 7 + 1
        self._known[participant] = Disguise(code, -(least + secrets.randbelow(_SPREAD_WEEKS)))
        return self._known[participant]

    def save(self) -> None:
        """Write the key, readable by its owner alone.

        Raises
        ------
        UserError
            If it cannot be written.
        """
        participants = {name: asdict(known) for name, known in sorted(self._known.items())}
        text = json.dumps({"format": FORMAT, "participants": participants}, indent=2)
        try:
            make_folders(self.path.parent)
            replace_text(self.path, text + "\n")
        except OSError as error:
            raise UserError(
                "The key {path} cannot be written: {reason}; name another with --key.",
                path=self.path,
                reason=why(error),
            ) from error

    @property
    def _taken(self) -> set[str]:
        return {name.lower() for known in self._known.items() for name in (known[0], known[1].code)}

    def _draw(self) -> str:
        while True:
            code = "X" + "".join(secrets.choice(_LETTERS) for _ in range(_N_LETTERS))
            if code.lower() not in self._taken:
                return code


def _read(path: Path) -> dict[str, Disguise]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UserError(
            "The key {path} cannot be read: {reason}.", path=path, reason=why(error)
        ) from error
    except UnicodeDecodeError as error:
        raise UserError("{path} is not a bundle key: it is not text.", path=path) from error
    try:
        fields = json.loads(text)
        if fields["format"] != FORMAT:
            raise ValueError(
                Message(
                    "format {format!r} is not known, only {known}",
                    format=fields["format"], known=FORMAT,
                )
            )  # fmt: skip
        return {name: _entry(known) for name, known in fields["participants"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            "{path} is not a bundle key ({kind}: {reason}).",
            path=path,
            kind=type(error).__name__,
            reason=error,
        ) from error


def _entry(fields: dict[str, Any]) -> Disguise:
    code, weeks = fields["code"], fields["weeks"]
    if not isinstance(code, str) or not isinstance(weeks, int) or not -20_000 < weeks < 0:
        raise ValueError(Message("{entry!r} is not a code and a shift", entry=fields))
    check_participant(code)
    return Disguise(code, weeks)
