"""A donor: a recorded session that others are fed from.

Responsible for what a donor is, for making one of what crosses the feedback boundary, and for
refusing one that cannot feed a session. Not responsible for reading sessions (`session.donor`) nor
for the pool (`study.donors`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, read_only
from neurofeedback.protocols.spec import SCORED, ProtocolSpec

LEAST_CLEAN = 0.5  # share of a session that a donor must be able to feed without repeating itself


@dataclass(frozen=True, slots=True)
class Donor:
    """A recorded session from which others are fed.

    Parameters
    ----------
    name : str
        What identifies the session.
    measures : str
        What the columns are; see `measures_of`. Equal for donor and recipient.
    frame_seconds : float
        Stream time between frames, s.
    baseline : ndarray, shape (n_baseline, n_used)
        Its clean baseline.
    values : ndarray, shape (n_frames, n_used)
        Its clean frames in scored blocks, in order.
    joints : ndarray of bool, shape (n_frames,)
        Whether a frame does not follow directly on the one before.
    seconds : float
        Stream time of its scored blocks, holds included, s.
    """

    name: str
    measures: str
    frame_seconds: float
    baseline: FloatArray
    values: FloatArray
    joints: NDArray[np.bool_]
    seconds: float

    @property
    def sha256(self) -> str:
        """What tells it from every other donor, hexadecimal: SHA-256 of all that it holds."""
        facts = [self.name, self.measures, self.frame_seconds, self.seconds, self.values.shape]
        found = hashlib.sha256(json.dumps(facts).encode())
        for array in (self.baseline, self.values):
            found.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
        found.update(np.packbits(self.joints).tobytes())
        return found.hexdigest()


class Listening:
    """Feed back what is measured, and keep it: this makes a donor.

    Attributes
    ----------
    baseline : ndarray, shape (n_clean, n_used)
        The newest baseline; empty before it.
    """

    def __init__(self) -> None:
        self.baseline: FloatArray = np.empty((0, 0))
        self._rows: list[FloatArray] = []
        self._joints: list[bool] = []
        self._n_held = 0
        self._after_hold = True

    def learn(self, baseline: FloatArray, joints: NDArray[np.bool_]) -> None:
        """Keep the baseline; frames of blocks before a new baseline are forgotten."""
        self.baseline = baseline
        self._rows, self._joints, self._n_held, self._after_hold = [], [], 0, True

    def feed(self, real: FloatArray) -> FloatArray:
        """Keep and return what was given."""
        self._rows.append(np.array(real))
        self._joints.append(self._after_hold)
        self._after_hold = False
        return real

    def hold(self) -> None:
        """Remember that the next frame does not follow on."""
        self._after_hold = True
        self._n_held += 1

    def rest(self) -> None:
        """Remember that the next frame does not follow on."""
        self._after_hold = True

    def donor(self, name: str, measures: str, frame_seconds: float) -> Donor:
        """Return what was heard as a donor.

        Raises
        ------
        UserError
            If there was no baseline or no frame of a scored block after it.
        """
        if not self._rows:
            raise UserError(
                "Session {name} cannot be a donor: it has no clean training data.", name=name
            )
        return Donor(
            name,
            measures,
            frame_seconds,
            read_only(np.array(self.baseline)),
            read_only(np.stack(self._rows)),
            read_only(np.array(self._joints)),
            (len(self._rows) + self._n_held) * frame_seconds,
        )


def measures_of(spec: ProtocolSpec) -> str:
    """Return what identifies the values that cross the boundary: SHA-256 of signal and features."""
    target = spec.target.features if spec.target else ()
    text = f"{spec.signal.model_dump_json()} {target}"
    return hashlib.sha256(text.encode()).hexdigest()


def check_donor(donor: Donor, spec: ProtocolSpec, frame_seconds: float) -> None:
    """Refuse a donor that cannot feed a session of a protocol.

    Raises
    ------
    UserError
        If it was recorded with other features or another hop, or is shorter than the session.
    """
    wanted = sum(b.seconds + b.extend for b in spec.iter_blocks() if b.kind in SCORED)
    if donor.measures != measures_of(spec):
        raise UserError(
            "Donor {donor} was recorded with features other than those of {protocol!r}; "
            "use sessions of the same protocol.",
            donor=donor.name,
            protocol=spec.name,
        )
    if abs(donor.frame_seconds - frame_seconds) > 1e-9:
        raise UserError(
            "Donor {donor} has a frame every {frame_seconds:.3f} ms, but this stream "
            "gives one every {wanted:.3f} ms; use donors with the same sampling rate.",
            donor=donor.name,
            frame_seconds=1000.0 * donor.frame_seconds,
            wanted=1000.0 * frame_seconds,
        )
    if donor.seconds < wanted:
        raise UserError(
            "Donor {donor} has {seconds:.0f} s of training, but the session may need "
            "{wanted:.0f} s; use donors that are at least as long.",
            donor=donor.name,
            seconds=donor.seconds,
            wanted=wanted,
        )
    if len(donor.values) * donor.frame_seconds < LEAST_CLEAN * wanted:
        raise UserError(
            "Donor {donor} is clean for less than {least:.0%} of the {wanted:.0f} s of "
            "training that the session may need; use a cleaner donor.",
            donor=donor.name,
            least=LEAST_CLEAN,
            wanted=wanted,
        )
