"""How long it takes from a sample until its picture's light is in the EEG stream again.

Responsible for flashes and for finding them in the channel of a light sensor, which the amplifier
records like any other. Not responsible for flashing (`gui.latency_window`).

A flash is shown because of a frame, whose sample has a time in the stream; the light that the
sensor sees has one too. So the difference has everything in it that comes after the electrode:
transmission, engine, painting and the monitor. It is counted in samples: half of one is added on
average, since light falls between two of them, and is taken off again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, FloatArray, StreamInfo, from_storage, to_storage

LONGEST = 1.0  # s from a frame until its light must be there
LEAST = 5  # flashes that must be found
CHANNEL = "light"


@dataclass(frozen=True, slots=True)
class Flash:
    """A change of the patch that the sensor looks at.

    Parameters
    ----------
    sample : int
        Of the frame that it was shown for.
    bright : bool
        Whether it went bright; else dark.
    when : float
        When it was painted, on the local clock, s.
    """

    sample: int
    bright: bool
    when: float


def light_delays(
    light: FloatArray, first_sample: int, sfreq: float, flashes: Sequence[Flash]
) -> FloatArray:
    """Return the time from each flash's sample to its light.

    Parameters
    ----------
    light : ndarray, shape (n_times,)
        What the sensor measured, in any unit.
    first_sample : int
        Number of its first sample.
    sfreq : float
        Hz.
    flashes : sequence of Flash

    Returns
    -------
    ndarray, shape (n_found,)
        Seconds, in order; flashes whose light was not found are left out.

    Raises
    ------
    UserError
        If the light of too few is found.
    """
    there = light[np.isfinite(light)]
    dark, bright = np.quantile(there, [0.1, 0.9]) if len(there) else (0.0, 0.0)
    is_bright = light > (dark + bright) / 2
    edges = np.flatnonzero(np.diff(is_bright.astype(np.int8))) + 1
    delays = []
    for flash in flashes:
        after = edges[(edges + first_sample > flash.sample) & (is_bright[edges] == flash.bright)]
        if len(after):
            seconds = (int(after[0]) + first_sample - flash.sample - 0.5) / sfreq
            delays += [seconds] if seconds <= LONGEST else []
    if len(delays) < LEAST or bright <= dark:
        raise UserError(
            "Of {n} flashes the light sensor saw {found}: put it on the patch at the lower left of "
            "the window, and check its channel.",
            n=len(flashes),
            found=len(delays),
        )
    return np.array(delays)


class LightLoop:
    """A synthetic participant with a light sensor on the screen: the way round, without hardware.

    Parameters
    ----------
    source : SyntheticSource
        In real time.
    delay : float
        Of the monitor that is imitated, s.
    """

    def __init__(self, source: SyntheticSource, *, delay: float = 0.0) -> None:
        self._source = source
        self._delay = delay
        self._changes: list[tuple[float, float]] = [(-np.inf, 0.0)]  # time and level

    def show(self, *, bright: bool, when: float) -> None:
        """Let the sensor see the patch change at a time of the local clock; any thread may."""
        self._changes.append((when + self._delay, float(bright)))

    @property
    def live(self) -> bool:
        """As the participant."""
        return self._source.live

    @property
    def connected(self) -> bool:
        """As the participant."""
        return self._source.connected

    @property
    def exhausted(self) -> bool:
        """As the participant."""
        return self._source.exhausted

    def open(self) -> StreamInfo:
        """Describe the stream, with the sensor as its last channel."""
        info = self._source.open()
        self._info = StreamInfo(
            name=info.name,
            source_id=info.source_id,
            sfreq=info.sfreq,
            ch_names=(*info.ch_names, CHANNEL),
            ch_types=(*info.ch_types, "misc"),
            units=(*info.units, "n/a"),
            native_unit=info.native_unit,
            origin=info.origin,
        )
        return self._info

    def read(self, timeout: float) -> Chunk | None:
        """Return the next samples, each with the light of its moment."""
        chunk = self._source.read(timeout)
        if chunk is None:
            return None
        sfreq, scale = self._info.sfreq, self._info.storage_scale
        # The last sample is of now.
        times = chunk.arrival + (np.arange(chunk.n_times) - chunk.n_times + 1) / sfreq
        changes = tuple(self._changes)
        at = np.searchsorted([when for when, _ in changes], times, side="right") - 1
        light = np.array([level for _, level in changes])[at]
        data = np.column_stack([chunk.data, light])
        return Chunk(
            from_storage(to_storage(data, scale), scale),
            chunk.timestamps,
            chunk.first_sample,
            chunk.gap,
            chunk.arrival,
        )

    def close(self) -> None:
        """Let go of the participant."""
        self._source.close()
