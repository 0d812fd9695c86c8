"""The page of settings, by keys alone."""

from __future__ import annotations

import re

import pytest

from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.desk.settings_page import SettingsPage
from neurofeedback.settings.editor import SettingsEditor
from neurofeedback.settings.model import KEYS, Settings
from neurofeedback.settings.operators import Operators
from neurofeedback.settings.store import load

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def operators(tmp_path) -> Operators:
    return Operators(tmp_path / "operators.json")


@pytest.fixture
def open_page(qtbot, tmp_path, operators):
    def make(folder: str = "", **environ: str) -> SettingsPage:
        editor = SettingsEditor(tmp_path / folder / "settings.toml", environ)
        page = SettingsPage(editor, operators, [("faa-up", "FAA up")], ["HDMI-1"])
        qtbot.addWidget(page)
        page.resize(1366, 700)
        with qtbot.waitActive(page):
            page.show()
        page.got = []
        page.changed.connect(page.got.append)
        page.closed.connect(lambda: page.got.append("closed"))
        return page

    return make


@pytest.fixture
def page(open_page) -> SettingsPage:
    return open_page()


@pytest.fixture
def saved(tmp_path):
    return lambda: load(tmp_path / "settings.toml").workstation


def enter(qtbot, page, key: str, text: str) -> None:
    widget = page.fields[key].widget
    widget.setFocus()
    widget.selectAll()
    qtbot.keyClicks(widget, text)
    qtbot.keyClick(widget, Qt.Key.Key_Return)


