"""The plot of a summary: the measure by 10 s and by block, with the threshold.

Responsible for painting it with any painter, so that screen and paper show the same. Not
responsible for figures (`report.summary`).

Marks differ in shape as well as in colour: dots for 10 s (hollow before an estimator was fitted),
diamonds with a bar of one standard error for blocks, a dashed line for the threshold, a dotted one
for the mean of the baseline.

Longer than most modules: one painting, whose parts share its coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.app.summary_numbers import signed, unit_words
from neurofeedback.app.summary_text import SEALED, block_names
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.look import look
from neurofeedback.gui.summary.scale import Scale, tick_step, tick_words, value_range
from neurofeedback.gui.theme import Palette, current, mix
from neurofeedback.report.summary_parts import SessionSummary
from neurofeedback.words.language import tr, with_point

_MINUTES = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0)


def paint_summary(
    painter: QtGui.QPainter,
    box: QtCore.QRectF,
    summary: SessionSummary,
    palette: Palette,
    letters: int,
) -> None:
    """Paint the plot with its legend.

    Parameters
    ----------
    painter : QPainter
    box : QRectF
        The room for it.
    summary : SessionSummary
    palette : Palette
        Its colours.
    letters : int
        Size of the words, px.
    """
    painter.save()
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    font = QtGui.QFont(painter.font())
    font.setPixelSize(letters)
    painter.setFont(font)
    _Plot(painter, box, summary, palette, letters).paint()
    painter.restore()


class _Plot:
    """One painting."""

    def __init__(
        self,
        painter: QtGui.QPainter,
        box: QtCore.QRectF,
        summary: SessionSummary,
        palette: Palette,
        letters: int,
    ) -> None:
        self._painter, self._summary, self._palette = painter, summary, palette
        self._px, self._line = letters, letters * 1.5
        measured = bool(summary.course) or any(b.mean is not None for b in summary.blocks)
        self._measured = measured and not summary.concealed
        left = letters * (5.2 if self._measured else 1.0)
        self._legend = self._legend_lines(box.width() - left) if self._measured else []
        top = self._line * (1.1 + 1.1 * len(self._legend))
        self._area = box.adjusted(left, top, -letters * 1.6, -self._line * 2.1)
        self._box = box
        self._x = Scale(0.0, max(summary.seconds, 1.0), self._area.left(), self._area.right())
        self._y = Scale(*value_range(summary), self._area.bottom(), self._area.top())
        self._stops = _stops(summary)

    def paint(self) -> None:
        self._painter.fillRect(self._area, QtGui.QColor(self._palette.field))
        self._blocks()
        self._minutes()
        if not self._measured:
            self._say_why()
            return
        self._values()
        self._explain()
        self._baseline_line()
        self._thresholds()
        self._course()
        self._means()

    def _blocks(self) -> None:
        """Tint training and baseline, and name the blocks as far as there is room."""
        painter, palette = self._painter, self._palette
        metrics = painter.fontMetrics()
        tints = {"baseline": palette.muted, "train": palette.focus, "transfer": palette.good}
        names = block_names(self._summary.blocks)
        for block, stop, name in zip(self._summary.blocks, self._stops, names, strict=True):
            if block.phase == "rest":
                continue
            span = self._span(block.start, stop)
            tint = mix(palette.field, tints.get(block.phase, palette.line), 0.13)
            painter.fillRect(span, QtGui.QColor(tint))
            box = QtCore.QRectF(span.left(), span.top() - self._line, span.width(), self._line)
            short = name.split()[-1] if name.split()[-1].isdigit() else name[:1]
            for words in (name, short):
                if metrics.horizontalAdvance(words) <= span.width() + 1:
                    self._text(box, words, Qt.AlignmentFlag.AlignCenter)
                    break

    def _minutes(self) -> None:
        painter, step = self._painter, 60.0
        room = self._area.width() / (4.5 * self._px)
        step = next(
            (m * 60 for m in _MINUTES if self._x.high / (m * 60) <= room), _MINUTES[-1] * 60
        )
        painter.setPen(self._pen(self._palette.line))
        painter.drawLine(self._area.bottomLeft(), self._area.bottomRight())
        for tick in self._x.ticks(step):
            x = self._x.at(tick)
            painter.setPen(self._pen(self._palette.line))
            painter.drawLine(
                QtCore.QPointF(x, self._area.bottom()),
                QtCore.QPointF(x, self._area.bottom() + 0.3 * self._px),
            )
            width = 5 * self._px
            box = QtCore.QRectF(x - width / 2, self._area.bottom() + 0.3 * self._px,
                                width, self._line)  # fmt: skip
            self._text(box, with_point(f"{tick / 60:g}"), Qt.AlignmentFlag.AlignCenter)
        below = QtCore.QRectF(
            self._area.left(),
            self._box.bottom() - self._line * 0.95,
            self._area.width(),
            self._line,
        )
        self._text(below, tr("minutes of recording"), Qt.AlignmentFlag.AlignCenter)

    def _values(self) -> None:
        painter, scale = self._painter, self._y
        step = tick_step(scale.low, scale.high)
        for tick in scale.ticks(step):
            y = scale.at(tick)
            painter.setPen(self._pen(mix(self._palette.field, self._palette.line, 0.5), 0.6))
            painter.drawLine(
                QtCore.QPointF(self._area.left(), y), QtCore.QPointF(self._area.right(), y)
            )
            box = QtCore.QRectF(
                self._box.left() + self._px * 1.2, y - self._line / 2, self._px * 3.7, self._line
            )
            self._text(
                box,
                tick_words(tick, step),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            )
        measure = self._summary.measure
        if measure is not None:
            painter.save()
            painter.translate(self._box.left() + self._line / 2, self._area.center().y())
            painter.rotate(-90)
            height = self._area.height() + 2 * self._line
            box = QtCore.QRectF(-height / 2, -self._line / 2, height, self._line)
            words = f"{measure.name.upper()}, {unit_words(measure.unit)}"
            self._text(box, words, Qt.AlignmentFlag.AlignCenter)
            painter.restore()

    def _baseline_line(self) -> None:
        found = [b for b in self._summary.blocks if b.phase == "baseline" and b.mean is not None]
        if not found or not self._summary.trained():
            return
        y = self._y.at(found[-1].mean or 0.0)
        pen = self._pen(self._palette.muted, 1.0)
        pen.setStyle(Qt.PenStyle.DotLine)
        self._painter.setPen(pen)
        self._painter.drawLine(
            QtCore.QPointF(self._x.at(found[-1].start), y), QtCore.QPointF(self._area.right(), y)
        )

    def _thresholds(self) -> None:
        self._painter.setPen(self._dashed())
        for i, block in enumerate(self._summary.blocks):
            if block.threshold is None or block.threshold_end is None:
                continue
            end = self._stops[i]
            within = [(p.seconds, p.threshold) for p in self._summary.course if p.block == i]
            steps = [(block.start, block.threshold), *within, (end, block.threshold_end)]
            points = [
                QtCore.QPointF(self._x.at(t), self._y.at(v)) for t, v in steps if v is not None
            ]
            self._painter.drawPolyline(QtGui.QPolygonF(points))

    def _course(self) -> None:
        painter, palette = self._painter, self._palette
        colour = mix(palette.field, palette.text, 0.75)
        fitted = {i for i, block in enumerate(self._summary.blocks) if not block.refitted}
        for i in range(len(self._summary.blocks)):
            mine = [
                QtCore.QPointF(self._x.at(p.seconds), self._y.at(p.mean))
                for p in self._summary.course
                if p.block == i
            ]
            painter.setPen(self._pen(mix(palette.field, palette.text, 0.4), 0.8))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QtGui.QPolygonF(mine))
            painter.setPen(self._pen(colour, 0.9))
            painter.setBrush(QtGui.QColor(colour if i in fitted else palette.field))
            for point in mine:
                painter.drawEllipse(point, 0.2 * self._px, 0.2 * self._px)

    def _means(self) -> None:
        for block, stop in zip(self._summary.blocks, self._stops, strict=True):
            if block.mean is None:
                continue
            x = self._x.at((block.start + stop) / 2)
            self._mean(QtCore.QPointF(x, self._y.at(block.mean)), block.mean, block.error)

    def _mean(self, point: QtCore.QPointF, mean: float, error: float | None) -> None:
        painter, palette = self._painter, self._palette
        if error is not None:
            painter.setPen(self._pen(palette.focus, 2.0))
            ends = [QtCore.QPointF(point.x(), self._y.at(mean + sign * error)) for sign in (-1, 1)]
            painter.drawLine(*ends)
            cap = 0.3 * self._px
            for end in ends:
                painter.drawLine(end - QtCore.QPointF(cap, 0), end + QtCore.QPointF(cap, 0))
        self._diamond(point)

    def _diamond(self, point: QtCore.QPointF) -> None:
        r = 0.5 * self._px
        corners = [QtCore.QPointF(point.x() + dx * r, point.y() + dy * r)
                   for dx, dy in ((0, -1), (1, 0), (0, 1), (-1, 0))]  # fmt: skip
        self._painter.setPen(self._pen(self._palette.field, 1.0))
        self._painter.setBrush(QtGui.QColor(self._palette.focus))
        self._painter.drawPolygon(QtGui.QPolygonF(corners))

    def _explain(self) -> None:
        """Explain the marks that occur, in as many lines as it takes."""
        for i, line in enumerate(self._legend):
            x, y = self._area.left(), self._box.top() + self._line * (0.5 + 1.1 * i)
            for mark, words in line:
                width = self._painter.fontMetrics().horizontalAdvance(words)
                self._mark(mark, QtCore.QPointF(x + 0.9 * self._px, y))
                box = QtCore.QRectF(x + 2.1 * self._px, y - self._line / 2, width + 4, self._line)
                self._text(box, words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
                x += width + 3.6 * self._px

    def _legend_lines(self, room: float) -> list[list[tuple[str, str]]]:
        """Return marks and words by line."""
        lines: list[list[tuple[str, str]]] = [[]]
        used = 0.0
        for mark, words in self._legend_entries():
            width = self._painter.fontMetrics().horizontalAdvance(words) + 3.6 * self._px
            if lines[-1] and used + width > room:
                lines.append([])
                used = 0.0
            lines[-1].append((mark, words))
            used += width
        return lines

    def _legend_entries(self) -> list[tuple[str, str]]:
        blocks = self._summary.blocks
        entries = [("mean", tr("mean of a block \u00b1 SE")), ("dot", tr("10 s"))]
        if any(block.refitted for block in blocks):
            entries.append(("hollow", tr("10 s, before the fit")))
        if any(block.threshold is not None for block in blocks):
            entries.append(("threshold", tr("threshold")))
        if self._summary.trained() and any(b.phase == "baseline" for b in blocks):
            entries.append(("baseline", tr("mean of the baseline")))
        return entries

    def _mark(self, mark: str, point: QtCore.QPointF) -> None:
        painter, palette = self._painter, self._palette
        reach = QtCore.QPointF(0.9 * self._px, 0)
        if mark == "mean":
            self._diamond(point)
        elif mark in ("dot", "hollow"):
            colour = mix(palette.field, palette.text, 0.75)
            painter.setPen(self._pen(colour, 0.9))
            painter.setBrush(QtGui.QColor(colour if mark == "dot" else palette.field))
            painter.drawEllipse(point, 0.2 * self._px, 0.2 * self._px)
        else:
            pen = self._dashed() if mark == "threshold" else self._pen(palette.muted, 1.0)
            if mark == "baseline":
                pen.setStyle(Qt.PenStyle.DotLine)
            painter.setPen(pen)
            painter.drawLine(point - reach, point + reach)

    def _say_why(self) -> None:
        words = tr(SEALED) if self._summary.concealed else tr("There is no measure to plot.")
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        room = self._area.adjusted(self._px, 0, -self._px, 0)
        self._painter.setPen(QtGui.QColor(self._palette.text))
        self._painter.drawText(room, flags, words)

    def _span(self, start: float, stop: float) -> QtCore.QRectF:
        left, right = self._x.at(start), self._x.at(stop)
        return QtCore.QRectF(left, self._area.top(), right - left, self._area.height())

    def _text(self, box: QtCore.QRectF, words: str, align: Qt.AlignmentFlag) -> None:
        self._painter.setPen(QtGui.QColor(self._palette.muted))
        self._painter.drawText(box, align, words)

    def _dashed(self) -> QtGui.QPen:
        pen = self._pen(self._palette.caution, 1.8)
        pen.setStyle(Qt.PenStyle.DashLine)
        return pen

    def _pen(self, colour: str, width: float = 1.0) -> QtGui.QPen:
        return QtGui.QPen(QtGui.QColor(colour), width * self._px / 12)


def _stops(summary: SessionSummary) -> list[float]:
    """Return where each block ended in the recording, its pauses counted, s."""
    starts = [block.start for block in summary.blocks[1:]]
    stops = []
    for i, (block, after) in enumerate(
        zip(summary.blocks, [*starts, summary.seconds], strict=False)
    ):
        seen = [point.seconds for point in summary.course if point.block == i]
        last = max([block.start + block.seconds, *seen])
        stops.append(max(min(last, after), block.start))
    return stops


class SummaryPlot(QtWidgets.QWidget):
    """The plot on the screen.

    Parameters
    ----------
    summary : SessionSummary
    """

    def __init__(self, summary: SessionSummary) -> None:
        super().__init__()
        self._summary = summary
        self._fit()
        look().changed.connect(self._fit)
        self.setAccessibleName(tr("The measure by block and over time"))
        self.setAccessibleDescription(in_words(summary))

    def _fit(self) -> None:
        self.setMinimumWidth(current().px(360))
        self.setFixedHeight(current().px(250))

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:  # noqa: N802
        """Paint it in the colours of the theme in use."""
        painter = QtGui.QPainter(self)
        theme = current()
        paint_summary(
            painter, QtCore.QRectF(self.rect()), self._summary, theme.palette, theme.small
        )
        painter.end()


def in_words(summary: SessionSummary) -> str:
    """Say what the plot shows, for those who hear it."""
    names = block_names(summary.blocks)
    means: Sequence[str] = [
        f"{name}: {signed(block.mean)}"
        for name, block in zip(names, summary.blocks, strict=True)
        if block.mean is not None
    ]
    return "; ".join(means) or tr("There is no measure to plot.")
