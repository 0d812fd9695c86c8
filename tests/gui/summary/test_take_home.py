"""The page that a participant takes home."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtPdf import QPdfDocument
from summary_sessions import blinded, trained

from neurofeedback.gui.summary.take_home import gathered, take_home_lines, write_take_home
from neurofeedback.report.summary import session_summary


def text_of(path: Path) -> tuple[int, str]:
    document = QPdfDocument()
    document.load(str(path))
    found = document.pageCount(), document.getAllText(0).text()
    document.close()
    return found


def test_it_is_one_page_that_tells_of_stars_and_of_no_numbers_else(qapp, tmp_path: Path) -> None:
    summary = session_summary(trained(tmp_path / "data"))
    write_take_home(summary, tmp_path / "page.pdf")
    n_pages, text = text_of(tmp_path / "page.pdf")
    assert n_pages == 1
    assert "Thank you for today" in text
    assert gathered(summary) == summary.rewards > 0
    assert f"You have gathered {summary.rewards} stars." in text
    assert "%" not in text
    assert all("FAA" not in line.upper() for line in take_home_lines(summary))


def test_of_a_trial_it_says_nothing_of_how_it_went(qapp, tmp_path: Path) -> None:
    summary = session_summary(blinded(tmp_path))
    assert gathered(summary) == 0
    assert "star" not in " ".join(take_home_lines(summary))
