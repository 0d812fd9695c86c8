"""About the program: versions and licences.

Responsible for showing them. Not responsible for finding them out (`app.help.components`).
"""

from __future__ import annotations

from neurofeedback.app.help.components import components
from neurofeedback.gui._qt import Qt, QtWidgets
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Scroll
from neurofeedback.words.language import tr


class AboutDialog(QtWidgets.QDialog):
    """Versions and licences of the program and of what it is made of.

    Parameters
    ----------
    parent : QWidget
    """

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        outer = QtWidgets.QVBoxLayout(self)
        spaced(outer, margin=4, gap=3)
        outer.addWidget(label("Neurofeedback", "number"))
        outer.addWidget(
            label(
                tr(
                    "EEG neurofeedback for research and practice. It is no medical device: it "
                    "neither diagnoses nor treats. It is made of these parts:"
                ),
                wrap=True,
            )
        )
        table = QtWidgets.QWidget()
        grid = QtWidgets.QGridLayout(table)
        grid.setHorizontalSpacing(6 * current().unit)
        grid.setColumnStretch(2, 1)
        head = (tr("part"), tr("version"), tr("licence"))
        rows = [(part.name, part.version, part.licence or "\u2013") for part in components()]
        for row, cells in enumerate([head, *rows]):
            for column, text in enumerate(cells):
                grid.addWidget(label(text, "muted" if row == 0 else ""), row, column)
        parts = Scroll(table)
        parts.setAccessibleName(tr("Parts of the program"))
        parts.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        outer.addWidget(parts, 1)
        close = QtWidgets.QPushButton(tr("Close (Esc)"))
        close.clicked.connect(self.accept)
        outer.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        self.resize(current().px(640), current().px(560))
        close.setFocus()
