"""The page after a session: questionnaires that are due, then note, effects and guesses.

Responsible for asking, for handing all of it over at once, and for keeping a draft until then. Not
responsible for where it goes (`app.debrief`, `app.drafts`), nor for what may be left out
(`debrief_presenter`).

The page comes by itself, while somebody may still press the keys of the rounds: no field of it has
the keyboard until it is clicked, or Tab is pressed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from neurofeedback.app.debrief import DebriefContext, SavedDebrief, debrief_context
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.forms.asking import AskingPage
from neurofeedback.gui.forms.debrief_cards import LONGEST_WORDS, EffectsCard, GuessCard
from neurofeedback.gui.forms.debrief_presenter import DebriefPresenter
from neurofeedback.gui.forms.form_area import FormArea, FormButton
from neurofeedback.gui.forms.keeping import Keeping
from neurofeedback.gui.forms.mood_sliders import SliderRows
from neurofeedback.gui.forms.safety import raise_prompts
from neurofeedback.gui.forms.scale_words import wording
from neurofeedback.gui.forms.scales_page import ScalesPage
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Card
from neurofeedback.scales.instrument import Instrument, Response, is_lines
from neurofeedback.scales.keeping import Timing
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

__all__ = ["DebriefContext", "DebriefPage", "debrief_context"]

NOTE_HEIGHT = 80
NARROW = 1000  # px, at the usual size of text


class DebriefPage(AskingPage):
    """What is asked after a session.

    Parameters
    ----------
    context : DebriefContext
        See `debrief_context`.

    Attributes
    ----------
    saved : Signal(SavedDebrief)
        All is kept, and what had to be read was read.
    skipped : Signal()
        The operator leaves it; questionnaires that were answered are kept all the same.
    postponed : Signal()
        It is to be asked for again another time: it is asked for late, or cannot be saved now.
    """

    saved = Signal(object)
    skipped = Signal()
    postponed = Signal()

    def __init__(self, context: DebriefContext) -> None:
        super().__init__()
        self._context = context
        lines = [one for one in context.due if is_lines(one)]
        self._draft = context.draft  # None as soon as there is nothing to be kept any more
        self.presenter = DebriefPresenter(
            lines,
            in_study=context.in_study,
            earlier=context.earlier,
            draft=None if context.draft is None else context.draft.read(),
        )
        self._keeping = Keeping(self.keep_draft, self)
        self._told = ""
        self.note = QtWidgets.QPlainTextEdit(self.presenter.note)
        self.marks = {one.key: SliderRows(one, numbers=True, compact=True) for one in lines}
        self.effects = EffectsCard(self.presenter)
        self.strategy = QtWidgets.QLineEdit(self.presenter.strategy)
        self.guesses = GuessCard(self.presenter) if context.in_study else None
        self.message = label("", "error", wrap=True)
        self.skip = FormButton(tr("&Leave without saving"))
        self.later = FormButton(tr("Later  (Esc)"))
        self.later.setVisible(context.late is not None)
        self.save = FormButton(tr("Save  (Ctrl+Enter)"))
        self.scales = self._scales_page()
        self.setWindowTitle(tr("Debrief"))
        self.setObjectName("page")
        self.setAccessibleName(tr("After the session"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.pages = QtWidgets.QStackedWidget()
        self._halves = QtWidgets.QHBoxLayout()
        self._compose(lines)
        self._connect()

    def _scales_page(self) -> ScalesPage | None:
        context = self._context
        asked = [one for one in context.due if not is_lines(one)]
        if not asked or context.responses is None:
            return None
        return ScalesPage(
            asked, context.participant, Timing.AFTER, context.responses, drafts=context.answers
        )

    # -- layout -------------------------------------------------------------------------------

    def _compose(self, lines: list[Instrument]) -> None:
        outer = QtWidgets.QVBoxLayout(self)
        spaced(outer)
        outer.addWidget(self.pages)
        self._form = QtWidgets.QWidget()
        layout = QtWidgets.QVBoxLayout(self._form)
        spaced(layout, margin=4, gap=3)
        layout.addWidget(label(tr("After the session"), "number"))
        if self._context.late is not None:
            layout.addWidget(label(self._late_words(self._context.late), wrap=True))
        layout.addWidget(self._scrolled(lines), 1)
        bottom = QtWidgets.QHBoxLayout()
        spaced(bottom, gap=3)
        bottom.addWidget(self.message, 1)
        bottom.addWidget(self.later)
        bottom.addWidget(self.skip)
        bottom.addWidget(self.save)
        self.save.setProperty("role", "primary")
        layout.addLayout(bottom)
        if self.scales is not None:
            self.pages.addWidget(self.scales)
        self.pages.addWidget(self._form)

    def _late_words(self, started: datetime) -> str:
        return tr(
            "The session of {code} on {when} has no debrief yet. Your earlier entries "
            "are still here.",
            code=self._context.participant, when=f"{started.astimezone():%Y-%m-%d %H:%M}",
        )  # fmt: skip

    def _scrolled(self, lines: list[Instrument]) -> FormArea:
        inner = QtWidgets.QWidget()
        column = QtWidgets.QVBoxLayout(inner)
        spaced(column, gap=3)
        column.setContentsMargins(0, 0, 12, 0)
        halves = self._halves
        spaced(halves, gap=3)
        left = QtWidgets.QVBoxLayout()
        spaced(left, gap=3)
        left.addWidget(self._note_card(), 1)
        for one in lines:
            left.addWidget(self._marks_card(one))
        halves.addLayout(left, 1)
        halves.addWidget(self.effects, 1)
        column.addLayout(halves, 1)
        column.addWidget(self._strategy_card())
        if self.guesses is not None:
            column.addWidget(self.guesses)
        return FormArea(inner)

    def _note_card(self) -> Card:
        card = Card(tr("NOTE ON THE SESSION"))
        self.note.setAccessibleName(tr("Note on the session"))
        self.note.setPlaceholderText(tr("What the next person should know; no names"))
        self.note.setTabChangesFocus(True)
        self.note.setMinimumHeight(NOTE_HEIGHT)
        card.add(self.note)
        return card

    def _strategy_card(self) -> Card:
        card = Card(tr("WHAT DID THE PARTICIPANT TRY?"))
        self.strategy.setAccessibleName(tr("What the participant did to move the display"))
        self.strategy.setPlaceholderText(
            tr("What the participant did to move the display, in their words")
        )
        self.strategy.setMaxLength(LONGEST_WORDS)
        card.add(self.strategy)
        return card

    def _marks_card(self, asked: Instrument) -> Card:
        card = Card(wording(asked.title).upper())
        card.add(label(wording(asked.stem), "", wrap=True), self.marks[asked.key])
        marked = self.presenter.response(asked.key)
        if marked is not None:
            self.marks[asked.key].put(marked)
        return card

    def _connect(self) -> None:
        self.note.textChanged.connect(self._noted)
        self.strategy.textChanged.connect(self._tried)
        for rows in self.marks.values():
            rows.answered.connect(self._marked)
        self.effects.changed.connect(self._changed)
        if self.guesses is not None:
            self.guesses.changed.connect(self._changed)
        if self.scales is not None:
            self.scales.finished.connect(self._show_form)
        self.save.clicked.connect(self.submit)
        self.skip.clicked.connect(self._skip)
        self.later.clicked.connect(self.postponed)

    # -- what is done -------------------------------------------------------------------------

    def take_focus(self) -> None:
        """Take the keyboard, or give it to the question that is asked; never to a text field."""
        if self.pages.currentWidget() is self._form:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.scales is not None and self.scales.form is not None:
            self.scales.form.take_focus()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Put below each other, in a narrow window, what stands beside each other."""
        super().resizeEvent(event)
        ways = QtWidgets.QBoxLayout.Direction
        way = ways.TopToBottom if event.size().width() < current().px(NARROW) else ways.LeftToRight
        self._halves.setDirection(way)
        if self.guesses is not None:
            self.guesses.columns.setDirection(way)

    def showEvent(self, event: QtGui.QShowEvent) -> None:  # noqa: N802
        """Take the keyboard when it is seen; from now on the debrief is missing until saved."""
        super().showEvent(event)
        self.take_focus()
        self.keep_draft()

    def hideEvent(self, event: QtGui.QHideEvent) -> None:  # noqa: N802
        """Keep what is entered, whyever the page goes."""
        super().hideEvent(event)
        self.keep_draft()

    def keep_draft(self) -> None:
        """Keep what is entered so far, until it is saved or left out."""
        self._keeping.stop()
        if self._draft is None:
            return
        try:
            self._draft.keep(self.presenter.draft)
        except UserError as error:
            self._say(message_of(error))

    def _settle(self) -> None:
        """Forget the draft: it is saved, or left out on purpose."""
        if self._draft is not None:
            self._draft.remove()
            self._draft = None
        self._keeping.stop()

    def _skip(self) -> None:
        self._settle()
        self.skipped.emit()

    def _show_form(self) -> None:
        self.pages.setCurrentWidget(self._form)
        self.take_focus()

    def _noted(self) -> None:
        self.presenter.note = self.note.toPlainText()
        self._changed()

    def _tried(self, text: str) -> None:
        self.presenter.strategy = text
        self._changed()

    def _marked(self, response: Response) -> None:
        self.presenter.set_response(response)
        self._changed()

    def _changed(self) -> None:
        self._say("")
        self._told = ""
        self._keeping.changed()

    def _say(self, text: str) -> None:
        self.message.setText(tr(text))

    def leave(self, then: Callable[[], object]) -> None:
        """Go elsewhere; what was entered stays kept, as answers or as a draft.

        Parameters
        ----------
        then : callable
            See `ScalesPage.leave`.
        """
        self.keep_draft()
        if self.scales is not None and self.pages.currentWidget() is self.scales:
            self.scales.leave(then)
        else:
            then()

    def submit(self) -> None:
        """Keep everything, or say what is missing; what may be left out is said once."""
        refusal, missing = self.presenter.refusal, self.presenter.missing
        if refusal:
            self._say(refusal)
            return
        if missing and missing != self._told:
            self._told = missing
            self._say(missing)
            return
        try:
            kept = self._context.keeper.save(self.presenter.entry)
        except UserError as error:
            self._say(message_of(error))
            self._offer_later()
            return
        self._say("")
        self._settle()
        self._finish(kept)

    def _offer_later(self) -> None:
        """Offer another time for what cannot be saved now; the draft lies elsewhere."""
        if self._draft is not None:
            self.later.show()

    def _finish(self, kept: SavedDebrief) -> None:
        store = self._context.responses
        if store is None or not kept.waiting:
            self.saved.emit(kept)
            return
        raise_prompts(kept.waiting, store, self.window(), lambda: self.saved.emit(kept))

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Ctrl+Enter saves, Enter presses the button that has the keyboard, Esc postpones."""
        if event.key() == Qt.Key.Key_Escape and self.later.isVisible():
            self.postponed.emit()
            return
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        chosen = self.focusWidget()
        on_form = self.pages.currentWidget() is self._form
        if on_form and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.submit()
        elif isinstance(chosen, QtWidgets.QPushButton) and not chosen.isCheckable():
            chosen.click()
