"""Eye activity regressed out from the end of the baseline on, as part of a pipeline."""

import numpy as np
import pytest

from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.engine import SessionEngine
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.settings import (
    AsymmetryFeature,
    GateSettings,
    OcularSettings,
    PipelineSettings,
)

SFREQ = 250.0
NAMES = ("F3", "F4", "Cz", "Pz", "VEOG")
INFO = StreamInfo("test", "", SFREQ, NAMES, ("eeg",) * 4 + ("eog",), ("V",) * 5)
FAA = AsymmetryFeature(kind="asymmetry", name="faa", left=("F3",), right=("F4",))
GATE = GateSettings(blink=None, muscle=None, amplitude=1e-3, reference_amplitude=1e-3)


def blinking(seconds: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noise with blinks that reach F3 more than F4, and the same without; (n_times, 5), V."""
    rng = np.random.default_rng(seed)
    n = round(seconds * SFREQ)
    quiet = 1e-5 * rng.standard_normal((n, 5))
    eye = np.zeros(n)
    for start in range(200, n - 100, 450):
        eye[start : start + 100] = 300e-6 * np.hanning(100)
    return quiet + eye[:, None] * np.array([0.3, 0.1, 0.05, 0.0, 1.0]), quiet


def settings(**changes: object) -> PipelineSettings:
    return PipelineSettings(features=(FAA,), gate=GATE, **changes)  # type: ignore[arg-type]


def test_after_the_baseline_blinks_hardly_reach_the_feature() -> None:
    seen, quiet = blinking(60.0)
    off: dict[bool, float] = {}
    for corrected in (False, True):
        pipeline = Pipeline(INFO, settings(ocular=OcularSettings() if corrected else None))
        hops = pipeline.push(Chunk(seen, np.arange(len(seen)) / SFREQ, 0))
        baseline, after = hops.split(len(hops) // 2)
        pipeline.frames(baseline, keep=True)
        fit = pipeline.fit()
        assert (fit is not None) == corrected
        if fit is not None:
            assert fit.ocular is not None
            assert fit.ocular.sources == ("VEOG",)
            assert fit.ocular.explained["F3"] > 0.7
        found = pipeline.frames(after).values[50:]
        clean = Pipeline(INFO, settings())
        wanted = clean.process(Chunk(quiet, np.arange(len(quiet)) / SFREQ, 0)).values
        off[corrected] = float(np.abs(found[:, 1] - wanted[-len(found) :, 1]).mean())
    assert off[True] < 0.5 * off[False]  # the eye channel brings noise of its own


def test_a_session_logs_what_was_fitted_and_chunking_changes_nothing() -> None:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["signal"] = settings(ocular=OcularSettings(seconds=10.0)).model_dump(mode="json")
    fields["blocks"] = [{"kind": "baseline", "seconds": 20.0}, {"kind": "train", "seconds": 10.0}]
    spec = ProtocolSpec.model_validate(fields)
    data, _ = blinking(40.0)
    logs = []
    for size in (len(data), 37):
        engine = SessionEngine(INFO, spec)
        steps = [
            engine.step(
                Chunk(data[a : a + size].copy(), np.arange(a, min(a + size, len(data))) / SFREQ, a)
            )
            for a in range(0, len(data), size)
        ]
        logs.append([e.to_json() for step in steps for e in step.events])
    assert logs[0] == logs[1]
    fitted = [line for line in logs[0] if EventKind.OCULAR_FITTED in line]
    assert len(fitted) == 1
    assert "VEOG" in fitted[0]


def test_a_baseline_too_short_for_it_leaves_everything_as_it_is_and_says_why() -> None:
    seen, _ = blinking(15.0)
    pipeline = Pipeline(INFO, settings(ocular=OcularSettings(seconds=60.0)))
    pipeline.frames(pipeline.push(Chunk(seen, np.arange(len(seen)) / SFREQ, 0)), keep=True)
    fit = pipeline.fit()
    assert fit is not None
    assert fit.ocular is not None
    assert fit.ocular.sources == ()
    assert "make the baseline longer" in fit.ocular.note


def test_an_electrode_pop_in_the_baseline_is_refused_not_fitted() -> None:
    seen, _ = blinking(60.0)
    seen[3000:3125, 0] += 20e-3
    seen[3000:3125, 4] += 1e-3
    pipeline = Pipeline(INFO, settings(ocular=OcularSettings()))
    pipeline.frames(pipeline.push(Chunk(seen, np.arange(len(seen)) / SFREQ, 0)), keep=True)
    fit = pipeline.fit()
    assert fit is not None
    assert fit.ocular is not None
    assert fit.ocular.sources == ()
    assert "F3 would follow the eyes more than" in fit.ocular.note


def test_the_fit_itself_holds_nothing_on_an_amplifier_with_offsets() -> None:
    seen, _ = blinking(60.0)
    seen += np.array([5e-3, -3e-3, 1e-3, 0.0, 20e-3])
    gate = GateSettings(blink=None, muscle=None)
    pipeline = Pipeline(INFO, settings(ocular=OcularSettings()).model_copy(update={"gate": gate}))
    hops = pipeline.push(Chunk(seen, np.arange(len(seen)) / SFREQ, 0))
    baseline, after = hops.split(len(hops) // 2)
    pipeline.frames(baseline, keep=True)
    assert pipeline.fit() is not None
    held = pipeline.frames(after.split(20)[0]).held
    assert set(held) == {"settling"}


def test_a_stream_without_eyes_is_refused_before_it_starts() -> None:
    info = StreamInfo("blind", "", SFREQ, NAMES[:4], ("eeg",) * 4, ("V",) * 4)
    with pytest.raises(UserError, match="neither EOG"):
        Pipeline(info, settings(ocular=OcularSettings()))
