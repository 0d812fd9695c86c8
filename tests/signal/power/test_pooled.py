"""The estimators learned from other people: what they must be whatever was learned."""

from pathlib import Path

import numpy as np
import pytest

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.power.fitting import correlation, true_power
from neurofeedback.signal.power.prior import (
    Prior,
    read_prior,
    recorded_as,
    recorded_prior,
    shipped_prior,
)
from neurofeedback.signal.power.spatial_power import SpatialPower
from neurofeedback.signal.settings import (
    AsymmetryFeature,
    EnvelopeSettings,
    GateSettings,
    MontageSettings,
    PipelineSettings,
    PowerFeature,
)

NAMES = tuple("Fp1 Fp2 F7 F3 Fz F4 F8 T7 C3 Cz C4 T8 P7 P3 Pz P4 P8 O1 O2".split())
SFREQ, HOP = 128.0, 4
INFO = StreamInfo("amp", "", SFREQ, NAMES, ("eeg",) * 19, ("V",) * 19)
OFF = GateSettings(
    amplitude=0.01,
    gradient=0.1,
    reference_amplitude=0.01,
    reference_gradient=0.1,
    muscle=None,
    blink=None,
)
FILE_HASH = "b352329f733fd34fde4d8e3d049818a4167567d7a34b8eb3e8afc9a83f540f8d"
FIRST_PRIOR = "aa858a537a65acc23bb340a33139fd249a4907fd794b8ce1c5e73f6a25fb17c5"
BASELINE = 72 * 128
REST = Path(__file__).resolve().parents[4] / "shared" / "data" / "rest" / "H_S1_EC.edf"
SECOND = REST.parents[1] / "edf"


def eeg(seconds: float = 110.0, seed: int = 0) -> np.ndarray:
    """Alpha that travels over the electrodes, waxes and wanes, in pink noise."""
    rng = np.random.default_rng(seed)
    n = round(seconds * SFREQ)
    freqs = np.fft.rfftfreq(n, 1 / SFREQ)

    def shaped(gain: np.ndarray, n_signals: int) -> np.ndarray:
        white = np.fft.rfft(rng.standard_normal((n, n_signals)), axis=0)
        return np.fft.irfft(white * gain[:, None], n, axis=0)

    alpha = shaped(np.exp(-0.5 * (freqs - 10.0) ** 2), 6)
    pink = shaped(1 / np.sqrt(np.maximum(freqs, 1.0)), len(NAMES))
    mixed = alpha @ rng.standard_normal((6, len(NAMES))) * 2.0
    for early, late in (("C3", "F3"), ("C4", "F4")):  # so that other electrodes know what comes
        mixed[:, NAMES.index(late)] = np.roll(mixed[:, NAMES.index(early)], 19)
    return 6e-6 * (mixed + pink)


def settings(
    estimator: str, left: str = "F3", right: str = "F4", **more: object
) -> PipelineSettings:
    envelope = EnvelopeSettings(estimator=estimator, band=(8.0, 13.0), **more)
    faa = AsymmetryFeature(
        kind="asymmetry", name="faa", left=(left,), right=(right,), envelope=envelope
    )
    return PipelineSettings(features=(faa,), gate=OFF)


def run(
    data: np.ndarray,
    declared: PipelineSettings,
    cuts: int = 10**9,
    prior: Prior | None = None,
) -> tuple[np.ndarray, Pipeline, object]:
    pipeline = Pipeline(INFO, declared, (), prior or shipped_prior())
    times = np.arange(len(data)) / SFREQ
    pipeline.frames(pipeline.push(Chunk(data[:BASELINE], times[:BASELINE], 0)), keep=True)
    fit = pipeline.fit()
    values = [
        pipeline.process(Chunk(data[a : a + cuts], times[a : a + cuts], a)).values
        for a in range(BASELINE, len(data), cuts)
    ]
    return np.concatenate(values), pipeline, fit


