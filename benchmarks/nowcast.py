"""Does what is shown follow the brain now? Envelope and asymmetry, on real recordings.

Each recording: fitted on its first half, judged on its second, average reference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.linalg import solve
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfilt, welch

from benchmarks.learned import as_sessions
from benchmarks.recordings import Rest, resting
from benchmarks.table import Table
from neurofeedback.frames import FloatArray
from neurofeedback.signal.hops import hop_length
from neurofeedback.signal.power.baseline import spectrum
from neurofeedback.signal.power.envelope import BandPower
from neurofeedback.signal.power.estimators import PowerDesign, fitted
from neurofeedback.signal.power.filters import design_weighted_fir
from neurofeedback.signal.power.fitting import true_power
from neurofeedback.signal.settings import EnvelopeSettings

DELAYS = (-0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2)
ALPHA = EnvelopeSettings(band=(8.0, 13.0), delay=0.04, length=0.5, smoothing=0.25, window=1.0)


def r(one: FloatArray, other: FloatArray) -> float:
    """Pearson's r."""
    return float(np.corrcoef(one, other)[0, 1])


def convolve(x: FloatArray, taps: np.ndarray) -> np.ndarray:
    """Causal FIR filter by FFT, same length."""
    n = 1 << int(np.ceil(np.log2(x.size + taps.size)))
    return np.fft.ifft(np.fft.fft(x, n) * np.fft.fft(taps, n))[: x.size]


# ---- benchmark 1: envelope against delay --------------------------------------------------------


def envelope(quick: bool) -> list[Table]:
    """Envelope at P4 against the whole-record one, shifted by the delay: r in the second half."""
    methods = {
        "cFIR": lambda x, fs, band, delay, f, p: _fir(x, fs, band, delay, f, np.ones_like(p)),
        "wcFIR": lambda x, fs, band, delay, f, p: _fir(x, fs, band, delay, f, np.sqrt(p)),
        "Wiener (ours)": lambda x, fs, band, delay, f, p: _fir(x, fs, band, delay, *_ours(x, fs)),
        "FFT window 1 s": lambda x, fs, band, delay, f, p: _fft_window(x, fs, band, 1.0),
        "FFT window 0.5 s": lambda x, fs, band, delay, f, p: _fft_window(x, fs, band, 0.5),
        "Butterworth + 0.1 s": lambda x, fs, band, delay, f, p: _butterworth(x, fs, band),
    }
    mean = Table("Envelope at P4: r against delay, mean of recordings", _columns("method"))
    each = Table("Envelope at P4: r against delay, each recording", _columns("recording", "method"))
    found: dict[str, list[list[float]]] = {name: [] for name in methods}
    for rest in resting("P4")[: 4 if quick else None]:
        x, fs = rest.pick("P4")[:, 0], rest.info.sfreq
        half = x.size // 2
        freqs, density = _psd(x[:half], fs)
        centre = _strongest(freqs, density)
        band = (centre - 2.0, centre + 2.0)
        truth = np.sqrt(_instant_power(x, band, fs))
        for name, method in methods.items():
            row = [
                _judge(method(x, fs, band, delay, freqs, density), truth, delay, fs, half)
                for delay in DELAYS
            ]
            found[name].append(row)
            each.add(rest.name, name, *row)
    for name, rows in found.items():
        mean.add(name, *np.mean(rows, axis=0))
    gained = np.subtract(found["Wiener (ours)"], found["wcFIR"])
    mean.add("ours - wcFIR", *gained.mean(axis=0))
    mean.add("the least of any recording", *gained.min(axis=0))
    return [mean, each]


def _columns(*first: str) -> list[str]:
    return [*first, *(f"{1e3 * delay:+.0f} ms" for delay in DELAYS)]


def _psd(x: FloatArray, fs: float) -> tuple[FloatArray, FloatArray]:
    freqs, density = welch(x, fs, nperseg=int(4 * fs))
    density[0] = density[1]
    return freqs, density


def _ours(x: FloatArray, fs: float) -> tuple[FloatArray, FloatArray]:
    """Spectrum of the first half as the program estimates it."""
    hop = hop_length(fs, 0.032)
    n_hops = x.size // hop
    freqs, density = _known(x[: n_hops * hop].reshape(n_hops, hop, 1), fs)
    return freqs, density[:, 0]


