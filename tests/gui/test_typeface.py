"""The typeface of the windows: it is there, it is used, and it has every character shown."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

import neurofeedback
from neurofeedback.gui._qt import QtGui, QtWidgets
from neurofeedback.gui.look import look
from neurofeedback.gui.style import label
from neurofeedback.gui.typeface import FILES, FOLDER, load_typeface

PACKAGE = Path(neurofeedback.__file__).parent


def shown_by_windows() -> set[str]:
    """Return every character of the German catalogue, and of the texts in the code of windows."""
    catalogue = PACKAGE / "words" / "locales" / "de" / "LC_MESSAGES" / "neurofeedback.po"
    found = set(catalogue.read_text(encoding="utf-8"))
    for path in (PACKAGE / "gui").rglob("*.py"):
        for text in texts_of(ast.parse(path.read_text(encoding="utf-8"))):
            found.update(text)
    return {c for c in found if unicodedata.category(c)[0] != "C"}


def texts_of(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of a module that are not its documentation."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


@pytest.mark.parametrize("name", FILES)
def test_no_character_of_the_windows_is_missing(qapp, name: str) -> None:
    font = QtGui.QRawFont(str(FOLDER / name), 13)
    assert font.isValid()
    used = shown_by_windows()
    assert {"\u00e4", "\u00df", "\u2212", "\u00b5", "\u00b2"} <= used
    assert sorted(c for c in used if not font.supportsCharacter(ord(c))) == []


def test_windows_use_it_and_headings_are_semibold(qtbot) -> None:
    assert "Inter" in load_typeface()
    look().choose("dark", 100)
    try:
        for role in ("", "title"):
            shown = label("Text", role)
            qtbot.addWidget(shown)
            shown.show()
            QtWidgets.QApplication.processEvents()
            assert QtGui.QFontInfo(shown.font()).family() == "Inter"
        assert "Semi" in QtGui.QRawFont.fromFont(shown.font()).styleName()
    finally:
        look().choose("system", 100)


def test_it_is_small_and_its_licence_lies_beside_it() -> None:
    assert sum((FOLDER / name).stat().st_size for name in FILES) < 1_000_000
    licence = (FOLDER / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "PERMISSION & CONDITIONS" in licence
