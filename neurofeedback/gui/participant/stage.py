"""The participant's picture as a whole: a scene, a boat, stars, dimming, words.

Every scene shows three layers. The fast one, size or height, is the scene's own. The slow one is a
boat at the foot of the picture that sails to the right while the mean of the last half minute is
past the threshold, and back while it is not. The rare one is a star for each reward; those of
earlier blocks stay, a little smaller.

Responsible for painting a `Picture` with a scene into any widget; the participant's window and the
operator's small copy share it. Not responsible for when it is painted.
"""

from __future__ import annotations

import math

from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.between import paint_sign
from neurofeedback.gui.participant.layers import Boat, Stars, sailing_area
from neurofeedback.gui.participant.light_patch import LightPatch
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes import Scene
from neurofeedback.gui.participant.scenes.scene import DUSK, PAPER, ink, short_side, tint
from neurofeedback.gui.theme import FONT_FAMILIES
from neurofeedback.session.display import Mode

DIMMED_BY = 0.62
WORDS_FOOT = 0.885  # of the height; words end above the sail of the boat
SIGNED = (Mode.HELD, Mode.PAUSED, Mode.STALE)


class Stage:
    """A scene on a surface.

    Parameters
    ----------
    scene : Scene
    numbers : bool
        Whether the value is also written as a number.
    patch : LightPatch or None
        What a light sensor looks at.
    """

    def __init__(
        self, scene: Scene, *, numbers: bool = False, patch: LightPatch | None = None
    ) -> None:
        self.scene = scene
        self.numbers = numbers
        self.patch = patch
        self._background = QtGui.QPixmap()
        self._stars, self._boat = Stars(), Boat()

    def changed_area(self, rect: QtCore.QRect, before: Picture, now: Picture) -> QtCore.QRect:
        """Return the part of `rect` in which two pictures differ; may be empty."""
        if before == now:
            return QtCore.QRect()
        whole = (before.word, before.word_opacity, before.dim, before.mode, before.presence,
                 before.lights, before.earlier)  # fmt: skip
        if self.numbers or whole != (now.word, now.word_opacity, now.dim, now.mode, now.presence,
                                     now.lights, now.earlier):  # fmt: skip
            return rect
        changed = self.scene.moving_area(rect) | sailing_area(rect)
        return changed if self.patch is None else changed | self.patch.area(rect)

    def paint(
        self, painter: QtGui.QPainter, rect: QtCore.QRect, area: QtCore.QRect, picture: Picture
    ) -> None:
        """Paint the picture.

        Parameters
        ----------
        painter : QPainter
            Open on a widget.
        rect : QRect
            The whole surface.
        area : QRect
            The part that has to be painted.
        picture : Picture
        """
        ratio = painter.device().devicePixelRatioF()
        size = rect.size() * ratio
        if self._background.size() != size:
            self._background = QtGui.QPixmap.fromImage(self.scene.background(size))
            self._background.setDevicePixelRatio(ratio)
        source = QtCore.QRectF(area.x() * ratio, area.y() * ratio,
                               area.width() * ratio, area.height() * ratio)  # fmt: skip
        painter.drawPixmap(QtCore.QRectF(area), self._background, source)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        whole = QtCore.QRectF(rect)
        self.scene.paint(painter, whole, picture)
        self._stars.paint(painter, whole, picture)
        self._boat.paint(painter, whole, picture)
        if picture.dim > 0.005:
            painter.fillRect(area, tint(DUSK, DIMMED_BY * picture.dim))
        paint_sign(painter, whole, picture)
        if picture.word_opacity > 0.01 and picture.word:
            _paint_words(painter, whole, picture)
        elif self.numbers and not math.isnan(picture.value):
            _paint_number(painter, whole, picture.value)
        if self.patch is not None:
            self.patch.paint(painter, rect, picture)


def _font(side: float, share: float) -> QtGui.QFont:
    font = QtGui.QFont(list(FONT_FAMILIES))
    font.setPixelSize(max(9, round(side * share)))
    return font


def _paint_words(painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
    """Write the words on a dark strip, so that they are legible on any scene."""
    side = short_side(rect)
    font = _font(side, 0.036 if len(picture.word) < 60 else 0.028)
    painter.setFont(font)
    signed = picture.word_mode in SIGNED
    unit = float(font.pixelSize())
    sign = 1.5 * unit if signed else 0.0
    most = QtCore.QRectF(0, 0, min(0.86 * rect.width(), 34 * unit), 10 * unit)
    centred = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    words = QtGui.QFontMetricsF(font).boundingRect(most, centred, picture.word)
    strip = QtCore.QRectF(0, 0, words.width() + sign + 2.4 * unit, words.height() + 1.1 * unit)
    middle = WORDS_FOOT * rect.height() - strip.height() / 2
    strip.moveCenter(QtCore.QPointF(rect.center().x(), rect.top() + middle))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint(DUSK, 0.66 * picture.word_opacity))
    painter.drawRoundedRect(strip, 0.9 * unit, 0.9 * unit)
    colour = tint(PAPER, picture.word_opacity)
    painter.setPen(colour)
    box = strip.adjusted(1.2 * unit + sign, 0, -1.2 * unit + 1, 0)
    painter.drawText(box, centred, picture.word)
    if signed:
        at = QtCore.QPointF(strip.left() + 1.2 * unit + 0.4 * unit, strip.center().y())
        _paint_sign(painter, at, 0.36 * unit, picture.word_mode, colour)


def _paint_number(painter: QtGui.QPainter, rect: QtCore.QRectF, value: float) -> None:
    side = short_side(rect)
    painter.setFont(_font(side, 0.05))
    painter.setPen(ink(0.9))
    box = QtCore.QRectF(rect.left(), rect.top() + 0.84 * rect.height(), rect.width(), 0.1 * side)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{100 * value:.0f}")


def _paint_sign(
    painter: QtGui.QPainter, at: QtCore.QPointF, size: float, mode: Mode, colour: QtGui.QColor
) -> None:
    """Paint two bars for a pause, three dots for waiting, an open circle for a hold."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    if mode is Mode.PAUSED:
        for x in (-0.75, 0.35):
            painter.drawRoundedRect(
                QtCore.QRectF(at.x() + x * size, at.y() - size, 0.45 * size, 2 * size), 1, 1
            )
    elif mode is Mode.STALE:
        for x in (-0.9, 0.0, 0.9):
            painter.drawEllipse(QtCore.QPointF(at.x() + x * size, at.y()), size / 4, size / 4)
    else:
        painter.setPen(QtGui.QPen(colour, max(1.0, size / 5)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, 0.75 * size, 0.75 * size)
