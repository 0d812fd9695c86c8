"""Artifact subspace reconstruction: how fast, how often, and what it spares the features."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.data import noise, stream
from benchmarks.recordings import Rest, resting
from benchmarks.table import Table
from neurofeedback.frames import Chunk, FloatArray, StreamInfo
from neurofeedback.signal.asr.calibration import calibrate_asr
from neurofeedback.signal.asr.cleaner import AsrCleaner
from neurofeedback.signal.hops import hop_length
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.settings import (
    AsrSettings,
    AsymmetryFeature,
    GateSettings,
    MontageSettings,
    PipelineSettings,
)

FAA = AsymmetryFeature(kind="asymmetry", name="faa", left=("F3",), right=("F4",))
# Everything that could hold for the artefact first is off.
GATE = GateSettings(
    muscle=None, muscle_amplitude=None, blink=None, line_noise=None, gradient=None,
    reference_gradient=None, clipped_seconds=None, amplitude=1e-2, reference_amplitude=1e-1,
)  # fmt: skip
BASELINE = 61.0  # s
TEMPORAL = ("T7", "T3")


def asr(quick: bool) -> list[Table]:
    """Speed, and what happens on recordings as they are and with a noisy electrode."""
    return [_speed(quick), _recordings(quick)]


def _speed(quick: bool) -> Table:
    table = Table(
        "ASR alone, hops of 32 ms in chunks of 10 s, times real time of CPU",
        [
            "channels",
            "Hz",
            "calibration ms",
            "white noise",
            "pink noise",
            "noisy electrode",
            "limit",
        ],
    )
    for n_channels, sfreq in ((19, 256.0), (64, 512.0), (64, 1000.0), (64, 2048.0)):
        info = stream(n_channels, sfreq)
        white = noise(info, 90.0 if quick else 180.0)
        spectrum = np.fft.rfft(white, axis=0)
        freqs = np.fft.rfftfreq(len(white), 1 / sfreq)[:, None]
        pink = np.fft.irfft(spectrum / np.maximum(freqs, 1.0) ** 0.7, len(white), axis=0)
        pink *= 1e-5 / pink.std()
        spoilt = white.copy()
        spoilt[:, 5] += 1e-3 * np.random.default_rng(1).standard_normal(len(white))
        taken, rates = _rate(white, white, info)
        limit = "> 300" if (n_channels, sfreq) == (64, 512.0) else "-"
        table.add(
            n_channels, sfreq, taken, rates, _rate(pink, pink, info)[1],
            _rate(white, spoilt, info)[1], limit,
        )  # fmt: skip
    return table


def _rate(calm: FloatArray, data: FloatArray, info: StreamInfo) -> tuple[float, float]:
    """Return ms of calibration on `calm`, and how many times real time `data` is cleaned."""
    hop = hop_length(info.sfreq, 0.032)
    calm, data = _hops(calm, hop), _hops(data, hop)
    baseline = calm[: round(BASELINE * info.sfreq / hop)]
    start = time.process_time()
    fit = calibrate_asr(baseline, np.zeros(len(baseline), dtype=bool), info)
    calibrated = time.process_time()
    cleaner, step = AsrCleaner(fit, info.sfreq, hop), round(10 * info.sfreq / hop)
    for at in range(0, len(data), step):
        some = data[at : at + step]
        cleaner.process(some, at, np.zeros(len(some), dtype=bool))
    seconds = len(data) * hop / info.sfreq
    return 1e3 * (calibrated - start), seconds / (time.process_time() - calibrated)


def _hops(data: FloatArray, hop: int) -> FloatArray:
    return data[: len(data) // hop * hop].reshape(-1, hop, data.shape[1])


def _recordings(quick: bool) -> Table:
    table = Table(
        "ASR on recordings after 61 s of baseline (no other gate); error of ln power at F3 and F4, "
        "average reference, while T7 has tones of 250 uV in it",
        [
            "recording", "% of time rebuilt", "% of time held", "% of variance removed",
            "error without ASR", "error with ASR",
        ],
    )  # fmt: skip
    rows = []
    for rest in resting("F3", "F4")[: 4 if quick else None]:
        if len(rest.data) / rest.info.sfreq < BASELINE + 30.0:
            continue
        values, held = _after(rest.data, rest, AsrSettings())
        removed = values[:, -1]
        worse = [_error(rest, declared) for declared in (None, AsrSettings())]
        row = [
            100.0 * float((removed != 0).mean()),
            100.0 * held,
            100.0 * float(removed.mean()),
            *worse,
        ]
        rows.append(row)
        table.add(rest.name, *row)
    table.add("mean", *np.mean(rows, axis=0))
    return table


def _error(rest: Rest, declared: AsrSettings | None) -> float:
    """Return the mean error of the sides' ln power that a noisy temporal electrode makes."""
    spoilt, after = rest.data.copy(), round(BASELINE * rest.info.sfreq)
    moments = np.arange(len(spoilt) - after) / rest.info.sfreq
    tones = np.sin(2 * np.pi * np.outer(moments, [9.3, 17.0, 22.1, 31.7])).mean(axis=1)
    name = next(c for c in TEMPORAL if c in rest.ch_names)
    spoilt[after:, rest.ch_names.index(name)] += 250e-6 * tones
    clean, _ = _after(rest.data, rest, declared)
    harmed, _ = _after(spoilt, rest, declared)
    return float(np.abs(harmed[60:, 1:3] - clean[60:, 1:3]).mean())


def _after(data: FloatArray, rest: Rest, declared: AsrSettings | None) -> tuple[FloatArray, float]:
    """Return values after the baseline, and the share of time held for what was rebuilt."""
    n = len(rest.ch_names)
    info = StreamInfo(rest.name, "", rest.info.sfreq, rest.ch_names, ("eeg",) * n, ("V",) * n)
    montage = MontageSettings(reference="average")
    settings = PipelineSettings(montage=montage, features=(FAA,), gate=GATE, asr=declared)
    pipeline = Pipeline(info, settings)
    hops = pipeline.push(Chunk(data, np.arange(len(data)) / info.sfreq, 0))
    baseline, later = hops.split(round(BASELINE * info.sfreq / pipeline.hop))
    pipeline.frames(baseline, keep=True)
    pipeline.fit()
    frames = pipeline.frames(later)
    held = [reason == "rebuilt" for reason in frames.held]
    return frames.values, float(np.mean(held))
