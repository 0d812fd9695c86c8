"""HTML and turned text in what a protocol, a stream or a person says: shown as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.style import label, tip
from neurofeedback.gui.widgets import LongLabel
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.words.plain import plain

HOSTILE = "<b>bold</b> <img src='x'> \u202egnirts \x1b[31m"


def obeyed(widget: QtWidgets.QWidget) -> list[str]:
    """Return what in a window would be read as markup, or turned."""
    found = []
    for each in (widget, *widget.findChildren(QtWidgets.QWidget)):
        texts = {"tip": each.toolTip(), "title": each.windowTitle()}
        if isinstance(each, QtWidgets.QLabel):
            texts["label"] = each.text()
            if each.textFormat() != Qt.TextFormat.PlainText and "<b>bold" in each.text():
                found.append(f"label {each.text()!r}")
        elif isinstance(each, QtWidgets.QAbstractButton):
            texts["button"] = each.text()
        if "<b>bold" in texts["tip"]:
            found.append(f"tip {texts['tip']!r}")
        found += [f"{what} {text!r}" for what, text in texts.items() if plain(text) != text]
    return found


@pytest.fixture
def windows(make_session):
    session = make_session(4, names=("F3", "F4", "<b>bold", "Cz"))
    session.info = replace(session.info, name=HOSTILE)
    session.spec = session.spec.model_copy(update={"title": HOSTILE})
    made = SessionWindows(session, session.clock)
    made.operator.show()
    session.feed(1.0)
    session.frame(0.5, held="railed F3")
    session.now += 0.2
    made.bridge.tick()
    yield made
    made.release()


def test_a_hostile_stream_and_protocol(windows) -> None:
    windows.operator._keep_note(HOSTILE)
    assert obeyed(windows.operator) == []


def test_labels_and_tooltips_show_text_as_it_is(qapp) -> None:
    box = QtWidgets.QWidget()
    row = QtWidgets.QHBoxLayout(box)
    for made in (label(HOSTILE), LongLabel(HOSTILE, "muted")):
        row.addWidget(made)
        assert made.textFormat() == Qt.TextFormat.PlainText
        assert made.text().startswith("<b>bold</b>")
        assert obeyed(made) == []
    box.deleteLater()
    assert tip("a & b") == "a & b"
    assert "&lt;b&gt;" in tip(HOSTILE)
