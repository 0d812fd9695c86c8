"""Whole-recording measures against the anchor values of real recordings."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurofeedback.acquisition import recorded
from neurofeedback.acquisition.recorded import Gap, Recording
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.report.measure import SECTIONS, measure_recording

ANCHORS = {
    "edf/S001R01.edf": 0.0304,
    "gdf/S001R01_gdf220.gdf": 0.0304,
    "edf/S001R02_first60s.edf": -0.0079,
    "gdf/S001R02_60s_gdf220.gdf": -0.0079,
    "edf/S001R04.edf": -0.0134,
    "bdf/S001R01_EO.bdf": 0.0229,
    "fif/S001R01_EO_raw.fif": 0.0229,
    "set/S001R01_EO.set": 0.0229,
    "brainvision/S001R01_EO.vhdr": 0.0229,
    "bdf/S001R02_EC.bdf": -0.0089,
    "fif/S001R02_EC_raw.fif": -0.0089,
    "set/S001R02_EC.set": -0.0089,
    "brainvision/S001R02_EC.vhdr": -0.0089,
    "xdf/eegmmidb_EO.xdf": -0.0033,
    "xdf/eegmmidb_EC.xdf": -0.0081,
    "rest/H_S1_EC.edf": 0.2926,
    "rest/H_S2_EC.edf": 0.0332,
    "rest/H_S2_EO.edf": -0.0715,
    "rest/H_S10_EO.edf": -0.0885,
    "rest/H_S13_EC.edf": -0.2853,
    "rest/MDD_S1_EC.edf": 0.0067,
    "rest/MDD_S10_EC.edf": 0.0277,
    "rest/MDD_S10_EO.edf": 0.4196,
    "rest/MDD_S12_EO.edf": 0.6480,
}


@pytest.mark.parametrize("name", ANCHORS)
def test_faa_of_every_real_recording(real_data_dir: Path, name: str) -> None:
    measures = measure_recording(load_recording(real_data_dir / name))
    first = measures.faa[0]
    assert (first.left, first.right) == ("F3", "F4")
    assert first.value == pytest.approx(ANCHORS[name], abs=1e-4)
    assert ("F7", "F8") in [(p.left, p.right) for p in measures.faa]


@pytest.mark.parametrize(
    ("reference", "faa", "words"),
    [
        ("average", 0.030, "average of 64"),
        ("as-recorded", -0.022, "as recorded"),
        (("Cz",), None, "Cz"),
    ],
)
def test_the_reference_is_named_and_matters(
    real_data_dir: Path, reference: str, faa: float | None, words: str
) -> None:
    measures = measure_recording(load_recording(real_data_dir / "edf/S001R01.edf"), reference)
    assert measures.method.reference == words
    assert len(measures.faa) == 4
    if faa is not None:
        assert measures.faa[0].value == pytest.approx(faa, abs=1e-3)


def test_occipital_alpha_rises_when_the_eyes_close(real_data_dir: Path) -> None:
    power = []
    for name in ("edf/S001R02_first60s.edf", "edf/S001R01.edf"):
        power.append(measure_recording(load_recording(real_data_dir / name)).occipital_alpha)
    assert power[0] / power[1] == pytest.approx(18, abs=1)
    assert 1 < power[0] < 1000


def recording(data: FloatArray, names: str = "F3 F4 Cz", gaps: tuple[Gap, ...] = ()) -> Recording:
    labels = tuple(names.split())
    n = len(labels)
    info = StreamInfo("test.edf", "", 100.0, labels, ("eeg",) * n, ("V",) * n, "uV")
    return Recording(info, data, np.arange(len(data)) / 100, gaps)


def noise(n_times: int, n_channels: int = 3) -> FloatArray:
    return np.random.default_rng(1).standard_normal((n_times, n_channels)) * 1e-5


def test_the_answer_is_json_and_says_how_it_was_found() -> None:
    answer = json.loads(
        json.dumps(measure_recording(recording(noise(900))).to_dict(), allow_nan=False)
    )
    assert answer["method"]["log"] == "natural"
    assert answer["method"]["band"] == [8.0, 13.0]
    assert "right" in answer["method"]["sign"]
    assert answer["power_unit"] == "uV^2/Hz"
    assert answer["faa"][0]["value"] == pytest.approx(
        math.log(answer["faa"][0]["power_right"] / answer["faa"][0]["power_left"])
    )
    assert answer["occipital_alpha"] is None
    assert (answer["n_times"], answer["seconds"], answer["gaps"]) == (900, 9.0, 0)


def test_other_pairs_can_be_asked_for() -> None:
    found = measure_recording(recording(noise(900)), "as-recorded", [("Cz", "F4")])
    assert [(p.left, p.right) for p in found.faa] == [("Cz", "F4")]
    assert [r.reference for r in found.faa_by_reference] == ["average of 3", "as recorded"]
    with pytest.raises(UserError, match="no channel F9"):
        measure_recording(recording(noise(900)), pairs=[("F9", "F4")])


def test_a_gap_is_not_bridged() -> None:
    data = noise(2000)
    data[1000:] += 5e-3
    whole = measure_recording(recording(data.copy(), gaps=(Gap(1000, 3.0),)), "as-recorded")
    assert whole.gaps == 1
    assert whole.method.n_windows == 18
    assert whole.faa[0].power_left == pytest.approx(2.0, rel=0.2)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (recording(noise(900), "P3 F4 Cz"), "no channel F3.*P3, F4, Cz"),
        (recording(noise(199)), "too short"),
        (recording(noise(900) * [1, 0, 1]), None),
        (recording(noise(900) * [1, np.nan, 1]), "no numbers in F4"),
    ],
)
def test_what_cannot_be_measured_is_said_in_words(broken: Recording, message: str | None) -> None:
    if message is None:
        with pytest.raises(UserError, match="F4 is flat"):
            measure_recording(broken, "as-recorded")
    else:
        with pytest.raises(UserError, match=message):
            measure_recording(broken)


def test_every_reference_has_its_own_asymmetries(real_data_dir: Path) -> None:
    measures = measure_recording(load_recording(real_data_dir / "edf/S001R01.edf"))
    found = {r.reference: r for r in measures.faa_by_reference}
    assert list(found) == ["average of 64", "as recorded", "Cz", "surface Laplacian (CSD) of 64"]
    assert found["average of 64"].pairs == measures.faa
    assert found["as recorded"].pairs[0].value == pytest.approx(-0.022, abs=1e-3)
    assert {r.power_unit for r in found.values()} == {"uV^2/Hz", "(uV/cm^2)^2/Hz"}
    for reference in found.values():
        values = [pair.value for pair in reference.pairs]
        assert reference.mean == pytest.approx(np.mean(values))
        for pair in reference.pairs:
            assert pair.ratio == pytest.approx(math.tanh(pair.value / 2))
            assert pair.decibels == pytest.approx(4.342944819 * pair.value)


def test_the_reference_itself_has_no_asymmetry() -> None:
    data = noise(900, 5)
    found = measure_recording(recording(data, "F3 F4 F7 F8 Cz"), ("F3",))
    assert [(p.left, p.right) for p in found.faa] == [("F7", "F8")]
    assert found.method.reference == "F3"


def test_one_bad_channel_costs_only_the_references_that_need_it() -> None:
    data = noise(900, 4)
    data[:, 3] = np.nan
    found = measure_recording(recording(data, "F3 F4 Cz Pz"), "as-recorded")
    by_reference = {r.reference: r for r in found.faa_by_reference}
    assert "no numbers in Pz" in by_reference["average of 4"].missing
    assert by_reference["Cz"].pairs
    assert found.faa == by_reference["as recorded"].pairs


def test_sections_of_a_real_recording(real_data_dir: Path) -> None:
    measures = measure_recording(load_recording(real_data_dir / "edf/S001R02_first60s.edf"))
    assert [section.key for section in measures.sections] == [key for key, _, _ in SECTIONS]
    assert not [section.key for section in measures.sections if section.missing]
    value = {n.name: n.value for section in measures.sections for n in section.numbers}
    assert value["alpha peak (IAF)"] == pytest.approx(10.0, abs=0.125)
    assert value["centre of gravity"] == pytest.approx(10.0, abs=0.25)
    assert value["prefrontal (Fp1, Fp2, Fz)"] == pytest.approx(-1.073, abs=1e-3)
    assert value["theta at Fz"] == pytest.approx(math.log(value["theta at Fz, not logarithmic"]))
    assert value["aperiodic exponent"] == pytest.approx(1.3, abs=0.2)
    band = measures.section("alpha_frequency").details["band"]
    assert band == pytest.approx([6.06, 12.06], abs=0.01)
    for section in measures.sections:
        assert section.sentences
        for number in section.numbers:
            assert number.unit
            assert number.reference
            assert "windows of" in number.window


@pytest.mark.parametrize("name", ["rest/MDD_S10_EO.edf", "rest/H_S13_EC.edf"])
def test_no_clear_alpha_peak_is_an_answer(real_data_dir: Path, name: str) -> None:
    section = measure_recording(load_recording(real_data_dir / name)).section("alpha_frequency")
    assert not section.missing
    assert section.numbers[0].value is None
    assert section.details["band"] == [8.0, 13.0]
    assert not section.details["band_is_individual"]
    assert "No clear alpha peak" in section.sentences[0]
    assert "fallback" in section.sentences[1]


def test_a_section_that_cannot_be_measured_says_why() -> None:
    found = measure_recording(recording(noise(900)))
    why = {section.key: section.missing for section in found.sections}
    assert "0 posterior channels" in why["alpha_frequency"]
    assert "neither Fz nor FCz" in why["midline_theta"]
    assert "19 electrodes of the 10-20 system; Fp1" in why["cordance"]
    json.dumps(found.to_dict(), allow_nan=False)


def test_posterior_channels_alone_are_worth_measuring() -> None:
    found = measure_recording(recording(noise(3000, 4), "O1 O2 Pz Fz"))
    assert found.faa == ()
    assert not found.section("alpha_frequency").missing
    assert not found.section("midline_theta").missing
    assert found.occipital_alpha is not None


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    measure_recording(recording(noise(900)), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_a_rate_too_low_for_the_band_is_refused() -> None:
    info = StreamInfo("slow", "", 20.0, ("F3", "F4"), ("eeg",) * 2, ("V",) * 2)
    slow = Recording(info, noise(900, 2), np.arange(900) / 20)
    with pytest.raises(UserError, match="too slowly"):
        measure_recording(slow)


def test_a_file_without_10_20_names_is_refused_with_its_channels(real_data_dir: Path) -> None:
    path = real_data_dir / "openbci/OpenBCI_GUI-v6-blinks-jawClench-alpha.txt"
    with pytest.raises(UserError, match="no channel F3 and no F4.*EXG Channel 0"):
        measure_recording(load_recording(path))


def test_a_recording_is_read_once_for_all_sections(data_dir: Path) -> None:
    whole = load_recording(data_dir / "edf/S001R02_first60s.edf")
    read = []

    class Counted:
        shape = whole.samples.shape

        def __getitem__(self, rows: slice) -> FloatArray:
            read.append(rows)
            return whole.samples[rows]

    found = measure_recording(replace(whole, samples=Counted()))
    assert not [section.key for section in found.sections if section.missing]
    assert sum(rows.stop - rows.start for rows in read) == whole.n_times


def test_stretches_leave_no_trace_in_the_numbers(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load_recording(data_dir / "edf/S001R02_first60s.edf")
    whole = replace(whole, gaps=(Gap(3333, 0.5),))
    expected = measure_recording(whole).to_dict()
    monkeypatch.setattr(recorded, "STRETCH", 64 * 97)
    found = measure_recording(whole).to_dict()
    assert list(whole.stretches())[1].start == 97
    for one, other in zip(expected["faa"], found["faa"], strict=True):
        assert other["value"] == pytest.approx(one["value"], rel=1e-9)
    for key, section in expected["sections"].items():
        for one, other in zip(section["numbers"], found["sections"][key]["numbers"], strict=True):
            assert other == {**one, "value": pytest.approx(one["value"], rel=1e-6)}


@pytest.mark.parametrize("labels", ["Oz", "O1 O2", "F3 F4"])
def test_one_or_two_channels_lack_only_what_needs_more(real_data_dir: Path, labels: str) -> None:
    names = tuple(labels.split())
    whole = load_recording(real_data_dir / "edf/S001R02_first60s.edf")
    picks = [whole.info.ch_names.index(name) for name in names]
    n = len(names)
    info = StreamInfo("few.edf", "", whole.info.sfreq, names, ("eeg",) * n, ("V",) * n, "uV")
    found = measure_recording(replace(whole, info=info, samples=whole.data[:, picks]))
    section = found.section("alpha_frequency")
    assert section.numbers[0].value == pytest.approx(10.0, abs=0.5)
    assert section.numbers[0].reference == "as recorded"
    assert f"Measured at {', '.join(names)} alone" in section.sentences[2]
    assert found.section("aperiodic").numbers
    assert found.section("quality").numbers
    assert found.section("cordance").missing
    assert any("too few EEG channels for an average reference" in note for note in found.notes)
    assert bool(found.faa) == (labels == "F3 F4")
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_pair_that_cannot_be_measured_does_not_cost_the_rest() -> None:
    data = noise(3000, 6)
    data[:, 1] = 0.0
    found = measure_recording(recording(data, "F3 F4 P3 P4 Pz Fz"), "as-recorded")
    assert found.faa == ()
    assert "F4 is flat" in found.faa_missing
    assert not found.section("midline_theta").missing
