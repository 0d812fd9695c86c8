"""The form for a protocol of the clinic's own, with what it would do beside it.

Responsible for the fields, for explaining and simulating while one chooses, and for saving. Not
responsible for the protocol that follows (`app.own.form`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from neurofeedback.app.own.form import GOALS, Answers, protocol_of
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.desk.protocol_words import facts_of, simulated_words
from neurofeedback.gui.forms.keeping import Draft, Keeping
from neurofeedback.gui.key_names import key_words
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Card, Combo, Scroll
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.explain.protocol import Explanation
from neurofeedback.session.explain.simulate import Simulation
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

Explain = Callable[[ProtocolSpec], Explanation]
Simulate = Callable[[ProtocolSpec], list[Simulation]]
Save = Callable[[Answers], Path]
T = TypeVar("T")
WIDE = 800  # px, at the usual size of text


class ProtocolForm(QtWidgets.QWidget):
    """Asks for a protocol.

    Parameters
    ----------
    explain : callable
        Returns what a protocol does; may raise UserError.
    simulate : callable
        Tries it on a synthetic participant who learns, and on one who does not.
    save : callable
        Writes it; may raise UserError.
    draft : Draft
        Where the answers are kept until they are saved.

    Attributes
    ----------
    saved : Signal(Path)
        It was written there.
    closed : Signal()
        The page is to be left.
    """

    saved = Signal(object)
    closed = Signal()

    def __init__(self, explain: Explain, simulate: Simulate, save: Save, draft: Draft) -> None:
        super().__init__()
        self._explain, self._simulate, self._save, self._draft = explain, simulate, save, draft
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("New protocol"))
        self.title, self.sites, self.against = (QtWidgets.QLineEdit() for _ in range(3))
        self.goal, self.direction = Combo(), Combo()
        self.low, self.high = _number(0.5, 60.0, " Hz"), _number(1.0, 100.0, " Hz")
        self.baseline, self.seconds = _number(10, 600, " s"), _number(10, 1200, " s")
        self.rounds, self.rest = _number(1, 30, ""), _number(0, 300, " s")
        self.target, self.dwell = _number(10, 90, " %"), _number(0.0, 5.0, " s")
        self.message = label("", "error", wrap=True)
        self.outcome = label("", wrap=True)
        self._facts = QtWidgets.QVBoxLayout()
        self._keeping = Keeping(self._look, self)
        self._compose()
        self.put(self._left())
        self._connect()
        self._look()
        self.setFocusProxy(self.title)

    # -- layout -------------------------------------------------------------------------------

    def _compose(self) -> None:
        for goal in GOALS:
            self.goal.addItem(tr(goal.words), goal.key)
        for key, words in (("up", tr("more of it")), ("down", tr("less of it"))):
            self.direction.addItem(words, key)
        for combo in (self.goal, self.direction):
            combo.setSizeAdjustPolicy(
                QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            combo.setMinimumContentsLength(8)
        self.title.setMaxLength(80)
        self.against.setPlaceholderText(tr("none; for an asymmetry, the other side"))
        outer = QtWidgets.QVBoxLayout(self)
        spaced(outer, margin=4, gap=3)
        outer.addWidget(label(tr("New protocol"), "number"))
        columns = QtWidgets.QBoxLayout(QtWidgets.QBoxLayout.Direction.LeftToRight)
        self._columns = columns
        spaced(columns, gap=4)
        form = Card(tr("YOUR PROTOCOL"))
        form.body.addLayout(self._fields())
        form.body.addStretch(1)
        about = Card(tr("WHAT IT DOES, AND WHAT IT CANNOT DO"))
        about.body.addLayout(self._facts)
        about.add(self.outcome)
        about.body.addStretch(1)
        for card, share in ((form, 5), (about, 6)):
            area = Scroll(card)
            area.setAccessibleName(card.heading.text().capitalize())
            columns.addWidget(area, share)
        outer.addLayout(columns, 1)
        outer.addWidget(self.message)
        outer.addLayout(self._buttons())

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Put below each other, in a narrow window, what stands beside each other."""
        super().resizeEvent(event)
        ways = QtWidgets.QBoxLayout.Direction
        wide = self.width() >= current().px(WIDE)
        self._columns.setDirection(ways.LeftToRight if wide else ways.TopToBottom)

    def _fields(self) -> QtWidgets.QGridLayout:
        grid = QtWidgets.QGridLayout()
        grid.setColumnStretch(1, 1)
        for row, (words, field) in enumerate(
            (
                (tr("Goal"), self.goal), (tr("Title"), self.title),
                (tr("Electrodes"), self.sites), (tr("Compared with"), self.against),
                (tr("Band from"), self.low), (tr("Band to"), self.high),
                (tr("Rewarded is"), self.direction), (tr("Baseline"), self.baseline),
                (tr("Rounds"), self.rounds), (tr("Length of a round"), self.seconds),
                (tr("Rest between"), self.rest), (tr("Target reward rate"), self.target),
                (tr("Reward after"), self.dwell),
            )
        ):  # fmt: skip
            name = label(words)
            name.setBuddy(field)
            field.setAccessibleName(words)
            grid.addWidget(name, row, 0)
            grid.addWidget(field, row, 1)
        return grid

    def _buttons(self) -> QtWidgets.QHBoxLayout:
        row = QtWidgets.QHBoxLayout()
        spaced(row, gap=2)
        self.leave = _button(tr("Back"), "Esc", self.closed.emit)
        self.leave.setShortcut("")  # Esc is the window's
        self.try_out = _button(tr("Simulate"), "Ctrl+R", self.simulate)
        self.save = _button(tr("Save"), "Ctrl+S", self.submit)
        self.save.setProperty("role", "primary")
        row.addStretch(1)
        for button in (self.leave, self.try_out, self.save):
            row.addWidget(button)
        return row

    def _connect(self) -> None:
        self.goal.activated.connect(self._propose)
        for line in (self.title, self.sites, self.against):
            line.textEdited.connect(lambda _: self._keeping.changed())
        self.direction.activated.connect(lambda _: self._keeping.changed())
        for number in self._numbers().values():
            number.valueChanged.connect(lambda _: self._keeping.changed())

    # -- what is asked --------------------------------------------------------------------------

    def _numbers(self) -> dict[str, QtWidgets.QDoubleSpinBox]:
        return {
            "low": self.low, "high": self.high, "baseline": self.baseline, "rounds": self.rounds,
            "round_seconds": self.seconds, "rest": self.rest, "target": self.target,
            "dwell": self.dwell,
        }  # fmt: skip

    @property
    def answers(self) -> Answers:
        """What is entered."""
        fields: dict[str, Any] = {name: number.value() for name, number in self._numbers().items()}
        fields["target"] = round(fields["target"] / 100, 2)
        fields["rounds"] = round(fields["rounds"])
        return Answers(
            title=self.title.text(), goal=self.goal.currentData(), sites=self.sites.text(),
            against=self.against.text(), direction=self.direction.currentData(), **fields,
        )  # fmt: skip

    def put(self, answers: Answers) -> None:
        """Show answers."""
        for line, text in (
            (self.title, answers.title), (self.sites, answers.sites),
            (self.against, answers.against),
        ):  # fmt: skip
            line.setText(text)
        for combo, key in ((self.goal, answers.goal), (self.direction, answers.direction)):
            combo.setCurrentIndex(max(combo.findData(key), 0))
        for name, number in self._numbers().items():
            value = float(getattr(answers, name))
            number.setValue(100 * value if name == "target" else value)

    def _left(self) -> Answers:
        """Return what a crash left, else what is usual."""
        try:
            return Answers.model_validate_json(self._draft.read() or "{}")
        except ValidationError:
            return Answers()

    def _propose(self) -> None:
        goal = next(one for one in GOALS if one.key == self.goal.currentData())
        self.put(self.answers.model_copy(update=goal.proposed))
        self._look()

    # -- what it would do -----------------------------------------------------------------------

    def _look(self) -> None:
        """Keep the answers, and say what they come to."""
        self._keeping.stop()
        self._draft.keep(self.answers.model_dump_json())
        self.outcome.setText("")
        answers = self.answers
        named = bool(answers.title.strip())
        if not named:  # it is explained before it has a title
            answers = answers.model_copy(update={"title": tr("New protocol")})
        spec = self._trying(lambda: protocol_of(answers))
        known = None if spec is None else self._trying(lambda: self._explain(spec))
        if known is not None and spec is not None:
            self._show_facts(facts_of(spec, known))
        if known is not None and not named:
            self._trying(lambda: protocol_of(self.answers))  # says what is missing
        for button in (self.try_out, self.save):
            button.setEnabled(known is not None and named)

    def _show_facts(self, facts: list[tuple[str, str]]) -> None:
        while (item := self._facts.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        for heading, words in facts:
            if words:
                self._facts.addWidget(label(heading, "heading"))
                self._facts.addWidget(label(words, wrap=True))

    def simulate(self) -> None:
        """Try it on a synthetic participant who learns, and on one who does not."""
        self._keeping.finish()
        spec = self._trying(lambda: protocol_of(self.answers))
        if spec is None:
            return
        QtWidgets.QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            found = self._trying(lambda: self._simulate(spec))
        finally:
            QtWidgets.QApplication.restoreOverrideCursor()
        if found is not None:
            self.outcome.setText("\n".join(simulated_words(one) for one in found))

    def submit(self) -> None:
        """Write it."""
        self._keeping.finish()
        path = self._trying(lambda: self._save(self.answers))
        if path is not None:
            self._draft.keep("")
            self.saved.emit(path)

    def _trying(self, do: Callable[[], T]) -> T | None:
        self.message.setText("")
        try:
            return do()
        except UserError as error:
            self.message.setText(tr(message_of(error)))
            return None


def _number(low: float, high: float, unit: str) -> QtWidgets.QDoubleSpinBox:
    box = QtWidgets.QDoubleSpinBox()
    box.setRange(low, high)
    box.setSuffix(unit)
    box.lineEdit().setTextMargins(8, 0, 8, 0)  # as other fields have, by the style
    box.setDecimals(1 if high <= 100 and unit in (" Hz", " s") else 0)
    box.setSingleStep(0.5 if box.decimals() else 1)
    return box


def _button(text: str, key: str, do: Callable[[], object]) -> QtWidgets.QPushButton:
    button = QtWidgets.QPushButton(f"{text}  ({key_words(key)})")
    button.setShortcut(key)
    button.setAccessibleName(text)
    button.clicked.connect(lambda _=False: do())
    return button
