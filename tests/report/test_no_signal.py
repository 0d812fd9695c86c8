"""Channels of a recording without a signal of their own: no reference makes a number of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from writers import edf_by_edfio

from neurofeedback.acquisition.recorded import Recording
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.app.batch.work import Work
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.report.measure import Measures, measure_recording

SFREQ, SECONDS = 128, 40
NAMES = (
    "Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz",
    "C4", "T8", "P7", "P3", "Pz", "P4", "P8", "O1", "O2", "FC1", "FC2",
)  # fmt: skip
N = SFREQ * SECONDS


def eeg() -> FloatArray:
    return 1e-5 * np.random.default_rng(3).standard_normal((N, len(NAMES)))


def column(name: str) -> int:
    return NAMES.index(name)


def recording(data: FloatArray) -> Recording:
    n = len(NAMES)
    info = StreamInfo("test.edf", "", float(SFREQ), NAMES, ("eeg",) * n, ("V",) * n, "uV")
    return Recording(info, data, np.arange(len(data)) / SFREQ)


def zeros(data: FloatArray, at: int) -> None:
    data[:, at] = 0.0


def offset(data: FloatArray, at: int) -> None:
    data[:, at] = 3e-4


def dead(data: FloatArray, at: int) -> None:
    data[:, at] = 3e-7 * np.random.default_rng(1).standard_normal(len(data))


def ramp(data: FloatArray, at: int) -> None:
    data[:, at] = np.linspace(0.0, 4e-4, len(data))


LOST = {
    zeros: "flat for 100 % of the time",
    offset: "flat for 100 % of the time",
    dead: "measures nothing",
    ramp: "measures nothing",
}
REFERENCES = ["average", "as-recorded", ("Cz",), "csd"]


def measured(lose, name: str, reference=("Cz",)) -> Measures:
    data = eeg()
    lose(data, column(name))
    return measure_recording(recording(data), reference)


@pytest.mark.parametrize("reference", REFERENCES, ids=str)
@pytest.mark.parametrize("lose", LOST)
def test_no_reference_gives_a_channel_without_signal_an_asymmetry(lose, reference) -> None:
    found = measured(lose, "F4", reference)
    assert [(p.left, p.right) for p in found.faa] == [("F7", "F8")]
    assert len(found.faa_by_reference) == 4
    for one in found.faa_by_reference:
        assert [(p.left, p.right) for p in one.pairs] == [("F7", "F8")]
    (left_out,) = found.faa_left_out
    assert (left_out.left, left_out.right) == ("F3", "F4")
    assert "F4" in left_out.reason
    assert LOST[lose] in left_out.reason
    assert any("F4" in note and LOST[lose] in note for note in found.notes)


@pytest.mark.parametrize("reference", ["average", "csd"])
def test_it_is_left_out_of_what_is_subtracted(reference) -> None:
    without = measured(zeros, "T7", reference)
    assert "20" in without.method.reference
    assert any("T7" in note and "left out" in note for note in without.notes)
    data = np.delete(eeg(), column("T7"), axis=1)
    whole = recording(eeg()).info
    names = tuple(n for n in NAMES if n != "T7")
    info = StreamInfo("x", "", whole.sfreq, names, ("eeg",) * 20, ("V",) * 20, "uV")
    if reference == "average":
        other = measure_recording(Recording(info, data, np.arange(N) / SFREQ), reference)
        assert [p.value for p in without.faa] == pytest.approx([p.value for p in other.faa])


def test_a_reference_without_signal_is_none() -> None:
    found = measured(zeros, "Cz", ("Cz",))
    assert found.faa == ()
    assert {(o.left, o.right) for o in found.faa_left_out} == {("F3", "F4"), ("F7", "F8")}
    assert all("Cz is flat for 100 %" in left_out.reason for left_out in found.faa_left_out)
    found = measured(zeros, "Cz", "average")
    assert "Cz" not in [one.reference for one in found.faa_by_reference]
    assert any("Cz is flat" in note for note in found.notes)


@pytest.mark.parametrize("reference", REFERENCES, ids=str)
def test_electrodes_that_measure_the_same_point_have_no_asymmetry(reference) -> None:
    data = eeg()
    data[:, column("F4")] = data[:, column("F3")]
    found = measure_recording(recording(data), reference)
    assert [(p.left, p.right) for p in found.faa] == [("F7", "F8")]
    (left_out,) = found.faa_left_out
    assert "F3 and F4 measure the same point" in left_out.reason


def test_a_channel_that_is_lost_for_a_third_has_no_value_and_for_a_moment_has_one() -> None:
    for share, n_pairs in ((1 / 3, 1), (1 / 20, 2)):
        data = eeg()
        data[: round(share * N), column("F4")] = 0.0
        assert len(measure_recording(recording(data)).faa) == n_pairs


def test_other_sections_do_not_use_it_either() -> None:
    found = measured(zeros, "Fz", "average")
    assert "Fz is flat" in found.section("midline_theta").missing
    assert "Fz" in found.section("cordance").missing
    found = measured(dead, "O1", "average")
    assert found.occipital_alpha is None
    used = found.section("alpha_frequency")
    assert "O1" not in str(used.details["channels"])


def test_where_nothing_is_left_it_is_refused_with_the_reason() -> None:
    data = eeg()[:, :3].copy()
    data[:, 1] = 0.0
    info = StreamInfo("x", "", 128.0, ("F3", "F4", "Cz"), ("eeg",) * 3, ("V",) * 3, "uV")
    with pytest.raises(UserError, match="F4 is flat"):
        measure_recording(Recording(info, data, np.arange(N) / SFREQ))


def test_a_batch_names_it(tmp_path) -> None:
    data = eeg()
    zeros(data, column("F4"))
    path, _ = edf_by_edfio(tmp_path / "flat", NAMES, data.T, SFREQ)
    rows = Work(None, measured=True).rows(path)
    missing = [row for row in rows if row.get("measure") == "FAA F3/F4"]
    assert missing
    for row in missing:
        assert row.get("value") is None
        assert "F4 is flat" in row["missing"]
    assert all("F4 is flat" in row["notes"] for row in rows)


def test_real_recordings_have_all_their_channels(real_data_dir: Path) -> None:
    for name in ("rest/MDD_S10_EO.edf", "rest/H_S1_EC.edf", "edf/S001R01.edf"):
        assert measure_recording(load_recording(real_data_dir / name)).faa_left_out == ()


def test_too_few_electrodes_for_a_laplacian_are_named_with_the_reason() -> None:
    data = np.delete(eeg(), [column("FC1"), column("FC2")], axis=1)
    data[:, column("F4")] = 0.0
    info = StreamInfo("x", "", 128.0, NAMES[:19], ("eeg",) * 19, ("V",) * 19, "uV")
    with pytest.raises(UserError, match="needs 19 good electrodes.*F4 is flat"):
        measure_recording(Recording(info, data, np.arange(N) / SFREQ), "csd")


def test_a_pair_that_was_asked_for_is_refused_with_the_reason() -> None:
    data = eeg()
    zeros(data, column("F4"))
    with pytest.raises(UserError, match="F4 is flat"):
        measure_recording(recording(data), pairs=[("F3", "F4")])
