"""Calling the operator who looks elsewhere: an alarm is heard, and the window asks for attention.

Responsible for a sound and a mark on the window when an alarm comes. Not responsible for what an
alarm is (`gui.operator.presenter`) nor for saying it (`gui.widgets.StateBanner`).
"""

from __future__ import annotations

import numpy as np

from neurofeedback.gui._qt import QtCore, QtWidgets
from neurofeedback.gui.participant.feeder import Output
from neurofeedback.gui.participant.speaker import Speaker
from neurofeedback.gui.participant.tones import N_SIDES, Samples
from neurofeedback.gui.widgets import StateBanner

TIMES, APART_MILLISECONDS = 3, 10_000  # how often an alarm that lasts is heard
PUSH_MILLISECONDS = 20
LEVEL = 0.25  # of full scale: heard in a quiet room, startles nobody
NOTES = ((740.0, 0.18), (0.0, 0.06), (587.0, 0.3))  # Hz, s


class AlarmCall(QtCore.QObject):
    """Calls when the banner shows a new alarm, and again while that lasts.

    Parameters
    ----------
    banner : StateBanner
        Owns the call.
    output : Output, optional
        Where it is heard; by default the system's audio device. Without one the system beeps.
    """

    def __init__(self, banner: StateBanner, output: Output | None = None) -> None:
        super().__init__(banner)
        self._banner = banner
        self._output: Output = Speaker() if output is None else output
        self._left: Samples = np.empty((0, N_SIDES), np.float32)
        self._times = 0
        self._push = QtCore.QTimer(self)
        self._push.timeout.connect(self._go_on)
        self._again = QtCore.QTimer(self)
        self._again.setInterval(APART_MILLISECONDS)
        self._again.timeout.connect(self._repeat)
        banner.alarmed.connect(self._begin)

    def _begin(self) -> None:
        self._times = 0
        self._again.start()
        self._call()

    def _repeat(self) -> None:
        if self._banner.kind == "alarm" and self._times < TIMES:
            self._call()
        else:
            self._again.stop()

    def _call(self) -> None:
        self._times += 1
        QtWidgets.QApplication.alert(self._banner.window())
        self.stop()
        if self._output.open() is not None:
            QtWidgets.QApplication.beep()
            return
        self._left = call_samples(self._output.rate)
        self._push.start(PUSH_MILLISECONDS)

    def _go_on(self) -> None:
        """Pass on as much as the device takes; let it go when all has been played."""
        n = min(self._output.n_free, len(self._left))
        self._output.push(self._left[:n])
        self._left = self._left[n:]
        if self._output.problem() is not None or (not len(self._left) and self._output.ran_dry):
            self.stop()

    def stop(self) -> None:
        """Be silent, and let the device go."""
        self._push.stop()
        self._output.close()


def call_samples(rate: int) -> Samples:
    """Return the sound, shape (n, 2): two soft notes, the second one lower."""
    parts = []
    for pitch, seconds in NOTES:
        n = round(seconds * rate)
        fade = np.minimum(1.0, np.minimum(np.arange(n), np.arange(n)[::-1]) / (0.02 * rate))
        parts.append(LEVEL * fade * np.sin(2 * np.pi * pitch * np.arange(n) / rate))
    mono = np.concatenate(parts).astype(np.float32)
    return np.repeat(mono[:, None], N_SIDES, axis=1)
