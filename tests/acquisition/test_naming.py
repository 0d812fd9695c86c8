"""Labels as files write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.acquisition.electrodes import standard_montage
from neurofeedback.acquisition.naming import (
    CH_TYPES,
    describe_channels,
    electrode_name,
    name_channels,
)


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
        (["F3-A1", "F3-A2"], ["", ""], ("F3", "F3-A2"), "eeg misc"),
        (["F3", "f3.", "F3", "F4"], [""] * 4, ("F3", "f3", "F3 (2)", "F4"), "eeg misc misc eeg"),
        (["EEG F3-CPz", "EEG F4-CPz", "EEG M1-CPz"], [""] * 3, ("F3", "F4", "M1"), "eeg eeg eeg"),
        (["F3-Cz", "Fpz-Cz", "BIP1"], [""] * 3, ("F3", "Fpz", "BIP1"), "eeg eeg misc"),
        # A bipolar montage is no set of electrodes.
        (["Fp1-F3", "F3-C3", "C3-P3"], [""] * 3, ("Fp1-F3", "F3-C3", "C3-P3"), "eeg eeg eeg"),
        (["Fpz-Cz", "Pz-Oz"], [""] * 2, ("Fpz-Cz", "Pz-Oz"), "eeg eeg"),
        (
            ["POL F3", "EEG F4-Ref1", "F7-Vref", "POL DC09"],
            [""] * 4,
            ("F3", "F4", "F7", "DC09"),
            "eeg eeg eeg misc",
        ),
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


@pytest.mark.parametrize(
    ("labels", "reference", "said"),
    [
        (
            ["EEG F3-CPz", "EEG F4-CPz"],
            "CPz",
            ["x: by their labels, channels are recorded against CPz."],
        ),
        (
            ["F3-Ref1", "F4-Ref1"],
            "REF1",
            ["x: by their labels, channels are recorded against REF1."],
        ),
        (["F3-LE", "F4-LE", "A2-A1"], "LE", []),
        (["F3", "F4-LE"], "", []),
        (["F3", "F4"], "", []),
    ],
)
def test_a_common_reference_is_noted(labels: list[str], reference: str, said: list[str]) -> None:
    named = name_channels(labels, [""] * len(labels), where="x")
    assert (named.reference, list(named.notes)) == (reference, said)


def test_different_references_are_never_mixed_without_a_word() -> None:
    named = name_channels(["F3-M2", "F4-M1", "C3-M2"], [""] * 3, where="x")
    assert named.names == ("F3", "F4", "C3")
    [note] = named.notes
    assert "different references, M2 (F3, C3), M1 (F4)" in note


def test_of_two_channels_of_one_name_the_first_has_it_and_that_is_said() -> None:
    named = name_channels(["F3-A1", "F3-A1", "F4-A1"], [""] * 3, where="x")
    assert named.types == ("eeg", "misc", "eeg")
    [note] = named.notes
    assert note == ("x: several channels are F3; number 1 (F3-A1) is used, and left out of the "
                    "EEG: 2 (F3-A1).")  # fmt: skip


def test_names_that_are_given_come_first() -> None:
    named = name_channels(["F3", "EXG 1", "EXG 2"], ["", "", "misc"], {1: "F3", 2: "F4"}, "x")
    assert named.names[1:] == ("F3", "F4")
    assert named.types == ("misc", "eeg", "eeg")
    assert "channels are named as asked: 2=F3, 3=F4." in named.notes[-1]
