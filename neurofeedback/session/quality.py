"""The traffic lights of the electrodes while a session runs.

Responsible for judging the newest samples of the ring buffer when asked. Not responsible for the
verdicts (`signal.quality`) nor for when they are made (`session.runner`, in a thread of its own:
a verdict takes 10 to 50 ms, too long for the engine and for a screen).

Nothing of it is fed back or recorded: whoever wants the verdicts of a recording computes them.
"""

from __future__ import annotations

import numpy as np

from neurofeedback.acquisition.electrodes import positions
from neurofeedback.acquisition.ring_buffer import RingBuffer
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.signal.hops import Hops, hop_length
from neurofeedback.signal.quality import HOP_SECONDS, ChannelQuality, QualityReport, QualitySettings

PIECE_SECONDS = 0.25  # read at once, so that the ring is not locked for long
JUMP_SECONDS = 0.1  # a step in time that is not a late sample


class QualityMonitor:
    """Judge the electrodes of a stream from its ring buffer.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    ring : RingBuffer
        Its newest samples; holds at least `QualitySettings.seconds` of them.
    settings : QualitySettings, optional

    Attributes
    ----------
    report : QualityReport or None
        The newest verdict; None before there were enough samples.
    """

    def __init__(
        self, info: StreamInfo, ring: RingBuffer, settings: QualitySettings | None = None
    ) -> None:
        settings = settings or QualitySettings()
        self._ring = ring
        self._sfreq = info.sfreq
        self._hop = hop_length(info.sfreq, HOP_SECONDS)
        places = {name: tuple(map(float, place)) for name, place in positions().items()}
        self._judge = ChannelQuality(info, self._hop, settings, places)
        hops_a_second = max(1, round(info.sfreq / self._hop))
        self._n_window = max(1, round(settings.seconds)) * hops_a_second * self._hop
        self._judged = -1
        self.report: QualityReport | None = None

    def poll(self) -> None:
        """Judge the newest samples, if there are enough since the last gap and any are new."""
        stop = self._ring.cursor()
        if not self._judge.names or stop == self._judged or stop < self._n_window:
            return
        data, times = self._read(stop - self._n_window, stop)
        if len(data) < self._n_window or self._broken(times):
            return
        hops = data.reshape(-1, self._hop, data.shape[1])
        unbroken = np.zeros(len(hops), dtype=bool)
        self._judge.reset()
        found = self._judge.process(Hops(0, hops, times[self._hop - 1 :: self._hop], unbroken))
        self._judged, self.report = stop, found[-1]

    def _read(self, start: int, stop: int) -> tuple[FloatArray, FloatArray]:
        """Return the samples from `start` to `stop`; fewer if some were overwritten meanwhile."""
        n_piece = max(1, round(PIECE_SECONDS * self._sfreq))
        pieces = []
        while start < stop:
            piece, n_lost = self._ring.read_since(start, min(n_piece, stop - start))
            if n_lost or not piece.n_times:
                break
            pieces.append(piece)
            start = piece.stop_sample
        if not pieces:
            return np.empty((0, 1)), np.empty(0)
        return (
            np.concatenate([piece.data for piece in pieces]),
            np.concatenate([piece.timestamps for piece in pieces]),
        )

    def _broken(self, times: FloatArray) -> bool:
        steps = np.diff(times)
        return bool((np.abs(steps - 1.0 / self._sfreq) > JUMP_SECONDS).any())
