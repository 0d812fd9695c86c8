"""What may be declared of features and bands, and what is refused."""

import pytest
from pydantic import ValidationError

from neurofeedback.signal.settings import (
    AsymmetryFeature,
    EnvelopeSettings,
    IndividualBand,
    PipelineSettings,
    PowerFeature,
    RoiFeature,
    Sides,
)

INDIVIDUAL = {"individual": "alpha", "below": 2.0, "above": 3.0, "fallback": [9.0, 12.0]}


@pytest.mark.parametrize("band", [[4.0, 8.0], INDIVIDUAL, {"individual": "alpha"}])
def test_a_band_in_either_form_is_written_as_it_is_read(band: object) -> None:
    fields = {"features": [{"kind": "power", "name": "p", "channels": ["Fz"],
                            "envelope": {"band": band}}]}  # fmt: skip
    settings = PipelineSettings.model_validate(fields)
    written = settings.model_dump(mode="json")
    envelope = written["features"][0]["envelope"]
    assert "declared_band" not in envelope
    assert PipelineSettings.model_validate(written) == settings
    if isinstance(band, list):
        assert envelope["band"] == band
    else:
        assert {k: envelope["band"][k] for k in band} == band


@pytest.mark.parametrize(
    ("peak", "changes", "band", "words"),
    [
        (10.0, {}, (6.0, 12.0), "6-12 Hz (IAF - 4 to IAF + 2 Hz, IAF 10.00 Hz)"),
        (9.96, {"below": 2, "above": 2}, (7.96, 11.96), "7.96-11.96 Hz (IAF - 2 to IAF + 2 Hz"),
        (None, {}, (8.0, 13.0), "8-13 Hz (fallback: no clear alpha peak)"),
        (None, {"fallback": (7.0, 12.0)}, (7.0, 12.0), "7-12 Hz (fallback"),
    ],
)
def test_the_band_that_an_alpha_frequency_gives(
    peak: float | None, changes: dict[str, float], band: tuple[float, float], words: str
) -> None:
    declared = IndividualBand(individual="alpha", **changes)  # type: ignore[arg-type]
    assert declared.around(peak) == pytest.approx(band)
    assert declared.in_words(peak).startswith(words)
    resolved = EnvelopeSettings(band=declared).with_alpha(peak)
    assert resolved.band == pytest.approx(band)
    assert resolved.individual is None
    assert resolved.with_alpha(12.0) is resolved


def test_until_it_is_known_the_fallback_stands_in() -> None:
    envelope = EnvelopeSettings(band=IndividualBand(individual="alpha", fallback=(9.0, 11.0)))
    assert envelope.band == (9.0, 11.0)
    assert envelope.reach == (3.0, 15.0)  # peaks are looked for from 7 to 13 Hz
    assert EnvelopeSettings(band=(4.0, 8.0)).reach == (4.0, 8.0)


@pytest.mark.parametrize(
    ("envelope", "says"),
    [
        ({"band": [8.0]}, "band"),
        ({"band": [13.0, 8.0]}, "rising"),
        ({"band": {"individual": "theta"}}, "alpha"),
        ({"band": {"below": 2.0}}, "Field required"),
        ({"band": {"individual": "alpha", "below": 9.0}}, "below"),
        ({"band": {"individual": "alpha", "above": 0.0}}, "above"),
        ({"band": {"individual": "alpha", "fallback": [13.0, 8.0]}}, "rising"),
        ({"band": {"individual": "alpha", "width": 4.0}}, "width"),
        ({"band": {"individual": "alpha"}, "length": 0.3}, "too short for 3 Hz"),
        ({"declared_band": [4.0, 8.0]}, "declared_band"),
    ],
)
def test_bands_that_cannot_be_are_refused(envelope: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        EnvelopeSettings.model_validate(envelope)


def test_choices_of_channels_are_in_order() -> None:
    feature = AsymmetryFeature(
        kind="asymmetry", name="faa", left=("F3",), right=("F4",), form="ratio",
        alternatives=(Sides(left=("F5",), right=("F6",)), Sides(left=("F7",), right=("F8",))),
    )  # fmt: skip
    assert [c.channels for c in feature.choices] == [("F3", "F4"), ("F5", "F6"), ("F7", "F8")]
    assert all(c.form == "ratio" and not c.alternatives for c in feature.choices)
    power = PowerFeature(kind="power", name="t", channels=("Fz",), alternatives=(("FCz", "Cz"),))
    assert [c.channels for c in power.choices] == [("Fz",), ("FCz", "Cz")]
    roi = RoiFeature(kind="roi", name="r", roi="pgACC")
    assert roi.choices == (roi,)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"alternatives": [{"left": ["F5"], "right": []}]}, "at least 1"),
        ({"alternatives": [{"left": ["F5"], "right": ["F5"]}]}, "both sides"),
        ({"alternatives": [{"left": ["F5", "F7"], "right": ["F6"]}]}, "same number"),
        ({"form": "percent"}, "log"),
    ],
)
def test_alternatives_and_forms_that_cannot_be_are_refused(
    fields: dict[str, object], says: str
) -> None:
    whole = {"kind": "asymmetry", "name": "faa", "left": ["F3"], "right": ["F4"], **fields}
    with pytest.raises(ValidationError, match=says):
        AsymmetryFeature.model_validate(whole)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 2.0])
def test_a_share_lies_between_nothing_and_all(share: float) -> None:
    with pytest.raises(ValidationError, match="least_share"):
        RoiFeature(kind="roi", name="r", roi="pgACC", least_share=share)


def test_a_share_can_be_switched_off_by_a_word() -> None:
    fields = {"kind": "roi", "name": "r", "roi": "pgACC", "least_share": "off"}
    assert RoiFeature.model_validate(fields).least_share is None
