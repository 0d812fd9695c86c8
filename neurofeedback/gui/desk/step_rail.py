"""The steps of a session in a row: where one is, what is done, what one may go back to.

Responsible for painting the steps and for reporting which was asked for. Not responsible for their
order (`gui.desk.steps`).
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.desk.steps import STEPS, Step, StepTrail
from neurofeedback.gui.theme import current
from neurofeedback.gui.typeface import emphasise
from neurofeedback.words.language import tr


def titles() -> dict[Step, str]:
    """Return the name of each step."""
    return {
        Step.PARTICIPANT: tr("Participant"),
        Step.PROTOCOL: tr("Protocol"),
        Step.STREAM: tr("Stream"),
        Step.CHECK: tr("Signal check"),
        Step.BASELINE: tr("Baseline"),
        Step.THRESHOLD: tr("Threshold"),
        Step.ROUNDS: tr("Rounds"),
        Step.DEBRIEF: tr("Debrief"),
        Step.SUMMARY: tr("Summary"),
    }


class StepRail(QtWidgets.QWidget):
    """All steps in a row; where there is no room for their names, that of the current one.

    Attributes
    ----------
    asked : Signal(Step)
        A step was clicked.
    """

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._trail = StepTrail()
        self._folded = False
        self._titles = titles()
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Expanding, policy.Fixed)
        self.setAccessibleName(tr("Steps of the session"))
        self.show_trail(self._trail)

    def show_trail(self, trail: StepTrail) -> None:
        """Take over where one is."""
        self._trail = trail
        at, total = STEPS.index(trail.step) + 1, len(STEPS)
        words = tr("Step {at} of {total}: {title}", at=at, total=total, title=self.title())
        self.setAccessibleDescription(words)
        self.update()

    def fold(self, folded: bool) -> None:
        """Show the current step alone, or all of them again."""
        if folded is not self._folded:
            self._folded = folded
            policy = QtWidgets.QSizePolicy.Policy
            self.setSizePolicy(policy.Fixed if folded else policy.Expanding, policy.Fixed)
            self.updateGeometry()
            self.update()

    def title(self) -> str:
        """Return the name of the current step."""
        return self._titles[self._trail.step]

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return room for circles and names in one line, or for the current step."""
        high = current().px(34)
        if not self._folded:
            return QtCore.QSize(current().px(620), high)
        words = QtGui.QFontMetrics(self._font(bold=True)).horizontalAdvance(self.title())
        return QtCore.QSize(high + current().px(10) + words, high)

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return the least room: circles, and the name of the current step."""
        if self._folded:
            return self.sizeHint()
        return QtCore.QSize(current().px(300), self.sizeHint().height())

    def _cells(self) -> list[tuple[Step, QtCore.QRect, bool]]:
        """Return each step with its area, and whether its name is shown."""
        metrics = QtGui.QFontMetrics(self._font(bold=True))
        side, gap = current().px(26), current().px(10)
        if self._folded:
            return [(self._trail.step, QtCore.QRect(0, 4, self.width(), side), True)]
        widths = {
            step: side + gap + metrics.horizontalAdvance(self._titles[step]) for step in STEPS
        }
        whole = sum(widths.values()) + 2 * gap * len(STEPS) <= self.width()
        named = {step: whole or step is self._trail.step for step in STEPS}
        room = self.width() - sum(widths[step] if named[step] else side for step in STEPS)
        space = min(room // max(len(STEPS) - 1, 1), 3 * gap)
        cells, x = [], 0
        for step in STEPS:
            width = widths[step] if named[step] else side
            cells.append((step, QtCore.QRect(x, 4, width, side), named[step]))
            x += width + space
        return cells

    def _font(self, *, bold: bool) -> QtGui.QFont:
        font = QtGui.QFont(self.font())
        font.setPixelSize(current().body)
        emphasise(font, bold)
        return font

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint circles with numbers (a tick where a step is done) and names."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        before: QtCore.QRect | None = None
        for step, area, named in self._cells():
            if before is not None:
                painter.setPen(QtGui.QPen(QtGui.QColor(current().palette.line), 1))
                y = area.center().y()
                painter.drawLine(before.right() + 6, y, area.left() - 6, y)
            self._paint_step(painter, step, area, named)
            before = area
        painter.end()

    def _paint_step(
        self, painter: QtGui.QPainter, step: Step, area: QtCore.QRect, named: bool
    ) -> None:
        palette = current().palette
        here = step is self._trail.step
        done = STEPS.index(step) < STEPS.index(self._trail.step)
        circle = QtCore.QRectF(
            area.left() + 1, area.top() + 1, area.height() - 2, area.height() - 2
        )
        painter.setPen(QtGui.QPen(QtGui.QColor(palette.focus if here else palette.muted), 1.5))
        painter.setBrush(QtGui.QColor(palette.focus) if here else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(circle)
        painter.setFont(self._font(bold=here))
        painter.setPen(QtGui.QColor(palette.on_accent if here else palette.text))
        mark = "\u2713" if done else str(STEPS.index(step) + 1)
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, mark)
        if named:
            painter.setPen(QtGui.QColor(palette.text if here or done else palette.muted))
            words = area.adjusted(area.height() + current().px(6), 0, current().px(6), 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._titles[step])

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:  # noqa: N802
        """Ask for the step that was clicked."""
        for step, area, _ in self._cells():
            if area.contains(event.position().toPoint()):
                self.asked.emit(step)
