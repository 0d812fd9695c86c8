"""A region of the brain as a feature: kernel, band power and honest words in one pipeline."""

import numpy as np
import pytest

from neurofeedback.acquisition.electrodes import TEN_TWENTY
from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.signal.laplacian import csd_matrix
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.region.kernel import make_roi_kernel
from neurofeedback.signal.settings import (
    AsymmetryFeature,
    EnvelopeSettings,
    MontageSettings,
    PipelineSettings,
    RoiFeature,
)

SFREQ = 250.0
NAMES = (*TEN_TWENTY, "HEOG")
TYPES = ("eeg",) * 19 + ("eog",)
INFO = StreamInfo("test", "", SFREQ, NAMES, TYPES, ("V",) * 20)
PGACC = RoiFeature(kind="roi", name="pg", roi="pgACC")
FAA = AsymmetryFeature(kind="asymmetry", name="faa", left=("F3",), right=("F4",))
SETTINGS = PipelineSettings(features=(FAA, PGACC))


def theta(amplitude: float, topography: np.ndarray, seconds: float = 20.0) -> np.ndarray:
    """A 6 Hz source of a topography in a little noise, shape (n_times, 20), V."""
    n = round(seconds * SFREQ)
    rng = np.random.default_rng(0)
    wave = amplitude * np.sin(2 * np.pi * 6.0 * np.arange(n) / SFREQ)
    data = 1e-7 * rng.standard_normal((n, 20))
    data[:, :19] += wave[:, None] * topography
    return data


def values(settings: PipelineSettings, data: np.ndarray, cuts: list[int]) -> np.ndarray:
    pipeline = Pipeline(INFO, settings)
    times = np.arange(len(data)) / SFREQ
    edges = [0, *cuts, len(data)]
    frames = [
        pipeline.process(Chunk(data[a:b].copy(), times[a:b].copy(), a))
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    ]
    return np.concatenate([f.values for f in frames])


def test_power_of_a_region_rises_with_its_own_source_and_chunking_changes_no_bit() -> None:
    kernel = make_roi_kernel(NAMES, "pgACC", bads=["HEOG"])
    own = kernel.fit[0, :19] / np.abs(kernel.fit[0, :19]).max()
    weak, strong = theta(2e-6, own), theta(20e-6, own)
    few = values(SETTINGS, strong, [])
    assert few.tobytes() == values(SETTINGS, strong, [1, 77, 1000, 1009, 3333]).tobytes()
    rise = few[200:, 3] - values(SETTINGS, weak, [])[200:, 3]
    np.testing.assert_allclose(rise, np.log(100), atol=0.05)


def test_what_all_electrodes_share_and_what_the_eyes_channel_says_does_not_count() -> None:
    kernel = make_roi_kernel(NAMES, "pgACC", bads=["HEOG"])
    data = theta(10e-6, kernel.fit[0, :19])
    shifted = data + 50e-6 * np.sin(np.arange(len(data)) / 40)[:, None]
    shifted[:, 19] += 40e-6 * np.sin(np.arange(len(data)) / 10)
    only = PipelineSettings(features=(PGACC,))
    np.testing.assert_allclose(values(only, data, []), values(only, shifted, []), atol=1e-6)


@pytest.mark.parametrize("roi", ["sgACC", "pgACC"])
def test_the_honest_sentences_travel_with_the_feature(roi: str) -> None:
    feature = RoiFeature(kind="roi", name="x", roi=roi)  # type: ignore[arg-type]
    (descriptor,) = Pipeline(INFO, PipelineSettings(features=(feature,))).descriptors
    assert f"not a measurement of the {roi}" in descriptor.note
    assert ("Experimental" in descriptor.note) == (roi == "sgACC")
    assert "mm" in descriptor.note
    assert descriptor.label.startswith(f"ln of {roi} power by eLORETA")


def test_too_few_electrodes_are_refused_in_a_sentence() -> None:
    info = StreamInfo("few", "", SFREQ, NAMES[:8], ("eeg",) * 8, ("V",) * 8)
    with pytest.raises(UserError, match="19"):
        Pipeline(info, PipelineSettings(features=(PGACC,)))


def test_asymmetry_of_the_surface_laplacian_is_that_of_its_matrix() -> None:
    settings = PipelineSettings(montage=MontageSettings(reference="csd"), features=(FAA,))
    pipeline = Pipeline(INFO, settings)
    assert pipeline.descriptors[0].label.endswith("surface Laplacian (CSD) of 19")
    assert pipeline.descriptors[1].unit == "ln (V/m^2)^2"
    rng = np.random.default_rng(3)
    data = 1e-5 * rng.standard_normal((5000, 20))
    found = pipeline.process(Chunk(data, np.arange(5000) / SFREQ, 0))
    laplacian = csd_matrix(TEN_TWENTY)
    already = data.copy()
    already[:, :19] = data[:, :19] @ laplacian.T
    plain = PipelineSettings(montage=MontageSettings(reference="as-recorded"), features=(FAA,))
    expected = values(plain, already, [])
    np.testing.assert_allclose(found.values[50:, 0], expected[50:, 0], atol=1e-6)
    assert sum(held is None for held in found.held) > 500


def test_with_the_laplacian_a_large_sample_still_holds_feedback() -> None:
    settings = PipelineSettings(montage=MontageSettings(reference="csd"), features=(FAA,))
    rng = np.random.default_rng(3)
    data = 1e-5 * rng.standard_normal((5000, 20))
    data[2500, NAMES.index("F4")] += 200e-6
    found = Pipeline(INFO, settings).process(Chunk(data, np.arange(5000) / SFREQ, 0))
    at = 2500 // round(0.032 * SFREQ)
    assert found.held[at] is not None
    assert found.held[at].endswith("F4")


@pytest.mark.parametrize("reference", ["average", "csd"])
def test_a_region_is_held_for_mains_and_for_large_samples_as_a_channel_is(reference: str) -> None:
    settings = PipelineSettings(
        montage=MontageSettings(reference=reference),  # type: ignore[arg-type]
        features=(PGACC,),
    )
    rng = np.random.default_rng(3)
    data = 1e-5 * rng.standard_normal((5000, 20))
    data[1500:2500, NAMES.index("Fz")] += 80e-6 * np.sin(np.arange(1000) * 2 * np.pi * 50 / SFREQ)
    data[3500:3520, NAMES.index("P4")] += 180e-6 * np.hanning(20)
    found = Pipeline(INFO, settings).process(Chunk(data, np.arange(5000) / SFREQ, 0))
    hop = round(0.032 * SFREQ)
    assert all(found.held[1800 // hop : 2500 // hop])
    assert found.held[3510 // hop] == "amplitude P4"


def test_a_pause_within_a_baseline_is_no_seamless_stretch() -> None:
    settings = PipelineSettings(
        features=(FAA.model_copy(update={"envelope": EnvelopeSettings(estimator="wiener")}),)
    )
    pipeline = Pipeline(INFO, settings)
    rng = np.random.default_rng(3)
    data = 1e-5 * rng.standard_normal((6000, 20))
    hops = pipeline.push(Chunk(data, np.arange(6000) / SFREQ, 0))
    first, rest = hops.split(200)
    paused, last = rest.split(100)
    for part, keep in ((first, True), (paused, False), (last, True)):
        pipeline.frames(part, keep=keep)
    bad = pipeline._store.bad
    assert bad.size == len(hops) - 100
    assert bad[200]
