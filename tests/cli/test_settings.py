"""The settings on the command line, and where commands follow them."""

import json

import pytest

from neurofeedback.app.sessions import index_address, operator_or_set, output_root, second_root
from neurofeedback.settings.store import settings_path


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert settings_path().is_relative_to(tmp_path)


def test_what_is_set_is_shown_and_survives(invoke):
    assert (
        "lock_minutes = 7 in profile Standard"
        in invoke("settings", "set", "lock_minutes", 7).stdout
    )
    assert "  lock_minutes = 7\n" in invoke("settings", "show").stdout
    shown = json.loads(invoke("settings", "show", "--json").stdout)
    assert shown["settings"]["lock_minutes"] == 7
    assert shown["problem"] is None


def test_folders_index_and_operator_are_as_set_unless_the_environment_or_an_option_says_other(
    invoke, tmp_path, monkeypatch
):
    for key, value in (
        ("recordings", tmp_path / "set"), ("second_place", tmp_path / "second"),
        ("index", "off"), ("operator", "A. Smith"),
    ):  # fmt: skip
        assert invoke("settings", "set", key, value).exit_code == 0
    assert output_root(None) == tmp_path / "set"
    assert second_root(None) == tmp_path / "second"
    assert (index_address(None), operator_or_set("")) == ("off", "A. Smith")
    assert (index_address("x.sqlite3"), operator_or_set("B")) == ("x.sqlite3", "B")
    monkeypatch.setenv("NEUROFEEDBACK_DATA", str(tmp_path / "environment"))
    monkeypatch.setenv("NEUROFEEDBACK_OPERATOR", "C. Jones")
    assert output_root(None) == tmp_path / "environment"
    assert operator_or_set("") == "C. Jones"
    assert "NEUROFEEDBACK_DATA is set and overrides it" in invoke("settings", "show").stdout
    assert output_root(tmp_path) == tmp_path


def test_sessions_are_entered_under_the_operator_of_the_settings(invoke, tmp_path):
    invoke("settings", "set", "operator", "A. Smith")
    invoke("settings", "set", "recordings", tmp_path / "data")
    assert invoke("participants", "add", "p01").exit_code == 0
    assert "A. Smith" in invoke("audit", "list").stdout


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [("text_size", "9", "from 80 to 200"), ("teme", "dark", "did you mean 'theme'")],
)
def test_a_refusal_is_one_sentence_and_changes_nothing(launch, key, value, sentence):
    process = launch("settings", "set", key, value)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert sentence in errors
    assert "Traceback" not in errors
    assert not settings_path().exists()


def test_a_file_that_is_refused_is_said_and_kept_aside_before_it_is_replaced(invoke):
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text("version = 1\n[profiles.Standard]\ntext_sise = 100\n")
    shown = invoke("settings", "show")
    assert "did you mean 'text_size'" in shown.stderr
    assert settings_path().read_text().endswith("text_sise = 100\n")
    assert "are kept in" in invoke("settings", "set", "text_size", 110).stderr
    [kept] = settings_path().parent.glob("settings.toml.refused-*")
    assert "text_sise" in kept.read_text()


def test_profiles(invoke):
    invoke("settings", "use", "Room 2", "--new")
    invoke("settings", "set", "clinic", "North")
    invoke("settings", "use", "Standard")
    assert "clinic = ''" in invoke("settings", "show").stdout
    assert "profile Standard of Standard, Room 2" in invoke("settings", "show").stdout