def press(qtbot, page, key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(page.focusWidget(), key, modifier)


def test_every_setting_has_a_field_with_a_name_and_a_key_of_its_own(page):
    assert set(page.fields) == set(KEYS)
    texts = [field.name.text() for field in page.fields.values()]
    texts += [b.text() for b in page.findChildren(QtWidgets.QPushButton)]
    letters = [m.lower() for text in texts for m in re.findall(r"&(\w)", text)]
    assert len(letters) == len(set(letters))
    assert all(field.widget.accessibleName() for field in page.fields.values())
    assert all("&" in field.name.text() for field in page.fields.values())


def test_what_is_typed_is_written_and_told(qtbot, page, saved):
    enter(qtbot, page, "operator", "A. Smith")
    assert page.got == [Settings(operator="A. Smith")]
    assert saved().settings == Settings(operator="A. Smith")


def test_a_letter_leads_to_a_field_and_arrows_choose(qtbot, page, saved):
    press(qtbot, page, Qt.Key.Key_T, ALT)
    assert page.focusWidget() is page.fields["theme"].widget
    press(qtbot, page, Qt.Key.Key_Down)
    assert saved().settings.theme == "dark"
    press(qtbot, page, Qt.Key.Key_K, ALT)
    press(qtbot, page, Qt.Key.Key_Home)
    assert saved().settings.lock_minutes == 0
    assert page.fields["lock_minutes"].widget.currentText() == "never"


def test_undo_and_redo_by_keys_also_in_a_field(qtbot, page, saved):
    enter(qtbot, page, "operator", "A. Smith")
    enter(qtbot, page, "clinic", "North")
    press(qtbot, page, Qt.Key.Key_Z, CTRL)
    assert (saved().settings.clinic, saved().settings.operator) == ("", "A. Smith")
    assert page.fields["clinic"].widget.text() == ""
    press(qtbot, page, Qt.Key.Key_Z, CTRL)
    assert saved().settings == Settings()
    press(qtbot, page, Qt.Key.Key_Z, CTRL | SHIFT)
    press(qtbot, page, Qt.Key.Key_Y, CTRL)
    assert saved().settings == Settings(operator="A. Smith", clinic="North")
    assert [each.clinic for each in page.got] == ["", "North", "", "", "", "North"]


def test_undo_while_typing_takes_back_the_typing_alone(qtbot, page, saved):
    enter(qtbot, page, "operator", "A. Smith")
    page.fields["clinic"].widget.setFocus()
    qtbot.keyClicks(page.focusWidget(), "Nor")
    press(qtbot, page, Qt.Key.Key_Z, CTRL)
    assert saved().settings.operator == "A. Smith"
    assert page.fields["clinic"].widget.text() == ""


def test_a_refused_value_is_said_and_the_old_one_shown(qtbot, page, saved):
    enter(qtbot, page, "recordings", "somewhere")
    assert "an absolute folder" in page.message.text()
    assert page.fields["recordings"].widget.text() == ""
    assert page.got == []
    enter(qtbot, page, "index", "postgresql://a:secret@host/db")
    assert "password" in page.message.text()
    assert "secret" not in page.message.text()
    assert saved().settings == Settings()


def test_esc_takes_over_what_is_typed_and_leaves(qtbot, page, saved):
    page.fields["clinic"].widget.setFocus()
    qtbot.keyClicks(page.focusWidget(), "North")
    press(qtbot, page, Qt.Key.Key_Escape)
    assert saved().settings.clinic == "North"
    assert page.got[-1] == "closed"


def test_profiles_by_keys_and_undo_brings_a_removed_one_back(qtbot, page, saved):
    enter(qtbot, page, "clinic", "North")
    page.new.setFocus()
    qtbot.keyClicks(page.new, "Room 2")
    press(qtbot, page, Qt.Key.Key_Return)
    enter(qtbot, page, "clinic", "South")
    assert page.profile.currentText() == "Room 2"
    page.profile.setFocus()
    press(qtbot, page, Qt.Key.Key_Up)
    assert saved().active == "Standard"
    assert page.fields["clinic"].widget.text() == "North"
    press(qtbot, page, Qt.Key.Key_Down)
    press(qtbot, page, Qt.Key.Key_V, ALT)
    qtbot.waitUntil(lambda: list(saved().profiles) == ["Standard"])
    assert not page.remove.isEnabled()
    press(qtbot, page, Qt.Key.Key_Z, CTRL)
    assert saved().settings.clinic == "South"
    page.new.setText("standard")  # now in Room 2
    press(qtbot, page, Qt.Key.Key_R, ALT)
    qtbot.waitUntil(lambda: "already" in page.message.text())


def test_the_environment_is_said_to_win_without_its_password(open_page):
    page = open_page(
        NEUROFEEDBACK_DATA="/data", NEUROFEEDBACK_INDEX="postgresql://me:secret@host/db"
    )
    told = page.fields["recordings"].overruled
    assert told.isVisible()
    assert "NEUROFEEDBACK_DATA" in told.text()
    assert "/data" in told.text()
    assert "secret" not in page.fields["index"].overruled.text()
    assert not page.fields["operator"].overruled.isVisible()


def test_a_refused_file_is_said_and_kept_aside(qtbot, tmp_path, open_page):
    (tmp_path / "settings.toml").write_text("[profiles.Standard]\ntehme = 'dark'\n")
    page = open_page()
    assert "did you mean 'theme'" in page.message.text()
    enter(qtbot, page, "clinic", "North")
    assert "are kept in" in page.message.text()
    [kept] = tmp_path.glob("settings.toml.refused-*")
    assert "tehme" in kept.read_text()


def test_values_that_are_not_here_are_kept_and_named(tmp_path, open_page):
    (tmp_path / "settings.toml").write_text(
        "[profiles.Standard]\nmonitor = 'DP-7'\nprotocol = 'gone'\ntext_size = 133\n"
    )
    page = open_page()
    assert page.fields["monitor"].widget.currentText() == "DP-7 (not connected)"
    assert page.fields["protocol"].widget.currentText() == "gone (not connected)"
    assert page.fields["text_size"].widget.currentText() == "133 %"


def test_a_disk_that_refuses_is_one_sentence_and_the_value_counts(qtbot, tmp_path, open_page):
    page = open_page("config")
    (tmp_path / "config").touch()  # where the folder would be made
    enter(qtbot, page, "clinic", "North")
    assert "cannot be written" in page.message.text()
    assert page.got == [Settings(clinic="North")]


def type_in(qtbot, dialog, old: str, new: str, again: str) -> None:
    for field, text in ((dialog.old, old), (dialog.new, new), (dialog.again, again)):
        field.setText(text)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)


def test_a_passphrase_is_given_changed_and_taken_away(qtbot, page, operators):
    assert not page.passphrase.isEnabled()
    enter(qtbot, page, "operator", "A. Smith")
    press(qtbot, page, Qt.Key.Key_P, ALT)
    qtbot.waitUntil(lambda: page.dialog is not None)
    assert page.dialog.old.isHidden()
    type_in(qtbot, page.dialog, "", "1234", "1235")
    assert "differ" in page.dialog.message.text()
    type_in(qtbot, page.dialog, "", "1234", "1234")
    assert operators.right("A. Smith", "1234")
    assert "has a passphrase" in page.has_passphrase.text()
    page.passphrase.click()
    type_in(qtbot, page.dialog, "9999", "5678", "5678")
    assert "is wrong" in page.dialog.message.text()
    assert operators.right("A. Smith", "1234")
    type_in(qtbot, page.dialog, "1234", "", "")
    assert not operators.has("A. Smith")


def test_tab_reaches_every_field(qtbot, page):
    seen = set()
    for _ in range(40):
        press(qtbot, page, Qt.Key.Key_Tab)
        seen.add(page.focusWidget())
    assert {field.widget for field in page.fields.values()} <= seen
    assert {page.profile, page.new, page.leave} <= seen
