"""An assignment as one line of text, as it is sealed in a session.

Responsible for writing it, and for reading it back to the same bits. Not responsible for sealing.

Of a donor the line holds the name and what identifies its content, never the values: the study's
folder keeps these. Sessions of before hold the donor itself.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, read_only
from neurofeedback.protocols.run.control import Arm, Assignment
from neurofeedback.protocols.run.donor import Donor
from neurofeedback.study.donors import DonorPool


def assignment_to_text(assignment: Assignment) -> str:
    """Return an assignment as one line of JSON."""
    donor = assignment.donor
    fields = {
        "arm": str(assignment.arm),
        "seed": assignment.seed,
        "donor": None if donor is None else {"name": donor.name, "sha256": donor.sha256},
    }
    return json.dumps(fields)


def assignment_from_text(text: str, donors: DonorPool | None = None) -> Assignment:
    """Read back what `assignment_to_text` wrote.

    Parameters
    ----------
    text : str
        One line.
    donors : DonorPool or None
        Where the donor is kept, if one is named.

    Raises
    ------
    UserError
        If it is something else, or the donor is missing or not the one it was.
    """
    try:
        given, donor = assigned(text), json.loads(text)["donor"]
        return Assignment(given.arm, given.seed, None if donor is None else _donor(donor, donors))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise UserError(
            "What was sealed of the session's assignment cannot be understood; restore "
            "sealed.bin from a copy, or use the version of the program that recorded it."
        ) from error


@dataclass(frozen=True, slots=True)
class Assigned:
    """What an assignment says, its donor by name alone.

    Parameters
    ----------
    arm : Arm
    seed : int or None
    donor : str or None
    """

    arm: Arm
    seed: int | None
    donor: str | None


def assigned(text: str) -> Assigned:
    """Read what `assignment_to_text` wrote, without loading the donor.

    Raises
    ------
    UserError
        If it is something else.
    """
    try:
        fields = json.loads(text)
        seed, donor = fields["seed"], fields["donor"]
        if isinstance(seed, str):  # as sessions of before have it
            seed = int(seed) if seed.strip() else None
        name = None if donor is None else str(donor["name"])
        return Assigned(Arm(fields["arm"].strip()), seed, name)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            "What was sealed of the session's assignment cannot be understood; restore "
            "sealed.bin from a copy, or use the version of the program that recorded it."
        ) from error


def _donor(fields: dict[str, Any], donors: DonorPool | None) -> Donor:
    if "values" in fields:
        return _enclosed_donor(fields)
    name, wanted = str(fields["name"]), str(fields["sha256"])
    if donors is None:
        raise UserError(
            "The session was assigned the donor {name}, which the study's folder keeps; "
            "name that folder with --study.",
            name=name,
        )
    donor = donors.load(name)
    if donor.sha256 != wanted:
        raise UserError(
            "The donor {name} in {folder} is not the one that was assigned to the "
            "session; restore it from a copy of the study's folder.",
            name=name,
            folder=donors.folder,
        )
    return donor


def _enclosed_donor(fields: dict[str, Any]) -> Donor:
    values = _unpacked(fields["values"], fields["n_used"])
    bits = np.frombuffer(base64.b64decode(fields["joints"]), dtype=np.uint8)
    return Donor(
        str(fields["name"]),
        str(fields["measures"]),
        float(fields["frame_seconds"]),
        _unpacked(fields["baseline"], fields["n_used"]),
        values,
        read_only(np.unpackbits(bits, count=len(values)).astype(np.bool_)),
        float(fields["seconds"]),
    )


def _unpacked(text: str, n_columns: int) -> FloatArray:
    data = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f8")
    return read_only(data.reshape(-1, n_columns).astype(np.float64))
