import json

import numpy as np
import pytest

from neurofeedback.acquisition.electrodes import TEN_TWENTY
from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk, FeatureFrames, StreamInfo
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.protocols.warnings import warnings_of
from neurofeedback.session.engine import SessionEngine
from neurofeedback.signal.baseline_fit import BaselineFit
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.settings import (
    AsrSettings,
    AsymmetryFeature,
    GateSettings,
    PipelineSettings,
)

SFREQ, HOP = 250.0, 8
N = len(TEN_TWENTY)
INFO = StreamInfo("test", "", SFREQ, TEN_TWENTY, ("eeg",) * N, ("V",) * N)
FAA = AsymmetryFeature(kind="asymmetry", name="faa", left=("F3",), right=("F4",))
GATE = GateSettings(
    muscle=None,
    muscle_amplitude=None,
    blink=None,
    line_noise=None,
    clipped_seconds=None,
    amplitude=300e-6,
)
BASELINE = 66.0  # s


def settings(**asr: float) -> PipelineSettings:
    return PipelineSettings(features=(FAA,), gate=GATE, asr=AsrSettings(**asr))


def brain(seconds: float = 90.0) -> np.ndarray:
    """Pink noise of 10 microvolts, neighbours alike, on offsets."""
    rng = np.random.default_rng(1)
    n = round(seconds * SFREQ)
    freqs = np.fft.rfftfreq(n, 1 / SFREQ)
    spectrum = np.fft.rfft(rng.standard_normal((n, N)), axis=0)
    sources = np.fft.irfft(spectrum / np.sqrt(np.maximum(freqs, 1.0))[:, None], n, axis=0)
    data = sources @ (np.eye(N) + 0.2 * rng.standard_normal((N, N)))
    return 1e-5 * data / data.std() + np.linspace(-5e-3, 5e-3, N)


def with_tones_at(name: str, amplitude: float, start: float, stop: float) -> np.ndarray:
    data = brain()
    at = slice(round(start * SFREQ), round(stop * SFREQ))
    time = np.arange(at.stop - at.start) / SFREQ
    tones = np.sin(2 * np.pi * np.outer(time, [9.3, 17.0, 22.1, 31.7])).mean(axis=1)
    data[at, TEN_TWENTY.index(name)] += amplitude * tones
    return data


def chunk(data: np.ndarray, first: int = 0) -> Chunk:
    return Chunk(data, (first + np.arange(len(data))) / SFREQ, first)


def after_the_baseline(
    data: np.ndarray, declared: PipelineSettings
) -> tuple[FeatureFrames, BaselineFit | None]:
    pipeline = Pipeline(INFO, declared)
    hops = pipeline.push(chunk(data))
    baseline, after = hops.split(round(BASELINE * SFREQ / HOP))
    pipeline.frames(baseline, keep=True)
    fit = pipeline.fit()
    return pipeline.frames(after), fit


def between(start: float, stop: float) -> slice:
    """Frames of `after_the_baseline` between two times of the stream."""
    first = round(BASELINE * SFREQ / HOP)
    return slice(round(start * SFREQ / HOP) - first, round(stop * SFREQ / HOP) - first)


def test_noise_of_one_electrode_in_the_reference_hardly_reaches_the_feature() -> None:
    data = with_tones_at("T7", 250e-6, 75.0, 85.0)
    wanted, _ = after_the_baseline(brain(), settings())
    off = {}
    for name, declared in {
        "plain": PipelineSettings(features=(FAA,), gate=GATE),
        "asr": settings(),
    }.items():
        found, _ = after_the_baseline(data, declared)
        during = between(76.0, 84.0)
        late = 4 if name == "asr" else 0
        expected = wanted.values[during.start + 4 - late : during.stop + 4 - late]
        off[name] = float(np.abs(found.values[during, 1] - expected[:, 1]).mean())
        assert set(found.held[during]) == {None}
    assert off["asr"] < 0.5 * off["plain"]


def test_what_was_taken_off_is_told_frame_by_frame() -> None:
    found, _ = after_the_baseline(with_tones_at("T7", 250e-6, 75.0, 85.0), settings())
    removed = found.values[:, -1]
    assert removed[between(76.0, 84.0)].mean() > 0.5
    assert not removed[between(70.0, 75.0)].any()
    assert not removed[between(87.0, 89.0)].any()


def test_feedback_holds_where_a_signal_of_the_feature_is_a_guess() -> None:
    found, _ = after_the_baseline(with_tones_at("F3", 250e-6, 75.0, 85.0), settings())
    assert set(found.held[between(76.0, 84.0)]) == {"rebuilt"}
    assert set(found.held[between(72.0, 74.9)]) == {None}
    allowed, _ = after_the_baseline(with_tones_at("F3", 250e-6, 75.0, 85.0), settings(rebuilt=1.0))
    assert set(allowed.held[between(77.0, 84.0)]) == {None}