def run_held(
    data: np.ndarray, declared: PipelineSettings, cuts: int
) -> tuple[np.ndarray, list[bool]]:
    pipeline = Pipeline(INFO, declared, (), shipped_prior())
    times = np.arange(len(data)) / SFREQ
    pipeline.frames(pipeline.push(Chunk(data[:BASELINE], times[:BASELINE], 0)), keep=True)
    pipeline.fit()
    frames = [
        pipeline.process(Chunk(data[a : a + cuts], times[a : a + cuts], a))
        for a in range(BASELINE, len(data), cuts)
    ]
    held = [cause is not None for part in frames for cause in part.held]
    return np.concatenate([part.values for part in frames]), held


def chosen(fit: object) -> str:
    return fit.reports[0].estimator  # type: ignore[attr-defined]


@pytest.mark.parametrize(("left", "right"), [("F3", "F4"), ("O1", "O2")])
def test_both_sides_exchanged_give_exactly_the_opposite(left, right):
    there, _, fit = run(eeg(), settings("ridge", left, right))
    assert chosen(fit) == "ridge"
    back, _, _ = run(eeg(), settings("ridge", right, left))
    np.testing.assert_array_equal(back[:, 0], -there[:, 0])
    np.testing.assert_array_equal(back[:, [1, 2]], there[:, [2, 1]])


def test_all_electrodes_speak_for_both_sides_alike():
    _, pipeline, fit = run(eeg(), settings("spatial", adapt="never"))
    assert chosen(fit) == "spatial"
    [(_, spatial)] = pipeline._readout._power._spatial
    np.testing.assert_array_equal(spatial._weights[0], spatial._weights[1])


@pytest.mark.parametrize("estimator", ["ridge", "spatial"])
def test_the_gain_of_the_amplifier_does_not_matter(estimator):
    there, _, _ = run(eeg(), settings(estimator))
    tenfold, _, _ = run(10.0 * eeg(), settings(estimator))
    np.testing.assert_allclose(tenfold[:, 0], there[:, 0], rtol=0, atol=1e-9)
    np.testing.assert_allclose(tenfold[:, 1:], there[:, 1:] + np.log(100.0), atol=1e-9)


@pytest.mark.parametrize("adapt", ["never", "always"])
@pytest.mark.parametrize("cuts", [1, pytest.param(7, marks=pytest.mark.long), 64, 1000])
def test_chunks_do_not_matter(adapt, cuts):
    declared = settings("spatial", adapt=adapt)
    whole, pipeline, fit = run(eeg(), declared)
    assert chosen(fit) == "spatial"
    cut, in_pieces, _ = run(eeg(), declared, cuts)
    np.testing.assert_array_equal(cut, whole[: len(cut)])
    learned = [event for event, _, _ in pipeline.take_learned()]
    assert [event for event, _, _ in in_pieces.take_learned()] == learned
    assert bool(learned) == (adapt == "always")


@pytest.mark.parametrize("estimator", ["ridge", "spatial"])
def test_a_bad_sample_is_forgotten_completely(estimator):
    declared = settings(estimator, adapt="never")
    there, _, _ = run(eeg(), declared)
    spoilt = eeg()
    at = BASELINE + 1000
    spoilt[at, 3] += 3e-3
    found, held = run_held(spoilt, declared, 10**9)
    first = at // HOP - BASELINE // HOP
    assert not np.array_equal(found[first], there[first])
    last = np.flatnonzero(held).max()  # hops that were held were clean for half a second at its end
    seconds = 0.6 if estimator == "ridge" else 2.1  # after something loud all are not trusted
    after = last + round(seconds * SFREQ / HOP)
    assert after - first < (seconds + 1.4) * SFREQ / HOP
    np.testing.assert_array_equal(found[after:], there[after:])


@pytest.mark.parametrize("estimator", ["ridge", "spatial"])
@pytest.mark.parametrize("cuts", [5, 10**9])
def test_after_an_artefact_feedback_is_held_as_long_as_with_posterior_power(estimator, cuts):
    spoilt = eeg()
    at = BASELINE + 1000
    spoilt[at, 3] += 20e-3  # beyond what the gate lets pass
    found, held = {}, {}
    for name in ("posterior", estimator):
        found[name], held[name] = run_held(spoilt, settings(name, adapt="never"), cuts)
    assert held[estimator] == held["posterior"]
    there, _, _ = run(eeg(), settings(estimator, adapt="never"))
    bad = (at - BASELINE) // HOP
    usable = bad + held[estimator][bad:].index(False)
    assert (usable - bad) * HOP / SFREQ < 0.6
    second = bad + round(SFREQ / HOP)
    between = slice(usable, second - 1)
    # More channels in one product of matrices may round otherwise.
    np.testing.assert_allclose(
        found[estimator][between], found["posterior"][between], rtol=0, atol=1e-9
    )
    after = second + (1 if estimator == "ridge" else round(1.6 * SFREQ / HOP))
    np.testing.assert_array_equal(found[estimator][after:], there[after:])


