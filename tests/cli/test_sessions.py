import math

import pytest

from neurofeedback.acquisition.replay import ReplaySource
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.app.sessions import make_source, output_root, parse_speed
from neurofeedback.errors import UserError


@pytest.mark.parametrize(("text", "speed"), [("1", 1.0), ("10", 10.0), ("0.5", 0.5)])
def test_speed_is_a_factor(text, speed):
    assert parse_speed(text) == speed


def test_top_speed_is_infinite():
    assert parse_speed("max") == math.inf


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "fast", "", "1e9", "10x"])
def test_other_speeds_are_refused_with_what_is_possible(text):
    with pytest.raises(UserError, match=r"max\.$"):
        parse_speed(text)


def test_sources_by_name(tmp_path):
    assert isinstance(make_source("synthetic"), SyntheticSource)
    assert isinstance(make_source(f"file:{tmp_path / 'a:b.edf'}"), ReplaySource)


@pytest.mark.parametrize("text", ["", "file", "file:", "usb", "synthetic:1", "LSL"])
def test_other_sources_are_refused_with_what_there_is(text):
    with pytest.raises(UserError, match="lsl, lsl:NAME, brainflow:BOARD, file:PATH or synthetic"):
        make_source(text)


def test_the_output_folder_is_the_one_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROFEEDBACK_DATA", str(tmp_path / "from environment"))
    assert output_root(tmp_path) == tmp_path
    assert output_root(None) == tmp_path / "from environment"


def test_the_output_folder_without_any_wish_is_the_users(tmp_path, monkeypatch):
    monkeypatch.delenv("NEUROFEEDBACK_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_data_path", lambda name, appauthor: tmp_path / name)
    assert output_root(None) == tmp_path / "neurofeedback" / "recordings"
