"""For safety only: what is fed back in a session of a study, after a question that is logged.

Responsible for asking who wants to see it and why, and for the small window with the numbers. Not
responsible for the log (`session.runner`), nor for what that means for the trial: `study check` and
`study status` name the session from then on.
"""

from __future__ import annotations

import math

from neurofeedback.app.states import percent
from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.style import label, spaced
from neurofeedback.session.status import Status
from neurofeedback.words.language import number, tr


class OverrideDialog(QtWidgets.QDialog):
    """Asks for name and reason; can be agreed to only with both.

    Parameters
    ----------
    parent : QWidget
    """

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Show the feedback?"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.who, self.reason = QtWidgets.QLineEdit(), QtWidgets.QLineEdit()
        self.who.setMaxLength(100)
        self.reason.setMaxLength(500)
        warning = tr(
            "Only for the participant's safety: seeing the feedback could reveal the arm. "
            "The log keeps who looked and why, and the session counts as unblinded to the operator."
        )
        layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, margin=4, gap=3)
        layout.addWidget(label(warning, wrap=True))
        for words, line in ((tr("Your name"), self.who), (tr("Reason"), self.reason)):
            line.setAccessibleName(words)
            line.textChanged.connect(self._changed)
            layout.addWidget(label(words, "muted"))
            layout.addWidget(line)
        roles = QtWidgets.QDialogButtonBox.ButtonRole
        buttons = QtWidgets.QDialogButtonBox()
        self.agree = buttons.addButton(tr("Show and log"), roles.AcceptRole)
        stay = buttons.addButton(tr("Stay blinded (Esc)"), roles.RejectRole)
        stay.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self._changed()

    def _changed(self) -> None:
        self.agree.setEnabled(bool(self.who.text().strip() and self.reason.text().strip()))


class FeedbackWindow(QtWidgets.QDialog):
    """Shows value, threshold, reward rate and rewards as they are now.

    Parameters
    ----------
    parent : QWidget
    feature : str
        Name of what is fed back.
    """

    def __init__(self, parent: QtWidgets.QWidget, feature: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Feedback, unblinded"))
        form = QtWidgets.QFormLayout(self)
        self.value, self.threshold = label("\u2013"), label("\u2013")
        self.rate, self.rewards = label("\u2013"), label("\u2013")
        for words, shown in (
            (feature, self.value), (tr("Threshold"), self.threshold),
            (tr("Reward rate"), self.rate), (tr("Rewards"), self.rewards),
        ):  # fmt: skip
            shown.setAccessibleName(words)
            form.addRow(words, shown)

    def show_now(self, status: Status, frame: FeedbackFrame | None) -> None:
        """Take over what is fed back now."""
        if frame is not None:
            for shown, value in ((self.value, frame.feature), (self.threshold, frame.threshold)):
                shown.setText(number(value, "+.3f") if math.isfinite(value) else "\u2013")
        self.rate.setText(percent(status.progress.success_rate))
        self.rewards.setText("\u2013" if status.rewards is None else str(status.rewards))
