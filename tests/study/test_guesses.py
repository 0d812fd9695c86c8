from datetime import UTC, datetime
from pathlib import Path

import pytest

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.study.guesses import add_guess, guesses

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_guesses_are_kept_and_read_back(tmp_path: Path) -> None:
    layout = SessionLayout.new(tmp_path, "P1", "faa-up", free_bytes=0)
    assert guesses(layout) == []
    first = add_guess(layout, "participant", "real", 70, " it\nmoved with me ", NOW)
    second = add_guess(layout, "operator", "unknown", 0, "", NOW)
    assert guesses(layout) == [first, second]
    assert first.reason == "it moved with me"
    with pytest.raises(UserError, match="0 to 100"):
        add_guess(layout, "operator", "real", 101, "", NOW)
