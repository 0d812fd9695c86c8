"""A session is found where it is, and where sessions are recorded without ``--out``."""

from pathlib import Path

import pytest

from neurofeedback.cli.options import recorded
from neurofeedback.errors import UserError


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEUROFEEDBACK_DATA", str(tmp_path / "mine"))
    (tmp_path / "mine" / "sub-p01" / "ses-01").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "mine"


def test_a_session_is_found_among_the_recordings(recordings: Path) -> None:
    assert recorded("sub-p01/ses-01") == recordings / "sub-p01" / "ses-01"


def test_what_is_here_comes_first(recordings: Path, tmp_path: Path) -> None:
    here = tmp_path / "sub-p01" / "ses-01"
    here.mkdir(parents=True)
    assert recorded("sub-p01/ses-01").absolute() == here
    assert recorded(str(here)) == here


def test_a_session_that_is_nowhere_is_refused_with_both_places(recordings: Path) -> None:
    with pytest.raises(UserError) as refused:
        recorded("recordings/sub-p01/ses-01")
    assert "recordings/sub-p01/ses-01" in str(refused.value)
    assert str(recordings) in str(refused.value)
