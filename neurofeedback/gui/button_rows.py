"""Buttons in as few rows as there is room for.

Responsible for dividing them into rows of equal length. Not responsible for what they do.
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets
from neurofeedback.gui.theme import current


class ButtonRows(QtWidgets.QWidget):
    """A row of buttons that becomes several where it is too narrow.

    Parameters
    ----------
    buttons : sequence of QAbstractButton
        In order.
    from_right : bool
        Whether they stand at the right, as those that lead on from a page.
    """

    def __init__(
        self, buttons: Sequence[QtWidgets.QAbstractButton], *, from_right: bool = False
    ) -> None:
        super().__init__()
        self._buttons, self._from_right = list(buttons), from_right
        self._grid = QtWidgets.QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2 * current().unit)
        self._grid.setSizeConstraint(QtWidgets.QLayout.SizeConstraint.SetNoConstraint)
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Expanding, policy.Fixed)
        self._place(len(self._buttons))

    def arrange(self) -> None:
        """Divide the buttons anew, such as after one has got other words."""
        gap, n = self._grid.spacing(), len(self._buttons)
        in_a_row = sum(button.sizeHint().width() + gap for button in self._buttons) - gap
        if in_a_row <= self.width():
            self._place(n)
            return
        fit = max(1, (self.width() + gap) // (self._widest() + gap))
        self._place(-(-n // -(-n // fit)))

    def _place(self, beside: int) -> None:
        """Put so many of them beside each other, the last ones at the end that was wished."""
        n = len(self._buttons)
        one_row = beside >= n
        before = (-n) % beside if self._from_right and not one_row else 0
        for place, button in enumerate(self._buttons):
            row = place // beside
            column = place % beside + (before if row == (n - 1) // beside else 0)
            self._grid.addWidget(button, row, column + 1)
        for column in range(max(self._grid.columnCount(), beside + 2)):
            self._grid.setColumnStretch(column, int(1 <= column <= beside and not one_row))
        self._grid.setColumnStretch(0, int(one_row and self._from_right))
        self._grid.setColumnStretch(beside + 1, int(one_row and not self._from_right))
        self.updateGeometry()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Divide the buttons anew."""
        super().resizeEvent(event)
        self.arrange()

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return the width of the widest button, and the height of the rows there are now."""
        return QtCore.QSize(self._widest(), self._grid.sizeHint().height())

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return the size of all of them in a row, as high as they are now."""
        n = len(self._buttons)
        wide = n * self._widest() + (n - 1) * self._grid.spacing()
        return QtCore.QSize(wide, self._grid.sizeHint().height())

    def _widest(self) -> int:
        return max((button.sizeHint().width() for button in self._buttons), default=0)