def test_after_the_fit_feedback_waits_until_the_memory_is_full() -> None:
    found, fit = after_the_baseline(brain(), settings())
    held = [reason is not None for reason in found.held]
    n = held.index(False)
    assert set(found.held[:n]) == {"settling"}
    assert not any(held[n:])
    assert 2.0 < n * HOP / SFREQ < 3.0
    assert fit is not None
    assert fit.asr is not None
    assert fit.asr.channels == fit.asr.components == N
    assert 40.0 < fit.asr.seconds <= BASELINE
    assert fit.asr.delay == pytest.approx(0.128)


def test_descriptors_tell_the_delay_and_the_column() -> None:
    _, fit = after_the_baseline(brain(), settings())
    plain = Pipeline(INFO, PipelineSettings(features=(FAA,), gate=GATE)).descriptors
    assert fit is not None
    assert [d.name for d in fit.descriptors] == [*(d.name for d in plain), "asr.removed"]
    assert fit.descriptors[0].delay == pytest.approx(plain[0].delay + 0.128)
    assert "a guess" in fit.descriptors[-1].note


def test_a_baseline_too_short_leaves_everything_as_it_is_and_says_why() -> None:
    data = brain(90.0)
    found, fit = after_the_baseline(data, settings(seconds=120.0))
    assert fit is not None
    assert fit.asr is not None
    assert fit.asr.channels == 0
    assert "120 s of clean data" in fit.asr.note
    plain, _ = after_the_baseline(data, PipelineSettings(features=(FAA,), gate=GATE))
    np.testing.assert_allclose(found.values[60:, :-1], plain.values[60:], rtol=1e-9)
    assert not found.values[:, -1].any()


def test_a_stream_with_two_channels_is_refused_before_it_starts() -> None:
    info = StreamInfo("two", "", SFREQ, ("F3", "F4"), ("eeg",) * 2, ("V",) * 2)
    declared = PipelineSettings.model_validate(
        {**settings().model_dump(), "montage": {"reference": "as-recorded"}}
    )
    with pytest.raises(UserError, match="at least three good EEG channels"):
        Pipeline(info, declared)


def test_a_session_logs_it_rewards_no_guess_and_chunking_changes_nothing() -> None:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["signal"] = settings(seconds=20.0).model_dump(mode="json")
    fields["blocks"] = [{"kind": "baseline", "seconds": 24.0}, {"kind": "train", "seconds": 40.0}]
    spec = ProtocolSpec.model_validate(fields)
    data = with_tones_at("F3", 250e-6, 40.0, 50.0)[: round(75 * SFREQ)]
    logs = []
    for size in (len(data), 37):
        engine = SessionEngine(INFO, spec)
        frames, events = [], []
        for a in range(0, len(data), size):
            step = engine.step(chunk(data[a : a + size].copy(), a))
            frames += step.feedback
            events += step.events
        logs.append([e.to_json() for e in events] + [repr(frame) for frame in frames])
        held = [f for f in frames if f.held == "rebuilt"]
        assert len(held) * HOP / SFREQ > 9.0
        assert not any(f.reward or f.success for f in held)
    assert logs[0] == logs[1]
    (fitted,) = [json.loads(x) for x in logs[0] if f'"{EventKind.ASR_FITTED}"' in x]
    assert "cutoff" in json.dumps(fitted)


def test_a_protocol_whose_baseline_is_too_short_for_it_is_told_so() -> None:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["signal"] = settings().model_dump(mode="json")
    fields["blocks"] = [{"kind": "baseline", "seconds": 30.0}, {"kind": "train", "seconds": 40.0}]
    found = {d.key: d.text for d in warnings_of(ProtocolSpec.model_validate(fields))}
    assert (
        "60 s of clean baseline are wanted, and the baseline has 30 s"
        in (found["signal.asr.seconds"])
    )
    fields["blocks"][0]["seconds"] = 60.0
    found = {d.key: d.text for d in warnings_of(ProtocolSpec.model_validate(fields))}
    assert "signal.asr.seconds" not in found


def test_a_second_baseline_calibrates_anew_from_the_samples_as_they_came() -> None:
    quiet, loud = brain(), brain()
    middle = quiet.mean(axis=0)
    loud = (loud - middle) * 2.0 + middle
    data = np.concatenate([quiet[: round(70 * SFREQ)], loud[: round(75 * SFREQ)]])
    pipeline = Pipeline(INFO, settings())
    hops = pipeline.push(chunk(data))
    first, rest = hops.split(round(70 * SFREQ / HOP))
    pipeline.frames(first, keep=True)
    one = pipeline.fit()
    pipeline.start_baseline()
    pipeline.frames(rest, keep=True)
    two = pipeline.fit()
    assert one is not None
    assert two is not None
    assert two.asr is not None
    assert two.asr.note == ""
    # Twice the amplitude is ln 4 more power; had it been cleaned first, it would be less.
    rise = two.values[:, 1].mean() - one.values[:, 1].mean()
    assert rise == pytest.approx(np.log(4.0), abs=0.15)
