import pytest
from effort import long

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.protocols.file.reading import library, load_protocol, parse_protocol
from neurofeedback.session.explain.feature import noise_of
from neurofeedback.session.explain.protocol import explain, refusal
from neurofeedback.signal.settings import (
    AsymmetryFeature,
    EnvelopeSettings,
    Feature,
    IndividualBand,
    RoiFeature,
    Sides,
)


@pytest.mark.parametrize("name", library())
@pytest.mark.parametrize("n_channels", [19, *long(32, 64)])
def test_every_protocol_of_the_library_explains_itself(name: str, n_channels: int) -> None:
    info = SyntheticSource(n_channels=n_channels, sfreq=250.0).open()
    spec = load_protocol(name)
    found = explain(spec, info, display_delay=0.07)
    used = spec.target.features if spec.target else ()
    assert {f.name for f in found.features if f.trained} == set(used)
    for feature in found.features:
        assert feature.delay == pytest.approx(sum(feature.parts.values()))
        assert feature.parts["display"] == 0.07
        assert 0 < feature.window < 30
        assert feature.hold_after > 0
        assert 0 < feature.noise_30 < feature.noise < 2
    assert f"{n_channels} EEG channels, 250 Hz" in found.montage
    assert found.limits
    assert found.to_dict()["features"][0]["name"]


def test_the_parts_are_what_the_filter_does_not_what_it_was_asked_for() -> None:
    text = library()["faa-up"].read_text()
    info = SyntheticSource(sfreq=250.0).open()
    changed = text.replace("delay = 0.04", "delay = 0.25")
    changed = changed.replace("smoothing = 0.25", "smoothing = 2")
    changed = changed.replace('estimator = "auto"', 'estimator = "cfir"')
    (feature,) = explain(parse_protocol(changed), info, display_delay=0.0).features
    assert feature.parts["filter"] == pytest.approx(0.25, abs=0.005)  # the middle of 0.5 s
    assert feature.parts["half of the smoothing"] == pytest.approx(1.0, abs=0.03)
    assert feature.parts["half a hop"] == pytest.approx(0.016)
    assert feature.window == pytest.approx(2.0, rel=0.05)
    assert feature.hold_after == pytest.approx(0.5 + 2.0, abs=0.1)
    (short,) = explain(parse_protocol(text), info, display_delay=0.0).features
    assert short.parts["filter"] > 0.06  # 0.04 s can be asked for, not had


INDIVIDUAL = 'band = { individual = "alpha", below = 2.0, above = 2.0, fallback = [9.0, 12.0] }'


@pytest.mark.parametrize(
    ("n_channels", "says"),
    [
        (19, "IAF being the individual alpha frequency of the baseline at P3, Pz, P4, O1, O2"),
        (8, "9-12 Hz throughout: IAF - 2 to IAF + 2 Hz needs 3 posterior channels"),
    ],
)
def test_how_an_individual_band_is_found_is_said_beforehand(n_channels: int, says: str) -> None:
    text = library()["faa-up"].read_text().replace("band = [8.0, 13.0]", INDIVIDUAL)
    info = SyntheticSource(n_channels=19, sfreq=250.0).open()
    keep = [c for c in info.ch_names if n_channels == 19 or c[0] not in "PO"]
    few = StreamInfo("cap", "", 250.0, tuple(keep), ("eeg",) * len(keep), ("V",) * len(keep))
    (feature,) = explain(parse_protocol(text), few, display_delay=0.0).features
    assert says in feature.band
    assert feature.band.startswith("9-12 Hz")
    assert "9-12 Hz" in feature.label
    assert ("too few posterior" in feature.label) == (n_channels == 8)


