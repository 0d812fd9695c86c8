"""Names that the user gives to channels, as typed, from files and of known montages."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurofeedback.acquisition.given_names import given_names, load_montage, parse_channels
from neurofeedback.acquisition.known_montages import known_montage, known_montages
from neurofeedback.errors import UserError

EXG = [f"EXG Channel {i}" for i in range(16)]


def test_channels_by_number_and_by_label() -> None:
    found = parse_channels("1=F3, 2 = f4, EXG Channel 4=Cz,").resolve(EXG[:8], "x")
    assert found == {0: "F3", 1: "F4", 4: "Cz"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty; write channel=electrode"),
        ("F3", "'F3' is not understood"),
        ("1=F3;2=F4", "has no channel '1=F3;2'"),
        ("1=Q9", "'Q9' is no electrode of the 10-05 system"),
        ("1=F3,2=f3", "F3 is given to two channels"),
        ("1=F3,1=F4", "channel 1 .* is named twice, F3 and F4"),
        ("0=F3", "has no channel '0'; give its number, 1 to 8"),
        ("9=F3", "has no channel '9'"),
    ],
)
def test_what_is_refused_is_said(text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        parse_channels(text).resolve(EXG[:8], "x.edf")


def test_a_table_of_channels(tmp_path: Path) -> None:
    path = tmp_path / "cap.tsv"
    path.write_text("\ufeffchannel\tname\n1\tF3\n3\tF4\n\nEXG Channel 3\tCz\n", encoding="utf-8")
    assert load_montage(str(path)).resolve(EXG[:8], "x") == {0: "F3", 2: "F4", 3: "Cz"}


def test_electrodes_of_a_bids_dataset(tmp_path: Path) -> None:
    path = tmp_path / "electrodes.tsv"
    path.write_text("name\tx\ty\tz\nF3\t1\t2\t3\nREF\tn/a\tn/a\tn/a\nF4\tn/a\tn/a\tn/a\n")
    assert load_montage(str(path)).resolve(["1", "2", "3", "Status"], "x") == {0: "F3", 2: "F4"}
    assert load_montage(str(path)).resolve(["F4", "F3", "X"], "x") == {1: "F3", 0: "F4"}
    with pytest.raises(UserError, match="has 3 electrodes and x has 2 channels"):
        load_montage(str(path)).resolve(["1", "2"], "x")


@pytest.mark.parametrize("text", ["", "x\ty\n1\t2\n", "name\tx\nE1\t0\n"])
def test_a_file_that_names_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cap.tsv"
    path.write_text(text)
    with pytest.raises(UserError, match="no montage|none of its names"):
        load_montage(str(path))


def test_an_unknown_montage_and_both_at_once() -> None:
    with pytest.raises(UserError, match=r"no montage 'nosuch': give a file, or one of openbci8"):
        load_montage("nosuch")
    with pytest.raises(UserError, match="not both"):
        given_names("1=F3", "openbci")
    assert given_names(None, None) is None


@pytest.mark.parametrize(
    ("montage", "labels", "places"),
    [
        ("openbci", EXG, {"Fp1": 0, "C3": 2, "F3": 10, "P4": 15}),
        ("OpenBCI", EXG[:8], {"Fp1": 0, "O2": 7}),
        ("openbci8", [f"channel {i}" for i in range(1, 9)], {"Fp1": 0, "O2": 7}),
        (
            "biosemi64",
            [f"{side}{i}" for side in "AB" for i in range(1, 33)] + ["EXG1", "Status"],
            {"F3": 4, "F4": 39, "Cz": 47, "Oz": 28},
        ),
        ("biosemi64", [str(i) for i in range(64)], {"Fp1": 0, "F3": 4}),
        (
            "biosemi128",
            [f"{side}{i}" for side in "ABCD" for i in range(1, 33)],
            {"Cz": 0, "Pz": 18, "Oz": 22, "Fz": 84, "C3": 114, "C4": 53},
        ),
        (
            "GSN-HydroCel-128",
            [f"E{i}" for i in range(1, 129)] + ["VREF"],
            {"F3": 23, "F4": 123, "Fz": 10, "C3": 35, "C4": 103, "O1": 69, "O2": 82},
        ),
        ("colin27_1020", ["1=", "F3", "F4"], {"F3": 1, "F4": 2}),
    ],
)
def test_known_montages(montage: str, labels: list[str], places: dict[str, int]) -> None:
    found = load_montage(montage).resolve(labels, "x")
    index = {name: i for i, name in found.items()}
    assert places.items() <= index.items()
    assert len(index) == len(found)


def test_every_known_montage_names_each_place_once() -> None:
    for montage in known_montages():
        names = [name for _, name in known_montage(montage) or () if name]
        assert names
        assert len(set(names)) == len(names), montage
