"""An assignment as one line of text, as it is sealed in a session.

Responsible for writing it so that equal donors take equal room in either arm, and for reading it
back to the same bits. Not responsible for sealing.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, read_only
from neurofeedback.protocols.control import Arm, Assignment
from neurofeedback.protocols.donor import Donor

_ARM_WIDTH = max(len(arm) for arm in Arm)
_SEED_WIDTH = 20  # digits of 2^64


def assignment_to_text(assignment: Assignment) -> str:
    """Return an assignment as one line of JSON."""
    seed = "" if assignment.seed is None else str(assignment.seed)
    fields = {
        "arm": str(assignment.arm).ljust(_ARM_WIDTH),
        "seed": seed.rjust(_SEED_WIDTH),
        "donor": None if assignment.donor is None else _donor_fields(assignment.donor),
    }
    return json.dumps(fields)


def assignment_from_text(text: str) -> Assignment:
    """Read back what `assignment_to_text` wrote.

    Raises
    ------
    UserError
        If it is something else.
    """
    try:
        fields = json.loads(text)
        seed = fields["seed"].strip()
        donor = fields["donor"]
        return Assignment(
            Arm(fields["arm"].strip()),
            int(seed) if seed else None,
            None if donor is None else _donor(donor),
        )
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise UserError("What was sealed of the assignment cannot be understood.") from error


def _donor_fields(donor: Donor) -> dict[str, Any]:
    return {
        "name": donor.name,
        "measures": donor.measures,
        "frame_seconds": donor.frame_seconds,
        "seconds": donor.seconds,
        "n_used": donor.values.shape[1],
        "baseline": _packed(donor.baseline),
        "values": _packed(donor.values),
        "joints": base64.b64encode(np.packbits(donor.joints).tobytes()).decode(),
    }


def _donor(fields: dict[str, Any]) -> Donor:
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


def _packed(values: FloatArray) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode()


def _unpacked(text: str, n_columns: int) -> FloatArray:
    data = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f8")
    return read_only(data.reshape(-1, n_columns).astype(np.float64))
