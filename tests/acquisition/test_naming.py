"""Labels as files write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.acquisition.electrodes import standard_montage
from neurofeedback.acquisition.naming import CH_TYPES, describe_channels, electrode_name


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Fc5.", "FC5"),
        ("Cz..", "Cz"),
        ("Fp1.", "Fp1"),
        ("FP1", "Fp1"),
        ("EEG F3-LE", "F3"),
        ("EEG FP2-Ref", "Fp2"),
        ("eeg Fz", "Fz"),
        ("EEG T3-A1A2", "T3"),
        ("F4-A1", "F4"),
        ("POZ", "POz"),
        ("aff5H", "AFF5h"),
        ("M1", "M1"),
        ("A2-A1", None),
        ("EEG A2-A1", None),
        ("F3-C3", None),
        ("23A-23R", None),
        ("EXG Channel 0", None),
        ("EEG 001", None),
        ("EEG", None),
        ("", None),
    ],
)
def test_labels_become_names_of_the_10_05_system(label: str, name: str | None) -> None:
    assert electrode_name(label) == name


@pytest.mark.parametrize(
    ("labels", "declared", "names", "types"),
    [
        (["Fc5.", "O1.."], ["", ""], ("FC5", "O1"), "eeg eeg"),
        (
            ["EEG F3-LE", "EEG F4-LE", "EEG A2-A1", "EEG 23A-23R"],
            ["eeg"] * 4,
            ("F3", "F4", "A2-A1", "23A-23R"),
            "eeg eeg misc misc",
        ),
        (
            ["F3", "EKG", "VEOG", "EMG chin", "Status", "ACC X", "HEOGL", "Cz"],
            [""] * 8,
            ("F3", "EKG", "VEOG", "EMG chin", "Status", "ACC X", "HEOGL", "Cz"),
            "eeg ecg eog emg stim misc eog eeg",
        ),
        (
            ["EXG Channel 0", "EXG Channel 1"],
            ["eeg"] * 2,
            ("EXG Channel 0", "EXG Channel 1"),
            "eeg eeg",
        ),
        # BioSemi's own names hold A1 and A2, but mostly such as are no electrode.
        (
            ["A1", "A2", "A3", "A4", "A5", "Status"],
            [""] * 6,
            ("A1", "A2", "A3", "A4", "A5", "Status"),
            "eeg eeg eeg eeg eeg stim",
        ),
        (["F3", "Fz"], ["EEG", "EOG"], ("F3", "Fz"), "eeg eog"),
        (["F3", "X"], ["eeg", "mag"], ("F3", "X"), "eeg misc"),
        (["F3", "Trg"], ["eeg", "Markers"], ("F3", "Trg"), "eeg stim"),
        (["F3-A1", "F3-A2"], ["", ""], ("F3-A1", "F3-A2"), "eeg eeg"),
        (["x", "x", ""], ["", "", ""], ("x", "x (2)", "channel 3"), "eeg eeg eeg"),
    ],
)
def test_a_table_of_caps(
    labels: list[str], declared: list[str], names: tuple[str, ...], types: str
) -> None:
    assert describe_channels(labels, declared) == (names, tuple(types.split()))


@given(
    st.lists(
        st.tuples(
            st.one_of(st.text(max_size=12), st.sampled_from(["F3", "f3.", "EEG F3-LE", "A1"])),
            st.sampled_from(["", "eeg", "EOG", "gyro"]),
        ),
        max_size=12,
    )
)
def test_names_are_unique_and_not_empty_whatever_the_labels(rows: list[tuple[str, str]]) -> None:
    names, types = describe_channels([r[0] for r in rows], [r[1] for r in rows])
    assert len(set(names)) == len(names) == len(types) == len(rows)
    assert all(names)
    assert set(types) <= CH_TYPES


def test_every_standard_name_means_itself() -> None:
    names = standard_montage(256)
    assert describe_channels(names, [""] * 256) == (names, ("eeg",) * 256)
