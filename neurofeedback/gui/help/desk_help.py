"""The desk's own help: guide, keys, About, and a first session that is led through.

Responsible for the actions and for opening these, and for terms being explained. Not responsible
for what they show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.desk.steps import RECORDING
from neurofeedback.gui.help.places import place_of
from neurofeedback.gui.help.terms import TermTips
from neurofeedback.gui.operator.actions import KeysDialog, desk_rows
from neurofeedback.words.language import tr

if TYPE_CHECKING:
    from neurofeedback.gui.desk.window import Desk
    from neurofeedback.gui.help.guide import GuideWindow


class DeskHelp(QtCore.QObject):
    """What helps at the desk.

    Parameters
    ----------
    desk : Desk
        Owner; gets the keys.

    Attributes
    ----------
    action : QAction
        Opens the guide, F1.
    guide : GuideWindow or None
        While it is open.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self.guide: GuideWindow | None = None
        self.action = self._action(tr("Help"), "F1", self.open_guide)
        desk.addAction(self._action(tr("Keys"), "Shift+F1", self.open_keys))
        self._tips = TermTips(self)

    def _action(self, text: str, key: str, do: Callable[[], object]) -> QtGui.QAction:
        action = QtGui.QAction(text, self._desk)
        action.setShortcut(QtGui.QKeySequence(key))
        action.triggered.connect(lambda _=False: do())
        return action

    def open_guide(self) -> None:
        """Show the guide at the page one is on."""
        from neurofeedback.gui.help.guide import GuideWindow

        if self.guide is None:
            self.guide = GuideWindow(
                self._desk,
                [
                    (tr("Demonstration"), self.demonstrate),
                    (tr("All keys  (Shift+F1)"), self.open_keys),
                    (tr("About\u2026"), self.open_about),
                ],
            )
            self.guide.finished.connect(self._forget_guide)
            self.guide.show()
        self.guide.show_place(place_of(self._desk.visit.trail.step, self._desk.pages.aside))
        self.guide.raise_()
        self.guide.activateWindow()

    def _forget_guide(self) -> None:
        self.guide = None

    def demonstrate(self) -> None:
        """Lead through a session of the synthetic participant, from the first step."""
        if self._desk.visit.trail.step in RECORDING:
            return
        if self.guide is not None:
            self.guide.close()
        self._desk.pages.leave_asides()
        self._desk.pages.leave_passing(self._begin_demonstration)

    def _begin_demonstration(self) -> None:
        preparation = self._desk.preparation
        preparation.stop_check()
        preparation.begin_anew()
        preparation.demonstrate()

    def open_keys(self) -> None:
        """List all keys."""
        KeysDialog(self._desk, desk_rows()).open()

    def open_about(self) -> None:
        """Tell versions and licences."""
        from neurofeedback.gui.help.about import AboutDialog

        AboutDialog(self._desk).open()
