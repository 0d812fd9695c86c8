"""A look at the signal before a session: the same runner, nothing recorded, nothing fed back.

Responsible for a protocol that only waits, on the signal path of the one that is going to be run,
and for the spectrum with the alpha peak of the newest samples. Not responsible for the verdicts on
the electrodes (`session.quality`) nor for showing any of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.signal  # noqa: F401  (loaded whole, before samples flow)

from neurofeedback.acquisition.source import Source
from neurofeedback.errors import UserError
from neurofeedback.frames import MICROVOLTS_PER_VOLT, Chunk, FloatArray, StreamInfo
from neurofeedback.protocols.spec import BlockSettings, ProtocolSpec
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.runner import SessionRunner
from neurofeedback.signal.measures.alpha import (
    WINDOW_SECONDS,
    alpha_frequency,
    alpha_spectrum,
    posterior_channels,
)

MOST_LETTERS = 32  # of a channel's name in a protocol
LONGEST = 3600.0  # s; a check that is forgotten ends by itself
SHOWN = (2.0, 30.0)  # Hz


def check_spec(spec: ProtocolSpec) -> ProtocolSpec:
    """Return a protocol with the signal path of another that only waits."""
    return ProtocolSpec(
        version=1,
        name="signal-check",
        title=spec.title,
        signal=spec.signal,
        blocks=(BlockSettings(kind="rest", seconds=LONGEST),),
        display=spec.display,
    )


def prepare_check(
    source: Source, spec: ProtocolSpec, bads: Sequence[str] = ()
) -> tuple[SessionRunner, UserError | None]:
    """Open a source for a look at it.

    A source that does not serve the protocol can be looked at, too: its electrodes may have no
    names yet.

    Parameters
    ----------
    source : Source
        Not yet opened.
    spec : ProtocolSpec
        The protocol that is going to be run.
    bads : sequence of str
        Channels marked bad.

    Returns
    -------
    session : SessionRunner
        Not yet started; records nothing. Stopping it closes the source.
    refusal : UserError or None
        Why the source does not serve the protocol.

    Raises
    ------
    UserError
        If the source cannot be opened or has no EEG. It is closed then.
    """
    info = source.open()
    try:
        waiting, refusal = check_spec(spec), None
        try:
            engine = SessionEngine(info, waiting, bads)
        except UserError as error:
            if not info.eeg:
                raise
            waiting, refusal = _any_channel(waiting, info), error
            engine = SessionEngine(info, waiting)
        return SessionRunner(source, info, waiting, engine), refusal
    except BaseException:
        source.close()
        raise


def _any_channel(spec: ProtocolSpec, info: StreamInfo) -> ProtocolSpec:
    """Return a protocol that needs no more than one channel of EEG, whatever it is called."""
    name = next((n for i in info.eeg if len(n := info.ch_names[i]) <= MOST_LETTERS), "")
    power = {"kind": "power", "name": "any", "channels": [name]}
    signal = {"montage": {"reference": "as-recorded"}, "features": [power]}
    return ProtocolSpec.model_validate({**spec.model_dump(mode="json"), "signal": signal})


@dataclass(frozen=True, slots=True)
class LiveSpectrum:
    """Spectrum of the posterior electrodes over the newest samples.

    Parameters
    ----------
    freqs : ndarray, shape (n_freqs,)
        Hz, from 2 to 30.
    density : ndarray, shape (n_freqs,)
        Power spectral density in dB relative to 1 uV^2/Hz, mean of the electrodes.
    peak : float or None
        Individual alpha frequency, Hz; None where there is no clear peak.
    words : str
        What was found, in a sentence.
    electrodes : tuple of str
        Those that are averaged.
    seconds : float
        Length of the stretch, s.
    """

    freqs: FloatArray
    density: FloatArray
    peak: float | None
    words: str
    electrodes: tuple[str, ...]
    seconds: float


def live_spectrum(info: StreamInfo, newest: Chunk) -> LiveSpectrum | None:
    """Look for the alpha peak in the newest samples, average reference.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    newest : Chunk
        Its newest samples.

    Returns
    -------
    LiveSpectrum or None
        None while there are fewer than two windows of 4 s without a gap.
    """
    voltages = [i for i in info.eeg if info.units[i] == "V"]
    names = [info.ch_names[i] for i in voltages]
    posterior = posterior_channels(names) or tuple(names)
    broken = np.flatnonzero(np.diff(newest.timestamps) > 2.0 / info.sfreq)
    data = newest.data[broken[-1] + 1 if len(broken) else 0 :, voltages]
    seconds = len(data) / info.sfreq
    if seconds < 2 * WINDOW_SECONDS or not posterior or not np.isfinite(data).all():
        return None
    data = data - data.mean(axis=1, keepdims=True) if len(names) > 1 else data
    picked = np.ascontiguousarray(data[:, [names.index(name) for name in posterior]])
    spectrum = alpha_spectrum(picked, info.sfreq)
    found = alpha_frequency(picked, info.sfreq, posterior)
    shown = (spectrum.freqs >= SHOWN[0]) & (spectrum.freqs <= SHOWN[1])
    power = spectrum.psd[shown].mean(axis=1) * MICROVOLTS_PER_VOLT**2
    density = 10.0 * np.log10(np.maximum(power, 1e-6))
    return LiveSpectrum(
        spectrum.freqs[shown], density, found.peak, found.words, tuple(posterior), seconds
    )
