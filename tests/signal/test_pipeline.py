import math
from collections.abc import Sequence

import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, FeatureFrames, StreamInfo, from_storage, to_storage
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.settings import (
    AsymmetryFeature,
    EnvelopeSettings,
    MontageSettings,
    PipelineSettings,
    PowerFeature,
)

NAMES = ("Fp1", "F3", "F4", "Cz", "F7", "F8", "Oz")
THETA = EnvelopeSettings(band=(4, 8), delay=0.1, length=1.0, smoothing=0.5)
FAA = AsymmetryFeature(kind="asymmetry", name="faa", left=("F3",), right=("F4",))
CASES = {
    "faa": PipelineSettings(features=(FAA,)),
    "several": PipelineSettings(
        montage=MontageSettings(reference=("Cz",), hop=0.02),
        features=(
            FAA,
            AsymmetryFeature(
                kind="asymmetry", name="pairs", left=("F3", "F7"), right=("F4", "F8"),
                envelope=EnvelopeSettings(band=(9, 12), delay=-0.05, length=0.7, smoothing=0.0),
            ),
            PowerFeature(kind="power", name="theta", channels=("Fp1", "F3"), envelope=THETA),
        ),
    ),
    "recorded": PipelineSettings(
        montage=MontageSettings(reference="as-recorded"),
        features=(PowerFeature(kind="power", name="oz", channels=("Oz",)),),
    ),
}  # fmt: skip


def info(sfreq: float = 250.0) -> StreamInfo:
    n = len(NAMES)
    return StreamInfo("test", "", sfreq, NAMES, ("eeg",) * n, ("V",) * n)


