"""Where the operator's panels stand: side by side, or one below the other where there is less room.

Responsible for the layout of the operator's window at every size of window and text; what does not
fit is scrolled to, never cut. Not responsible for what the panels show (`gui.operator.window`).
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtGui, QtWidgets
from neurofeedback.gui.look import look
from neurofeedback.gui.operator.electrodes import ElectrodeCard
from neurofeedback.gui.operator.side_panel import SidePanel
from neurofeedback.gui.operator.traces_panel import TracesPanel
from neurofeedback.gui.operator.trend_panel import TrendPanel
from neurofeedback.gui.style import label, spaced
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import LongLabel, Scroll
from neurofeedback.words.language import tr

WIDE, HIGH = 1040, 560  # side by side from this width on; the header in full from this height on
ELECTRODES_WIDTH = 320
SCROLL_KEYS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
SCROLL_STEP = 60

_Direction = QtWidgets.QBoxLayout.Direction


class Header(QtWidgets.QWidget):
    """Protocol, stream, blocks, and the current block with its clock.

    Parameters
    ----------
    title, stream : str
        What the protocol and the stream are called.
    strip : QWidget
        The blocks.
    """

    def __init__(self, title: str, stream: str, strip: QtWidgets.QWidget) -> None:
        super().__init__()
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        self._names = _column(left, LongLabel(title, "title"), LongLabel(stream, "muted"))
        self.block, self.note = label("", "title"), label("", "muted")
        self.clock = label("", "clock")
        self.clock.setAlignment(right | Qt.AlignmentFlag.AlignVCenter)
        row = QtWidgets.QHBoxLayout(self)
        spaced(row, gap=6)
        row.addWidget(self._names)
        row.addWidget(strip, 1)
        row.addWidget(_column(right, self.block, self.note))
        row.addWidget(self.clock)

    def fit(self, *, roomy: bool) -> None:
        """Show everything, or leave out what the window's title says as well."""
        self._names.setVisible(roomy)
        self.note.setVisible(roomy)
        self.clock.setMinimumWidth(self.clock.fontMetrics().horizontalAdvance("0") * 8)


class OperatorPage(QtWidgets.QWidget):
    """All panels of the operator's window.

    Parameters
    ----------
    header : Header
    banner, offers : QWidget
        Always in sight.
    traces : TracesPanel
    trend : TrendPanel
    electrodes, electrodes_page : ElectrodeCard
        Beside the trend; in place of the traces.
    scalp, spectrum : QWidget
        In place of the electrodes beside the trend.
    side : SidePanel
        Its buttons stand below everything, always in sight, where there is room.

    Attributes
    ----------
    upper : QStackedWidget
        Traces or electrodes.
    corner : QStackedWidget
        Beside the trend: electrodes, map or spectrum.
    """

    def __init__(
        self,
        header: Header,
        banner: QtWidgets.QWidget,
        offers: QtWidgets.QWidget,
        traces: TracesPanel,
        trend: TrendPanel,
        electrodes: ElectrodeCard,
        electrodes_page: ElectrodeCard,
        scalp: QtWidgets.QWidget,
        spectrum: QtWidgets.QWidget,
        side: SidePanel,
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Session"))
        self._header, self._side = header, side
        self.upper = QtWidgets.QStackedWidget()
        self.upper.addWidget(traces)
        self.upper.addWidget(electrodes_page)
        self._lower = QtWidgets.QWidget()
        self._beside = QtWidgets.QBoxLayout(_Direction.LeftToRight, self._lower)
        spaced(self._beside, gap=3)
        self._beside.addWidget(trend, 1)
        self.corner = QtWidgets.QStackedWidget()
        for card in (electrodes, scalp, spectrum):
            self.corner.addWidget(card)
        self._beside.addWidget(self.corner)
        self._body = QtWidgets.QWidget()
        self._columns = QtWidgets.QBoxLayout(_Direction.LeftToRight, self._body)
        spaced(self._columns, gap=3)
        self._columns.addWidget(self._plots(), 1)
        self._columns.addWidget(side)
        self.panels = Scroll(self._body)
        layout = QtWidgets.QVBoxLayout(self)
        spaced(layout, margin=3, gap=2)
        layout.addWidget(header)
        layout.addWidget(banner)
        layout.addWidget(offers)
        layout.addWidget(self.panels, 1)
        layout.addWidget(side.commands)
        look().changed.connect(self.fit)
        self.fit()

    def _plots(self) -> QtWidgets.QSplitter:
        self._splitter = QtWidgets.QSplitter(Qt.Orientation.Vertical)
        self._splitter.addWidget(self.upper)
        self._splitter.addWidget(self._lower)
        self._splitter.setSizes([620, 380])
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(10)
        return self._splitter

    @property
    def wide(self) -> bool:
        """Whether there is room for the panels side by side."""
        return self.width() >= current().px(WIDE)

    def fit(self) -> None:
        """Lay out for the size of window and text there is."""
        theme, wide = current(), self.wide
        self._header.fit(roomy=wide and self.height() >= theme.px(HIGH))
        direction = _Direction.LeftToRight if wide else _Direction.TopToBottom
        self._columns.setDirection(direction)
        self._beside.setDirection(direction)
        least = theme.px(ELECTRODES_WIDTH) if wide else 0
        self.corner.setMinimumWidth(least)
        self.corner.setMaximumWidth(least if wide else 2 * theme.px(WIDE))
        room = self.width() - 8 * theme.unit
        self._side.fit(room, stacked=not wide)
        commands, column = self._side.commands, self.layout()
        assert isinstance(column, QtWidgets.QBoxLayout)
        inside = self._columns.indexOf(commands) == 0
        if wide and inside:
            column.addWidget(commands)
        elif not wide and not inside:
            self._columns.insertWidget(0, commands)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Lay out anew."""
        super().resizeEvent(event)
        self.fit()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Up and down scroll where not everything fits."""
        bar = self.panels.verticalScrollBar()
        step = SCROLL_KEYS.get(Qt.Key(event.key()), 0)
        if step and bar.maximum() > 0:
            bar.setValue(bar.value() + step * current().px(SCROLL_STEP))
        else:
            super().keyPressEvent(event)


def _column(align: Qt.AlignmentFlag, *labels: QtWidgets.QLabel) -> QtWidgets.QWidget:
    made = QtWidgets.QWidget()
    column = QtWidgets.QVBoxLayout(made)
    spaced(column)
    for shown in labels:
        column.addWidget(shown, 0, align)
    return made
