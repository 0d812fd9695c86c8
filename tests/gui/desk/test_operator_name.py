"""Who works here: asked once, shown, changed by keys."""

from __future__ import annotations

import pytest

from neurofeedback.gui._qt import Qt
from neurofeedback.gui.desk.operator_name import OperatorName
from neurofeedback.settings.editor import SettingsEditor
from neurofeedback.settings.store import load


@pytest.fixture
def open_line(qtbot, tmp_path):
    def make(**environ: str) -> OperatorName:
        line = OperatorName(SettingsEditor(tmp_path / "settings.toml", environ))
        qtbot.addWidget(line)
        with qtbot.waitActive(line):
            line.show()
        line.got = []
        line.known.connect(line.got.append)
        return line

    return make


def test_it_is_asked_once_and_known_the_next_time(qtbot, open_line, tmp_path):
    line = open_line()
    assert line.field.isVisible()
    line.field.setFocus()
    qtbot.keyClick(line.field, Qt.Key.Key_Return)
    assert "Enter your name" in line.message.text()
    qtbot.keyClicks(line.field, " A.  Smith ")
    qtbot.keyClick(line.field, Qt.Key.Key_Return)
    assert line.got == ["A. Smith"]
    assert load(tmp_path / "settings.toml").workstation.settings.operator == "A. Smith"
    again = open_line()
    assert not again.field.isVisible()
    assert again.shown.text() == "Operator: A. Smith"


def test_somebody_else_takes_over_and_esc_leaves_it(qtbot, open_line):
    line = open_line()
    line.take_over("A. Smith")
    line.ask()
    qtbot.keyClicks(line.field, "B")
    qtbot.keyClick(line.field, Qt.Key.Key_Escape)
    assert line.name == "A. Smith"
    assert not line.field.isVisible()
    line.take_over("B. Jones")
    assert line.got == ["A. Smith", "B. Jones"]


def test_the_environment_says_who_it_is_and_is_not_asked(open_line):
    line = open_line(NEUROFEEDBACK_OPERATOR="C. Brown")
    assert line.name == "C. Brown"
    assert not line.field.isVisible()
    assert not line.change.isVisible()
    assert "NEUROFEEDBACK_OPERATOR" in line.shown.toolTip()


def test_a_disk_that_refuses_is_said_and_the_name_counts(open_line, tmp_path):
    line = open_line()
    line._editor.path = tmp_path / "file" / "settings.toml"
    (tmp_path / "file").touch()
    line.take_over("A. Smith")
    assert line.got == ["A. Smith"]
    assert "cannot be written" in line.message.text()
