"""Small painted widgets of the operator's window.

Responsible for cards, labels, the state banner, the reward-rate bar and a small copy of the
participant's picture. Not responsible for deciding what they show. The block strip and the legend
have modules of their own.

Longer than most modules: several small widgets, each a few lines of painting.
"""

from __future__ import annotations

import math

from neurofeedback.app.states import percent
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.icons import paint_symbol
from neurofeedback.gui.look import look
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes import make_scene
from neurofeedback.gui.participant.stage import Stage
from neurofeedback.gui.style import label, spaced, tip
from neurofeedback.gui.theme import current
from neurofeedback.gui.typeface import emphasise
from neurofeedback.words.language import tr
from neurofeedback.words.plain import plain

MOST_LINES = 4  # of an alarm


class Card(QtWidgets.QFrame):
    """A titled surface that groups what belongs together.

    Parameters
    ----------
    heading : str
        Its title.
    """

    def __init__(self, heading: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.body = QtWidgets.QVBoxLayout(self)
        spaced(self.body, margin=3, gap=1)
        self.heading = label(heading, "heading")
        self.body.addWidget(self.heading)

    def add(self, *widgets: QtWidgets.QWidget) -> None:
        """Add widgets below each other."""
        for widget in widgets:
            self.body.addWidget(widget)


class _Least(QtWidgets.QWidget):
    """Holds a page; asks for no more height than the page needs at least."""

    def __init__(self, content: QtWidgets.QWidget) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._box = QtWidgets.QVBoxLayout(self)
        spaced(self._box)
        self._box.addWidget(content)

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """Return the least height, in which every line of words is seen."""
        return self._box.minimumHeightForWidth(width)


class Scroll(QtWidgets.QScrollArea):
    """A page that is scrolled where it does not fit; nothing of it is cut.

    Parameters
    ----------
    content : QWidget
        Takes the whole room, and no less than it needs.
    """

    def __init__(self, content: QtWidgets.QWidget) -> None:
        super().__init__()
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._take_keys)
        holder = _Least(content)
        self.setWidget(holder)
        self.viewport().setAutoFillBackground(False)
        holder.setAutoFillBackground(False)

    def _take_keys(self, _: int, most: int) -> None:
        """Be reached by Tab, so that arrows scroll, while there is something to scroll to."""
        policy = Qt.FocusPolicy
        self.setFocusPolicy(policy.TabFocus if most > 0 else policy.NoFocus)


