"""Help inside: the guide at each page, terms, versions and licences; without a network."""

from __future__ import annotations

from pathlib import Path

import pytest
from accessible import problems
from desk_walk import CONTROL, Key, ShortServices, Walk

from neurofeedback.app.help.components import components
from neurofeedback.app.help.glossary import TERMS, explained
from neurofeedback.app.help.guide import FILES, guide_folder, page, sections
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.desk.steps import STEPS, Step
from neurofeedback.gui.help.about import AboutDialog
from neurofeedback.gui.help.guide import GuideText, GuideWindow
from neurofeedback.gui.help.places import OF_PAGE, OF_STEP
from neurofeedback.gui.help.terms import explanation
from neurofeedback.gui.style import label
from neurofeedback.words.language import languages, set_language

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def walk(qapp, tmp_path: Path):
    made = Walk(ShortServices(tmp_path))
    yield made
    made.release()


@pytest.fixture
def guide(qtbot):
    parent = QtWidgets.QWidget()
    qtbot.addWidget(parent)
    made = GuideWindow(parent)
    made.show()
    yield made
    made.close()


def test_every_step_and_every_page_beside_has_a_place_in_the_guide() -> None:
    there = {(section.file, section.heading) for section in sections()}
    assert set(OF_STEP) == set(STEPS)
    assert {*OF_STEP.values(), *OF_PAGE.values()} <= there
    assert all(page(file) for file in FILES)


@pytest.mark.parametrize("code", [code for code in languages() if code != "en"])
def test_all_that_f1_opens_is_there_in_every_language(code: str) -> None:
    """Each section once, in the order of the English page, with nothing of another name."""
    found = sections(code)
    assert [(one.file, one.heading) for one in found] == [
        (one.file, one.heading) for one in sections("en")
    ]
    translated = {(one.file, one.heading) for one in found if one.language == code}
    assert {*OF_STEP.values(), *OF_PAGE.values()} <= translated
    for file in FILES:
        lines = page_lines(file, code)
        english = [line[5:-4] for line in lines if line.startswith("<!-- ")]
        here = [one for one in found if one.file == file and one.language == code]
        assert english == [one.heading for one in here]
        marks = [line.split(" ")[0] for line in lines if line.startswith("#")]
        assert marks == ["#" * one.level for one in here]
        whole = file in ("first-session.md", "troubleshooting.md", "amplifiers.md")
        assert not whole or len(here) == len([one for one in found if one.file == file])
        assert "<!--" not in page(file, code)


def page_lines(file: str, code: str) -> list[str]:
    path = guide_folder() / code / file
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def test_the_guide_speaks_the_language_of_the_windows_and_says_where_it_does_not(qtbot) -> None:
    set_language("de")
    try:
        parent = QtWidgets.QWidget()
        qtbot.addWidget(parent)
        german = GuideWindow(parent)
        german.show()
        german.show_place(("first-session.md", "1. Participant"))
        assert heading(german) == "1. Teilnehmer/in"
        assert german.message.text() == ""
        assert "screens/" in page("first-session.md", "de")
        german.text.anchorClicked.emit(QtCore.QUrl("user-guide.md#verifying-a-session"))
        assert heading(german) == "Verifying a session"
        assert "nur auf Englisch" in german.message.text()
        german.text.anchorClicked.emit(QtCore.QUrl("first-session.md"))
        assert heading(german) == "Die erste Sitzung"
        german.close()
    finally:
        set_language("en")


def heading(guide: GuideWindow) -> str:
    """Return the heading at the top of what is seen."""
    cursor = guide.text.cursorForPosition(QtCore.QPoint(20, 8))
    block = cursor.block()
    while block.isValid() and not block.text():
        block = block.next()
    return block.text()


def test_f1_opens_the_guide_at_the_page_one_is_on(walk) -> None:
    walk.press(Key.Key_F1)
    assert heading(walk.beside.help.guide) == "1. Participant"
    walk.press(Key.Key_Escape)
    assert walk.beside.help.guide is None
    walk.to_stream()
    walk.press(Key.Key_F1)
    assert heading(walk.beside.help.guide) == "3. Stream"
    walk.press(Key.Key_Escape)
    walk.press(Key.Key_Comma, modifier=CONTROL)
    walk.press(Key.Key_F1)
    assert heading(walk.beside.help.guide).startswith("Settings, participants")
    walk.press(Key.Key_Escape, Key.Key_Escape)
    assert walk.step is Step.STREAM


def test_links_lead_within_the_guide_and_nowhere_else(guide) -> None:
    guide.show_place(("first-session.md", "1. Participant"))
    guide.text.anchorClicked.emit(QtCore.QUrl("user-guide.md#replay"))
    assert heading(guide) == "Replay"
    guide.text.anchorClicked.emit(QtCore.QUrl("https://example.org/x"))
    assert "https://example.org/x" in guide.message.text()
    assert heading(guide) == "Replay"


def test_pictures_come_from_the_guide_alone_and_fit(guide) -> None:
    text = guide.findChild(GuideText)
    image = QtGui.QTextDocument.ResourceType.ImageResource.value
    assert text.loadResource(image, QtCore.QUrl("https://example.org/x.png")) is None
    assert text.loadResource(image, QtCore.QUrl("missing.png")) is None
    if (guide_folder() / "screens/check-1366x768.png").is_file():
        found = text.loadResource(image, QtCore.QUrl("screens/check-1366x768.png"))
        assert 0 < found.width() <= text.viewport().width()


def test_the_window_is_named_and_reached_by_keys(guide) -> None:
    assert problems(guide) == []


def test_about_tells_versions_and_licences(qtbot) -> None:
    parts = {part.name.lower(): part for part in components()}
    assert parts["numpy"].version
    assert "BSD" in parts["numpy"].licence
    assert next(iter(parts)) == "neurofeedback"
    parent = QtWidgets.QWidget()
    qtbot.addWidget(parent)
    dialog = AboutDialog(parent)
    dialog.show()
    words = " ".join(w.text() for w in dialog.findChildren(QtWidgets.QLabel))
    assert "numpy" in words
    assert problems(dialog) == []
    dialog.close()


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        ("en", "Feedback was held for 0 % of this block.", "Held: feedback stands still"),
        ("en", "FAA = ln P(F4) - ln P(F3), 8-13 Hz", "frontal alpha asymmetry"),
        ("en", "threshold +0.20 ln ratio", "natural logarithm"),
        ("de", "Schwelle +0,20 ln-Verh\u00e4ltnis", "Schwelle: "),
    ],
)
def test_a_term_under_the_mouse_is_explained(qapp, language, text, word) -> None:
    set_language(language)
    try:
        shown = label(text)
        assert word in explanation(shown)
        assert explanation(label("Nothing to see 12.5")) == ""
        assert len(explained(" ".join(TERMS))) == 3
    finally:
        set_language("en")
        qapp.processEvents()


def test_a_tooltip_that_there_is_stays_and_is_not_markup(qapp) -> None:
    shown = label("held")
    shown.setToolTip("a < b")
    assert explanation(shown).startswith("<p>a &lt; b</p><p>Held")
