"""A synthetic participant: EEG-like samples whose truth is known.

Responsible for a plausible, seeded, endless stream with a known frontal asymmetry, and for a demo
of learning. Not responsible for realism beyond that: it is no model of a brain, and nothing found
on it says anything about people. What the samples consist of is in `synthetic_parts`; what can be
learned, and how, in `synthetic_rhythms`.
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
from neurofeedback.acquisition.synthetic_rhythms import (
    FRONTAL_ALPHA,
    LEARNING_RATE,
    POSTERIOR_ALPHA,
    Levels,
    Rhythm,
)
from neurofeedback.errors import UserError
from neurofeedback.frames import (
    Chunk,
    FeedbackFrame,
    FloatArray,
    StreamInfo,
    from_storage,
    to_storage,
)


class SyntheticSource:
    """A synthetic participant behind the `Source` protocol.

    Samples are made in internal blocks of one second and handed out in pieces, so that the same
    seed gives the same samples however they are read. (With a learner the samples depend on the
    feedback, as they would with a person: it takes effect at the next internal block.)

    Parameters
    ----------
    seed : int
        Seed of everything random.
    speed : float
        1 for real time; infinity for as fast as it is read.
    asymmetry : float
        ln of right over left power of `rhythms`, before any learning. The asymmetry measured at
        F3/F4 is smaller, since background and the other hemisphere mix in.
    learner : bool
        Whether `reinforce` changes anything.
    learning_rate : float
        How fast; see `synthetic_rhythms.LEARNING_RATE`.
    rhythms : sequence of Rhythm
        What can be trained besides alpha at the back; frontal alpha by default.
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
        learning_rate: float = LEARNING_RATE,
        rhythms: Sequence[Rhythm] = FRONTAL_ALPHA,
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
            raise UserError(
                "A synthetic participant has a rate of 64 to 20000 Hz, not {rate}.", rate=sfreq
            )
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
        rhythms = (*rhythms, *POSTERIOR_ALPHA)
        self._participant = Participant(names, float(sfreq), seed, rhythms, artifacts=artifacts)
        self._pacer = Pacer(sfreq, speed, clock, sleep)
        self._clock = clock
        sides = np.sign([r.centre[0] for r in rhythms])
        sides[-len(POSTERIOR_ALPHA) :] = 0.0
        rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(8)[-1])
        rate = learning_rate if learner else 0.0
        self._levels = Levels(sides * asymmetry / 2.0, rng, rate)
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
    def learned(self) -> FloatArray:
        """How far the level of each rhythm has drifted, those at the back last; ln power."""
        with self._lock:
            return self._levels.learned

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

        It is taken for feedback on what was read last.
        """
        with self._lock:
            share = (self._next - self._block_start) / self._n_block
            self._levels.experience(frame, min(max(share, 0.0), 1.0))

    def _next_block(self) -> None:
        with self._lock:
            levels = self._levels.next_second(self._n_block)
            self._block_start += self._block.shape[0]
        scale = self._info.storage_scale
        volts = self._participant.block(self._n_block, levels)
        self._block = from_storage(to_storage(volts, scale), scale)


def _names(n_channels: int, ch_names: Sequence[str] | None) -> tuple[str, ...]:
    if ch_names is None:
        return standard_montage(n_channels)
    if not ch_names or len(set(ch_names)) != len(ch_names):
        raise UserError("A synthetic participant needs channel names, each of them once.")
    return tuple(ch_names)
