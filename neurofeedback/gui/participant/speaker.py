"""The audio device, as something that takes samples.

Responsible for opening the system's default device, for taking samples without ever waiting and for
one sentence about what is wrong with it. Not responsible for the samples (`gui.participant.tones`)
nor for when they are played (`gui.participant.feeder`).

Starts no thread, and belongs to the one that opens it: samples are pushed into a buffer, which
bridges the time from one push to the next. It is as shallow as it can be, since what waits in it is
heard later: `BUFFER` seconds at first, and `DEEPER` more after each break that can be heard, up to
`DEEPEST`. A break in silence is none. QtMultimedia is loaded when a device is opened; where it
cannot be, everything but the sound works.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from neurofeedback.gui._qt import QtCore
from neurofeedback.gui.display import sound_problem
from neurofeedback.gui.participant.tones import N_SIDES, RATE, Samples
from neurofeedback.words.language import tr

if TYPE_CHECKING:
    from PySide6 import QtMultimedia

BUFFER, DEEPER, DEEPEST = 0.10, 0.04, 0.24  # s
STALLED = 1.0  # s without taking samples: gone
GRACE = 5.0  # s after opening, in which a device may take its time to wake
OTHER_RATE = 44_100


class Speaker:
    """The default audio device.

    Parameters
    ----------
    clock : callable
        Monotonic time in s.
    deepest : float
        How deep the buffer may become, s.

    Attributes
    ----------
    rate : int
        Samples per second; known once it is open.
    latency : float
        How long a sample waits in the buffer at most, s.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, deepest: float = DEEPEST
    ) -> None:
        self.rate = RATE
        self.latency = BUFFER
        self._clock = clock
        self._sink: QtMultimedia.QAudioSink | None = None
        self._device: QtCore.QIODevice | None = None
        self._whole = False  # samples are whole numbers
        self._opened_at = self._accepted_at = 0.0
        self._n_whole = 0  # samples that fit into the buffer as it is now
        self._deepest = deepest
        self._sounding = False  # what has been pushed last can be heard

    def open(self) -> str | None:
        """Open the device; return what is wrong, in a sentence, or None."""
        self.close()
        # Which libraries of others it tries in vain is nothing a user should read.
        QtCore.QLoggingCategory.setFilterRules("qt.multimedia.*=false")
        try:
            from PySide6 import QtMultimedia
        except ImportError as error:
            return sound_problem(str(error))
        output = QtMultimedia.QMediaDevices.defaultAudioOutput()
        if output.isNull():
            return tr("No sound: no audio device was found.")
        wanted = _supported(output)
        if wanted is None:
            return tr("No sound: the audio device does not support 16 bits at 48 kHz.")
        sink = QtMultimedia.QAudioSink(output, wanted)
        sink.setBufferSize(wanted.bytesForDuration(round(1e6 * DEEPEST)))
        device = sink.start()
        if device is None or sink.error() not in _harmless():
            return tr("No sound: the audio device could not be opened.")
        self._sink, self._device = sink, device
        self.rate = wanted.sampleRate()
        self._whole = wanted.sampleFormat() == QtMultimedia.QAudioFormat.SampleFormat.Int16
        self._set_depth(min(self.latency, self._room / self.rate))
        self._sounding = False
        self._opened_at = self._accepted_at = self._clock()
        return None

    def _set_depth(self, seconds: float) -> None:
        self.latency, self._n_whole = seconds, round(seconds * self.rate)

    @property
    def n_free(self) -> int:
        """How many samples it takes now."""
        return 0 if self._sink is None else max(0, self._n_whole - self._n_waiting)

    @property
    def ran_dry(self) -> bool:
        """Whether nothing is left to play: there is a break in the sound."""
        return self._sink is not None and self._n_waiting <= 0

    def push(self, samples: Samples) -> None:
        """Take samples, shape (n, 2), no more than `n_free`."""
        if self._sink is None or self._device is None or not len(samples):
            return
        block = np.round(samples * 32767.0).astype(np.int16) if self._whole else samples
        if self._sounding and self.ran_dry:
            self._set_depth(min(self.latency + DEEPER, self._deepest, self._room / self.rate))
        if self._device.write(block.tobytes()) > 0:
            self._accepted_at, self._sounding = self._clock(), bool(samples[-1].any())

    def problem(self) -> str | None:
        """Return what has become of the device, in a sentence; None while it plays."""
        if self._sink is None:
            return None
        now = self._clock()
        gone = self._sink.error() not in _harmless()
        stalled = now - self._accepted_at > STALLED and now - self._opened_at > GRACE
        if gone or stalled:
            return tr("The sound has stopped: the audio device is gone.")
        return None

    def close(self) -> None:
        """Let the device go."""
        if self._sink is not None:
            self._sink.stop()
            self._sink.deleteLater()
        self._sink = self._device = None

    @property
    def _room(self) -> int:
        """Samples that the device can hold."""
        return 0 if self._sink is None else self._sink.bufferSize() // self._frame_bytes

    @property
    def _n_waiting(self) -> int:
        """Samples that wait to be played."""
        free = 0 if self._sink is None else self._sink.bytesFree() // self._frame_bytes
        return self._room - free

    @property
    def _frame_bytes(self) -> int:
        return N_SIDES * (2 if self._whole else 4)


def _harmless() -> tuple[QtMultimedia.QtAudio.Error, ...]:
    """Return what is no reason to give up: nothing, and a buffer that ran dry."""
    from PySide6 import QtMultimedia

    return QtMultimedia.QtAudio.Error.NoError, QtMultimedia.QtAudio.Error.UnderrunError


def _supported(output: QtMultimedia.QAudioDevice) -> QtMultimedia.QAudioFormat | None:
    """Return the first format that the device takes; None if none."""
    from PySide6 import QtMultimedia

    kinds = QtMultimedia.QAudioFormat.SampleFormat
    for rate in (RATE, OTHER_RATE):
        for kind in (kinds.Float, kinds.Int16):
            wanted = QtMultimedia.QAudioFormat()
            wanted.setSampleRate(rate)
            wanted.setChannelCount(N_SIDES)
            wanted.setSampleFormat(kind)
            if output.isFormatSupported(wanted):
                return wanted
    return None
