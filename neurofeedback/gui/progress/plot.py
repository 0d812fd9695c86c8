"""A number over a course of sessions: points by day, noise band, straight line.

Responsible for painting it with any painter, so that screen and paper show the same. Not
responsible for the numbers (`app.progress`) nor for the sentences beside them
(`app.progress_text`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from neurofeedback.app.progress import Series
from neurofeedback.app.progress_text import title, verdict
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.look import look
from neurofeedback.gui.summary.scale import Scale, tick_step, tick_words
from neurofeedback.gui.theme import Palette, current, mix
from neurofeedback.words.language import tr, with_point

DAYS = (1, 2, 7, 14, 28, 56, 91, 182, 364)  # from one date below the plot to the next
MANY = 12  # points from which they are not joined by a line, for the band to be seen


def paint_series(
    painter: QtGui.QPainter,
    box: QtCore.QRectF,
    series: Series,
    span: tuple[datetime, datetime],
    palette: Palette,
    letters: float,
) -> None:
    """Paint a series.

    Parameters
    ----------
    painter : QPainter
    box : QRectF
        The room for it.
    series : Series
        With at least one point.
    span : (datetime, datetime)
        The days that all plots of a page show.
    palette : Palette
    letters : float
        Size of the words, px.
    """
    painter.save()
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    font = QtGui.QFont(painter.font())
    font.setPixelSize(max(1, round(letters)))
    painter.setFont(font)
    _Plot(painter, box, series, span, palette, letters).paint()
    painter.restore()


class _Plot:
    """One painting."""

    def __init__(
        self,
        painter: QtGui.QPainter,
        box: QtCore.QRectF,
        series: Series,
        span: tuple[datetime, datetime],
        palette: Palette,
        letters: float,
    ) -> None:
        self._painter, self._series, self._palette = painter, series, palette
        self._px = letters
        self._low, self._high = _range(series)
        self._step = tick_step(self._low, self._high)
        metrics = QtGui.QFontMetricsF(painter.font())
        self._line = metrics.height()
        labels = [tick_words(tick, self._step) for tick in self._ticks()]
        left = max(map(metrics.horizontalAdvance, labels), default=0.0) + 0.8 * letters
        last = metrics.horizontalAdvance("88.88.") / 2
        self._area = box.adjusted(left, 0.6 * self._line, -last, -1.3 * self._line)
        first, until = (moment.timestamp() for moment in span)
        room = 0.03 * max(until - first, 86400.0)
        self._x = Scale(first - room, until + room, self._area.left(), self._area.right())
        self._y = Scale(self._low, self._high, self._area.bottom(), self._area.top())

    def paint(self) -> None:
        self._painter.fillRect(self._area, QtGui.QColor(self._palette.field))
        self._band()
        self._values()
        self._days()
        self._trend()
        self._points()

    def _ticks(self) -> list[float]:
        return Scale(self._low, self._high, 0.0, 1.0).ticks(self._step)

    def _band(self) -> None:
        band = self._series.band
        if band is None:
            return
        low, high = (self._y.at(min(max(v, self._low), self._high)) for v in band)
        area = QtCore.QRectF(self._area.left(), high, self._area.width(), low - high)
        tint = mix(self._palette.field, self._palette.muted, 0.22)
        self._painter.fillRect(area, QtGui.QColor(tint))

    def _values(self) -> None:
        for tick in self._ticks():
            y = self._y.at(tick)
            self._painter.setPen(self._pen(mix(self._palette.field, self._palette.line, 0.6), 0.6))
            self._painter.drawLine(
                QtCore.QPointF(self._area.left(), y), QtCore.QPointF(self._area.right(), y)
            )
            box = QtCore.QRectF(0, y - self._line / 2, self._area.left() - 0.4 * self._px,
                                self._line)  # fmt: skip
            box.setLeft(self._area.left() - 12 * self._px)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            self._words(box, tick_words(tick, self._step), flags)

    def _days(self) -> None:
        first = datetime.fromtimestamp(self._x.low, UTC).astimezone().date() + timedelta(days=1)
        last = datetime.fromtimestamp(self._x.high, UTC).astimezone().date()
        width = QtGui.QFontMetricsF(self._painter.font()).horizontalAdvance("88.88.") * 1.5
        n_most = max(1, int(self._area.width() / width))
        days = max((last - first).days, 0)
        step = next((d for d in DAYS if days / d <= n_most), DAYS[-1])
        for offset in range(0, days + 1, step):
            day = first + timedelta(days=offset)
            x = self._x.at(datetime(day.year, day.month, day.day).astimezone().timestamp())
            if not self._area.left() <= x <= self._area.right():
                continue
            self._painter.setPen(self._pen(self._palette.line))
            self._painter.drawLine(
                QtCore.QPointF(x, self._area.bottom()),
                QtCore.QPointF(x, self._area.bottom() + 0.3 * self._px),
            )
            box = QtCore.QRectF(x - width / 2, self._area.bottom() + 0.3 * self._px, width,
                                self._line)  # fmt: skip
            self._words(box, day_words(day), Qt.AlignmentFlag.AlignCenter)

    def _trend(self) -> None:
        """Draw the straight line through the sessions, where it is more than noise."""
        trend, points = self._series.trend, self._series.points
        if trend is None or trend.sign == 0 or self._series.key == "success":
            return
        mean = sum(p.value for p in points) / len(points)
        ends = ((points[0], mean - trend.change / 2), (points[-1], mean + trend.change / 2))
        pen = self._pen(self._palette.focus, 2.0)
        pen.setStyle(Qt.PenStyle.DashLine)
        self._painter.setPen(pen)
        self._painter.drawLine(*(self._at(p.when, value) for p, value in ends))

    def _points(self) -> None:
        painter, palette = self._painter, self._palette
        points = [self._at(p.when, p.value) for p in self._series.points]
        if len(points) < MANY:
            painter.setPen(self._pen(mix(palette.field, palette.text, 0.4), 0.8))
            painter.drawPolyline(QtGui.QPolygonF(points))
        for value, point in zip(self._series.points, points, strict=True):
            if value.error is not None:
                painter.setPen(self._pen(mix(palette.field, palette.text, 0.55), 1.0))
                painter.drawLine(
                    self._at(value.when, value.value - value.error),
                    self._at(value.when, value.value + value.error),
                )
            painter.setPen(self._pen(palette.field, 1.0))
            painter.setBrush(QtGui.QColor(palette.focus))
            painter.drawEllipse(point, 0.34 * self._px, 0.34 * self._px)

    def _at(self, when: datetime, value: float) -> QtCore.QPointF:
        inside = min(max(value, self._low), self._high)
        return QtCore.QPointF(self._x.at(when.timestamp()), self._y.at(inside))

    def _words(self, box: QtCore.QRectF, words: str, align: Qt.AlignmentFlag) -> None:
        self._painter.setPen(QtGui.QColor(self._palette.muted))
        self._painter.drawText(box, align, words)

    def _pen(self, colour: str, width: float = 1.0) -> QtGui.QPen:
        return QtGui.QPen(QtGui.QColor(colour), width * self._px / 12)


def day_words(day: date) -> str:
    """Write a day as short as possible, such as ``03-28``, in German ``28.03.``."""
    return tr("{month}-{day}", month=f"{day.month:02d}", day=f"{day.day:02d}")


def _range(series: Series) -> tuple[float, float]:
    """Return the vertical range: all points with nearly all of their bars, and the band."""
    values = [p.value for p in series.points]
    for point in series.points:
        if point.error is not None:
            values += [point.value - point.error, point.value + point.error]
    values += series.band or ()
    low, high = min(values), max(values)
    flat = high - low <= 1e-6 * max(abs(low), abs(high), 1e-6)
    room = (0.1 * abs(high) or 1.0) if flat else 0.08 * (high - low)
    return low - room, high + room


class SeriesPlot(QtWidgets.QWidget):
    """The plot of a series on the screen.

    Parameters
    ----------
    series : Series
    span : (datetime, datetime)
        The days it shows.
    direction : str
        Which way is trained.
    """

    def __init__(
        self, series: Series, span: tuple[datetime, datetime], direction: str = "up"
    ) -> None:
        super().__init__()
        self._series, self._span = series, span
        self.setAccessibleName(title(series))
        values = ", ".join(with_point(f"{p.value:.3g}") for p in series.points)
        self.setAccessibleDescription(f"{values}. {verdict(series, direction)}")
        self._fit()
        look().changed.connect(self._fit)

    def _fit(self) -> None:
        self.setMinimumWidth(current().px(200))
        self.setFixedHeight(current().px(120))

    def event(self, event: QtCore.QEvent) -> bool:
        """Say what a point is while the mouse is near it."""
        if isinstance(event, QtGui.QHelpEvent):
            nearest = min(
                self._series.points, key=lambda p: abs(self._place(p.when) - event.pos().x())
            )
            day = f"{nearest.when.astimezone():%Y-%m-%d}"
            value = with_point(f"{nearest.value:.3g}")
            QtWidgets.QToolTip.showText(event.globalPos(), f"{day}: {value}", self)
            return True
        return super().event(event)

    def _place(self, when: datetime) -> float:
        first, last = (moment.timestamp() for moment in self._span)
        return self.width() * (when.timestamp() - first) / max(last - first, 1.0)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint it in the colours of the theme in use."""
        painter = QtGui.QPainter(self)
        theme = current()
        box = QtCore.QRectF(self.rect())
        paint_series(painter, box, self._series, self._span, theme.palette, theme.small)
        painter.end()
