"""The parts of the page after a session: adverse effects, and guesses in a study.

Responsible for showing and telling what is entered. Not responsible for what it means
(`debrief_presenter`).
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.app.debrief_words import effect_word
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.forms.choices import Choices
from neurofeedback.gui.forms.debrief_presenter import (
    ASKED,
    BELIEFS,
    DebriefPresenter,
    belief_choices,
    severity_choices,
)
from neurofeedback.gui.forms.line_slider import LineSlider
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Card, Check
from neurofeedback.recording.debrief import EFFECTS
from neurofeedback.scales.instrument import Slider
from neurofeedback.study.guesses import By
from neurofeedback.words.language import tr

LONGEST_WORDS = 500


def widths(words: Sequence[str]) -> list[int]:
    """Return how wide words are in body text, px."""
    font = QtGui.QFont(QtWidgets.QApplication.font())
    font.setPixelSize(current().body)
    metrics = QtGui.QFontMetrics(font)
    return [metrics.horizontalAdvance(word) + 2 * current().unit for word in words]


class EffectsCard(Card):
    """A checklist of adverse effects; "none" is an answer of its own.

    Parameters
    ----------
    presenter : DebriefPresenter

    Attributes
    ----------
    changed : Signal()
        Something was entered.
    """

    changed = Signal()

    def __init__(self, presenter: DebriefPresenter) -> None:
        super().__init__(tr("ADVERSE EFFECTS, DURING OR SINCE THE LAST SESSION"))
        self._presenter = presenter
        self.none = Check(tr("N&one of these"))
        self.rows: dict[str, Choices] = {}
        self.words = QtWidgets.QLineEdit(presenter.effect_words)
        self.advice = label("", "error", wrap=True)
        self.add(self.none)
        self.body.addLayout(self._grid())
        self.words.setPlaceholderText(tr("Describe them: since when, and what they were like"))
        self.words.setAccessibleName(tr("Adverse effects in words"))
        self.words.setMaxLength(LONGEST_WORDS)
        self.add(self.words, self.advice)
        self.body.addStretch(1)
        self.none.clicked.connect(self._none_clicked)
        self.words.textChanged.connect(self._words_changed)
        self._show()

    def _grid(self) -> QtWidgets.QGridLayout:
        grid = QtWidgets.QGridLayout()
        grid.setContentsMargins(0, 4, 0, 8)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        words = " ".join(effect_word(kind) for kind in EFFECTS).split()
        widest = max(widths(words))
        for number, kind in enumerate(EFFECTS):
            row = Choices(severity_choices(), effect_word(kind))
            for chosen in (row.moved, row.settled):
                chosen.connect(lambda value, k=kind: self._effect(k, value))
            called = label(effect_word(kind), wrap=True)
            called.setMinimumWidth(widest)
            grid.addWidget(called, number, 0)
            grid.addWidget(row, number, 1)
            self.rows[kind] = row
        return grid

    def _show(self) -> None:
        shown = self._presenter
        self.none.setChecked(shown.none)
        for kind, row in self.rows.items():
            row.choose(0 if shown.none else shown.severities.get(kind))
        self.advice.setText(shown.advice)
        self.advice.setVisible(bool(shown.advice))

    def _none_clicked(self, checked: bool) -> None:
        self._presenter.say_none(checked)
        self._show()
        self.changed.emit()

    def _effect(self, kind: str, severity: int) -> None:
        self._presenter.set_effect(kind, severity)
        self._show()
        self.rows[kind].take_focus()
        self.changed.emit()

    def _words_changed(self, text: str) -> None:
        self._presenter.effect_words = text
        self.changed.emit()


class GuessCard(Card):
    """What participant and operator believe the arm was; the participant is asked first.

    Parameters
    ----------
    presenter : DebriefPresenter

    Attributes
    ----------
    changed : Signal()
        Something was entered.
    """

    changed = Signal()

    def __init__(self, presenter: DebriefPresenter) -> None:
        super().__init__(tr("WHAT DO THEY BELIEVE THE FEEDBACK WAS?"))
        self._presenter = presenter
        self.beliefs: dict[By, Choices] = {}
        self.confidence: dict[By, LineSlider] = {}
        self.reasons: dict[By, QtWidgets.QLineEdit] = {}
        titles: dict[By, str] = {"participant": tr("Participant"), "operator": tr("Operator")}
        self.columns = QtWidgets.QHBoxLayout()
        spaced(self.columns, gap=8)
        for by in ASKED:
            self.columns.addLayout(self._form(by, titles[by]), 1)
        self.body.addLayout(self.columns)

    def _form(self, by: By, title: str) -> QtWidgets.QVBoxLayout:
        column = QtWidgets.QVBoxLayout()
        spaced(column, gap=2)
        belief = Choices(belief_choices(), title)
        line = LineSlider(Slider(0, 100, tr("guessing"), tr("certain")), title)
        reason = QtWidgets.QLineEdit()
        reason.setPlaceholderText(tr("Why, in their words"))
        reason.setAccessibleName(tr("{who}: why", who=title))
        reason.setMaxLength(LONGEST_WORDS)
        ends = QtWidgets.QHBoxLayout()
        ends.addWidget(label(tr("guessing"), "muted"))
        ends.addStretch(1)
        ends.addWidget(label(tr("certain"), "muted"))
        column.addWidget(label(title, "title"))
        column.addWidget(belief, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(line)
        column.addLayout(ends)
        column.addWidget(reason)
        for chosen in (belief.moved, belief.settled):
            chosen.connect(lambda value, b=by: self._believed(b, value))
        line.marked.connect(lambda value, b=by: self._sure(b, value))
        reason.textChanged.connect(lambda text, b=by: self._explained(b, text))
        self.beliefs[by], self.confidence[by], self.reasons[by] = belief, line, reason
        self._show(by)
        return column

    def _show(self, by: By) -> None:
        """Show what was told before."""
        belief, sure, why = self._presenter.guess(by)
        if belief is not None:
            self.beliefs[by].choose(1 + BELIEFS.index(belief))
        self.confidence[by].setEnabled(belief != "unknown")
        self.confidence[by].put(sure)
        self.reasons[by].setText(why)

    def _believed(self, by: By, value: int) -> None:
        belief = BELIEFS[value - 1]
        self._presenter.set_belief(by, belief)
        self.confidence[by].setEnabled(belief != "unknown")
        self.changed.emit()

    def _sure(self, by: By, value: int) -> None:
        self._presenter.set_confidence(by, value)
        self.changed.emit()

    def _explained(self, by: By, text: str) -> None:
        self._presenter.set_reason(by, text)
        self.changed.emit()
