"""The individual alpha frequency of a baseline, from posterior channels kept while it lasts.

Responsible for keeping those channels, referenced, for leaving out their own artefacts, and for
measuring when the baseline is over. Not responsible for how a peak is found (`measures.alpha`) nor
for the band that follows (`power.bands`).

What holds feedback (a blink, a tense jaw) does not keep the back of the head from showing its
rhythm. So only gaps and what the posterior channels show themselves are left out here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.signal.gate.samples import Gate
from neurofeedback.signal.gate.settings import GateSettings
from neurofeedback.signal.measures.alpha import WINDOW_SECONDS, alpha_frequency, posterior_channels
from neurofeedback.signal.measures.alpha_peaks import AlphaSettings
from neurofeedback.signal.power.baseline import BaselineStore
from neurofeedback.signal.reference import AnyReference, spatial_matrix
from neurofeedback.words.message import Message

LEAST_WINDOWS = 4  # of 4 s, half overlapping: 10 s in a row, or more in parts
MOSTLY_BAD = 0.5  # share of its hops beyond which a channel is left out


@dataclass(frozen=True, slots=True)
class BaselineAlpha:
    """What a baseline says of the individual alpha frequency (IAF).

    Parameters
    ----------
    peak : float or None
        Hz; None without a clear peak.
    channels : tuple of str
        Posterior channels looked at.
    words : Message
        What was found, in a sentence; where there is no clear peak, why.
    """

    peak: float | None
    channels: tuple[str, ...]
    words: Message


class AlphaBaseline:
    """Keep the posterior channels of a baseline and measure the IAF.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    reference : str or tuple of str
        Of the features; the posterior channels have the same, but under the surface Laplacian the
        average, which keeps volts.
    bads : sequence of str
        Channels marked bad.
    gate : GateSettings
        Its wider limits, those of the reference, hold for each posterior channel: alpha itself may
        move one by more than the limit of a feature's channels.
    hop : int
        Samples in a hop.

    Attributes
    ----------
    channels : tuple of str
        Posterior channels of the stream that the reference leaves something of.
    """

    def __init__(
        self,
        info: StreamInfo,
        reference: AnyReference,
        bads: Sequence[str],
        gate: GateSettings,
        hop: int,
    ) -> None:
        usable = [info.ch_names[i] for i in info.eeg if info.units[i] == "V"]
        names = posterior_channels([name for name in usable if name not in bads])
        matrix = spatial_matrix(info, names, "average" if reference == "csd" else reference, bads)
        kept = np.abs(matrix).max(axis=1, initial=0.0) > 1e-12
        self.channels = tuple(name for name, k in zip(names, kept, strict=True) if k)
        columns = np.flatnonzero(np.abs(matrix[kept]).any(axis=0))
        self._columns = columns
        self._matrix = np.ascontiguousarray(matrix[kept][:, columns].T)
        self._gate, self._sfreq, self._hop = gate, info.sfreq, hop
        self._name = info.name
        self._store = BaselineStore(hop, len(self.channels))

    @property
    def enough(self) -> bool:
        """Whether there are as many channels as it takes."""
        return len(self.channels) >= AlphaSettings().min_channels

    def clear(self) -> None:
        """Forget everything; a baseline begins."""
        self._store.clear()

    def add(self, data: FloatArray, apart: NDArray[np.bool_]) -> None:
        """Keep hops.

        Parameters
        ----------
        data : ndarray, shape (n_hops, hop, n_channels)
            All channels of the stream, V; may hold NaN and infinities.
        apart : ndarray of bool, shape (n_hops,)
            Hops that do not follow on from the one before.
        """
        data = data[:, :, self._columns]
        finite = np.isfinite(data)
        signals = np.matmul(np.where(finite, data, 0.0), self._matrix)
        self._store.add(signals, apart | ~finite.all(axis=(1, 2)))

    def measure(self) -> BaselineAlpha:
        """Measure the IAF of what was kept; that there is none is an answer."""
        settings = AlphaSettings()
        signals, apart = self._store.signals, self._store.bad
        own = self._artefacts(signals)
        most = MOSTLY_BAD * len(signals)
        good = [i for i, n_bad in enumerate(own.sum(axis=0)) if n_bad <= most]
        names = tuple(self.channels[i] for i in good)
        if len(names) < settings.min_channels:
            words = Message(
                "No alpha peak was looked for: {stream!r} has {n} posterior channels that work, "
                "{least} are needed.",
                stream=self._name,
                n=len(names),
                least=settings.min_channels,
            )
            return BaselineAlpha(None, names, words)
        segments = runs(apart | own[:, good].any(axis=1), self._hop)
        stream = signals[:, :, good].reshape(-1, len(good))
        try:
            found = alpha_frequency(stream, self._sfreq, names, segments, settings)
        except ValueError:  # no stretch is as long as a window
            found = None
        if found is None or found.n_windows < LEAST_WINDOWS:
            words = Message(
                "No alpha peak was looked for: the baseline has fewer than {n} windows of "
                "{seconds:g} s without artefacts at the back of the head.",
                n=LEAST_WINDOWS,
                seconds=WINDOW_SECONDS,
            )
            return BaselineAlpha(None, names, words)
        return BaselineAlpha(found.peak, names, found.words)

    def _artefacts(self, signals: FloatArray) -> NDArray[np.bool_]:
        """Say in which hops each channel is flat, railed, too large or too steep."""
        found = np.zeros((len(signals), len(self.channels)), dtype=bool)
        for i in range(len(self.channels) if len(signals) else 0):
            limits = self._gate
            limit, steps = np.full(1, limits.reference_amplitude), limits.reference_gradient
            gate = Gate([""], limit, limits, self._sfreq, self._hop, steps)
            found[:, i] = gate.process(signals[:, :, [i]])[1] > 0
        return found


def runs(bad: NDArray[np.bool_], hop: int) -> list[slice]:
    """Return the stretches of samples between bad hops."""
    edges = np.flatnonzero(np.diff(np.concatenate(([True], bad, [True])).astype(np.int8)))
    return [slice(int(a) * hop, int(b) * hop) for a, b in edges.reshape(-1, 2)]
