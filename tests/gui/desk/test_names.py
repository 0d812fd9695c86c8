"""Electrodes without names: named at the signal check, remembered for the amplifier."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import edfio
import numpy as np
import pytest
from accessible import problems
from desk_walk import Key, ShortServices, Walk
from PySide6.QtTest import QTest

from neurofeedback.frames import StreamInfo
from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.desk.dialogs.names import NamesDialog
from neurofeedback.gui.desk.steps import RECORDING, Step
from neurofeedback.settings.amplifiers import Amplifiers

NAMES = ("Fp1", "Fp2", "F3", "F4", "Fz", "Cz", "Pz", "O1", "O2")
SFREQ = 128


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    """Return a recording whose labels tell nothing."""
    rng = np.random.default_rng(0)
    signals = [
        edfio.EdfSignal(20 * rng.standard_normal(SFREQ * 60), SFREQ, label=f"EXG Channel {i}",
                        physical_dimension="uV", physical_range=(-200, 200))
        for i in range(len(NAMES))
    ]  # fmt: skip
    edfio.Edf(signals).write(tmp_path / "blank.edf")
    return tmp_path / "blank.edf"


@pytest.fixture
def here(qapp, tmp_path: Path, blank: Path) -> Iterator[Walk]:
    walk = Walk(ShortServices(tmp_path / "desk"))
    walk.services.amplifiers = Amplifiers(tmp_path / "amplifiers.json")
    yield walk
    walk.release()


def to_check(here: Walk, blank: Path, code: str) -> None:
    here.to_stream(code)
    here.desk.preparation.stream._file = blank
    here.desk.preparation.stream._fill(f"file:{blank}")
    here.press(Key.Key_Return)
    assert here.step is Step.CHECK, here.desk.pages.footer.message.text()


def dialog_of(here: Walk) -> NamesDialog:
    here.until(
        lambda: not here.desk.pages.guard.listens, what="the end of the moment without clicks"
    )
    QTest.mouseClick(here.desk.preparation.check.names, Qt.MouseButton.LeftButton)
    (dialog,) = [d for d in here.desk.findChildren(NamesDialog) if d.isVisible()]
    return dialog


def test_names_that_are_entered_serve_the_protocol_and_are_remembered(
    here: Walk, blank: Path
) -> None:
    to_check(here, blank, "P07")
    here.until(
        lambda: "F3" in " ".join(here.desk.preparation.check.banner.lines()), what="what is missing"
    )
    dialog = dialog_of(here)
    assert problems(dialog) == []
    assert dialog.table.item(0, 0).text() == "1  EXG Channel 0"
    for field, name in zip(dialog.fields, NAMES, strict=True):
        field.setCurrentText("F3" if name == "F4" else name)
    dialog.submit()
    assert "F3 is given to two channels" in dialog.message.text()
    dialog.fields[3].setCurrentText("f4")
    dialog.submit()
    assert here.desk.preparation.check.info.ch_names == NAMES
    assert here.desk.preparation.check.info.labels[3] == "EXG Channel 3"
    here.press(Key.Key_Return)
    assert here.step in RECORDING, here.desk.pages.footer.message.text()
    assert here.desk.session.session.info.ch_names == NAMES


def test_a_known_amplifier_has_its_names_from_the_start(here: Walk, blank: Path) -> None:
    info = StreamInfo("blank.edf", "", SFREQ, tuple(map(str, range(9))), ("eeg",) * 9, ("V",) * 9)
    here.services.amplifiers.remember(info, dict(enumerate(NAMES, start=1)))
    to_check(here, blank, "P08")
    assert here.desk.preparation.check.info.ch_names == NAMES
    dialog = dialog_of(here)
    assert [field.currentText() for field in dialog.fields] == list(NAMES)
    dialog.clear()
    dialog.submit()
    assert here.desk.preparation.check.info.ch_names[0] == "EXG Channel 0"
    assert not here.services.amplifiers.known


def test_a_montage_fills_the_table(qapp, tmp_path: Path) -> None:
    labels = tuple(f"channel {i}" for i in range(1, 9))
    info = StreamInfo("board", "s1", 250.0, labels, ("eeg",) * 8, ("V",) * 8)
    kept: list[dict[int, str]] = []
    parent = QtWidgets.QWidget()
    dialog = NamesDialog(parent, info, lambda names: kept.append(dict(names)))
    dialog._fill(1)
    dialog._fill(3)  # of 16 electrodes
    assert "has 16 electrodes" in dialog.message.text()
    dialog.submit()
    assert kept == [dict(enumerate("Fp1 Fp2 C3 C4 P7 P8 O1 O2".split(), start=1))]