@pytest.mark.parametrize("estimator", ["ridge", "spatial"])
def test_what_stands_in_after_an_artefact_has_the_same_mean(estimator):
    means = {}
    for name in ("posterior", estimator):
        data, times = eeg()[:BASELINE], np.arange(BASELINE) / SFREQ
        pipeline = Pipeline(INFO, settings(name), (), shipped_prior())
        pipeline.frames(pipeline.push(Chunk(data, times, 0)), keep=True)
        means[name] = pipeline.fit().values[:, 0].mean()
    assert means[estimator] == pytest.approx(means["posterior"], abs=0.005)


def spatial_of(pipeline: Pipeline) -> SpatialPower:
    [(_, spatial)] = pipeline._readout._power._spatial
    return spatial


def test_near_an_artefact_elsewhere_the_electrodes_are_not_trusted():
    loud = eeg()
    at = slice(BASELINE + 1000, BASELINE + 1064)
    loud[at, NAMES.index("O2")] += 2e-3 * np.sin(2 * np.pi * 10.0 * np.arange(64) / SFREQ)
    found = {}
    for name in ("posterior", "spatial"):
        found[name], held = run_held(loud, settings(name, adapt="never"), 10**9)
    there, pipeline, _ = run(eeg(), settings("spatial", adapt="never"))
    assert spatial_of(pipeline)._used
    first = (at.start - BASELINE) // HOP
    near = slice(first + 4, first + round(2.0 * SFREQ / HOP))
    assert not any(held[near])
    np.testing.assert_allclose(found["spatial"][near], found["posterior"][near], rtol=0, atol=1e-9)
    after = first + round(3.2 * SFREQ / HOP)
    np.testing.assert_array_equal(found["spatial"][after:], there[after:])
    assert not np.allclose(found["spatial"][after:], found["posterior"][after:])


def test_with_a_prior_of_before_it_is_all_or_nothing_as_it_was():
    before = recorded_prior({"prior": FIRST_PRIOR})
    found, pipeline, _ = run(eeg(), settings("spatial"), prior=before)
    spatial = spatial_of(pipeline)
    assert spatial._design.stack is None
    assert spatial._used
    now, pipeline, _ = run(eeg(), settings("spatial"))
    assert spatial_of(pipeline)._design.stack is not None
    assert not np.allclose(found, now)


def test_where_the_electrodes_tell_nothing_they_are_not_used():
    rng = np.random.default_rng(5)
    apart = 1e-5 * rng.standard_normal((110 * 128, len(NAMES)))  # no electrode knows of another
    found, pipeline, fit = run(apart, settings("auto", adapt="always"))
    events = [event for event, _, _ in pipeline.take_learned()]
    assert events[-1].seconds > 60.0
    assert not any(event.used for event in events)
    simple, _, _ = run(apart, settings("posterior"))
    np.testing.assert_allclose(found, simple, rtol=0, atol=1e-9)
    assert str(fit.reports[0].note).startswith("posterior is shown until")


@pytest.mark.skipif(not SECOND.exists(), reason="needs the recordings beside the repository")
@pytest.mark.parametrize("name", ["S001R01", "S001R02_first60s"])
def test_in_another_laboratory_auto_is_not_worse_than_posterior_power(name):
    recording = load_recording(SECOND / f"{name}.edf")
    found = {}
    for estimator in ("posterior", "auto"):
        declared = settings(estimator).model_copy(update={"gate": GateSettings()})
        pipeline = Pipeline(recording.info, declared, (), shipped_prior())
        times = np.arange(len(recording.data)) / recording.info.sfreq
        n = round(30 * recording.info.sfreq) // pipeline.hop * pipeline.hop
        pipeline.frames(pipeline.push(Chunk(recording.data[:n], times[:n], 0)), keep=True)
        pipeline.fit()
        frames = pipeline.process(Chunk(recording.data[n:], times[n:], n))
        found[estimator] = frames.values[:, 0], list(frames.held)
    assert found["auto"][1] == found["posterior"][1]
    np.testing.assert_allclose(found["auto"][0], found["posterior"][0], rtol=0, atol=1e-9)


