"""A picture that comes out of the mist.

The mist opens in the middle as far as the value says; the thin ring marks the threshold (0.5). The
mist is the picture itself, blurred and without its colours, so that it has the same light at every
place. The picture is the clinic's own, a film of its own, or northern lights over a lake.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.landscape import (
    LUMINANCE,
    Pixels,
    Ridge,
    add_light,
    from_linear,
    linear,
    to_image,
    vertical,
)
from neurofeedback.gui.participant.scenes.scene import MIDDLE, ThresholdRing, glow, rim, short_side
from neurofeedback.gui.theme import rgb

SMALLEST, LARGEST = 0.08, 0.42  # radius of what is clear, of the short side
COLOURS_LEFT = 0.25  # of the mist
CELLS = (48, 27)  # the mist is as coarse as that
SKY = ((0.0, "#1c2e58"), (0.55, "#2c5a8a"), (0.8, "#4d86a8"), (1.0, "#5a92b0"))
SHORE = 0.74
CURTAINS = (("#3fd6a0", 0.95, 2), ("#63e0c8", 0.6, 7), ("#8f8be0", 0.5, 12))


class ImageScene:
    """See the module.

    Parameters
    ----------
    file : Path or None
        A picture of one's own.

    Raises
    ------
    UserError
        If it cannot be read.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._own: QtGui.QImage | None = None
        self._clear = QtGui.QPixmap()
        self._ring = ThresholdRing()
        if file is not None:
            self._own = QtGui.QImage(str(file))
            if self._own.isNull():
                raise UserError(
                    "{file} is not a picture that can be shown; give a PNG or JPEG file.", file=file
                )

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return the picture in the mist; what is clear of it is kept."""
        whole = to_image(northern_lights(size)) if self._own is None else filling(self._own, size)
        self._clear = QtGui.QPixmap.fromImage(whole)
        return mist(whole)

    def moving_area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return a square around what can be clear."""
        reach = math.ceil(1.15 * LARGEST * short_side(QtCore.QRectF(rect))) + 2
        centre = _centre(QtCore.QRectF(rect)).toPoint()
        return QtCore.QRect(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach) & rect

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Paint what is clear, its edge and the threshold."""
        centre, side = _centre(rect), short_side(rect)
        radius = clear_radius(picture.level, side)
        if picture.presence > 0.01:
            self._paint_clear(painter, rect, centre, radius, picture)
            glow(painter, centre, 1.15 * radius, "#ffdf9a",
                 0.25 * picture.halo * picture.light * picture.presence)  # fmt: skip
            rim(painter, centre, radius, side, (0.35 + 0.5 * picture.light) * picture.presence)
        self._ring.paint(painter, centre, clear_radius(0.5, side), side, picture.presence)

    def _paint_clear(
        self,
        painter: QtGui.QPainter,
        rect: QtCore.QRectF,
        centre: QtCore.QPointF,
        radius: float,
        picture: Picture,
    ) -> None:
        clear = QtGui.QBrush(self._clear)
        whole = QtCore.QRectF(self._clear.rect())
        clear.setTransform(QtGui.QTransform.fromTranslate(rect.left(), rect.top()).scale(
            rect.width() / whole.width(), rect.height() / whole.height()))  # fmt: skip
        painter.save()
        painter.setOpacity(picture.presence * picture.light)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(clear)
        painter.drawEllipse(centre, radius, radius)
        painter.restore()


def clear_radius(value: float, side: float) -> float:
    """Return how far the mist is open, in pixels, where the short side is `side`."""
    return side * (SMALLEST + (LARGEST - SMALLEST) * value)


def _centre(rect: QtCore.QRectF) -> QtCore.QPointF:
    return QtCore.QPointF(rect.center().x(), rect.top() + MIDDLE * rect.height())


def filling(image: QtGui.QImage, size: QtCore.QSize) -> QtGui.QImage:
    """Return the middle of a picture so that it fills a surface."""
    whole = image.scaled(
        size, Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )  # fmt: skip
    corner = QtCore.QPoint((whole.width() - size.width()) // 2,
                           (whole.height() - size.height()) // 2)  # fmt: skip
    return whole.copy(QtCore.QRect(corner, size)).convertToFormat(QtGui.QImage.Format.Format_RGB32)


def mist(image: QtGui.QImage) -> QtGui.QImage:
    """Return a picture blurred and nearly grey, with the same light at every place."""
    across, down = CELLS
    fine = image.scaled(6 * across, 6 * down, Qt.AspectRatioMode.IgnoreAspectRatio,
                        Qt.TransformationMode.SmoothTransformation)  # fmt: skip
    fine = fine.convertToFormat(QtGui.QImage.Format.Format_RGB32)
    pixels = np.frombuffer(fine.constBits(), dtype=np.uint8).reshape(6 * down, 6 * across, 4)
    light = linear(pixels[:, :, 2::-1]).reshape(down, 6, across, 6, 3).mean(axis=(1, 3))
    light = _smoothed(_smoothed(light))
    grey = (light @ LUMINANCE)[..., None]
    coarse = to_image(from_linear(grey + COLOURS_LEFT * (light - grey)), grain=False)
    return coarse.scaled(image.size(), Qt.AspectRatioMode.IgnoreAspectRatio,
                         Qt.TransformationMode.SmoothTransformation)  # fmt: skip


def _smoothed(light: FloatArray) -> FloatArray:
    """Return the means over 3 x 3 cells."""
    padded = np.pad(light, ((1, 1), (1, 1), (0, 0)), mode="edge")
    down, across = light.shape[:2]
    parts = [padded[i : i + down, k : k + across] for i in range(3) for k in range(3)]
    return np.asarray(np.mean(parts, axis=0))


def northern_lights(size: QtCore.QSize) -> Pixels:
    """Return northern lights over a lake, computed."""
    shore = QtCore.QSize(size.width(), max(2, round(SHORE * size.height())))
    sky = vertical(shore, SKY)
    add_light(sky, 0.45, 1.0, 0.30, "#7fb9b4", 0.55)
    for colour, strength, seed in CURTAINS:
        _add_curtain(sky, colour, strength, seed)
    _add_hills(sky)
    water = max(1, size.height() - shore.height())
    mirrored = sky[::-1][: water * 2 : 2][:water]
    mirrored = np.concatenate([mirrored, np.repeat(mirrored[-1:], water - len(mirrored), axis=0)])
    depth = np.linspace(0.62, 0.25, water)[:, None, None]
    ripples = np.random.default_rng(4).normal(1.0, 0.05, (water, 1, 1))
    return np.concatenate([sky, mirrored * depth * ripples + np.array(rgb("#0a1c2e")) * 0.35])


def _add_curtain(sky: Pixels, colour: str, strength: float, seed: int) -> None:
    """Add light that hangs from a folded line: sharp below, fading upward in rays."""
    height, width = sky.shape[:2]
    across = np.linspace(0.0, 1.0, width)
    fold = Ridge(seed, roughness=0.1, n_waves=7).heights(0.15 + 0.5 * across)
    rays = Ridge(seed + 1, roughness=1.2, n_waves=90).heights(across)
    body = Ridge(seed + 2, roughness=0.2, n_waves=6).heights(across)
    foot = height * (0.60 - 0.16 * fold)
    reach = height * (0.30 + 0.10 * rays)
    down = (foot[None, :] - np.arange(height)[:, None]) / np.maximum(reach, 1.0)[None, :]
    above = np.where(down >= 0, np.exp(-1.7 * down), np.exp(9.0 * down))
    light = strength * above * np.clip(0.55 + 0.6 * body + 0.25 * rays, 0.0, 1.0)[None, :]
    light = np.clip(light, 0.0, 1.0)[:, :, None]
    sky += (np.array(rgb(colour), dtype=np.float64) - sky) * 0.8 * light


def _add_hills(sky: Pixels) -> None:
    height, width = sky.shape[:2]
    across = np.linspace(0.0, 1.0, width)
    rows = np.arange(height)[:, None]
    for base, reach, seed, colour in ((0.86, 0.07, 41, "#16344f"), (0.95, 0.045, 44, "#0c2034")):
        top = height * (base - reach * Ridge(seed, roughness=0.3).heights(across))
        edge = np.clip(rows - top[None, :] + 0.5, 0.0, 1.0)[:, :, None]
        sky += (np.array(rgb(colour), dtype=np.float64) - sky) * edge
