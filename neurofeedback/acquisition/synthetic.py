"""A synthetic participant: EEG-like samples whose truth is known.

Responsible for a plausible, seeded, endless stream with a known frontal asymmetry, and for a demo
of learning. Not responsible for realism beyond that: it is no model of a brain, and nothing found
on it says anything about people. What the samples consist of is in `synthetic_parts`.

The learning model (`learner=True`) is a demonstration and nothing more: every reward moves the
hemispheric asymmetry by `LEARNING_STEP` toward the rewarded side, forgetting pulls it back with
the time constant `FORGETTING`, and it never moves further than `LEARNING_LIMIT`. The constants are
chosen so that a few minutes show an effect; people need sessions, and many learn nothing.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from neurofeedback.acquisition.electrodes import standard_montage
from neurofeedback.acquisition.pacing import Pacer
from neurofeedback.acquisition.synthetic_parts import Participant
from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, FeedbackFrame, StreamInfo, from_storage, to_storage

LEARNING_STEP = 0.04  # ln ratio for each reward
LEARNING_LIMIT = 1.0  # ln ratio, either way
FORGETTING = 120.0  # s


class SyntheticSource:
    """A synthetic participant behind the `Source` protocol.

    Samples are made in internal blocks of one second and handed out in pieces, so that the same
    seed gives the same samples however they are read. (With a learner the samples depend on when
    rewards come, as they would with a person: each takes effect at the next internal block.)

    Parameters
    ----------
    seed : int
        Seed of everything random.
    speed : float
        1 for real time; infinity for as fast as it is read.
    asymmetry : float
        ln of right over left frontal alpha power at the source. The asymmetry measured at F3/F4
        is smaller, since background and the other hemisphere mix in.
    learner : bool
        Whether `reinforce` changes the asymmetry.
    seconds : float, optional
        Length in s; endless by default.
    sfreq : float
        Sampling rate in Hz, at least 64.
    n_channels : int
        Size of the cap, see `standard_montage`; ignored when `ch_names` is given.
    ch_names : sequence of str, optional
        Electrodes by name.
    artifacts : bool
        Whether there are blinks and muscle bursts.
    chunk_seconds : float
        Length of the chunks handed out, s.
    clock, sleep : callable
        Where time comes from and how to wait, s.

    Raises
    ------
    UserError
        If the rate, the number of channels, a name or the speed is not possible.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        speed: float = 1.0,
        asymmetry: float = 0.0,
        learner: bool = False,
        seconds: float | None = None,
        sfreq: float = 250.0,
        n_channels: int = 19,
        ch_names: Sequence[str] | None = None,
        artifacts: bool = True,
        chunk_seconds: float = 1 / 32,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not 64 <= sfreq <= 20_000:
            raise UserError(f"A synthetic participant has a rate of 64 to 20000 Hz, not {sfreq}.")
        names = _names(n_channels, ch_names)
        self._info = StreamInfo(
            name=f"synthetic participant {seed}",
            source_id=f"neurofeedback-synthetic-{seed}",
            sfreq=float(sfreq),
            ch_names=names,
            ch_types=("eeg",) * len(names),
            units=("V",) * len(names),
            native_unit="V",
            origin="synthetic",
        )
        self._participant = Participant(names, float(sfreq), seed, artifacts=artifacts)
        self._pacer = Pacer(sfreq, speed, clock, sleep)
        self._clock = clock
        self._asymmetry = asymmetry
        self._learner = learner
        self._learned = 0.0
        self._lock = threading.Lock()
        self._n_total = math.inf if seconds is None else max(0, round(seconds * sfreq))
        self._n_chunk = max(1, round(chunk_seconds * sfreq))
        self._n_block = round(sfreq)
        self._block = np.empty((0, len(names)))
        self._block_start = 0
        self._next = 0

    @property
    def live(self) -> bool:
        """False: it waits for its reader."""
        return False

    @property
    def connected(self) -> bool:
        """True."""
        return True

    @property
    def exhausted(self) -> bool:
        """Whether the wanted length has been read."""
        return self._next >= self._n_total

    @property
    def asymmetry(self) -> float:
        """The asymmetry at the source now, learning included; ln ratio."""
        with self._lock:
            return self._asymmetry + self._learned

    def open(self) -> StreamInfo:
        """Describe the stream."""
        return self._info

    def read(self, timeout: float) -> Chunk | None:
        """Return the next samples, waiting up to `timeout` s until they are due."""
        if self.exhausted:
            return None
        at = self._next - self._block_start
        if at == self._block.shape[0]:
            self._next_block()
            at = 0
        n_left = int(min(self._block.shape[0] - at, self._n_total - self._next))
        n_times = min(self._n_chunk, n_left)
        if not self._pacer.wait(self._next + n_times, timeout):
            return None
        first, self._next = self._next, self._next + n_times
        return Chunk(
            self._block[at : at + n_times].copy(),
            np.arange(first, first + n_times) / self._info.sfreq,
            first,
            arrival=self._clock(),
        )

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def reinforce(self, frame: FeedbackFrame) -> None:
        """Let the participant experience one frame of feedback; callable from any thread.

        The rewarded direction is read off the frame: toward where the feature lies from the
        threshold. Frames that are held, or bring no reward, change nothing.
        """
        if not (self._learner and frame.reward) or frame.held is not None:
            return
        step = frame.feature - frame.threshold
        if not math.isfinite(step):
            return
        with self._lock:
            moved = self._learned + math.copysign(LEARNING_STEP, step)
            self._learned = min(max(moved, -LEARNING_LIMIT), LEARNING_LIMIT)

    def _next_block(self) -> None:
        with self._lock:
            asymmetry = self._asymmetry + self._learned
            self._learned *= math.exp(-self._n_block / self._info.sfreq / FORGETTING)
        self._block_start += self._block.shape[0]
        scale = self._info.storage_scale
        volts = self._participant.block(self._n_block, asymmetry)
        self._block = from_storage(to_storage(volts, scale), scale)


def _names(n_channels: int, ch_names: Sequence[str] | None) -> tuple[str, ...]:
    if ch_names is None:
        try:
            return standard_montage(n_channels)
        except ValueError as error:
            raise UserError(str(error)) from error
    if not ch_names or len(set(ch_names)) != len(ch_names):
        raise UserError("A synthetic participant needs channel names, each of them once.")
    return tuple(ch_names)