def test_between_rounds_what_was_learned_is_taken_up_at_the_end_of_a_block():
    _, pipeline, _ = run(eeg(), settings("spatial", adapt="between-rounds"))
    assert pipeline.take_learned() == []
    pipeline.end_block()
    [(learned, sample, _)] = pipeline.take_learned()
    assert learned.seconds > 80.0
    assert sample == len(eeg()) - 1
    pipeline.end_block()
    assert pipeline.take_learned() == []


def test_what_a_protocol_does_not_say_comes_from_outside():
    declared = settings("spatial")
    assert declared.features[0].envelope.adapt is None
    _, pipeline, _ = run(eeg(), declared)
    assert pipeline.take_learned()


@pytest.mark.parametrize("lag", [0.1, 0.25, 0.5])
def test_a_lag_gives_what_was_then(lag):
    data = eeg(140.0)
    found = {}
    for estimator in ("posterior", "ridge", "spatial"):
        for given in (0.0, lag):
            values, _, _ = run(data, settings(estimator, lag=given))
            pick = data - data.mean(axis=1, keepdims=True)
            pick = pick[:, [NAMES.index("F3"), NAMES.index("F4")]].reshape(-1, HOP, 2)
            power = np.log(true_power(pick, (8.0, 13.0), 1.0, SFREQ, given))
            truth = (power[:, 1] - power[:, 0])[BASELINE // HOP :]
            found[estimator, given] = correlation(values[64:-32, 0], truth[64:-32])
        # Less than half of what was missed; other electrodes know much of it without a lag.
        missed = {given: 1.0 - found[estimator, given] ** 2 for given in (0.0, lag)}
        assert missed[lag] < 0.5 * missed[0.0], found


def test_where_nothing_was_learned_for_it_the_posterior_is_taken_and_that_is_said():
    single = PowerFeature(
        kind="power", name="alpha", channels=("Pz",),
        envelope=EnvelopeSettings(estimator="ridge", band=(8.0, 13.0)),
    )  # fmt: skip
    _, _, fit = run(eeg(), PipelineSettings(features=(single,), gate=OFF))
    assert chosen(fit) == "posterior"
    assert str(fit.reports[0].note).startswith("ridge was asked for, but these channels, ")
    montage = MontageSettings(reference=("Cz",))
    declared = settings("spatial").model_copy(update={"montage": montage})
    _, pipeline, fit = run(eeg(), declared)
    assert chosen(fit) == "posterior"
    assert "spatial was asked for" in pipeline.descriptors_now[0].note


def test_another_pair_gets_the_ridge_and_with_too_few_electrodes_too():
    _, _, fit = run(eeg(), settings("spatial", "O1", "O2"))
    assert chosen(fit) == "ridge"
    pipeline = Pipeline(INFO, settings("spatial"), NAMES[8:], shipped_prior())
    data, times = eeg()[:BASELINE], np.arange(BASELINE) / SFREQ
    pipeline.frames(pipeline.push(Chunk(data, times, 0)), keep=True)
    assert chosen(pipeline.fit()) == "ridge"


def test_missing_electrodes_are_done_without():
    pipeline = Pipeline(INFO, settings("spatial"), ("Cz", "O1"), shipped_prior())
    data, times = eeg()[:BASELINE], np.arange(BASELINE) / SFREQ
    pipeline.frames(pipeline.push(Chunk(data, times, 0)), keep=True)
    assert chosen(pipeline.fit()) == "spatial"


def test_without_what_others_showed_auto_chooses_as_it_did():
    data, times = eeg(), np.arange(len(eeg())) / SFREQ
    pipeline = Pipeline(INFO, settings("auto"))
    pipeline.frames(pipeline.push(Chunk(data[:BASELINE], times[:BASELINE], 0)), keep=True)
    fit = pipeline.fit()
    assert set(fit.reports[0].fidelity) == {"cfir", "wiener", "posterior"}
    _, _, fit = run(data, settings("auto"))
    assert {"ridge", "spatial"} < set(fit.reports[0].fidelity)


def damaged(content: bytes) -> dict[str, bytes]:
    middle = len(content) // 2
    flipped = bytearray(content)
    flipped[middle] ^= 0xFF
    return {
        "empty": b"",
        "cut": content[:middle],
        "flipped": bytes(flipped),
        "text": b"not a prior\n" * 100,
    }


@pytest.mark.parametrize("how", ["empty", "cut", "flipped", "text"])
def test_a_damaged_prior_is_refused_in_a_sentence(how, tmp_path):
    from neurofeedback.signal.power import prior

    content = (prior._folder() / prior.NEWEST).read_bytes()
    path = tmp_path / "prior.npz"
    path.write_bytes(damaged(content)[how])
    with pytest.raises(UserError, match="is damaged or not what this version can learn from"):
        read_prior(path)


def test_a_foreign_or_missing_prior_is_refused(tmp_path):
    path = tmp_path / "prior.npz"
    with pytest.raises(UserError, match="cannot be read from"):
        read_prior(path)
    np.savez(path, gram=np.zeros(3))
    with pytest.raises(UserError, match="is damaged"):
        read_prior(path)
    with pytest.raises(UserError, match="does not come with this version"):
        recorded_prior({"prior": "0" * 64})
    assert recorded_prior({}) is None
    assert recorded_prior(recorded_as(shipped_prior())).hash == shipped_prior().hash
    # What sessions recorded when it was the hash of the file, by a prior of before.
    before = recorded_prior({"prior": FILE_HASH})
    assert before.hash == FIRST_PRIOR != shipped_prior().hash
    assert {case.stack for pair in before.spatial.values() for case in pair.values()} == {None}


def test_what_ships_says_whose_it_is():
    about = shipped_prior().about
    assert "CC BY 4.0" in about["attribution"]
    assert about["people"] == 32
    assert len(about["recordings"]) == 64
    assert shipped_prior().expected["spatial"] > shipped_prior().expected["posterior"]


@pytest.mark.skipif(not REST.exists(), reason="needs the recordings beside the repository")
def test_a_step_of_300_microvolts_leaves_it_as_good_as_the_ridge():
    recording = load_recording(REST)
    data = recording.data.copy()
    middle = len(data) // 3
    data[middle:, recording.info.ch_names.index("F3")] += 300e-6
    found = {}
    for estimator in ("ridge", "spatial"):
        declared = settings(estimator).model_copy(update={"gate": GateSettings()})
        pipeline = Pipeline(recording.info, declared, (), shipped_prior())
        times = np.arange(len(data)) / recording.info.sfreq
        n = round(30 * recording.info.sfreq) // pipeline.hop * pipeline.hop
        pipeline.frames(pipeline.push(Chunk(data[:n], times[:n], 0)), keep=True)
        pipeline.fit()
        frames = pipeline.process(Chunk(data[n:], times[n:], n))
        eeg_ = list(recording.info.eeg)
        clean = recording.data[:, eeg_]
        clean = clean - clean.mean(axis=1, keepdims=True)
        names = [recording.info.ch_names[i] for i in eeg_]
        n_hops = len(clean) // pipeline.hop
        pick = clean[: n_hops * pipeline.hop].reshape(n_hops, pipeline.hop, -1)
        pick = pick[:, :, [names.index("F3"), names.index("F4")]]
        power = np.log(true_power(pick, (8.0, 13.0), 1.0, recording.info.sfreq))
        truth = (power[:, 1] - power[:, 0])[n // pipeline.hop :]
        usable = np.array([held is None for held in frames.held])
        usable[: n_hops // 3] = False
        usable[-40:] = False
        found[estimator] = correlation(frames.values[usable, 0], truth[usable])
    assert found["spatial"] > found["ridge"] - 0.005, found
