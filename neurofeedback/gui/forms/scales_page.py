"""The questionnaires that are due, one after the other, kept as they are answered.

Responsible for the order, for keeping each response, and for raising the safety prompt on the
clinician's screen. Not responsible for which are due (`app.due_scales`).

An answer that raises the safety prompt is kept at once, before the questionnaire is over, so that
it is not lost whatever happens next. The prompt itself comes when the questionnaire is done. All
other answers are kept as a draft until then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from neurofeedback.app.drafts import AnswerDrafts
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.forms.asking import AskingPage
from neurofeedback.gui.forms.keeping import Keeping
from neurofeedback.gui.forms.mood_sliders import SlidersForm
from neurofeedback.gui.forms.safety import raise_prompts
from neurofeedback.gui.forms.scale_form import ScaleForm
from neurofeedback.gui.forms.scale_words import wording
from neurofeedback.gui.style import label, spaced
from neurofeedback.scales.instrument import Instrument, Response, is_lines
from neurofeedback.scales.keeping import Kept, ResponseStore, Timing
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

Form = ScaleForm | SlidersForm


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody has come.

    Parameters
    ----------
    title : str
        Of the questionnaire that is asked; empty when all are over.
    n_answered, n_items : int
        Of it.
    n_left : int
        Questionnaires that come after it.
    """

    title: str
    n_answered: int
    n_items: int
    n_left: int


class ScalesPage(AskingPage):
    """Questionnaires, then one sentence of thanks.

    Parameters
    ----------
    instruments : sequence of Instrument
        In order; with none it is finished as soon as it is shown.
    participant : str
        Code.
    timing : Timing
    store : ResponseStore
        Keeps the responses.
    operator : bool
        Whether the operator reads it: totals and severity are shown at the end of each. Otherwise
        it is written large, for the participant, without any score.
    clinician : QWidget or None
        Window on the clinician's screen that the safety prompt belongs to; this page's by default.
    drafts : AnswerDrafts or None
        Where answers are kept until their questionnaire is over.

    Attributes
    ----------
    finished : Signal()
        All are kept, and what had to be read was read.
    moved : Signal()
        `progress` is another.
    """

    finished = Signal()
    moved = Signal()

    def __init__(
        self,
        instruments: Sequence[Instrument],
        participant: str,
        timing: Timing,
        store: ResponseStore,
        operator: bool = True,
        clinician: QtWidgets.QWidget | None = None,
        drafts: AnswerDrafts | None = None,
    ) -> None:
        super().__init__()
        self._drafts = drafts
        self._keeping = Keeping(self.keep_draft, self)
        self.form: Form | None = None
        self._left = list(instruments)
        self._participant = participant
        self._timing = timing
        self._store = store
        self._operator = operator
        self._clinician = clinician
        self._number: int | None = None
        self._begun = False
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.thanks = label(tr("Thank you. That was all."), "title" if operator else "number")
        self.thanks.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.thanks.hide()
        self._layout = QtWidgets.QVBoxLayout(self)
        spaced(self._layout)
        self._layout.addWidget(self.thanks, 1)

    def showEvent(self, event: QtGui.QShowEvent) -> None:  # noqa: N802
        """Begin when it is first seen."""
        super().showEvent(event)
        if not self._begun:
            self._begun = True
            self._next()
        else:
            self.take_focus()

    def take_focus(self) -> None:
        """Give the keyboard to the question that is asked."""
        if self.form is not None:
            self.form.take_focus()

    def _next(self) -> None:
        self._drop_form()
        if not self._left:
            self.thanks.show()
            self.moved.emit()
            self.finished.emit()
            return
        self._number = None
        instrument = self._left.pop(0)
        left = None if self._drafts is None else self._drafts.read(instrument)  # by a crash
        self._ask(instrument, left)

    def _drop_form(self) -> None:
        if self.form is not None:
            self._layout.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None

    def _ask(self, instrument: Instrument, response: Response | None) -> None:
        """Show a questionnaire with the answers that there are."""
        self.form = make_form(instrument, self._operator)
        if response is not None:
            self.form.put(response)
        self.form.answered.connect(self._answered)
        self.form.finished.connect(self._finished)
        self._layout.addWidget(self.form)
        self.form.show()  # now: what is not seen cannot take the keyboard
        self.form.take_focus()
        self.moved.emit()

    def show_to(self, *, operator: bool) -> None:
        """Have somebody else read on where the one before was; see the parameter `operator`."""
        self._operator = operator
        self.thanks.setProperty("role", "title" if operator else "number")
        if self.form is not None:
            before = self.form.response
            self._drop_form()
            self._ask(before.instrument, before)

    @property
    def progress(self) -> Progress:
        """How far somebody has come."""
        if self.form is None:
            return Progress("", 0, 0, len(self._left))
        answers = self.form.response.answers
        n_answered = sum(answer is not None for answer in answers)
        title = wording(self.form.response.instrument.title)
        return Progress(title, n_answered, len(answers), len(self._left))

    def keep_draft(self) -> None:
        """Keep the answers to the questionnaire that is not over."""
        if self.form is not None and self._drafts is not None:
            self._drafts.keep(self.form.response)

    def _settle(self, response: Response) -> None:
        """Forget the draft: the answers are kept, or there are none."""
        self._keeping.stop()
        if self._drafts is not None:
            self._drafts.forget(response.instrument)

    def _answered(self, response: Response) -> None:
        """Keep at once what raises a prompt, and what is changed of that afterwards."""
        self._keeping.changed()
        self.moved.emit()
        if response.safety is not None or self._number is not None:
            self._keep(response)

    def _finished(self, response: Response) -> None:
        if all(answer is None for answer in response.answers):  # nobody answered: nothing to keep
            self._settle(response)
            self._next()
            return
        kept = self._keep(response)
        if kept is not None:
            self._settle(response)
            self._raise(kept, self._next)

    def leave(self, then: Callable[[], object]) -> None:
        """Stop here: keep what was answered, raise what must be read, and go on elsewhere.

        Parameters
        ----------
        then : callable
            Called when that is done; not at all where the answers cannot be kept, which is said.
        """
        response = None if self.form is None else self.form.response
        if response is None or all(answer is None for answer in response.answers):
            then()
        elif (kept := self._keep(response)) is not None:
            self._settle(response)
            if kept.waiting is not None:
                self._number = None  # what is acknowledged stays; going on makes another of it
            self._raise(kept, then)

    def _raise(self, kept: Kept, then: Callable[[], object]) -> None:
        waiting = [] if kept.waiting is None else [kept.waiting]
        raise_prompts(waiting, self._store, self._clinician or self.window(), then)

    def _keep(self, response: Response) -> Kept | None:
        assert self.form is not None
        try:
            kept = self._store.keep(self._participant, response, self._timing, self._number)
        except UserError as error:
            self.form.say(message_of(error))
            return None
        self._number = kept.number
        return kept


def make_form(instrument: Instrument, operator: bool) -> Form:
    """Return the form for a questionnaire; see `ScalesPage` for `operator`."""
    kind = SlidersForm if is_lines(instrument) else ScaleForm
    return kind(instrument, large=not operator, scored=operator)
