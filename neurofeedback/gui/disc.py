"""Painting the participant's picture: a calm disc that grows and brightens.

Responsible for the looks of a `Scene` in any rectangle; the participant's window and the operator's
small copy share it. Not responsible for when it is painted nor for what is shown.

Size is the value: the disc meets the thin ring exactly at the threshold (0.5). Colour and
brightness repeat what size says and are never the only sign.
"""

from __future__ import annotations

import math

import numpy as np

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.scene import Scene
from neurofeedback.gui.theme import DARK, FONT_FAMILIES, mix, rgb
from neurofeedback.session.display import Mode

SMALLEST, LARGEST = 0.07, 0.33
HALO_REACH = 1.55
DUSK = "#40343a"  # what a dimmed disc fades to; a blue would turn its yellow into olive


def disc_radius(value: float, side: float) -> float:
    """Return the radius in pixels that displays `value` (0..1) where the short side is `side`."""
    return side * (SMALLEST + (LARGEST - SMALLEST) * value)


def moving_area(rect: QtCore.QRect) -> QtCore.QRect:
    """Return the part of `rect` that a change of value or halo can touch."""
    reach = math.ceil(LARGEST * HALO_REACH * min(rect.width(), rect.height())) + 2
    centre = _centre(QtCore.QRectF(rect)).toPoint()
    return QtCore.QRect(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach)


def sky_picture(widget: QtWidgets.QWidget) -> QtGui.QPixmap:
    """Return the background for a widget: night blue, lighter toward the middle.

    A grain of less than one step of brightness keeps the slow gradient free of visible bands.

    Parameters
    ----------
    widget : QWidget
        Decides the size, in physical pixels.
    """
    size = widget.size() * widget.devicePixelRatioF()
    width, height = max(1, size.width()), max(1, size.height())
    centre = _centre(QtCore.QRectF(0, 0, width, height))
    across = (np.arange(width) - centre.x()) / (0.7 * max(width, height))
    down = (np.arange(height) - centre.y()) / (0.7 * max(width, height))
    light = np.exp(-3.0 * (across[None, :] ** 2 + down[:, None] ** 2))[:, :, None]
    sky = DARK.palette.sky
    low, high = np.array(rgb(sky)), np.array(rgb(mix(sky, "#3d6190", 0.36)))
    grain = np.random.default_rng(0).random((height, width, 1))
    pixels = np.full((height, width, 4), 255, dtype=np.uint8)
    pixels[:, :, :3] = (low + (high - low) * light + grain)[:, :, ::-1]
    image = QtGui.QImage(pixels.data, width, height, 4 * width, QtGui.QImage.Format.Format_RGB32)
    return QtGui.QPixmap.fromImage(image)


def paint_scene(painter: QtGui.QPainter, rect: QtCore.QRectF, scene: Scene) -> None:
    """Paint `scene` over a background that is already there.

    Parameters
    ----------
    painter : QPainter
        Open on the target.
    rect : QRectF
        Where; the disc stays in its middle whatever its shape.
    scene : Scene
    """
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    centre, side = _centre(rect), min(rect.width(), rect.height())
    strength = 1.0 - scene.dim
    if scene.presence > 0.01 and not math.isnan(scene.value):
        _paint_halo(painter, centre, disc_radius(scene.value, side), scene.halo * strength)
        _paint_disc(painter, centre, disc_radius(scene.value, side), scene, strength)
    _paint_ring(painter, centre, side, scene, strength)
    if scene.word_opacity > 0.01 and scene.word:
        _paint_word(painter, rect, centre, side, scene)


def _centre(rect: QtCore.QRectF) -> QtCore.QPointF:
    return QtCore.QPointF(rect.center().x(), rect.top() + 0.46 * rect.height())


