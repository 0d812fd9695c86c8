"""The individual alpha frequency of a recording.

Responsible for peak and centre of gravity of posterior alpha and for saying in words that there is
no clear peak. Not responsible for estimating spectra (`spectrum`), for the bands that follow
(`power.bands`), nor for anything on the way to feedback: a whole recording or baseline is needed.
How peaks are found in one channel is `alpha_peaks`.

The method is that of Corcoran et al.: the density of each posterior channel, relative to its mean
over the fitted range, is smoothed by a Savitzky-Golay filter. A peak is a maximum of the smoothed
density within the search range that exceeds a straight line fitted to the logarithm of the density
by one standard deviation of the residuals; the channel's clear peak must be higher than its next
peak by 20 %. The frequencies of at least three channels are averaged, each weighted by the mean
smoothed density between the inflection points around its peak. The centre of gravity lies between
the flanks of all peaks of a channel, averaged over channels; a flank ends at the first minimum, or
where the smoothed density falls to what a peak must exceed (Corcoran's: gets flat).

Added to the method: a peak that is a narrow line in spectra of 16 s windows is interference and no
rhythm. This is looked at where the recording has five such windows.

References
----------
Corcoran AW, Alday PM, Schlesewsky M, Bornkessel-Schlesewsky I (2018). Toward a reliable, automated
method of individual alpha frequency (IAF) quantification. Psychophysiology 55(7), e13064.
doi:10.1111/psyp.13064
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from neurofeedback.frames import FloatArray
from neurofeedback.signal.measures.alpha_peaks import (
    AlphaSettings,
    Peaks,
    centres_of_gravity,
    peaks_of,
    smooth,
)
from neurofeedback.signal.measures.spectrum import Spectrum, Window, welch_spectrum
from neurofeedback.words.lists import both
from neurofeedback.words.message import Message, joined

POSTERIOR = tuple("P3 P1 Pz P2 P4 PO7 PO3 POz PO4 PO8 O1 Oz O2".split())
WINDOW_SECONDS = 4.0
FINE_WINDOW_SECONDS = 16.0
WINDOW_SHAPE: Window = "hamming"
MIN_FINE_WINDOWS = 5
WINDOW_WORDS = Message(
    "Welch, Hamming windows of {seconds:g} s, half overlapping, constant removed",
    seconds=WINDOW_SECONDS,
)


@dataclass(frozen=True, slots=True)
class ChannelAlpha:
    """What one channel's spectrum shows.

    Parameters
    ----------
    name : str
        Channel.
    peak : float or None
        Frequency of its clear peak, Hz.
    centre_of_gravity : float or None
        Hz, between the flanks averaged over channels; None for a channel without any peak.
    weight : float
        Mean density between the inflection points of the clear peak, relative to the mean over the
        fitted range; 0 without a peak.
    words : Message
        Why there is no clear peak; empty where there is one.
    """

    name: str
    peak: float | None
    centre_of_gravity: float | None
    weight: float
    words: Message


@dataclass(frozen=True, slots=True)
class AlphaFrequency:
    """Individual alpha frequency.

    Parameters
    ----------
    peak : float or None
        Weighted mean of the channels' clear peaks, Hz; None without enough of them.
    centre_of_gravity : float or None
        Mean of the channels' centres of gravity, Hz; None without enough channels with a peak.
    n_channels : int
        Channels with a clear peak.
    channels : tuple of ChannelAlpha
        Every posterior channel that was looked at.
    words : Message
        What was found, in a sentence; where there is no clear peak, why.
    n_windows : int
        How many windows of 4 s were averaged.
    """

    peak: float | None
    centre_of_gravity: float | None
    n_channels: int
    channels: tuple[ChannelAlpha, ...]
    words: Message
    n_windows: int


def posterior_channels(ch_names: Collection[str]) -> tuple[str, ...]:
    """Return those of the parietal, parieto-occipital and occipital electrodes that are there."""
    return tuple(name for name in POSTERIOR if name in ch_names)


def alpha_frequency(
    data: FloatArray,
    sfreq: float,
    ch_names: Sequence[str],
    segments: Sequence[slice] = (slice(None),),
    settings: AlphaSettings | None = None,
) -> AlphaFrequency:
    """Find the individual alpha frequency; that there is none is an answer, not an error.

    Parameters
    ----------
    data : ndarray, shape (n_times, n_channels)
        Posterior channels in volts, referenced.
    sfreq : float
        Sampling rate in Hz.
    ch_names : sequence of str
        Names of the channels, see `posterior_channels`.
    segments : sequence of slice
        Stretches without a gap, see `spectrum.welch_spectrum`.
    settings : AlphaSettings, optional
        Corcoran's by default.

    Returns
    -------
    AlphaFrequency

    Raises
    ------
    ValueError
        If no segment is as long as a window, or the rate is too low.
    """
    spectrum = alpha_spectrum(data, sfreq, segments)
    return alpha_of_spectra(spectrum, _fine_spectrum(data, sfreq, segments), ch_names, settings)


def alpha_of_spectra(
    spectrum: Spectrum,
    fine: Spectrum | None,
    ch_names: Sequence[str],
    settings: AlphaSettings | None = None,
) -> AlphaFrequency:
    """Find the individual alpha frequency in spectra; see `alpha_frequency`.

    Parameters
    ----------
    spectrum : Spectrum
        Of windows of `WINDOW_SECONDS`, in the shape of `WINDOW_SHAPE`.
    fine : Spectrum or None
        Of windows of `FINE_WINDOW_SECONDS`, in the same shape; not used where it has fewer than
        `MIN_FINE_WINDOWS`.
    ch_names : sequence of str
        Names of the channels, see `posterior_channels`.
    settings : AlphaSettings, optional
        Corcoran's by default.

    Raises
    ------
    ValueError
        If the rate is too low.
    """
    settings = settings or AlphaSettings()
    smoothed = smooth(spectrum, settings)
    if fine is not None and fine.n_windows < MIN_FINE_WINDOWS:
        fine = None
    found = [peaks_of(smoothed, i, settings, fine) for i in range(len(ch_names))]
    gravity = centres_of_gravity(smoothed, found)
    channels = tuple(
        ChannelAlpha(
            name, peaks.clear, gravity.get(i), peaks.weight, _channel_words(peaks, settings)
        )
        for i, (name, peaks) in enumerate(zip(ch_names, found, strict=True))
    )
    clear = [(p.clear, p.weight) for p in found if p.clear is not None]
    peak = centre = None
    if len(clear) >= settings.min_channels:
        peak = sum(freq * weight for freq, weight in clear) / sum(weight for _, weight in clear)
    if len(gravity) >= settings.min_channels:
        centre = sum(gravity.values()) / len(gravity)
    words = _words(peak, channels, settings)
    return AlphaFrequency(peak, centre, len(clear), channels, words, spectrum.n_windows)


def alpha_spectrum(
    data: FloatArray, sfreq: float, segments: Sequence[slice] = (slice(None),)
) -> Spectrum:
    """Estimate the spectra peaks are looked for in: 4 s Hamming windows, half overlapping.

    Parameters and errors are those of `alpha_frequency`.
    """
    return welch_spectrum(data, sfreq, segments, WINDOW_SECONDS, WINDOW_SHAPE)


def _fine_spectrum(data: FloatArray, sfreq: float, segments: Sequence[slice]) -> Spectrum | None:
    try:
        return welch_spectrum(data, sfreq, segments, FINE_WINDOW_SECONDS, WINDOW_SHAPE)
    except ValueError:
        return None


def _channel_words(peaks: Peaks, settings: AlphaSettings) -> Message:
    if peaks.clear is not None:
        return Message("")
    if peaks.freqs:
        return Message(
            "peaks at {freqs} Hz, none higher than the next by {lead:.0%}",
            freqs=_several(peaks.freqs),
            lead=settings.lead,
        )
    if peaks.lines:
        return Message(
            "a line at {freqs} Hz, too narrow for a rhythm (interference)",
            freqs=_several(peaks.lines),
        )
    return Message("no peak above the background")


def _several(freqs: Sequence[float]) -> str:
    return both([Message("{freq:g}", freq=freq) for freq in freqs])


def _words(
    peak: float | None, channels: Sequence[ChannelAlpha], settings: AlphaSettings
) -> Message:
    n_clear = sum(c.peak is not None for c in channels)
    if peak is not None:
        return Message(
            "Alpha peak at {peak:.2f} Hz, clear in {n} of {total} channels.",
            peak=peak,
            n=n_clear,
            total=len(channels),
        )
    reasons = dict.fromkeys(c.words for c in channels if c.words)
    why = [
        Message(
            "{names}: {reason}",
            names=", ".join(c.name for c in channels if c.words == reason),
            reason=reason,
        )
        for reason in reasons
    ]
    low, high = settings.search
    return Message(
        "No clear alpha peak from {low:g} to {high:g} Hz: {n} of {total} posterior channels have "
        "one, {least} are needed ({why}).",
        low=low,
        high=high,
        n=n_clear,
        total=len(channels),
        least=settings.min_channels,
        why=joined(why, "; ") or Message("too few"),
    )