def _strongest(freqs: FloatArray, density: FloatArray) -> float:
    """Frequency in 8-13 Hz that stands out most from the aperiodic part."""
    usable = (freqs >= 2) & (freqs <= 30)
    flanks = usable & ((freqs < 7) | (freqs > 14))
    line = np.polyfit(np.log(freqs[flanks]), np.log(density[flanks]), 1)
    inside = (freqs >= 8) & (freqs <= 13)
    above = np.log(density[inside]) - np.polyval(line, np.log(freqs[inside]))
    return float(freqs[inside][np.argmax(above)])


def _instant_power(x: FloatArray, band: tuple[float, float], fs: float) -> FloatArray:
    freqs = np.fft.fftfreq(x.size, 1 / fs)
    inside = (freqs >= band[0]) & (freqs <= band[1])
    return np.abs(np.fft.ifft(2 * np.fft.fft(x) * inside)) ** 2


def _fir(
    x: FloatArray, fs: float, band: tuple[float, float], delay: float, f: FloatArray, w: FloatArray
) -> FloatArray:
    taps, _ = design_weighted_fir(fs, band, [delay], round(fs), f, w)
    return np.abs(convolve(x, taps[0]))


def _fft_window(x: FloatArray, fs: float, band: tuple[float, float], seconds: float) -> FloatArray:
    """Amplitude in the band of the last window, Hann tapered, at every fourth sample."""
    n = round(seconds * fs)
    freqs = np.fft.rfftfreq(n, 1 / fs)
    inside = (freqs >= band[0]) & (freqs <= band[1])
    windows = np.lib.stride_tricks.sliding_window_view(x, n)[::4]
    spectra = np.fft.rfft((windows - windows.mean(axis=1, keepdims=True)) * np.hanning(n), axis=1)
    amplitude = np.sqrt((np.abs(spectra[:, inside]) ** 2).mean(axis=1))
    return np.concatenate([np.zeros(n - 1), np.repeat(amplitude, 4)])[: x.size]


def _butterworth(x: FloatArray, fs: float, band: tuple[float, float]) -> FloatArray:
    filtered = sosfilt(butter(4, band, "bandpass", fs=fs, output="sos"), x)
    n = round(0.1 * fs)
    return np.sqrt(np.convolve(filtered**2, np.ones(n) / n)[: x.size])


def _judge(estimate: FloatArray, truth: FloatArray, delay: float, fs: float, half: int) -> float:
    shifted = np.roll(truth, round(delay * fs))
    judged = slice(half + round(fs), truth.size - round(fs))
    return r(estimate[judged], shifted[judged])


# ---- benchmark 2: the asymmetry now -------------------------------------------------------------