class LongLabel(QtWidgets.QLabel):
    """A label of one line that shows as much as fits, and all of it in its tooltip.

    Parameters
    ----------
    text : str
    role : str
        See `style.label`.
    mode : TextElideMode
        Where it is cut.
    """

    def __init__(
        self, text: str, role: str, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight
    ) -> None:
        super().__init__(plain(text))
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setToolTip(tip(text))
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Maximum, policy.Fixed)

    def tell(self, text: str) -> None:
        """Show another text."""
        self.setText(plain(text))
        self.setToolTip(tip(text))

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return the size of a few words: it may shrink to that."""
        width = min(current().px(110), self.sizeHint().width())
        return QtCore.QSize(width, super().minimumSizeHint().height())

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the text, cut with an ellipsis where it is too long."""
        painter = QtGui.QPainter(self)
        shown = painter.fontMetrics().elidedText(self.text(), self._mode, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class Combo(QtWidgets.QComboBox):
    """A drop-down list whose arrow is painted in the theme's colours."""

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the arrow over the styled box."""
        super().paintEvent(event)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtGui.QPen(QtGui.QColor(current().palette.muted), 1.6))
        x, y = self.width() - 16.0, self.height() / 2 - 2
        corners = [QtCore.QPointF(x + dx, y + dy) for dx, dy in ((-4, 0), (0, 4), (4, 0))]
        painter.drawPolyline(QtGui.QPolygonF(corners))
        painter.end()


class Check(QtWidgets.QCheckBox):
    """A check box whose tick is painted in the theme's colours."""

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the tick over the filled box."""
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QtWidgets.QStyleOptionButton()
        self.initStyleOption(option)
        part = QtWidgets.QStyle.SubElement.SE_CheckBoxIndicator
        box = QtCore.QRectF(self.style().subElementRect(part, option, self))
        painter = QtGui.QPainter(self)
        paint_symbol(painter, "good", box.adjusted(2, 2, -2, -2), current().palette.on_accent)
        painter.end()


class StateBanner(QtWidgets.QWidget):
    """Says how the signal is: symbol, word and colour together. An alarm takes several lines.

    Attributes
    ----------
    text, kind : str
        What is shown; see `tell`.
    alarmed : Signal()
        Another alarm is shown than before; that its seconds count on makes it no other.
    """

    alarmed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.kind = ""
        self._alarm = self._more = ""
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Expanding, policy.Fixed)
        self.setAccessibleName(tr("Signal state"))
        look().changed.connect(self._fit)
        self.tell("good", "")

    def sizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return room for the lines it takes at its width."""
        room = current().px(22) + 14
        n = len(self.lines()) if self.kind == "alarm" else 1
        return QtCore.QSize(240, room + (n - 1) * QtGui.QFontMetrics(self._font()).lineSpacing())

    def minimumSizeHint(self) -> QtCore.QSize:  # noqa: N802
        """Return the same: none of its lines is given up."""
        return QtCore.QSize(0, self.sizeHint().height())

    def tell(self, kind: str, text: str, full: str = "", more: str = "") -> None:
        """Show a state.

        Parameters
        ----------
        kind : {'good', 'pause', 'caution', 'alarm'}
            Decides symbol and colour; an alarm fills the whole banner and is read out.
        text : str
            The words.
        full : str
            For the tooltip, if it is not the same.
        more : str
            What may be cut: it makes an alarm no higher than two lines.
        """
        if (kind, text, more) == (self.kind, self.text, self._more):
            return
        self.kind, self.text, self._more = kind, text, more
        self.setAccessibleDescription(full or text)
        self.setToolTip(tip(full or text))
        self._fit()
        before, self._alarm = self._alarm, _without_numbers(text) if kind == "alarm" else ""
        if self._alarm and self._alarm != before:
            said = QtGui.QAccessibleAnnouncementEvent(self, full or text)
            QtGui.QAccessible.updateAccessibility(said)
            self.alarmed.emit()

    def lines(self) -> list[str]:
        """Return what is painted: the words in lines, the last one cut if it must be."""
        width = max(1, int(self._words().width()))
        if self.kind != "alarm":
            return wrapped(self.text, self._font(), width, 1)
        least = len(wrapped(self.text, self._font(), width, MOST_LINES))
        return wrapped(f"{self.text} {self._more}".strip(), self._font(), width, max(2, least))

    def _fit(self) -> None:
        self.updateGeometry()
        self.update()

    def _font(self) -> QtGui.QFont:
        font = QtGui.QFont(self.font())
        filled = self.kind == "alarm"
        font.setPixelSize(current().title if filled else current().body + 1)
        emphasise(font, filled)
        return font

    def _words(self) -> QtCore.QRectF:
        """Return where the words stand."""
        return QtCore.QRectF(self.rect()).adjusted(24 + current().px(18), 0, -12, 0)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:  # noqa: N802
        """Take the lines it needs at the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint surface, symbol and words."""
        theme = current()
        palette = theme.palette
        colour = {"good": palette.good, "alarm": palette.alarm}.get(self.kind, palette.caution)
        filled = self.kind == "alarm"
        surface = colour if filled else palette.panel
        symbol = {"caution": "pause"}.get(self.kind, self.kind)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(surface))
        area = QtCore.QRectF(self.rect())
        painter.drawRoundedRect(area, theme.radius, theme.radius)
        side = theme.px(18)
        box = QtCore.QRectF(12, (area.height() - side) / 2, side, side)
        paint_symbol(painter, symbol, box, palette.on_accent if filled else colour, surface)
        painter.setFont(self._font())
        painter.setPen(QtGui.QColor(palette.on_accent if filled else palette.text))
        words = "\n".join(self.lines())
        painter.drawText(self._words(), Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()


def wrapped(text: str, font: QtGui.QFont, width: int, most: int) -> list[str]:
    """Return a text in lines of a width in pixels, `most` at most; the last one is cut then."""
    layout = QtGui.QTextLayout(text, font)
    option = QtGui.QTextOption()
    option.setWrapMode(QtGui.QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    starts: list[int] = []
    while len(starts) < most and (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        starts.append(line.textStart())
    layout.endLayout()
    if not starts:
        return [""]
    whole = [text[a:b].strip() for a, b in zip(starts, starts[1:], strict=False)]
    metrics = QtGui.QFontMetrics(font)
    last = metrics.elidedText(text[starts[-1] :], Qt.TextElideMode.ElideRight, width)
    return [*whole, last]


def _without_numbers(text: str) -> str:
    return "".join(letter for letter in text if not letter.isdigit())


class RateBar(QtWidgets.QWidget):
    """A share 0..1 as a bar, with a mark at its target.

    Parameters
    ----------
    target : float or None
        Target, 0..1; None for no mark.
    """

    def __init__(self, target: float | None) -> None:
        super().__init__()
        self._target = target
        self._share = math.nan
        self.setFixedHeight(18)
        self.setAccessibleName(tr("Reward rate"))

    def show_share(self, share: float, target: float | None) -> None:
        """Show a share, 0..1, NaN for none, and the target as it is now."""
        if (share, target) != (self._share, self._target):
            self._share, self._target = share, target
            self.setAccessibleDescription(percent(share))
            self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the bar and a notch at the target."""
        palette = current().palette
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QtCore.QRectF(0, 5, self.width(), 8)
        painter.setBrush(QtGui.QColor(palette.raised))
        painter.drawRoundedRect(bar, 4, 4)
        if math.isfinite(self._share) and self._share > 0:
            painter.setBrush(QtGui.QColor(palette.good))
            filled = QtCore.QRectF(0, 5, max(8.0, bar.width() * min(self._share, 1.0)), 8)
            painter.drawRoundedRect(filled, 4, 4)
        if self._target is not None:
            at = bar.width() * self._target
            painter.setBrush(QtGui.QColor(palette.text))
            painter.drawRect(QtCore.QRectF(at - 1, 1, 2, 16))
        painter.end()


class Preview(QtWidgets.QWidget):
    """A small copy of what the participant sees."""

    def __init__(self, scene: str) -> None:
        super().__init__()
        self._picture: Picture | None = None
        self._stage = Stage(make_scene(scene))
        self.setAccessibleName(tr("What the participant sees"))
        self.setToolTip(
            tr("What the participant sees. F11 shows it full screen, D shows the next scene.")
        )

    def show_picture(self, picture: Picture) -> None:
        """Take over the participant's picture."""
        if picture != self._picture:
            self._picture = picture
            self.update()

    def show_scene(self, name: str) -> None:
        """Show another scene from now on."""
        self._stage = Stage(make_scene(name))
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint the picture."""
        if self._picture is not None:
            painter = QtGui.QPainter(self)
            self._stage.paint(painter, self.rect(), self.rect(), self._picture)
            painter.end()
