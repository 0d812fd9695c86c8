"""Every page of the desk on which something is entered: how it is entered, how it is found again.

Run as ``python typed_pages.py FOLDER PAGE``: opens a desk in the folder, enters something on the
page, says ``typed`` two seconds later, and lives on until it is killed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from desk_walk import CONTROL, Key, ShortServices, Walk  # noqa: E402

from neurofeedback.gui._qt import Qt, QtWidgets  # noqa: E402
from neurofeedback.gui.application import application  # noqa: E402
from neurofeedback.gui.desk.dialogs.names import NamesDialog  # noqa: E402
from neurofeedback.gui.desk.steps import Step  # noqa: E402
from neurofeedback.recording.read.reader import SessionReader  # noqa: E402

SHIFT = Qt.KeyboardModifier.ShiftModifier
TEXT = "slept badly, cap slips at T8"
SECONDS = 2.0  # what may be lost
CODE = "P07"


@dataclass(frozen=True)
class Page:
    """A page.

    Parameters
    ----------
    enter : callable
        Goes to it from the first step and enters something.
    left : callable
        In a desk that was opened anew, returns what is there of it.
    entered : object
        What `left` must return.
    options : dict
        Of `ShortServices`.
    """

    enter: Callable[[Walk], object]
    left: Callable[[Walk], object]
    entered: object = TEXT
    options: dict[str, object] | None = None


def shown(walk: Walk) -> QtWidgets.QWidget:
    page = walk.desk.pages.stack.currentWidget()
    assert page is not None
    return page


def chosen(walk: Walk) -> None:
    """Have a participant who is known and shown."""
    walk.press(CODE, Key.Key_Return)


def focus(walk: Walk, field: QtWidgets.QWidget) -> None:
    field.setFocus()
    walk.until(field.hasFocus, what="the keyboard in the field")


def note_of_participant(walk: Walk) -> None:
    chosen(walk)
    focus(walk, walk.desk.preparation.participant.details.note)
    walk.press(TEXT)


def scales(walk: Walk) -> None:
    walk.to_stream(CODE)
    walk.press("1", "2", "0")


def again_to_stream(walk: Walk) -> None:
    walk.press(CODE, Key.Key_Return)
    assert walk.step is Step.PROTOCOL
    walk.press(Key.Key_Return)


def answers(walk: Walk) -> list[int | None]:
    again_to_stream(walk)
    form = shown(walk).scales.form
    return [*form.response.answers[:4], form.presenter.at]


def last_settings(walk: Walk) -> str:
    walk.press(CODE)
    return walk.desk.preparation.participant.details.code.text()


def names(walk: Walk) -> None:
    walk.to_stream(CODE)
    walk.press(Key.Key_Return)
    walk.desk.preparation.check.names_asked.emit()
    (dialog,) = walk.desk.findChildren(NamesDialog)
    dialog.fields[0].setCurrentText("Oz")


def names_left(walk: Walk) -> str:
    again_to_stream(walk)
    walk.press(Key.Key_Return)
    walk.desk.preparation.check.names_asked.emit()
    (dialog,) = walk.desk.findChildren(NamesDialog)
    text = str(dialog.fields[0].currentText())
    dialog.reject()
    return text


def rounds(walk: Walk) -> None:
    walk.to_rounds(CODE, 120)
    walk.press(Key.Key_N)
    walk.press(TEXT)


def baseline(walk: Walk) -> None:
    walk.to_baseline(CODE)
    walk.press(Key.Key_N)
    walk.press(TEXT)


def late_note(walk: Walk) -> str:
    """Finish the session that was cut, and look at the debrief that is offered then."""
    walk.beside.begin()
    walk.press(Key.Key_F, Key.Key_F, Key.Key_Return)
    walk.until(lambda: hasattr(shown(walk), "note"), 60, "the debrief of the session")
    return str(shown(walk).note.toPlainText())


def threshold(walk: Walk) -> None:
    walk.to_baseline(CODE)
    walk.until_step(Step.THRESHOLD, 120)
    walk.press(Key.Key_Right, Key.Key_Right)


def target(walk: Walk) -> float | None:
    events = SessionReader(walk.services.root / f"sub-{CODE}/ses-01").events()
    rates = [e.details["target_rate"] for e in events if "target_rate" in e.details]
    return rates[-1] if rates else None


def debrief(walk: Walk) -> None:
    walk.to_rounds(CODE, 120)
    walk.until_step(Step.DEBRIEF, 120)
    focus(walk, shown(walk).note)
    walk.press(TEXT)


def note_of_debrief(walk: Walk) -> str:
    walk.beside.begin()
    return str(shown(walk).note.toPlainText())


def summary(walk: Walk) -> None:
    debrief(walk)
    shown(walk).effects.none.click()
    for _ in range(2):  # what was left out is said once
        if walk.step is Step.DEBRIEF:
            walk.press(Key.Key_Return, modifier=CONTROL)
    assert walk.step is Step.SUMMARY


def saved_note(walk: Walk) -> bool:
    walk.press(CODE)
    notes = walk.desk.preparation.participant.details.notes
    return any(TEXT in each.text() for each in notes.findChildren(QtWidgets.QLabel))


def open_progress(walk: Walk) -> QtWidgets.QWidget:
    walk.desk.preparation.participant.details.progress.click()
    return shown(walk)


def plan(walk: Walk) -> None:
    chosen(walk)
    focus(walk, open_progress(walk).n_planned)
    walk.press("20")


def plan_left(walk: Walk) -> str:
    walk.press(CODE)
    return str(open_progress(walk).n_planned.text())


def settings(walk: Walk) -> None:
    walk.press(Key.Key_Comma, modifier=CONTROL)
    focus(walk, shown(walk).fields["clinic"].widget)
    walk.press(TEXT)


def setting_left(walk: Walk) -> str:
    walk.press(Key.Key_Comma, modifier=CONTROL)
    return str(shown(walk).fields["clinic"].widget.text())


def protocol_form(walk: Walk) -> None:
    walk.press(CODE, Key.Key_Return, Key.Key_Return)
    walk.desk.preparation.protocol.new.click()
    focus(walk, shown(walk).title)
    walk.press(TEXT)


def title_left(walk: Walk) -> str:
    walk.press(CODE, Key.Key_Return)
    walk.desk.preparation.protocol.new.click()
    return str(shown(walk).title.text())


def to_check(walk: Walk) -> None:
    walk.to_stream(CODE)
    walk.press(Key.Key_Return)
    assert walk.step is Step.CHECK


def operator(walk: Walk) -> None:
    walk.beside.operator.ask()
    focus(walk, walk.beside.operator.field)
    walk.press(TEXT)


def operator_left(walk: Walk) -> tuple[bool, str]:
    field = walk.beside.operator.field
    return field.isVisible(), str(field.text())


def ask_code(walk: Walk) -> QtWidgets.QLineEdit:
    walk.beside.open_overview()
    page = shown(walk)
    focus(walk, page.search)
    walk.press(CODE)
    page.correct.click()
    (field,) = page.findChild(QtWidgets.QInputDialog).findChildren(QtWidgets.QLineEdit)
    return field


def rename(walk: Walk) -> None:
    chosen(walk)
    focus(walk, ask_code(walk))
    walk.press("P70 and")


LONG = {"train": 120.0}
PAGES = {
    "scales before": Page(scales, answers, [1, 2, 0, None, 3], {"scales": 'before = ["phq-9"]'}),
    "participant": Page(note_of_participant,
                        lambda w: w.press(CODE) or
                        w.desk.preparation.participant.details.note.text()),
    "protocol": Page(lambda w: w.press(CODE, Key.Key_Return, Key.Key_Return), last_settings, CODE),
    "protocol form": Page(protocol_form, title_left),
    "stream": Page(lambda w: w.to_stream(CODE), last_settings, CODE),
    "check": Page(to_check, last_settings, CODE),
    "names of electrodes": Page(names, names_left, "Oz"),
    "baseline": Page(baseline, late_note, options={"baseline": 120.0}),
    "threshold": Page(threshold, target, 0.75),
    "rounds": Page(rounds, late_note, options=LONG),
    "debrief": Page(debrief, note_of_debrief),
    "summary": Page(summary, saved_note, True),
    "person": Page(plan, plan_left, "20"),
    "operator": Page(operator, operator_left, (True, TEXT)),
    "rename": Page(rename, lambda w: ask_code(w).text(), "P70 and"),
    "settings": Page(settings, setting_left),
}  # fmt: skip


def walk_in(folder: Path, page: Page) -> Walk:
    return Walk(ShortServices(folder, **(page.options or {})))


def main(folder: str, name: str) -> None:
    application()
    walk = walk_in(Path(folder), PAGES[name])
    PAGES[name].enter(walk)
    typed = time.monotonic()
    walk.until(lambda: time.monotonic() - typed >= SECONDS)
    sys.stdout.write("typed\n")
    sys.stdout.flush()
    walk.until(lambda: False, 300)


if __name__ == "__main__":
    main(*sys.argv[1:])
