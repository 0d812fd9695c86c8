"""Names of electrodes are remembered by name, source and number of channels of an amplifier."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.settings.amplifiers import Amplifiers

LABELS = ("2", "1", "Trigger")
INFO = StreamInfo("amp", "serial 7", 250.0, LABELS, ("eeg", "eeg", "stim"), ("V", "V", "n/a"))


def test_an_amplifier_is_known_again_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "amplifiers.json"
    assert not Amplifiers(path).known
    Amplifiers(path).remember(INFO, {1: "f3", 2: "F4"})
    found = Amplifiers(path).names_of(INFO)
    assert found is not None
    assert found.resolve(LABELS, "amp") == {0: "F3", 1: "F4"}  # by number, whatever the labels
    more = replace(INFO, ch_names=("a", *LABELS), ch_types=("eeg",) * 4, units=("V",) * 4)
    for other in (replace(INFO, name="x"), replace(INFO, source_id="serial 8"), more):
        assert Amplifiers(path).names_of(other) is None
    Amplifiers(path).remember(more, {4: "Cz"})
    Amplifiers(path).remember(INFO, {})
    assert Amplifiers(path).names_of(INFO) is None
    assert Amplifiers(path).names_of(more) is not None


@pytest.mark.parametrize("names", [{1: "F99"}, {1: "F3", 2: "F3"}])
def test_what_is_no_electrode_is_refused_and_nothing_is_lost(
    tmp_path: Path, names: dict[int, str]
) -> None:
    amplifiers = Amplifiers(tmp_path / "a.json")
    amplifiers.remember(INFO, {1: "F3"})
    with pytest.raises(UserError, match="entered for this amplifier"):
        amplifiers.remember(INFO, names)
    assert amplifiers.names_of(INFO) is not None


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"format": 9}', '{"format": 1, "amplifiers": [{"name": 1}]}',
             '{"format": 1, "amplifiers": [{"name": "a", "source": "", "channels": 1,'
             ' "names": {"1": "F99"}}]}'],
)  # fmt: skip
def test_a_file_of_anything_is_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    assert Amplifiers(path).names_of(INFO) is None
    Amplifiers(path).remember(INFO, {1: "Cz"})
    assert Amplifiers(path).known
