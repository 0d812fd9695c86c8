"""Which channels of a stream a feature takes, and what is said of it."""

from typing import Any

import pytest

from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.settings import PipelineSettings

FAA = {
    "kind": "asymmetry", "name": "faa", "left": ["F3"], "right": ["F4"],
    "alternatives": [{"left": ["F5"], "right": ["F6"]}, {"left": ["AF3"], "right": ["AF4"]}],
}  # fmt: skip
THETA = {"kind": "power", "name": "theta", "channels": ["Fz"], "alternatives": [["FCz", "Cz"]]}


def stream(*names: str) -> StreamInfo:
    n = len(names)
    return StreamInfo("cap", "", 250.0, names, ("eeg",) * n, ("V",) * n)


def pipeline(info: StreamInfo, *features: dict[str, Any], **montage: object) -> Pipeline:
    fields = {"features": list(features), "montage": {"reference": "as-recorded", **montage}}
    return Pipeline(info, PipelineSettings.model_validate(fields))


@pytest.mark.parametrize(
    ("names", "formula", "instead"),
    [
        (("F3", "F4", "F5", "F6"), "ln P(F4) - ln P(F3)", None),
        (("F5", "F6", "AF3", "AF4"), "ln P(F6) - ln P(F5)", "F5, F6 instead of F3, F4"),
        (("F3", "AF3", "AF4", "F6"), "ln P(AF4) - ln P(AF3)", "AF3, AF4 instead of F3, F4"),
    ],
)
def test_the_first_choice_that_the_stream_has_is_taken(
    names: tuple[str, ...], formula: str, instead: str | None
) -> None:
    descriptors = pipeline(stream(*names), FAA).descriptors
    assert descriptors[0].label.startswith(f"{formula}, 8-13 Hz")
    assert ("instead of" in descriptors[0].note) == (instead is not None)
    assert (instead or "") in descriptors[0].note
    assert "do not compare" in descriptors[0].note or instead is None


def test_power_has_alternatives_too_and_each_feature_chooses_for_itself() -> None:
    info = stream("F3", "F4", "FCz", "Cz")
    by_name = {d.name: d for d in pipeline(info, FAA, THETA).descriptors}
    assert by_name["theta"].label.startswith("ln of mean power at FCz, Cz")
    assert "FCz, Cz instead of Fz" in by_name["theta"].note
    assert "instead" not in by_name["faa"].note


def test_a_stream_that_serves_none_is_refused_with_all_that_was_tried() -> None:
    with pytest.raises(UserError) as refused:
        pipeline(stream("F3", "F6", "Oz"), FAA)
    message = str(refused.value)
    for part in (
        "'faa'",
        "F3, F4 (no F4)",
        "F5, F6 (no F5)",
        "AF3, AF4 (no AF3, AF4)",
        "It has F3",
    ):
        assert part in message


def test_a_channel_without_volts_does_not_serve() -> None:
    info = StreamInfo("cap", "", 250.0, ("F3", "F4", "F5", "F6"), ("eeg",) * 4,
                      ("n/a", "V", "V", "V"))  # fmt: skip
    assert "P(F5)" in pipeline(info, FAA).descriptors[0].label


def test_a_bad_electrode_is_to_be_mended_not_evaded() -> None:
    fields = {"features": [FAA], "montage": {"reference": "as-recorded"}}
    with pytest.raises(UserError, match="F3.*marked bad; fix the electrode"):
        Pipeline(stream("F3", "F4", "F5", "F6"), PipelineSettings.model_validate(fields), ["F3"])


def test_an_individual_band_that_may_become_too_high_is_refused_beforehand() -> None:
    info = StreamInfo("slow", "", 40.0, ("F3", "F4"), ("eeg",) * 2, ("V",) * 2)
    narrow, wide = (
        {**FAA, "envelope": {"band": {"individual": "alpha", "above": a}, "length": 1.0}}
        for a in (2.0, 6.0)
    )
    assert pipeline(info, narrow, hop=0.04).descriptors
    with pytest.raises(UserError, match="reaches 19 Hz, too high for a stream of 40 Hz"):
        pipeline(info, wide, hop=0.04)
