"""The estimator without a baseline: other people's spectrum stands in for one's own."""

from pathlib import Path

import numpy as np
import pytest

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.signal.features.base import FeatureKind
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.power.fitting import correlation, true_power
from neurofeedback.signal.power.prior import (
    Prior,
    recorded_as,
    recorded_prior,
    shipped_prior,
)
from neurofeedback.signal.power.settings import EnvelopeSettings
from neurofeedback.signal.power.starting import starting_design
from neurofeedback.signal.settings import (
    AsymmetryFeature,
    GateSettings,
    MontageSettings,
    PipelineSettings,
)

NAMES = tuple("Fp1 Fp2 F7 F3 Fz F4 F8 T3 C3 Cz C4 T4 T5 P3 Pz P4 T6 O1 O2".split())
REST = Path(__file__).resolve().parents[4] / "shared" / "data" / "rest"
OPEN = GateSettings(
    amplitude=0.01,
    gradient=0.1,
    reference_amplitude=0.01,
    reference_gradient=0.1,
    muscle=None,
    blink=None,
)


def settings(estimator: str = "auto", reference: object = "average") -> PipelineSettings:
    envelope = EnvelopeSettings(estimator=estimator)
    features: tuple[FeatureKind, ...] = (
        AsymmetryFeature(
            kind="asymmetry", name="faa", left=("F3",), right=("F4",), envelope=envelope
        ),
    )
    montage = MontageSettings(reference=reference)
    return PipelineSettings(features=features, gate=OPEN, montage=montage)


def info(sfreq: float) -> StreamInfo:
    return StreamInfo("amp", "", sfreq, NAMES, ("eeg",) * 19, ("V",) * 19)


def values(
    data: np.ndarray, sfreq: float, declared: PipelineSettings, prior: Prior | None
) -> np.ndarray:
    pipeline = Pipeline(info(sfreq), declared, (), prior)
    return pipeline.process(Chunk(data, np.arange(len(data)) / sfreq, 0)).values


def before() -> Prior:
    """The prior as sessions had it when it did not serve without a baseline."""
    found = recorded_prior({"prior": shipped_prior().hash})
    assert found is not None
    return found


@pytest.mark.skipif(not REST.exists(), reason="needs real recordings")
@pytest.mark.parametrize("name", ["H_S1_EC", "MDD_S10_EO"])
def test_without_a_baseline_the_brain_is_followed_better_than_by_the_plain_filter(name):
    recording = load_recording(REST / f"{name}.edf")
    at = [recording.info.ch_names.index(c) for c in NAMES]
    sfreq = recording.info.sfreq
    data = recording.data[: round(100 * sfreq), at]
    found = {
        label: values(data, sfreq, settings(), prior)[:, 0]
        for label, prior in (("pooled", shipped_prior()), ("plain", None))
    }
    hop = Pipeline(info(sfreq), settings(), ()).hop
    n = len(found["plain"])
    signals = data[: n * hop].reshape(n, hop, 19)
    signals = signals - signals.mean(axis=2, keepdims=True)
    left, right = (
        true_power(signals[:, :, [NAMES.index(c)]], (8.0, 13.0), 1.0, sfreq)[:, 0]
        for c in ("F3", "F4")
    )
    truth = np.log(right) - np.log(left)
    middle = slice(64, -64)
    r = {label: correlation(found[label][middle], truth[middle]) for label in found}
    assert r["pooled"] > r["plain"] + 0.03


def test_the_gain_of_the_amplifier_does_not_matter():
    data = 1e-5 * np.random.default_rng(0).standard_normal((1280, 19))
    once, tenfold = (values(g * data, 128.0, settings(), shipped_prior()) for g in (1.0, 10.0))
    np.testing.assert_allclose(tenfold[20:, 0], once[20:, 0], rtol=0, atol=1e-9)


@pytest.mark.parametrize("hum", [50.0, 60.0])
@pytest.mark.parametrize("band", [(4.0, 8.0), (8.0, 13.0), (20.0, 30.0)])
def test_the_hum_of_another_place_is_kept_out(band, hum):
    envelope = EnvelopeSettings(estimator="auto", band=band)
    for sfreq in (128.0, 160.0, 256.0):
        design = starting_design(envelope, "F3", shipped_prior(), sfreq, 4)

        def passed(freq: float, design=design, sfreq=sfreq) -> float:
            turns = np.exp(-2j * np.pi * freq * np.arange(design.taps.shape[1]) / sfreq)
            return float(design.weights @ np.abs(design.taps @ turns) ** 2)

        assert passed(hum) < 0.01 * passed(sum(band) / 2)


def test_the_mean_power_is_what_it_is():
    """What the filters cannot know is made up for, so both sides are as large as they are."""
    prior, sfreq = shipped_prior(), 128.0
    envelope = EnvelopeSettings(estimator="auto")
    design = starting_design(envelope, "F3", prior, sfreq, 4)
    n = 1 << 17
    freqs = np.fft.rfftfreq(n, 1 / sfreq)
    density = np.interp(freqs, prior.freqs, prior.density("F3"))
    parts = np.random.default_rng(1).standard_normal((2, freqs.size)) * np.sqrt(density)
    stream = np.fft.irfft(parts[0] + 1j * parts[1], n)
    power = sum(
        w * np.abs(np.convolve(stream, taps, "valid")) ** 2
        for w, taps in zip(design.weights, design.taps, strict=True)
    )
    truth = true_power(stream.reshape(-1, 4, 1), (8.0, 13.0), 1.0, sfreq)
    assert power.mean() == pytest.approx(truth.mean(), rel=0.1)


@pytest.mark.parametrize(
    ("declared", "prior"),
    [
        (settings("cfir"), shipped_prior()),  # the plain filter was asked for
        (settings(reference="as-recorded"), shipped_prior()),  # learned at the average
        (settings(), before()),
        (settings(), None),
    ],
)
def test_elsewhere_and_in_sessions_of_before_the_plain_filter_stays(declared, prior):
    data = 1e-5 * np.random.default_rng(0).standard_normal((640, 19))
    plain = values(data, 128.0, declared, None)
    found = values(data, 128.0, declared, prior)
    np.testing.assert_allclose(found, plain, rtol=0, atol=1e-9)
    [faa, *_] = Pipeline(info(128.0), declared, (), prior).descriptors
    assert "other people" not in faa.note


def test_it_is_said_and_recorded():
    [faa, *_] = Pipeline(info(128.0), settings(), (), shipped_prior()).descriptors
    assert "Without a baseline it is posterior power for the mean spectrum of other people" in (
        faa.note
    )
    again = recorded_prior(recorded_as(shipped_prior()))
    assert again is not None
    assert again.without_baseline
    assert not before().without_baseline
