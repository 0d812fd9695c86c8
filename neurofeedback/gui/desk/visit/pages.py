"""What the desk shows: a head, the rail of steps, one page at a time, the way on, the bottom line.

Responsible for which page is on top (that of a step, one made for one use, or one beside the
steps), for the title, and for who has the keyboard. Not responsible for how one gets from step to
step: `gui.desk.visit.preparation` and `gui.desk.visit.conduct` change the visit, put their pages
here and have the step shown; nothing here calls back.
"""

from __future__ import annotations

from collections.abc import Callable

from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets
from neurofeedback.gui.desk.bottom_bar import BottomBar
from neurofeedback.gui.desk.footer import Footer
from neurofeedback.gui.desk.head import Head
from neurofeedback.gui.desk.page_guard import PageGuard
from neurofeedback.gui.desk.step_rail import StepRail
from neurofeedback.gui.desk.steps import RECORDING, Move, Step
from neurofeedback.gui.desk.visit.demonstration import hint
from neurofeedback.gui.desk.visit.visit import Visit
from neurofeedback.gui.forms.asking import AskingPage
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

WIDE = 1000  # px, at the usual size of text: room for the banner beside the step


class DeskPages(QtWidgets.QWidget):
    """Everything inside the desk's window; its title is what the window should be called.

    Parameters
    ----------
    window : QWidget
        The window; deaf for a moment after a page that comes by itself.
    visit : Visit
        Looked at whenever its step is shown.

    Attributes
    ----------
    passing : QWidget or None
        A page that is made for one use: questionnaire, debrief, summary.
    aside : QWidget or None
        A page that lies beside the steps and is shown.
    """

    def __init__(self, window: QtWidgets.QWidget, visit: Visit) -> None:
        super().__init__()
        self._visit = visit
        self.head, self.guard = Head(), PageGuard(window)
        self.rail, self.footer, self.bottom = StepRail(), Footer(), BottomBar()
        self.stack, self.hint = QtWidgets.QStackedWidget(), label("", "hint", wrap=True)
        self.passing: QtWidgets.QWidget | None = None
        self._beside_rail: QtWidgets.QWidget | None = None
        self._of_step: dict[Step, QtWidgets.QWidget] = {}
        self._asides: list[QtWidgets.QWidget] = []  # the last one is shown
        self.setWindowTitle(tr("Neurofeedback"))
        self._compose()

    def _compose(self) -> None:
        self.setObjectName("page")
        layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, margin=2, gap=2)
        self._top = QtWidgets.QBoxLayout(QtWidgets.QBoxLayout.Direction.LeftToRight)
        spaced(self._top, gap=2)
        left = QtWidgets.QHBoxLayout()
        left.addWidget(self.head)
        left.addWidget(self.rail, 1)
        left.addStretch()
        self._top.addLayout(left)
        layout.addLayout(self._top)
        self.hint.hide()
        layout.addWidget(self.hint)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.footer)
        layout.addWidget(self.bottom)
        policy = QtWidgets.QSizePolicy.Policy
        self.stack.setSizePolicy(policy.Ignored, policy.Ignored)  # pages lay out for any size

    @property
    def aside(self) -> QtWidgets.QWidget | None:
        """The page beside the steps that is shown, if one is."""
        return self._asides[-1] if self._asides else None

    # -- pages of steps -------------------------------------------------------------------------

    def put(self, page: QtWidgets.QWidget, *steps: Step) -> None:
        """Have a page for some steps."""
        self._of_step |= dict.fromkeys(steps, page)
        self.stack.addWidget(page)

    def put_beside_rail(self, widget: QtWidgets.QWidget) -> None:
        """Have a widget beside the steps, which are folded, while a session is recorded."""
        self._beside_rail = widget
        self._top.addWidget(widget, 1)

    def remove_beside_rail(self) -> None:
        """Forget the widget beside the steps, and delete it."""
        if self._beside_rail is not None:
            self._top.removeWidget(self._beside_rail)
            self._beside_rail.deleteLater()
            self._beside_rail = None

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Put what is beside the steps below them where there is no room."""
        super().resizeEvent(event)
        ways = QtWidgets.QBoxLayout.Direction
        wide = self.width() >= current().px(WIDE)
        self._top.setDirection(ways.LeftToRight if wide else ways.TopToBottom)

    def remove(self, page: QtWidgets.QWidget) -> None:
        """Forget a page, and delete it."""
        self._of_step = {step: kept for step, kept in self._of_step.items() if kept is not page}
        self.stack.removeWidget(page)
        page.deleteLater()

    def show_step(self, *, by_itself: bool = False) -> None:
        """Show the page of the visit's step.

        Parameters
        ----------
        by_itself : bool
            Whether nobody asked for it now: the window is deaf for a moment.
        """
        if by_itself:
            self.guard.begin()
        else:
            self.guard.begin_for_clicks()
        step = self._visit.trail.step
        self.rail.show_trail(self._visit.trail)
        self.rail.fold(step in RECORDING)
        if self._beside_rail is not None:
            self._beside_rail.setVisible(step in RECORDING)
        self.hint.setText(hint(step) if self._visit.demonstration else "")
        self.hint.setVisible(bool(self.hint.text()) and self.aside is None)
        page = self.passing or self._of_step.get(step)
        if page is None:
            return
        if self.aside is None:
            self._raise(page)
            named = step is not Step.PARTICIPANT  # there the page says who would be taken
            code = self._visit.participant
            self.head.show_who(code if named else "", self._visit.number)
            self._entitle(self.rail.title(), code)
        self.footer.offer(self._way_on(step), back=self._visit.trail.allows(Move.BACK))
        self.bottom.setVisible(step not in RECORDING)

    def _way_on(self, step: Step) -> str:
        words = {
            Step.PROTOCOL: tr("Continue (Enter)"),
            Step.STREAM: tr("Check the signal (Enter)")
            if self._visit.resuming is None
            else tr("Continue the session (Enter)"),
            Step.CHECK: tr("Start the session (Enter)"),
            Step.THRESHOLD: tr("Start the rounds (Enter)"),
        }
        return words.get(step, "")

    def _entitle(self, name: str, code: str = "") -> None:
        words = tr("Neurofeedback \u2013 {step}", step=name) if name else tr("Neurofeedback")
        self.setWindowTitle(words + (f" \u2013 {code}" if code else ""))

    def _raise(self, page: QtWidgets.QWidget) -> None:
        """Show a page, and give the keyboard to it or to what it asks first."""
        self.stack.setCurrentWidget(page)
        if isinstance(page, AskingPage):
            page.take_focus()
        else:
            page.setFocus()

    def trying(self, do: Callable[[], object]) -> None:
        """Do something that may be refused; a refusal is one sentence below the step."""
        self.footer.say("")
        QtWidgets.QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            do()
        except UserError as error:
            self.footer.say(message_of(error))
            self.footer.show()
        finally:
            QtWidgets.QApplication.restoreOverrideCursor()

    # -- pages made for one use -------------------------------------------------------------------

    def show_passing(self, page: QtWidgets.QWidget) -> None:
        """Show a page that is made for one use."""
        self.drop_passing()
        self.passing = page
        self.stack.addWidget(page)
        self._raise(page)

    def drop_passing(self) -> None:
        """Forget the page that is made for one use."""
        if self.passing is not None:
            self.remove(self.passing)
            self.passing = None

    def leave_passing(self, then: Callable[[], object]) -> None:
        """Leave a page that is made for one use: what was answered is kept, prompts are read."""

        def left() -> None:
            self.drop_passing()
            then()

        if isinstance(self.passing, AskingPage):
            self.passing.leave(left)
        else:
            left()

    # -- pages beside the steps -------------------------------------------------------------------

    def show_aside(
        self, page: QtWidgets.QWidget, *, by_itself: bool = False, of: SessionLayout | None = None
    ) -> None:
        """Show a page that lies beside the steps; `leave_aside` comes back to them.

        Parameters
        ----------
        page : QWidget
        by_itself : bool
            Whether nobody asked for it now.
        of : SessionLayout or None
            Which session it is about, if it is about one.
        """
        same = [shown for shown in self._asides if type(shown) is type(page)]
        if same or self._visit.trail.step in RECORDING:
            page.deleteLater()
            return
        if by_itself:
            self.guard.begin()
        if of is not None:
            self.head.show_who(of.participant, of.session)
        self._asides.append(page)
        self.stack.addWidget(page)
        self._raise_aside(page)

    def _raise_aside(self, page: QtWidgets.QWidget) -> None:
        self._raise(page)
        for shown in (self.rail, self.footer, self.hint):
            shown.hide()
        self._entitle(page.windowTitle())

    def leave_aside(self) -> None:
        """Come back to the page from which this one was opened, or to the steps."""
        if not self._asides:
            return
        self.remove(self._asides.pop())
        if self._asides:
            self._raise_aside(self._asides[-1])
            return
        self.rail.show()
        self.show_step()

    def leave_asides(self) -> None:
        """Come back to the steps, from however many pages aside."""
        while self._asides:
            self.leave_aside()