def asymmetry(quick: bool) -> list[Table]:
    """FAA now (F3/F4, 8-13 Hz) against the centred 1 s truth: r in the second half."""
    methods: dict[str, Callable[[Rest], FloatArray]] = {
        "1 s Welch at 2 Hz": lambda rest: _welch(rest, 2.0),
        "1 s Welch at 25 Hz": lambda rest: _welch(rest, 25.0),
        "cFIR 40 ms, 0.25 s mean (ours)": lambda rest: _product(rest, "cfir"),
        "Wiener 40 ms, 0.25 s mean (ours)": lambda rest: _product(rest, "wiener"),
        "Posterior power (ours)": lambda rest: _product(rest, "posterior"),
        "Posterior, all channels": _many_channels,
        "Ridge on all of these": _ridge,
        "ceiling: Gaussian twin, posterior": lambda rest: _product(twin(rest), "posterior"),
        "ceiling: Gaussian twin, all channels": lambda rest: _many_channels(twin(rest)),
    }
    recordings = resting("F3", "F4")[: 4 if quick else None]
    table = Table(
        "FAA now against the 1 s truth: r in the second half",
        ["method", *(rest.name for rest in recordings), "mean"],
    )
    for name, method in methods.items():
        row = []
        for rest in recordings:
            judged_on = twin(rest) if name.startswith("ceiling") else rest
            truth, estimate = _truth(judged_on), method(rest)
            n = truth.size
            margin = round(rest.info.sfreq / _hop(rest))
            judged = slice(n // 2 + margin, n - margin)
            row.append(r(estimate[judged], truth[judged]))
        table.add(name, *row, float(np.mean(row)))
    long_enough = [rest for rest in recordings if len(rest.data) > 120 * rest.info.sfreq]
    return [table, *as_sessions(long_enough, lambda rest: _welch(rest, 2.0))]


def twin(rest: Rest) -> Rest:
    """Return stationary Gaussian noise with the spectra and cross-spectra of a recording.

    Phases are turned by the same random angle in all channels. For such a signal the posterior is
    the best there is, so its r is what a stationary brain would allow.
    """
    n = len(rest.data)
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, (n // 2 + 1, 1))
    turned = np.fft.irfft(np.fft.rfft(rest.data, axis=0) * np.exp(1j * angles), n, axis=0)
    return Rest(rest.name, rest.info, turned, rest.ch_names)


def _hop(rest: Rest) -> int:
    return hop_length(rest.info.sfreq, 0.032)


def _hops(rest: Rest, *names: str) -> FloatArray:
    hop = _hop(rest)
    x = rest.pick(*names)
    n_hops = len(x) // hop
    return x[: n_hops * hop].reshape(n_hops, hop, len(names))


def _difference(power: FloatArray) -> FloatArray:
    logs = np.log(np.maximum(power, 1e-30))
    return np.asarray(logs[:, 1] - logs[:, 0])


def _truth(rest: Rest) -> FloatArray:
    signals = _hops(rest, "F3", "F4")
    return _difference(true_power(signals, ALPHA.band, ALPHA.window, rest.info.sfreq))


def _known(signals: FloatArray, sfreq: float) -> tuple[FloatArray, FloatArray]:
    half = len(signals) // 2
    known = spectrum(signals[:half], np.zeros(half, dtype=bool), sfreq)
    assert known is not None
    return known


def _designs(rest: Rest, estimator: str, names: tuple[str, ...]) -> list[PowerDesign]:
    signals, fs = _hops(rest, *names), rest.info.sfreq
    freqs, density = _known(signals, fs)
    return [
        fitted(estimator, ALPHA, fs, _hop(rest), freqs, density[:, i])  # type: ignore[arg-type]
        for i in range(len(names))
    ]


def _product(rest: Rest, estimator: str) -> FloatArray:
    """What the program computes with this estimator."""
    designs = _designs(rest, estimator, ("F3", "F4"))
    power = BandPower(_hop(rest), 2, list(enumerate(designs)))
    return _difference(power.process(_hops(rest, "F3", "F4")))


def _welch(rest: Rest, rate: float) -> FloatArray:
    """The last second, Welch, as often as `rate` (Hz); held in between."""
    x, fs, hop = rest.pick("F3", "F4"), rest.info.sfreq, _hop(rest)
    n, step = round(fs), round(fs / rate)
    freqs = np.fft.rfftfreq(n, 1 / fs)
    inside = (freqs >= 8) & (freqs <= 13)
    windows = np.lib.stride_tricks.sliding_window_view(x, n, axis=0)[::step]
    tapered = (windows - windows.mean(axis=-1, keepdims=True)) * np.hanning(n)
    power = (np.abs(np.fft.rfft(tapered, axis=-1)[..., inside]) ** 2).mean(axis=-1)
    values = np.concatenate([np.zeros(n - 1), np.repeat(_difference(power), step)])
    values = np.pad(values, (0, max(0, len(x) - values.size)), mode="edge")
    return values[hop - 1 : len(x) // hop * hop : hop]


def _many_channels(rest: Rest) -> FloatArray:
    """Posterior power, its means regressed on the Wiener outputs of all channels."""
    return _difference(_many_channel_power(rest))


def _many_channel_power(rest: Rest) -> FloatArray:
    names = tuple(c for c in rest.ch_names if c in _TEN_TWENTY)
    x, fs, hop = rest.pick(*names), rest.info.sfreq, _hop(rest)
    freqs, density = _known(_hops(rest, *names), fs)
    at = np.arange(hop - 1, len(x) // hop * hop, hop)
    outputs = []
    for i in range(len(names)):
        taps, _ = design_weighted_fir(
            fs, ALPHA.band, [-0.05, 0.0, 0.05, 0.1, 0.2, 0.3], round(fs), freqs, density[:, i]
        )
        outputs += [convolve(x[:, i], b)[at] for b in taps]
    known = np.array(outputs)
    margin = 2 * round(fs / hop)
    fit = slice(margin, at.size // 2 - margin)
    known /= np.sqrt((np.abs(known[:, fit]) ** 2).mean(axis=1, keepdims=True))
    n_fit = fit.stop - fit.start
    gram = known[:, fit] @ known[:, fit].conj().T / n_fit + 1e-2 * np.eye(len(known))
    band = np.fft.fftfreq(len(x), 1 / fs)
    inside = (band >= ALPHA.band[0]) & (band <= ALPHA.band[1])
    analytic = np.fft.ifft(2 * inside[:, None] * np.fft.fft(rest.pick("F3", "F4"), axis=0), axis=0)
    delays = np.arange(-9, 10) * 0.05
    weights = np.cos(np.pi * delays) ** 2
    power = np.zeros((at.size, 2))
    for delay, weight in zip(delays, weights / weights.sum(), strict=True):
        wanted = np.roll(analytic, round(delay * fs), axis=0)[at]
        coefficients = solve(gram, known[:, fit] @ wanted[fit].conj() / n_fit, assume_a="pos")
        mean = (coefficients.conj().T @ known).T
        missed = (np.abs(wanted[fit]) ** 2).mean(axis=0) - (np.abs(mean[fit]) ** 2).mean(axis=0)
        power += weight * (np.abs(mean) ** 2 + np.maximum(missed, 0))
    return power


def _ridge(rest: Rest) -> FloatArray:
    """Regress the truth on several causal estimates and slower averages of them."""
    designs = _designs(rest, "wiener", ("F3", "F4"))
    columns = [
        (i, replace(d, n_mean=n_mean))
        for n_mean in (1, 3, 6, 12, 24, 60, 150)
        for i, d in enumerate(designs)
    ]
    power = BandPower(_hop(rest), 2, columns).process(_hops(rest, "F3", "F4"))
    found = [_difference(power[:, i : i + 2]) for i in range(0, power.shape[1], 2)]
    predictors = np.array([*found, _product(rest, "posterior"), _many_channels(rest)])
    truth = _truth(rest)
    margin = 2 * round(rest.info.sfreq / _hop(rest))
    fit = slice(margin, truth.size // 2 - margin)
    scaled = predictors - predictors[:, fit].mean(axis=1, keepdims=True)
    scaled /= scaled[:, fit].std(axis=1, keepdims=True)
    n_fit = fit.stop - fit.start
    gram = scaled[:, fit] @ scaled[:, fit].T / n_fit + 0.1 * np.eye(len(scaled))
    weights = solve(gram, scaled[:, fit] @ (truth[fit] - truth[fit].mean()) / n_fit)
    return np.asarray(weights @ scaled)


_TEN_TWENTY = tuple(
    "Fp1 Fp2 F3 F4 C3 C4 P3 P4 O1 O2 F7 F8 T3 T4 T5 T6 T7 T8 P7 P8 Fz Cz Pz".split()
)


# ---- benchmark 3: noise, rise, and a known oscillator -------------------------------------------

# SD of FAA at a true asymmetry of zero, by seconds of moving average: measured on real recordings.
REFERENCE_SD = {0.0: 1.85, 0.5: 0.96, 1.0: 0.73, 2.0: 0.55, 4.0: 0.38, 10.0: 0.24, 30.0: 0.15}


def noise(quick: bool) -> list[Table]:
    """SD of FAA at a true asymmetry of zero, and time to 90 % after a step.

    The reference belongs to an offline filter with a moving average. A filter with a short delay
    lets a wider band through, so the same moving average holds more independent instants; the
    window is the offline filter's moving average that holds as many.
    """
    fs, hop = 256.0, 8
    rng = np.random.default_rng(0)
    n = round((600 if quick else 3600) * fs / hop) * hop
    sides = [_shaped(rng, n, fs, _alpha) for _ in range(2)]
    signals = 1e-5 * np.stack(sides, axis=1).reshape(-1, hop, 2)
    instant = np.stack([_instant_power(x, ALPHA.band, fs) for x in signals.reshape(-1, 2).T], 1)
    table = Table(
        "FAA at a true asymmetry of zero (independent pink noise with a 10 Hz peak): SD and rise",
        [
            "smoothing s",
            "SD, 0.5 s filter",
            "SD, 1 s filter",
            "SD, offline filter",
            "SD, reference",
            "window s, 0.5 s filter",
            "SD, reference there",
            "rise 90 %, 0.5 s filter",
            "rise 90 %, 1 s filter",
        ],
    )
    rows = []
    for smoothing in (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0):
        designs = [_unfitted(smoothing, length, fs, hop) for length in (0.5, 1.0)]
        powers = [
            BandPower(hop, 2, [(0, d), (1, d)]).process(signals)[d.support(hop) :] for d in designs
        ]
        offline = _averaged(instant, smoothing, fs)
        rises = [_rise(design, fs, hop) for design in designs]
        rows.append((smoothing, powers, offline, rises))
    instants = [_instants(_averaged(instant, seconds, fs)) for seconds in REFERENCE_SD]
    for smoothing, powers, offline, rises in rows:
        window = float(np.interp(_instants(powers[0]), instants, list(REFERENCE_SD)))
        spreads = [float(_difference(p).std()) for p in (*powers, offline)]
        reference = REFERENCE_SD.get(smoothing, float("nan"))
        table.add(smoothing, *spreads, reference, window, _reference_at(window), *rises)
    return [table, _oscillator(quick)]


def _averaged(power: FloatArray, seconds: float, fs: float) -> FloatArray:
    return np.asarray(uniform_filter1d(power, max(1, round(seconds * fs)), axis=0))


def _reference_at(window: float) -> float:
    """Reference between the windows that are known; nearly a straight line in logarithms."""
    width = ALPHA.band[1] - ALPHA.band[0]
    known = np.log(np.array(list(REFERENCE_SD)) + 1.0 / width)
    spreads = np.log(list(REFERENCE_SD.values()))
    return float(np.exp(np.interp(np.log(window + 1.0 / width), known, spreads)))


def _instants(power: FloatArray) -> float:
    """Number of independent instants that a mean of noise power is worth: mean^2 / variance."""
    return float((power.mean(axis=0) ** 2 / power.var(axis=0)).mean())


def _unfitted(smoothing: float, length: float, fs: float, hop: int) -> PowerDesign:
    settings = ALPHA.model_copy(update={"smoothing": smoothing, "length": length})
    return fitted("cfir", settings, fs, hop, np.zeros(1), np.zeros(1))


def _alpha(freqs: FloatArray) -> FloatArray:
    """Amplitude of pink noise with an alpha peak of 1 Hz standard deviation."""
    peak = np.exp(-((freqs - 10.0) ** 2) / 2)
    return np.sqrt(1 / np.maximum(freqs, 1.0) + peak)


def _rise(design: PowerDesign, fs: float, hop: int) -> float:
    """Seconds until ln power has risen by 90 % after the amplitude of noise trebles at once."""
    rng = np.random.default_rng(1)
    n_trials, n_before, n_after = 400, 200, 600
    n = (n_before + n_after) * hop
    signals = rng.standard_normal((n, n_trials)) * 1e-5
    signals[n_before * hop :] *= 3.0
    columns = [(i, design) for i in range(n_trials)]
    power = BandPower(hop, n_trials, columns).process(signals.reshape(-1, hop, n_trials))
    course = np.log(power).mean(axis=1)
    low, high = course[n_before - 50 : n_before].mean(), course[-150:].mean()
    passed = np.flatnonzero(course[n_before:] >= low + 0.9 * (high - low))
    return float((passed[0] + 1) * hop / fs)


def _oscillator(quick: bool) -> Table:
    """An oscillator of known amplitude in pink noise: r with what it really does."""
    table = Table(
        "A known 10 Hz oscillator in pink noise (band SNR about 1): r of log power with the truth",
        ["method", "r with the oscillator's own power, 1 s", "r with the offline filter's, 1 s"],
    )
    fs, hop = 256.0, 8
    n_hops = 4000 if quick else 20_000
    rng = np.random.default_rng(2)
    n = n_hops * hop
    slow = _shaped(rng, n, fs, lambda f: (f < 1.0) * 1.0)
    turn = np.cumsum(2 * np.pi * 10.0 / fs + 0.05 * rng.standard_normal(n))
    amplitude = np.exp(0.7 * slow / slow.std())
    pink = _shaped(rng, n, fs, lambda f: 1 / np.sqrt(np.maximum(f, 0.5)))
    band_noise = np.sqrt(np.mean(_instant_power(pink, (8.0, 13.0), fs)) / 2)
    oscillation = amplitude * np.cos(turn)
    x = pink / band_noise + oscillation / oscillation.std()
    signals = (x * 5e-6).reshape(n_hops, hop, 1)
    width = round(fs)
    taper = np.hanning(width + 1)
    own = np.convolve(amplitude**2, taper / taper.sum(), "same")[hop - 1 :: hop]
    offline = true_power(signals, ALPHA.band, 1.0, fs)[:, 0]
    freqs, density = _known(signals, fs)
    judged = slice(n_hops // 2, n_hops - 50)
    for name in ("cfir", "wiener", "posterior"):
        design = fitted(name, ALPHA, fs, hop, freqs, density[:, 0])  # type: ignore[arg-type]
        estimate = np.log(BandPower(hop, 1, [(0, design)]).process(signals)[:, 0])
        table.add(
            name,
            r(estimate[judged], np.log(own[judged])),
            r(estimate[judged], np.log(offline[judged])),
        )
    table.add("offline filter itself", r(np.log(offline[judged]), np.log(own[judged])), 1.0)
    return table


def _shaped(
    rng: np.random.Generator, n: int, fs: float, gain: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    spectrum_ = np.fft.rfft(rng.standard_normal(n)) * gain(np.fft.rfftfreq(n, 1 / fs))
    return np.asarray(np.fft.irfft(spectrum_, n))
