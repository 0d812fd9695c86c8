"""How hard it is now: the target rate, a step easier or harder, and one step back.

Responsible for the buttons, for what they ask of the session, and for the rule in words. Not
responsible for the threshold (`protocols.run.threshold`): each step is a command, which the session
logs and `verify` repeats.
"""

from __future__ import annotations

from collections.abc import Mapping

from neurofeedback.app.states import percent
from neurofeedback.gui._qt import Qt, QtGui, QtWidgets, Signal
from neurofeedback.gui.steering import Steering
from neurofeedback.gui.style import spaced, tip
from neurofeedback.gui.theme import current
from neurofeedback.protocols.commands import RANGES, Command, CommandName
from neurofeedback.session.status import ENDED, Status
from neurofeedback.words.language import tr

STEP = 0.05
SIDE = 32  # px
SYMBOLS = {"harder": "\u2212", "easier": "+", "easier-back": "\u21a9"}


class TargetSteps:
    """The targets that were asked for in a session, so that the last step can be taken back."""

    def __init__(self) -> None:
        self._before: list[float] = []
        self._asked: float | None = None  # not confirmed yet

    @property
    def can_go_back(self) -> bool:
        """Whether a step can be taken back."""
        return bool(self._before)

    def confirm(self, target: float | None) -> None:
        """Take over what the session aims at now."""
        if target == self._asked:
            self._asked = None

    def drop(self) -> None:
        """Forget what was asked for and came to nothing."""
        if self._asked is not None and self._before:
            self._before.pop()
        self._asked = None

    def step(self, target: float, by: float) -> float | None:
        """Return the next target, 0..1; None where there is none in this direction."""
        now = target if self._asked is None else self._asked
        low, high, _ = RANGES[CommandName.TARGET_RATE]
        wanted = round(min(max(now + by, low), high), 4)
        if wanted == round(now, 4):
            return None
        self._before.append(now)
        self._asked = wanted
        return wanted

    def back(self) -> float | None:
        """Return the target before the last step; None without one."""
        self._asked = self._before.pop() if self._before else None
        return self._asked


class Difficulty(QtWidgets.QWidget):
    """The buttons beside the reward rate.

    Parameters
    ----------
    steering : Steering
        Where commands go.
    rule : str
        Where the threshold is and what moves it, in words.

    Attributes
    ----------
    said : Signal(str)
        What was done, or why nothing was.
    """

    said = Signal(str)

    def __init__(self, steering: Steering, rule: str) -> None:
        super().__init__()
        self._steering = steering
        self.setToolTip(tip(rule))
        self._steps = TargetSteps()
        self._target: float | None = None
        self._allowed = False
        self.buttons: dict[str, QtWidgets.QToolButton] = {}
        steering.dropped.connect(lambda _: self._steps.drop())
        row = QtWidgets.QHBoxLayout(self)
        spaced(row, gap=1)
        row.addStretch(1)
        for name, symbol in SYMBOLS.items():
            button = QtWidgets.QToolButton()
            button.setText(symbol)
            button.setProperty("role", "step")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setEnabled(False)
            self.buttons[name] = button
            row.addWidget(button)

    def connect_actions(self, actions: Mapping[str, QtGui.QAction]) -> None:
        """Let each button do what the command of its name does."""
        side = current().px(SIDE)
        for name, button in self.buttons.items():
            action = actions[name]
            button.clicked.connect(action.trigger)
            button.setAccessibleName(action.text())
            button.setToolTip(action.toolTip())
            button.setMinimumSize(side, side)

    def easier(self) -> None:
        """Reward more often, by a step."""
        self._aim(STEP)

    def harder(self) -> None:
        """Reward less often, by a step."""
        self._aim(-STEP)

    def step_back(self) -> None:
        """Take the last step back."""
        before = self._steps.back() if self._allowed else None
        if before is None:
            self.said.emit(tr("There is no step to take back."))
        else:
            self._ask(before)

    def show_status(self, status: Status) -> None:
        """Take over a fresh status."""
        progress = status.progress
        self._target = progress.target_rate
        self._steps.confirm(self._target)
        self._allowed = (
            CommandName.TARGET_RATE in progress.allowed
            and self._target is not None
            and status.state not in ENDED
        )
        for name, button in self.buttons.items():
            back = name == "easier-back"
            button.setEnabled(self._allowed and (not back or self._steps.can_go_back))

    def _aim(self, by: float) -> None:
        if not self._allowed or self._target is None:
            self.said.emit(tr("not available now"))
            return
        wanted = self._steps.step(self._target, by)
        if wanted is None:
            self.said.emit(tr("The target rate is at its limit."))
        else:
            self._ask(wanted)

    def _ask(self, target: float) -> None:
        if self._steering.ask(Command(CommandName.TARGET_RATE, target)):
            self.said.emit(tr("target rate {share}", share=percent(target)))
