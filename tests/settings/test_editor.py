"""Changing settings: undo, redo, profiles, and what the environment overrules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.settings.editor import SettingsEditor
from neurofeedback.settings.effective import recordings_folder, second_folder, value_of
from neurofeedback.settings.history import History
from neurofeedback.settings.model import Settings, Workstation
from neurofeedback.settings.store import load


@pytest.fixture
def editor(tmp_path) -> SettingsEditor:
    return SettingsEditor(tmp_path / "settings.toml", {})


@given(st.lists(st.integers(0, 5) | st.sampled_from(["undo", "redo"]), max_size=40))
def test_a_history_goes_back_and_forth_as_a_plain_list_does(steps):
    history, values, at = History(0), [0], 0
    for step in steps:
        if step == "undo":
            at = max(at - 1, 0)
            history.undo()
        elif step == "redo":
            at = min(at + 1, len(values) - 1)
            history.redo()
        elif step != values[at]:
            values, at = [*values[: at + 1], step], at + 1
            assert history.change(step)
        assert history.value == values[at]
        assert (history.can_undo, history.can_redo) == (at > 0, at < len(values) - 1)


def test_each_change_is_on_disk_at_once_and_so_is_its_undoing(editor):
    assert editor.set("operator", "A. Smith")
    assert not editor.set("operator", "A. Smith")
    assert editor.set("text_size", 150)
    assert load(editor.path).workstation.settings == Settings(operator="A. Smith", text_size=150)
    editor.undo()
    assert load(editor.path).workstation.settings == Settings(operator="A. Smith")
    editor.undo()
    assert not editor.undo()
    editor.redo()
    assert load(editor.path).workstation.settings.operator == "A. Smith"


def test_a_refused_value_changes_nothing(editor):
    with pytest.raises(UserError):
        editor.set("text_size", "12")
    assert editor.workstation == Workstation()
    assert not editor.can_undo


def test_profiles_are_added_renamed_removed_and_come_back(editor):
    editor.set("clinic", "North")
    editor.add("Room 2")
    editor.set("clinic", "South")
    editor.rename("Room 3")
    assert list(editor.workstation.profiles) == ["Standard", "Room 3"]
    editor.remove()
    assert editor.settings.clinic == "North"
    editor.undo()
    assert (editor.workstation.active, editor.settings.clinic) == ("Room 3", "South")
    editor.use("Standard")
    assert load(editor.path).workstation.active == "Standard"


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a\nb", "STANDARD", "Standard"])
def test_names_of_profiles_that_are_none_or_taken(editor, name):
    with pytest.raises(UserError):
        editor.add(name)


def test_the_last_profile_stays_and_there_is_an_end_to_new_ones(editor):
    with pytest.raises(UserError, match="only profile"):
        editor.remove()
    for number in range(49):
        editor.add(f"P{number}")
    with pytest.raises(UserError, match="is the maximum"):
        editor.add("one more")


def test_the_environment_wins_and_is_named(tmp_path):
    environ = {"NEUROFEEDBACK_DATA": "/env", "NEUROFEEDBACK_LANGUAGE": "de",
               "NEUROFEEDBACK_INDEX": ""}  # fmt: skip
    editor = SettingsEditor(tmp_path / "settings.toml", environ)
    assert {k: by.variable for k, by in editor.overruled.items()} == {
        "recordings": "NEUROFEEDBACK_DATA",
        "language": "NEUROFEEDBACK_LANGUAGE",
    }
    settings = Settings(recordings="/set", language="en", index="off")
    assert str(recordings_folder(settings, environ)) == "/env"
    assert str(recordings_folder(settings, {})) == "/set"
    assert value_of(settings, "language", environ) == "de"
    assert value_of(settings, "index", environ) == "off"


def test_folders_without_a_wish_are_the_users_and_home_is_understood(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert recordings_folder(Settings(), {}).name == "recordings"
    assert second_folder(Settings()).name == "continued"
    assert second_folder(Settings(second_place="~/x")) == tmp_path / "x"


def test_a_refused_file_is_kept_when_the_first_change_is_written(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("nonsense")
    editor = SettingsEditor(path, {})
    assert "not valid TOML" in editor.problem
    editor.set("clinic", "North")
    assert editor.problem is None
    assert editor.kept.read_text() == "nonsense"