def test_beamformer_and_share_are_said_beforehand() -> None:
    text = library()["pgacc-theta-up"].read_text()
    text = text.replace('method = "eLORETA"', 'method = "LCMV"\nleast_share = 0.2')
    info = SyntheticSource(n_channels=19, sfreq=250.0).open()
    found = explain(parse_protocol(text), info, display_delay=0.0)
    (feature,) = found.features
    assert "eLORETA stands in for LCMV" in feature.note
    assert "needs 5 s of clean baseline for 19 electrodes" in feature.note
    assert "less than 20 %" in feature.note
    assert "the pgACC can explain less than 20 % of the power" in found.gate


@pytest.mark.parametrize(
    ("feature", "says"),
    [
        (
            AsymmetryFeature(
                kind="asymmetry", name="a", left=("F3",), right=("F4",), form="ratio",
                alternatives=(Sides(left=("F5",), right=("F6",)),),
                envelope=EnvelopeSettings(band=IndividualBand(individual="alpha")),
            ),
            "asymmetry as ratio of F3, F4; else F5, F6, IAF - 4 to IAF + 2 Hz, filter for a delay",
        ),
        (
            RoiFeature(kind="roi", name="r", roi="sgACC", method="LCMV", head="fsaverage",
                       least_share=0.1),
            "roi of sgACC by LCMV (fsaverage), held below 10 % explained, 4-8 Hz",
        ),
    ],
)  # fmt: skip
def test_a_feature_is_put_into_words_without_a_montage(feature: Feature, says: str) -> None:
    assert feature.declared_in_words.startswith(says)


def test_a_montage_that_does_not_serve_is_refused() -> None:
    info = StreamInfo("two", "", 250.0, ("O1", "O2"), ("eeg",) * 2, ("V",) * 2)
    with pytest.raises(UserError, match="no channel F3"):
        explain(load_protocol("faa-demo"), info, display_delay=0.0)


@pytest.mark.parametrize(
    ("smoothing", "expected"),
    [(0.0, 1.85), (0.5, 0.96), (1.0, 0.73), (2.0, 0.55), (4.0, 0.38), (10.0, 0.24), (30.0, 0.15)],
)
def test_noise_is_about_that_of_real_recordings(smoothing: float, expected: float) -> None:
    """Within a fifth of what was measured, and below it: a short delay takes a wider band."""
    feature = AsymmetryFeature(kind="asymmetry", name="a", left=("F3",), right=("F4",))
    found = noise_of(feature, 250.0, 8, smoothing=smoothing)
    assert 0.8 * expected < found < expected
    longer = feature.model_copy(update={"left": ("F3", "F7"), "right": ("F4", "F8")})
    assert noise_of(longer, 250.0, 8, smoothing) == pytest.approx(found / 2**0.5)


def test_a_refusal_is_a_sentence() -> None:
    info = SyntheticSource(sfreq=250.0).open()
    assert refusal(load_protocol("faa-up"), info) is None
    two = StreamInfo("two", "", 250.0, ("O1", "O2"), ("eeg",) * 2, ("V",) * 2)
    assert "no channel F3" in refusal(load_protocol("faa-demo"), two)


def test_what_asr_does_and_what_it_costs_is_told() -> None:
    info = SyntheticSource(n_channels=64, sfreq=512.0).open()
    plain = explain(load_protocol("faa-up"), info, display_delay=0.07)
    assert plain.cleaning == ""
    found = explain(
        parse_protocol(f"{library()['faa-up'].read_text()}\n[signal.asr]\nrebuilt = 0.25\n"), info,
        display_delay=0.07,
    )  # fmt: skip
    assert "20 standard deviations" in found.cleaning
    assert "0.125 s later" in found.cleaning
    assert "replaces more than 25 %" in found.gate
    before, after = plain.features[0], found.features[0]
    assert after.delay == pytest.approx(before.delay + 0.125)
    assert after.parts["artifact subspace reconstruction"] == 0.125
    assert after.hold_after == pytest.approx(before.hold_after + 0.125)
    assert any("signal.asr.seconds" in warning for warning in found.warnings)
