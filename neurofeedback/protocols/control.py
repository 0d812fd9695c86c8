"""The feedback boundary: where a control arm puts other values in the place of the brain's.

Responsible for the values that go on to score, threshold, reward and display in each arm. Not
responsible for which arm a session is in (`study`), nor for anything after the boundary, which is
the same in all arms. Holds are not its matter: they stay real in every arm.

Values that are substituted are put together so that nothing betrays it. A hold is passed over in
the donor too. Where two frames that follow each other come from places that do not (a donor's hold
was cut out, its end was reached), the second stretch is moved towards the first by what frames at
that distance have in common in the participant's own baseline:
y(k) = x(k) + rho(k) (y(0) - x(0)), x(0) being a row of the second stretch that is not played. With
rho the autocorrelation, variance and correlation across the joint are those of an unbroken series.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, read_only
from neurofeedback.protocols.correlation import autocorrelation
from neurofeedback.protocols.scrambled import PhaseScrambled
from neurofeedback.protocols.spec import SCORED, BlockKind, ProtocolSpec

LONGEST_MEMORY = 10.0  # s over which a joint can be felt
ATTEMPTS = 20  # to find two rows of one stretch
FORGOTTEN = 0.1  # correlation at which rows no longer seem to follow on each other
LEAST_CLEAN = 0.5  # share of a session that a donor must be able to feed without repeating itself


class Arm(StrEnum):
    """What a session's feedback follows: the brain, or the protocol's control condition."""

    REAL = "real"
    CONTROL = "control"


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

    def learn(self, baseline: FloatArray) -> None:
        """Start from a finished baseline, shape (n_clean, n_used), in order."""

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

    def learn(self, baseline: FloatArray) -> None:
        """Take in a finished baseline.

        Parameters
        ----------
        baseline : ndarray, shape (n_clean, n_used)
            Its clean frames as features are computed from now on; again after each new baseline.
        """
        self._trained.learn(baseline)
        self._passive.learn(baseline)
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

    def learn(self, baseline: FloatArray) -> None:
        """Nothing to learn."""

    def feed(self, real: FloatArray) -> FloatArray:
        """Return what was given."""
        return real

    def hold(self) -> None:
        """Nothing to do."""

    def rest(self) -> None:
        """Nothing to do."""


class Playback:
    """Play rows back so that nothing shows where they were put together.

    Parameters
    ----------
    correlation : ndarray, shape (n_lags, n_used)
        Autocorrelation of each column of what is imitated, lag 0 first; taken as 0 beyond.
    start : int
        Index of the first row to play.
    """

    def __init__(self, correlation: FloatArray, start: int = 0) -> None:
        self._correlation = correlation
        self._at = start - 1
        self._last: FloatArray | None = None
        self._offset = np.zeros(correlation.shape[1])
        self._since = self._passed = 0
        forgotten = np.flatnonzero((np.abs(correlation) < FORGOTTEN).all(axis=1))
        self._memory = int(forgotten[0]) if len(forgotten) else len(correlation)

    def hold(self) -> None:
        """Pass over a row; the one after it will be played as if it had been."""
        self._passed += 1

    def rest(self) -> None:
        """Pass over a row, as long as what comes after could still be felt to follow on."""
        self._passed += self._passed < self._memory

    def play(self, rows: Sequence[FloatArray], joints: Sequence[bool], stop: int) -> FloatArray:
        """Return the next row, moved towards the one before where they do not belong together.

        Parameters
        ----------
        rows : sequence of ndarray, shape (n_used,)
            May have grown since the last call.
        joints : sequence of bool
            Whether each row does not follow directly on the one before.
        stop : int
            Rows before this one may be played, at least one; the first follows on the last.
        """
        step, self._passed = 1 + self._passed, 0
        joint = self._advance(step, joints, stop)
        self._since += step
        if joint and self._last is not None:
            for _ in range(ATTEMPTS):
                reference = rows[self._at]
                if not self._advance(step, joints, stop):
                    break
            self._offset = self._last - reference
            self._since = step
        value: FloatArray = rows[self._at]
        if self._last is not None and self._since < len(self._correlation):
            value = value + self._offset * self._correlation[self._since]
        self._last = value
        return value

    def _advance(self, step: int, joints: Sequence[bool], stop: int) -> bool:
        """Go so many rows on; return whether a joint was crossed."""
        crossed = False
        for _ in range(step):
            self._at += 1
            if self._at >= stop:
                self._at, crossed = 0, True
            crossed |= bool(joints[self._at])
        return crossed


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

    def learn(self, baseline: FloatArray) -> None:
        """Begin with the end of the baseline."""
        self._n_frames = min(self._wanted, len(baseline))
        self._rows = list(baseline)
        self._joints = [False] * len(baseline)
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

    def learn(self, baseline: FloatArray) -> None:
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

    def learn(self, baseline: FloatArray) -> None:
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
            raise UserError(f"Session {name} cannot be a donor: it has no clean training data.")
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
            f"Donor {donor.name} was recorded with other features than {spec.name!r} declares; "
            "use sessions of the same protocol."
        )
    if abs(donor.frame_seconds - frame_seconds) > 1e-9:
        raise UserError(
            f"Donor {donor.name} has a frame every {1e3 * donor.frame_seconds:.3f} ms, this stream "
            f"gives one every {1e3 * frame_seconds:.3f} ms; use donors of the same sampling rate."
        )
    if donor.seconds < wanted:
        raise UserError(
            f"Donor {donor.name} has {donor.seconds:.0f} s of training, the session may need "
            f"{wanted:.0f} s; use donors that are at least as long."
        )
    if len(donor.values) * donor.frame_seconds < LEAST_CLEAN * wanted:
        raise UserError(
            f"Donor {donor.name} is clean for less than {LEAST_CLEAN:.0%} of the {wanted:.0f} s of "
            "training that the session may need; use a cleaner one."
        )


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
            f"The protocol {spec.name!r} declares no control arm; add a [control] section."
        )
    if control.kind == "time-shifted":
        return TimeShifted(max(1, round(control.shift / frame_seconds)), n_lags)
    if control.kind == "phase-scrambled":
        return PhaseScrambled(seed, frame_seconds, n_lags)
    if donor is None:
        raise UserError(
            f"The control arm of {spec.name!r} is yoked: it needs a donor, a recorded session of "
            "the same protocol."
        )
    return Yoked(donor, n_lags)