def _paint_halo(
    painter: QtGui.QPainter, centre: QtCore.QPointF, radius: float, strength: float
) -> None:
    if strength < 0.01:
        return
    reach = radius * HALO_REACH
    glow = QtGui.QRadialGradient(centre, reach)
    edge = radius / reach
    colour = QtGui.QColor(DARK.palette.sun)
    for at, alpha in (
        (edge * 0.95, 0.5), (edge + (1 - edge) * 0.25, 0.25), (edge + (1 - edge) * 0.6, 0.07),
        (1.0, 0.0),
    ):  # fmt: skip
        colour.setAlphaF(alpha * strength)
        glow.setColorAt(at, colour)
    _fill_circle(painter, centre, reach, glow)


def _paint_disc(
    painter: QtGui.QPainter,
    centre: QtCore.QPointF,
    radius: float,
    scene: Scene,
    strength: float,
) -> None:
    light = 0.35 + 0.65 * scene.brightness
    sun = mix("#b98a4a", DARK.palette.sun, light)
    core, rim = mix(sun, "#fff8e6", 0.3 + 0.6 * light), mix(sun, "#e2893a", 0.55)
    body = QtGui.QRadialGradient(centre, radius)
    stops = (
        (0.0, core, 1.0), (0.35, mix(core, sun, 0.45), 1.0), (0.75, sun, 1.0), (0.93, rim, 1.0),
        (0.97, rim, 0.85), (1.0, rim, 0.0),
    )  # fmt: skip
    for at, colour, alpha in stops:
        tint = QtGui.QColor(mix(DUSK, colour, 0.3 + 0.7 * strength))
        tint.setAlphaF(scene.presence * alpha)
        body.setColorAt(at, tint)
    _fill_circle(painter, centre, radius, body)


def _fill_circle(
    painter: QtGui.QPainter,
    centre: QtCore.QPointF,
    radius: float,
    fill: QtGui.QRadialGradient,
) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QtGui.QBrush(fill))
    painter.drawEllipse(centre, radius, radius)


def _paint_ring(
    painter: QtGui.QPainter,
    centre: QtCore.QPointF,
    side: float,
    scene: Scene,
    strength: float,
) -> None:
    """Paint the thin ring of the threshold, and the fixation point where no value is shown."""
    pen = QtGui.QPen(QtGui.QColor(220, 232, 245, round(110 * (0.35 + 0.65 * strength))))
    pen.setWidthF(max(1.2, side / 420))
    if scene.mode is Mode.HELD:
        pen.setDashPattern([6.0, 5.0])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    radius = disc_radius(0.5, side)
    painter.drawEllipse(centre, radius, radius)
    still = 1.0 - scene.presence
    if still > 0.01:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QtGui.QColor(220, 232, 245, round(190 * still)))
        painter.drawEllipse(centre, side * 0.011, side * 0.011)


def _paint_word(
    painter: QtGui.QPainter,
    rect: QtCore.QRectF,
    centre: QtCore.QPointF,
    side: float,
    scene: Scene,
) -> None:
    quiet = scene.word_mode is Mode.HELD
    font = QtGui.QFont(list(FONT_FAMILIES))
    font.setPixelSize(max(9, round(side * (0.026 if quiet else 0.042))))
    font.setWeight(QtGui.QFont.Weight.Light)
    painter.setFont(font)
    colour = QtGui.QColor(232, 238, 245)
    colour.setAlphaF(scene.word_opacity * (0.8 if quiet else 0.95))
    painter.setPen(colour)
    signed = scene.word_mode in (Mode.HELD, Mode.PAUSED, Mode.STALE)
    shift = 0.7 * font.pixelSize() if signed else 0.0
    top = centre.y() + side * 0.385
    box = QtCore.QRectF(rect.left() + shift, top, rect.width(), side * 0.08)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, scene.word)
    if signed:
        width = painter.fontMetrics().horizontalAdvance(scene.word)
        sign = QtCore.QPointF(box.center().x() - width / 2 - 2 * shift, box.center().y())
        _paint_sign(painter, sign, font.pixelSize() * 0.36, scene.word_mode, colour)


def _paint_sign(
    painter: QtGui.QPainter,
    at: QtCore.QPointF,
    size: float,
    mode: Mode,
    colour: QtGui.QColor,
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
        pen = QtGui.QPen(colour)
        pen.setWidthF(max(1.0, size / 5))
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, 0.75 * size, 0.75 * size)
