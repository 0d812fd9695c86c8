"""What a pipeline learns from its baseline: individual band, beamformer, and what it then says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.acquisition.electrodes import TEN_TWENTY
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, FeatureFrames, StreamInfo
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.engine import SessionEngine
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.power.envelope import BandPower
from neurofeedback.signal.power.estimators import cfir
from neurofeedback.signal.region.explained_variance import explained
from neurofeedback.signal.region.kernel import make_roi_kernel
from neurofeedback.signal.settings import (
    AsymmetryFeature,
    EnvelopeSettings,
    IndividualBand,
    MontageSettings,
    OcularSettings,
    PipelineSettings,
    RoiFeature,
)

SFREQ, HOP = 250.0, 8
INFO = StreamInfo("test", "", SFREQ, TEN_TWENTY, ("eeg",) * 19, ("V",) * 19)
BASELINE = 20.0
OWN = EnvelopeSettings(estimator="auto", band=IndividualBand(individual="alpha"))
FAA = AsymmetryFeature(kind="asymmetry", name="faa", left=("F3",), right=("F4",), envelope=OWN)
LCMV = RoiFeature(kind="roi", name="pg", roi="pgACC", method="LCMV")


@cache
def eeg(seconds: float = 40.0, peak: float | None = 9.5) -> np.ndarray:
    """Noise, and a rhythm that is strongest at the back, shape (n_times, 19), V."""
    rng = np.random.default_rng(6)
    n = round(seconds * SFREQ)
    data = 5e-6 * rng.standard_normal((n, 19))
    if peak is not None:
        wave = np.sin(2 * np.pi * peak * np.arange(n) / SFREQ)
        for column, name in enumerate(TEN_TWENTY):
            data[:, column] += (1.5e-5 if name[0] in "PO" else 3e-6) * wave
    data.flags.writeable = False
    return data


def learned(
    features: Sequence[Any], data: np.ndarray, bads: Sequence[str] = (), **more: Any
) -> tuple[Pipeline, Any, FeatureFrames]:
    """Return a pipeline after its baseline, the fit, and the frames that follow."""
    pipeline = Pipeline(INFO, PipelineSettings(features=tuple(features), **more), bads)
    hops = pipeline.push(Chunk(data.copy(), np.arange(len(data)) / SFREQ, 0))
    first, rest = hops.split(round(BASELINE * SFREQ / HOP))
    pipeline.frames(first, keep=True)
    return pipeline, pipeline.fit(), pipeline.frames(rest)


def protocol(*features: Any) -> ProtocolSpec:
    return ProtocolSpec.model_validate(
        {
            "version": 1, "name": "test", "title": "Test",
            "signal": {"features": [f.model_dump(mode="json") for f in features]},
            "target": {"conditions": [{"feature": features[0].name}]},
            "blocks": [{"kind": "baseline", "seconds": BASELINE},
                       {"kind": "train", "seconds": 8.0}],
        }
    )  # fmt: skip


def session(spec: ProtocolSpec, data: np.ndarray, cuts: Sequence[int]) -> tuple[Any, list[Event]]:
    """Return all frames, as bytes and words, and all events of a session."""
    engine = SessionEngine(INFO, spec)
    frames, events = [], []
    edges = [0, *sorted(cuts), len(data)]
    for a, b in zip(edges[:-1], edges[1:], strict=True):
        result = engine.step(Chunk(data[a:b].copy(), np.arange(a, b) / SFREQ, a))
        frames += [
            (row.tobytes(), held)
            for row, held in zip(result.features.values, result.features.held, strict=True)
        ]
        events += result.events
    return frames, events


def test_from_the_end_of_the_baseline_on_the_band_is_the_participants_own() -> None:
    pipeline, fit, frames = learned([FAA], eeg())
    assert fit.alpha.peak == pytest.approx(9.5, abs=0.05)
    low, high = fit.bands["faa"]
    assert (low, high) == (fit.alpha.peak - 4, fit.alpha.peak + 2)
    before, now = pipeline.descriptors[0], pipeline.descriptors_now[0]
    assert "8-13 Hz until the baseline is over, then IAF - 4 to IAF + 2 Hz" in before.label
    assert f"{round(low, 2):g}-{round(high, 2):g} Hz (IAF - 4 to IAF + 2 Hz, IAF" in now.label
    assert "fitted to the baseline" in now.note
    assert now.delay != before.delay
    assert frames.held[0] == "settling"


def test_the_band_in_use_is_the_band_that_is_said() -> None:
    """A rhythm at 6 Hz lies within 5.5-11.5 Hz and not within the fallback."""
    envelope = EnvelopeSettings(band=IndividualBand(individual="alpha"), length=1.0)
    feature = FAA.model_copy(update={"envelope": envelope})
    data = eeg().copy()
    n = round(30 * SFREQ)
    tone = 2e-5 * np.sin(2 * np.pi * 6.5 * np.arange(len(data) - n) / SFREQ)
    data[n:, TEN_TWENTY.index("F4")] += tone
    pipeline, fit, frames = learned([feature], data, montage=MontageSettings(reference=("Cz",)))
    design = cfir(envelope.with_alpha(fit.alpha.peak), SFREQ, HOP)
    signal = data[:, [TEN_TWENTY.index("F4")]] - data[:, [TEN_TWENTY.index("Cz")]]
    power = BandPower(HOP, 1, [(0, design)]).process(signal.reshape(-1, HOP, 1))
    wanted = np.log(power[-len(frames) :, 0])[100:]
    np.testing.assert_allclose(frames.values[100:, 2], wanted, rtol=1e-9)
    assert frames.values[-1, 0] > 1.0


@pytest.mark.parametrize("peak", [None, 9.5])
def test_what_was_found_is_logged_in_words_and_numbers(peak: float | None) -> None:
    _, events = session(protocol(FAA), eeg(peak=peak), [])
    (alpha,) = (e for e in events if e.kind is EventKind.ALPHA_MEASURED)
    (fitted,) = (e for e in events if e.kind is EventKind.ESTIMATOR_FITTED)
    assert alpha.sample == fitted.sample
    assert alpha.details["channels"] == ("P3", "Pz", "P4", "O1", "O2")
    if peak is None:
        assert alpha.details["peak"] is None
        assert "No clear alpha peak" in alpha.details["words"]
        assert "8-13 Hz (fallback: no clear alpha peak)" in fitted.details["label"]
        assert fitted.details["band"] == [8.0, 13.0]
    else:
        assert alpha.details["peak"] == pytest.approx(peak, abs=0.05)
        assert fitted.details["band"][0] == alpha.details["peak"] - 4
    for key in ("delay", "window", "unit", "note"):
        assert key in fitted.details
    assert json.loads(alpha.to_json())["event"] == "AlphaMeasured"


def test_a_session_tells_what_its_features_are_now() -> None:
    engine = SessionEngine(INFO, protocol(FAA))
    data, half = eeg(), round(10 * SFREQ)
    engine.step(Chunk(data[:half].copy(), np.arange(half) / SFREQ, 0))
    assert engine.descriptors_now == engine.descriptors
    result = engine.step(Chunk(data[half:].copy(), np.arange(half, len(data)) / SFREQ, half))
    (fitted,) = (e for e in result.events if e.kind is EventKind.ESTIMATOR_FITTED)
    now = engine.descriptors_now[0]
    assert now != engine.descriptors[0]
    for key in ("delay", "window", "label", "unit", "note"):
        assert fitted.details[key] == getattr(now, key)
    assert engine.score == now
    assert [d.name for d in engine.descriptors_now] == [d.name for d in engine.descriptors]


def test_a_stream_without_the_back_of_the_head_says_so_and_falls_back() -> None:
    pipeline, fit, _ = learned([FAA], eeg(), bads=["P3", "Pz", "P4", "O1"])
    assert fit.alpha.peak is None
    assert "1 posterior channels that work, 3 are needed" in fit.alpha.words
    assert "8-13 Hz (fallback" in pipeline.descriptors_now[0].label


FEATURES = {
    "individual band": FAA,
    "individual band, one filter": FAA.model_copy(
        update={"envelope": OWN.model_copy(update={"estimator": "cfir"})}
    ),
    "LCMV and share": LCMV.model_copy(update={"least_share": 0.34}),
}


@cache
def whole(name: str) -> tuple[Any, list[str]]:
    frames, events = session(protocol(FEATURES[name]), eeg(32.0), [])
    return frames, [e.to_json() for e in events]


@pytest.mark.parametrize("name", FEATURES)
@settings(max_examples=5, deadline=None)
@given(cuts=st.lists(st.integers(1, 7999), max_size=20))
def test_the_fit_takes_effect_at_one_frame_whatever_the_chunking(
    name: str, cuts: list[int]
) -> None:
    frames, events = session(protocol(FEATURES[name]), eeg(32.0), cuts)
    assert (frames, [e.to_json() for e in events]) == whole(name)
    assert any('"EstimatorFitted"' in e for e in whole(name)[1])


def test_a_second_baseline_is_learned_anew_and_reset_forgets() -> None:
    pipeline, first, _ = learned([FAA], eeg())
    data = eeg(peak=11.5)
    hops = pipeline.push(Chunk(data.copy(), np.arange(len(data)) / SFREQ, len(data)))
    pipeline.start_baseline()
    pipeline.frames(hops, keep=True)
    second = pipeline.fit()
    assert second is not None
    assert second.alpha is not None
    assert second.alpha.peak == pytest.approx(11.5, abs=0.05)
    assert pipeline.descriptors_now == second.descriptors != first.descriptors
    pipeline.reset()
    assert pipeline.descriptors_now == pipeline.descriptors


def test_a_baseline_that_teaches_nothing_changes_nothing() -> None:
    feature = FAA.model_copy(update={"envelope": EnvelopeSettings(estimator="wiener")})
    data = eeg().copy()
    data[::100] += 1e-3
    pipeline, fit, frames = learned([feature], data)
    assert fit is None
    assert pipeline.descriptors_now == pipeline.descriptors
    assert all(frames.held)


def interference() -> np.ndarray:
    """6 Hz with a pattern on the scalp that no source of the region makes, shape (n_times, 19)."""
    fit = make_roi_kernel(TEN_TWENTY, "pgACC").fit
    pattern = np.random.default_rng(1).standard_normal(19)
    pattern = pattern - np.linalg.pinv(fit) @ (fit @ pattern)
    wave = 4e-5 * np.sin(2 * np.pi * 6 * np.arange(len(eeg())) / SFREQ)
    return np.asarray(wave[:, None] * (pattern - pattern.mean()))


def test_lcmv_takes_over_from_eloreta_and_says_so() -> None:
    pipeline, fit, _ = learned([LCMV], eeg(peak=None))
    (report,) = fit.regions
    assert (report.feature, report.method) == ("pg", "LCMV")
    assert report.seconds == pytest.approx(BASELINE, abs=1.0)
    before, now = pipeline.descriptors[0], pipeline.descriptors_now[0]
    assert "pgACC power by eLORETA (sphere)" in before.label
    assert "eLORETA stands in for LCMV" in before.note
    assert "pgACC power by LCMV (sphere)" in now.label
    assert "LCMV from the covariance of 20 s" in now.note
    assert f"{report.leakage['near_share']:.0%} of the signal's power" in now.note


def test_lcmv_silences_what_interfered_in_the_baseline() -> None:
    n = round(BASELINE * SFREQ)
    rise = {}
    for method in ("LCMV", "eLORETA"):
        feature = LCMV.model_copy(update={"method": method})
        levels = []
        for after in (interference()[n:], 0.0):
            data = eeg(peak=None) + interference()
            data[n:] = eeg(peak=None)[n:] + after
            frames = learned([feature], data)[2]
            levels.append(float(frames.values[-200:, 0].mean()))
        rise[method] = levels[0] - levels[1]
    assert rise["LCMV"] < 0.5 * rise["eLORETA"]


def test_too_short_a_baseline_leaves_eloreta_and_says_what_it_takes() -> None:
    pipeline = Pipeline(INFO, PipelineSettings(features=(LCMV,)))
    data = eeg()[: round(4 * SFREQ)]
    pipeline.frames(pipeline.push(Chunk(data.copy(), np.arange(len(data)) / SFREQ, 0)), keep=True)
    fit = pipeline.fit()
    assert fit is not None
    (report,) = fit.regions
    assert report.method == "eLORETA"
    assert "19 electrodes" in report.words
    assert "LCMV needs 5 s of clean baseline" in report.words
    assert "by eLORETA" in pipeline.descriptors_now[0].label


def test_eye_correction_and_beamformer_compose() -> None:
    data = eeg(peak=None).copy()
    blinks = np.zeros(len(data))
    for start in range(300, len(data) - 100, 600):
        blinks[start : start + 60] = 6e-5 * np.hanning(60)
    for name, share in (("Fp1", 1.0), ("Fp2", 1.0), ("F3", 0.4), ("Fz", 0.5), ("F4", 0.4)):
        data[:, TEN_TWENTY.index(name)] += share * blinks
    _, fit, frames = learned([LCMV, FAA], data, ocular=OcularSettings(seconds=10.0))
    assert fit.ocular.sources == ("Fp1", "Fp2")
    assert fit.regions[0].method == "LCMV"
    assert np.isfinite(frames.values).all()
    assert sum(held is None for held in frames.held) > 100


def share_of(data: np.ndarray, least: float = 0.5) -> FeatureFrames:
    feature = RoiFeature(kind="roi", name="pg", roi="pgACC", least_share=least)
    pipeline = Pipeline(INFO, PipelineSettings(features=(feature,)))
    return pipeline.process(Chunk(data.copy(), np.arange(len(data)) / SFREQ, 0))


def test_feedback_is_held_while_the_region_explains_too_little() -> None:
    own = make_roi_kernel(TEN_TWENTY, "pgACC").fit[0]
    n = len(eeg())
    data = 1e-7 * np.random.default_rng(0).standard_normal((n, 19))
    half = n // 2
    data[:half] += 2e-5 * np.sin(2 * np.pi * 6 * np.arange(half) / SFREQ)[:, None] * own
    data[half:] += 0.25 * interference()[half:]
    held = share_of(data).held
    first, second = held[60 : half // HOP - 5], held[half // HOP + 60 :]
    assert set(first) == {None}
    assert len(set(second)) == 1
    assert second[0] is not None
    assert second[0].startswith("region pgACC explains ")
    assert second[0].endswith(" %")


def test_the_share_is_that_of_the_filtered_data() -> None:
    data = eeg(peak=None)
    kernel = make_roi_kernel(TEN_TWENTY, "pgACC")
    n_hops = len(data) // HOP
    envelope = RoiFeature(kind="roi", name="x", roi="pgACC").envelope
    design = cfir(envelope, SFREQ, HOP)
    taps = design.taps[0]
    filtered = np.stack([np.convolve(column, taps)[: len(data)] for column in data.T], axis=1)
    at = np.array([(k + 1) * HOP - 1 for k in range(n_hops)])
    parts = np.stack([filtered[at].real, filtered[at].imag], axis=1)
    end = 400
    wanted = explained(kernel, parts[end - design.n_mean + 1 : end + 1].reshape(-1, 19))
    for least, is_held in ((float(wanted) * 0.999, False), (float(wanted) * 1.001, True)):
        assert (share_of(data, least).held[end] is not None) == is_held


def test_a_hold_keeps_the_words_it_began_with() -> None:
    frames = share_of(eeg(peak=None), 0.6)
    causes = [h for h in frames.held if h is not None and h.startswith("region")]
    assert len(causes) > 500
    changes = sum(a != b for a, b in zip(frames.held[:-1], frames.held[1:], strict=True))
    assert changes < 60
    assert all("explains" in cause for cause in causes)
