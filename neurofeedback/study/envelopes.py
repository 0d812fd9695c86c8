"""Emergency envelopes: one for each place, which tells the arm of that place alone.

Responsible for making them and for opening one on site, with an entry in the log of unblindings.
Not responsible for printing the letters, nor for the key that opens everything (`study.keys`).

The arm of a place is encrypted under a code of 125 bits that nobody keeps but the letter, which
lies in a paper envelope at the site. What the study's folder keeps of it is as long in one arm as
in the other, and says nothing without the code: a letter that is opened tells one arm and nothing
of the others. As with any envelope, the paper shows whether it was opened; the log shows it where
it is opened with this program.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Arm
from neurofeedback.recording.files import why
from neurofeedback.study.allocation import NONCE_BYTES, Place
from neurofeedback.study.files import read_json, write_text
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import UnblindingKey

FILE = "envelopes.json"
HOW = "envelope"  # as the log of unblindings has it
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is taken for another on paper
_GROUPS, _GROUP = 5, 5
_ARM_WIDTH = 32


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """What is printed and put into one envelope.

    Parameters
    ----------
    study, stratum : str
    number : int
        Of the place.
    code : str
        Opens it.
    """

    study: str
    stratum: str
    number: int
    code: str

    def text(self) -> str:
        """Return the letter."""
        return (
            f"Study: {self.study}\nStratum: {self.stratum}\nPlace: {self.number}\n\n"
            "Open this letter only in an emergency of the participant who has this place.\n\n"
            f"Code: {self.code}\n\n"
            "neurofeedback study open-envelope STUDY --participant CODE --who NAME --reason TEXT\n"
        )


def make_envelopes(study: Study, key: UnblindingKey, letters: Path) -> int:
    """Make an envelope for each place of a study, and the letters to be printed.

    Parameters
    ----------
    study : Study
    key : UnblindingKey
    letters : Path
        New file outside of the study's folder, a page for each letter; only its owner may read it.

    Returns
    -------
    int
        How many.

    Raises
    ------
    UserError
        If the study has envelopes or cannot have any, the key is another study's, or a file cannot
        be written.
    """
    kept = study.folder / FILE
    if study.factors:
        raise UserError(
            "Study {study!r} balances factors, so no arm is known before a participant comes: in "
            "an emergency the keeper of the unblinding key opens one with 'neurofeedback study "
            "unblind -u CODE'.",
            study=study.name,
        )
    if kept.exists():
        raise UserError(
            "{path} exists already: envelopes are made once; use the letters that were printed "
            "then.",
            path=kept,
        )
    if letters.resolve().is_relative_to(study.folder.resolve()):
        raise UserError(
            "The letters {path} would be inside the study's folder, where everybody reads them; "
            "name a file elsewhere.",
            path=letters,
        )
    pages, rows = [], []
    for place in study.allocated(key).places.values():
        code = _new_code()
        pages.append(Letter(study.name, place.stratum, place.number, code).text())
        sealed = seal_arm(place, study.identity, code)
        rows.append({"stratum": place.stratum, "number": place.number, "sealed": sealed})
    write_text(letters, "\f".join(pages))
    try:
        write_text(kept, json.dumps({"study": study.identity, "envelopes": rows}, indent=1) + "\n")
    except UserError:
        letters.unlink(missing_ok=True)
        raise
    return len(rows)


@dataclass(frozen=True, slots=True)
class OpenedEnvelope:
    """What a letter told.

    Parameters
    ----------
    participant, stratum : str
    place : int
    arm : Arm
    """

    participant: str
    stratum: str
    place: int
    arm: Arm


def open_envelope(
    study: Study, participant: str, code: str, *, who: str, reason: str, now: datetime
) -> OpenedEnvelope:
    """Open a participant's envelope, having logged who does so.

    Parameters
    ----------
    study : Study
    participant : str
        Code.
    code : str
        Of the letter; spaces, dashes and small letters are put right.
    who, reason : str
        For the log.
    now : datetime
        With time zone.

    Raises
    ------
    UserError
        If the participant has no place, there is no envelope, or the code is not that of the
        letter. Nothing is logged then.
    """
    stratum, number = study.place_of(participant)
    sealed = _kept(study).get((stratum, number))
    if sealed is None:
        raise UserError(
            "Place {place} of stratum {stratum!r} has no envelope; the keeper of the unblinding "
            "key "
            "opens it with 'neurofeedback study unblind -u CODE'.",
            place=number,
            stratum=stratum,
        )
    study.check_unblinding(who, reason)
    arm = open_arm(sealed, stratum, number, study.identity, code)
    study.log_unblinding(who, reason, now, participant, how=HOW)
    return OpenedEnvelope(participant, stratum, number, arm)


def seal_arm(place: Place, study: str, code: str) -> str:
    """Return the arm of a place as text that tells nothing without a code."""
    bound, nonce = _bound(study, place.stratum, place.number), secrets.token_bytes(NONCE_BYTES)
    content = str(place.arm).encode().ljust(_ARM_WIDTH)
    return base64.b64encode(nonce + _cipher(code, bound).encrypt(nonce, content, bound)).decode()


def open_arm(sealed: str, stratum: str, number: int, study: str, code: str) -> Arm:
    """Read back what `seal_arm` wrote.

    Raises
    ------
    UserError
        If the code is not that of this place's letter, or what is sealed is damaged.
    """
    bound = _bound(study, stratum, number)
    try:
        data = base64.b64decode(sealed, validate=True)
        content = _cipher(code, bound).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], bound)
        return Arm(content.decode().strip())
    except (InvalidTag, ValueError) as error:
        raise UserError(
            "The code does not open the envelope of place {place} in stratum {stratum!r}: compare "
            "it with the letter, and place and stratum with those of the participant.",
            place=number,
            stratum=stratum,
        ) from error


def _kept(study: Study) -> dict[tuple[str, int], str]:
    path = study.folder / FILE
    if not path.exists():
        raise UserError(
            "The study in {folder} has no envelopes; the keeper of the unblinding key makes them "
            "with 'neurofeedback study envelopes'.",
            folder=study.folder,
        )
    try:
        rows: list[dict[str, Any]] = read_json(path)["envelopes"]
        return {(str(r["stratum"]), int(r["number"])): str(r["sealed"]) for r in rows}
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise UserError("{path} is damaged; restore it from a copy.", path=path) from error


def _new_code() -> str:
    groups = ("".join(secrets.choice(LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _cipher(code: str, bound: bytes) -> AESGCM:
    plain = "".join(letter for letter in code.upper() if letter in LETTERS)
    return AESGCM(hmac.digest(hashlib.sha256(plain.encode()).digest(), bound, "sha256"))


def _bound(study: str, stratum: str, number: int) -> bytes:
    """Return what an envelope is bound to, so that none opens in the place of another."""
    return json.dumps(["envelope", study, stratum, number]).encode()