def eeg(n_times: int, seed: int = 0, dirty: bool = True) -> np.ndarray:
    rng = np.random.default_rng(seed)
    data = rng.standard_normal((n_times, len(NAMES))) * 1e-5 + 3e-3
    if dirty:
        data[n_times // 4, 1] = np.nan
        data[n_times // 3, 0] += 5e-4
        data[n_times // 2 : n_times // 2 + 90, 2] = 0.0
    scale = info().storage_scale
    return from_storage(to_storage(data, scale), scale)


def chunks(data: np.ndarray, cuts: Sequence[int], gap_at: int | None = None) -> list[Chunk]:
    edges = sorted({0, len(data), *cuts, *([gap_at] if gap_at is not None else [])})
    times = np.arange(len(data)) / 250.0
    return [
        Chunk(data[a:b].copy(), times[a:b].copy(), a, gap=0.4 if a == gap_at else 0.0)
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    ]


def run(pipeline: Pipeline, parts: Sequence[Chunk]) -> FeatureFrames:
    found = [pipeline.process(part) for part in parts]
    return FeatureFrames(
        np.concatenate([f.samples for f in found]),
        np.concatenate([f.times for f in found]),
        np.concatenate([f.values for f in found]),
        [reason for f in found for reason in f.held],
    )


def assert_identical(one: FeatureFrames, other: FeatureFrames) -> None:
    np.testing.assert_array_equal(one.samples, other.samples)
    np.testing.assert_array_equal(one.times, other.times)
    assert one.values.tobytes() == other.values.tobytes()
    assert list(one.held) == list(other.held)


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=examples(25), deadline=None)
@given(cuts=st.lists(st.integers(1, 1499), max_size=30), gap_at=st.none() | st.integers(1, 1499))
def test_chunking_changes_no_bit(case: str, cuts: list[int], gap_at: int | None) -> None:
    data = eeg(1500)
    whole = run(Pipeline(info(), CASES[case]), chunks(data, [], gap_at))
    parts = run(Pipeline(info(), CASES[case]), chunks(data, cuts, gap_at))
    assert_identical(whole, parts)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("size", [1, 7, 8, 1000])
def test_chunks_of_one_size_change_no_bit(case: str, size: int) -> None:
    data = eeg(1200)
    whole = run(Pipeline(info(), CASES[case]), chunks(data, []))
    parts = run(Pipeline(info(), CASES[case]), chunks(data, range(0, 1200, size)))
    assert_identical(whole, parts)


@pytest.mark.parametrize("case", CASES)
def test_empty_chunks_change_nothing(case: str) -> None:
    data = eeg(1000)
    plain = chunks(data, range(0, 1000, 33))
    empty = [Chunk(c.data[:0], c.timestamps[:0], c.first_sample) for c in plain]
    mixed = [part for pair in zip(empty, plain, strict=True) for part in pair]
    assert_identical(
        run(Pipeline(info(), CASES[case]), plain), run(Pipeline(info(), CASES[case]), mixed)
    )


@pytest.mark.parametrize("case", CASES)
def test_reset_forgets_everything(case: str) -> None:
    pipeline = Pipeline(info(), CASES[case])
    first = run(pipeline, chunks(eeg(900, seed=1), [500]))
    pipeline.reset()
    run(pipeline, chunks(eeg(777, seed=2), [5]))
    pipeline.reset()
    assert_identical(first, run(pipeline, chunks(eeg(900, seed=1), [500])))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("sfreq", [125.0, 160.0, 512.0, 2048.0])
def test_every_rate_gives_frames_of_the_declared_shape(case: str, sfreq: float) -> None:
    pipeline = Pipeline(info(sfreq), CASES[case])
    frames = run(pipeline, chunks(eeg(int(4 * sfreq), dirty=False), [100]))
    assert frames.values.shape == (int(4 * sfreq) // pipeline.hop, len(pipeline.descriptors))
    assert frames.values.dtype == np.float64
    assert np.isfinite(frames.values).all()
    assert abs(pipeline.hop - CASES[case].montage.hop * sfreq) <= 0.5
    np.testing.assert_array_equal(np.diff(frames.samples), pipeline.hop)


@pytest.mark.parametrize("case", CASES)
def test_channels_are_found_by_name_not_by_place(case: str) -> None:
    data = eeg(1000, dirty=False)
    order = [6, 2, 0, 5, 1, 4, 3]
    n = len(NAMES)
    swapped = StreamInfo(
        "test", "", 250.0, tuple(NAMES[i] for i in order), ("eeg",) * n, ("V",) * n
    )
    one = run(Pipeline(info(), CASES[case]), chunks(data, []))
    other = run(Pipeline(swapped, CASES[case]), chunks(data[:, order], []))
    np.testing.assert_allclose(one.values, other.values, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=examples(40), deadline=None)
@given(
    at=st.integers(300, 1200),
    kind=st.sampled_from(["nan", "inf", "large", "gap"]),
    channel=st.integers(0, len(NAMES) - 1),
)
def test_no_frame_that_a_bad_sample_reaches_may_be_used(
    case: str, at: int, kind: str, channel: int
) -> None:
    data = eeg(1500, dirty=False)
    pipeline = Pipeline(info(), CASES[case])
    clean = run(pipeline, chunks(data, []))
    pipeline.reset()
    bad = data.copy()
    bad[at, channel] = {"nan": np.nan, "inf": np.inf, "large": 9e-3, "gap": data[at, channel]}[kind]
    frames = run(pipeline, chunks(bad, [], at if kind == "gap" else None))
    reached = (frames.values != clean.values).any(axis=1)
    held = np.array([reason is not None for reason in frames.held])
    assert not (reached & ~held).any()
    usable_again = frames.samples >= at + (pipeline.settling + 1) * pipeline.hop
    assert not held[usable_again].any()


def test_a_flat_side_is_never_read_as_asymmetry() -> None:
    data = eeg(3000, dirty=False)
    data[1000:1800, 1] = data[1000, 1]
    pipeline = Pipeline(info(), CASES["recorded"].model_copy(update={"features": (FAA,)}))
    frames = run(pipeline, chunks(data, []))
    held = np.array([reason is not None for reason in frames.held])
    after_notice = (frames.samples > 1000 + 60) & (frames.samples < 1800 + 125)
    assert held[after_notice].all()


def test_asymmetry_of_known_amplitudes() -> None:
    time = np.arange(5000) / 250.0
    data = np.zeros((5000, len(NAMES)))
    rng = np.random.default_rng(0)
    data += rng.standard_normal(data.shape) * 1e-9
    wave = np.sin(2 * np.pi * 10.5 * time)
    data[:, 1] += 10e-6 * wave
    data[:, 2] += 20e-6 * wave
    settings_ = CASES["recorded"].model_copy(update={"features": (FAA,)})
    frames = run(Pipeline(info(), settings_), chunks(data, []))
    settled = frames.values[100:]
    np.testing.assert_allclose(settled[:, 0], math.log(4), atol=0.01)
    np.testing.assert_allclose(settled[:, 0], settled[:, 2] - settled[:, 1], atol=1e-12)


def test_the_stated_noise_is_the_noise() -> None:
    rng = np.random.default_rng(4)
    data = rng.standard_normal((100_000, len(NAMES))) * 1e-5
    pipeline = Pipeline(info(), CASES["recorded"].model_copy(update={"features": (FAA,)}))
    frames = run(pipeline, chunks(data, []))
    stated = float(pipeline.descriptors[0].note.split("at least ")[1].split()[0])
    assert frames.values[100:, 0].std() == pytest.approx(stated, rel=0.1)


def test_frames_cannot_be_written_to() -> None:
    frames = Pipeline(info(), CASES["faa"]).process(chunks(eeg(1000), [])[0])
    for array in (frames.samples, frames.times, frames.values):
        assert not array.flags.writeable


@pytest.mark.parametrize(
    ("sfreq", "reference", "says"),
    [(40.0, "average", "at least 50 Hz"), (250.0, ("F3",), "F3 is its own reference")],
)
def test_what_could_only_ever_fail_is_refused(sfreq: float, reference: object, says: str) -> None:
    montage = MontageSettings(reference=reference)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=says):
        Pipeline(info(sfreq), PipelineSettings(montage=montage, features=(FAA,)))


def test_a_stream_too_slow_for_the_band_is_refused() -> None:
    with pytest.raises(UserError, match="too high for a stream of 50 Hz"):
        Pipeline(
            info(50.0),
            PipelineSettings(
                features=(
                    PowerFeature(
                        kind="power",
                        name="beta",
                        channels=("Oz",),
                        envelope=EnvelopeSettings(band=(20, 30)),
                    ),
                )
            ),
        )
