"""The feedback boundary: where a control arm puts other values in the place of the brain's.

Responsible for the values that go on to score, threshold, reward and display in each arm. Not
responsible for which arm a session is in (`study`), nor for anything after the boundary, which is
the same in all arms. Holds are not its matter: they stay real in every arm.

Values that are substituted are put together so that nothing betrays it (`protocols.run.playback`,
`protocols.run.scrambled`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.protocols.run.correlation import autocorrelation
from neurofeedback.protocols.run.donor import Donor, check_donor
from neurofeedback.protocols.run.playback import Playback
from neurofeedback.protocols.run.scrambled import PhaseScrambled
from neurofeedback.protocols.spec import BlockKind, ProtocolSpec

Joints = NDArray[np.bool_]
LONGEST_MEMORY = 10.0  # s over which a joint can be felt


class Arm(StrEnum):
    """What a session's feedback follows: the brain, or the protocol's control condition.

    Whoever is in standard care has no session, so that no boundary is made for them.
    """

    REAL = "real"
    CONTROL = "control"
    STANDARD = "standard"


FED = (Arm.REAL, Arm.CONTROL)  # the arms that have sessions with feedback


@dataclass(frozen=True, slots=True)
class Assignment:
    """What decides on the boundary of one session.

    Parameters
    ----------
    arm : Arm
        Whose values are fed back.
    seed : int or None
        Of everything random; None for the protocol's own.
    donor : Donor or None
        For a yoked control. Given and checked in every arm, so that none is refused more often.
    """

    arm: Arm = Arm.REAL
    seed: int | None = None
    donor: Donor | None = None


class Series(Protocol):
    """Where fed-back values come from."""

    def learn(self, baseline: FloatArray, joints: Joints) -> None:
        """Start from a finished baseline, shape (n_clean, n_used), in order, and its joints."""

    def feed(self, real: FloatArray) -> FloatArray:
        """Return what is fed back at the next clean frame, shape (n_used,)."""

    def hold(self) -> None:
        """Pass over a held frame."""

    def rest(self) -> None:
        """Let a frame go by in which nothing is fed back and nothing could be."""


class Boundary:
    """What the protocol sees of the participant.

    Parameters
    ----------
    trained : Series
        Feeds training and transfer blocks.
    passive : Series
        Feeds control blocks, in which feedback follows nobody.
    """

    def __init__(self, trained: Series, passive: Series) -> None:
        self._trained = trained
        self._passive = passive
        self._has_learned = False

    def learn(self, baseline: FloatArray, joints: Joints | None = None) -> None:
        """Take in a finished baseline.

        Parameters
        ----------
        baseline : ndarray, shape (n_clean, n_used)
            Its clean frames as features are computed from now on; again after each new baseline.
        joints : ndarray of bool, shape (n_clean,), or None
            Whether a frame does not follow directly on the one before; None where all do.
        """
        known = np.zeros(len(baseline), dtype=np.bool_) if joints is None else joints
        self._trained.learn(baseline, known)
        self._passive.learn(baseline, known)
        self._has_learned = True

    def feed(self, values: FloatArray, phase: BlockKind) -> FloatArray:
        """Return what is fed back at the next clean frame of a scored block.

        Parameters
        ----------
        values : ndarray, shape (n_used,)
            The brain's.
        phase : str
            Kind of the block.

        Returns
        -------
        ndarray, shape (n_used,)
        """
        active, resting = self._in(phase)
        resting.rest()
        return active.feed(values)

    def hold(self, phase: BlockKind) -> None:
        """Pass over a held frame of a scored block; to be called for each, in order."""
        active, resting = self._in(phase)
        resting.rest()
        active.hold()

    def rest(self) -> None:
        """Let a frame of another block go by; what is fed back next does not follow on."""
        if self._has_learned:
            self._trained.rest()
            self._passive.rest()

    def _in(self, phase: BlockKind) -> tuple[Series, Series]:
        pair = (self._trained, self._passive)
        return pair[::-1] if phase == "control" else pair


class Real:
    """Feed back what is measured."""

    def learn(self, baseline: FloatArray, joints: Joints) -> None:
        """Nothing to learn."""

    def feed(self, real: FloatArray) -> FloatArray:
        """Return what was given."""
        return real

    def hold(self) -> None:
        """Nothing to do."""

    def rest(self) -> None:
        """Nothing to do."""


class TimeShifted:
    """Feed back the participant's own values of some time before.

    Parameters
    ----------
    n_frames : int
        How many clean frames before; where the baseline has fewer, as many as it has. Holds and
        joints bring it nearer; when half is left, the series starts over.
    n_lags : int
        Frames over which a joint can be felt.
    """

    def __init__(self, n_frames: int, n_lags: int) -> None:
        self._wanted, self._n_lags = n_frames, n_lags
        self._rows: list[FloatArray] = []
        self._joints: list[bool] = []

    def learn(self, baseline: FloatArray, joints: Joints) -> None:
        """Begin with the end of the baseline."""
        self._n_frames = min(self._wanted, len(baseline))
        self._rows = list(baseline)
        self._joints = joints.tolist()
        start = len(baseline) - self._n_frames
        self._playback = Playback(autocorrelation(baseline, self._n_lags), start)
        self._after_hold = True

    def feed(self, real: FloatArray) -> FloatArray:
        """Keep the real values for later and return those of before."""
        self._rows.append(real)
        self._joints.append(self._after_hold)
        self._after_hold = False
        stop = len(self._rows) - self._n_frames // 2
        return self._playback.play(self._rows, self._joints, stop)

    def hold(self) -> None:
        """Pass over a held frame."""
        self._after_hold = True
        self._playback.hold()

    def rest(self) -> None:
        """Let time go by."""
        self._after_hold = True
        self._playback.rest()


class Yoked:
    """Feed back a donor's values, as far from the own baseline as they were from the donor's.

    Features are logarithms of power, or their differences: how far they spread within a session is
    a matter of the estimator, much the same in all people, and is not scaled.

    Parameters
    ----------
    donor : Donor
        See `check_donor`.
    n_lags : int
        Frames over which a joint can be felt.
    """

    def __init__(self, donor: Donor, n_lags: int) -> None:
        self._donor = donor
        self._n_lags = n_lags
        self._joints: list[bool] = donor.joints.tolist()

    def learn(self, baseline: FloatArray, joints: Joints) -> None:
        """Take the level of the own baseline, and begin with the donor's first."""
        level = baseline.mean(axis=0) - self._donor.baseline.mean(axis=0)
        self._rows = list(self._donor.values + level)
        self._playback = Playback(autocorrelation(baseline, self._n_lags))

    def feed(self, real: FloatArray) -> FloatArray:
        """Return the donor's next values; after the last, its first again."""
        return self._playback.play(self._rows, self._joints, len(self._rows))

    def hold(self) -> None:
        """Pass over a held frame."""
        self._playback.hold()

    def rest(self) -> None:
        """Let time go by."""
        self._playback.rest()


