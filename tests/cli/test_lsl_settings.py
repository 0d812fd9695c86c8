import os
from pathlib import Path

import pytest

from neurofeedback.acquisition.lsl import settings as lsl_settings


@pytest.fixture
def nothing_set(tmp_path, monkeypatch) -> Path:
    """A user without any settings of LSL, in an empty folder."""
    monkeypatch.delenv(lsl_settings.VARIABLE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lsl_settings, "own_places", lambda: (tmp_path / "lsl_api.cfg",))
    monkeypatch.setattr("platformdirs.user_config_path", lambda name, appauthor: tmp_path / name)
    return tmp_path


def test_a_user_without_settings_gets_this_machine_only(nothing_set):
    lsl_settings.use_settings()
    written = Path(os.environ[lsl_settings.VARIABLE])
    assert written == nothing_set / "neurofeedback" / "lsl_api.cfg"
    assert "ResolveScope = machine" in written.read_text()
    os.environ.pop(lsl_settings.VARIABLE)


def test_settings_that_were_edited_are_kept(nothing_set):
    path = lsl_settings.default_path()
    path.parent.mkdir()
    path.write_text("[lab]\nKnownPeers = {amplifier}\n")
    lsl_settings.use_settings()
    assert os.environ.pop(lsl_settings.VARIABLE) == str(path)
    assert "amplifier" in path.read_text()


@pytest.mark.parametrize("named", [True, False])
def test_settings_of_the_user_come_first(nothing_set, monkeypatch, named):
    own = nothing_set / "lsl_api.cfg"
    own.write_text("")
    if named:
        monkeypatch.setenv(lsl_settings.VARIABLE, "elsewhere.cfg")
    lsl_settings.use_settings()
    assert os.environ.get(lsl_settings.VARIABLE) == ("elsewhere.cfg" if named else None)
    assert not lsl_settings.default_path().exists()


def test_a_home_that_cannot_be_written_is_no_error(nothing_set):
    (nothing_set / "neurofeedback").write_text("a file in the way")
    lsl_settings.use_settings()
    assert lsl_settings.VARIABLE not in os.environ


def test_a_private_network_is_given_back(nothing_set, monkeypatch):
    monkeypatch.setenv(lsl_settings.VARIABLE, "before.cfg")
    with lsl_settings.private_network("nobody-else"):
        text = Path(os.environ[lsl_settings.VARIABLE]).read_text()
        assert "SessionID = nobody-else" in text
    assert os.environ[lsl_settings.VARIABLE] == "before.cfg"


@pytest.mark.parametrize(
    ("text", "n"),
    [("[ports]\nPortRange = 128\n", 128), ("[lab]\nSessionID = x\n", 32), ("PortRange\n", 32)],
)
def test_how_many_ports_there_are_is_read_as_lsl_reads_it(monkeypatch, tmp_path, text, n):
    path = tmp_path / "lsl_api.cfg"
    path.write_text(text)
    monkeypatch.setenv("LSLAPICFG", str(path))
    assert lsl_settings.n_ports() == n