def make_boundary(
    spec: ProtocolSpec, frame_seconds: float, assignment: Assignment | None = None
) -> Boundary:
    """Make the boundary of a session.

    Parameters
    ----------
    spec : ProtocolSpec
        The protocol.
    frame_seconds : float
        Stream time between frames, s.
    assignment : Assignment or None
        None for the real arm outside of a study.

    Returns
    -------
    Boundary

    Raises
    ------
    UserError
        If the protocol declares no control arm, or the donor is missing or does not fit.
    """
    given = assignment or Assignment()
    n_lags = max(2, round(LONGEST_MEMORY / frame_seconds))
    seed = spec.seed if given.seed is None else given.seed
    own, passive = np.random.SeedSequence(seed).generate_state(2).tolist()
    if given.donor is not None:
        check_donor(given.donor, spec, frame_seconds)
    trained: Series = Real()
    if given.arm is Arm.CONTROL:
        trained = _control(spec, frame_seconds, n_lags, own, given.donor)
    return Boundary(trained, PhaseScrambled(passive, frame_seconds, n_lags))


def _control(
    spec: ProtocolSpec, frame_seconds: float, n_lags: int, seed: int, donor: Donor | None
) -> Series:
    control = spec.control
    if control is None:
        raise UserError(
            "The protocol {protocol!r} declares no control arm; add a [control] section.",
            protocol=spec.name,
        )
    if control.kind == "time-shifted":
        return TimeShifted(max(1, round(control.shift / frame_seconds)), n_lags)
    if control.kind == "phase-scrambled":
        return PhaseScrambled(seed, frame_seconds, n_lags)
    if donor is None:
        raise UserError(
            "The control arm of {protocol!r} is yoked: it needs a donor, a recorded "
            "session of the same protocol.",
            protocol=spec.name,
        )
    return Yoked(donor, n_lags)
