"""A picture that brightens.

Brightness is the value. The picture is the clinic's own, or northern lights over a lake. Where
something is drawn at all, the mark in the corner says by shape whether the value is past the
threshold (0.5): an open circle below, a filled one above.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.landscape import (
    Pixels,
    Ridge,
    add_light,
    add_stars,
    to_image,
    vertical,
)
from neurofeedback.gui.participant.scenes.scene import EDGE, glow, ink, short_side, tint
from neurofeedback.gui.theme import rgb

DARKEST, LEAST = "#04070d", 0.90  # what covers the picture at 0, and how much of it
SKY = ((0.0, "#060d1f"), (0.55, "#12315a"), (0.8, "#2f5f86"), (1.0, "#39698d"))
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

    highest = EDGE

    def __init__(self, file: Path | None = None) -> None:
        self._own: QtGui.QImage | None = None
        if file is not None:
            self._own = QtGui.QImage(str(file))
            if self._own.isNull():
                raise UserError(
                    "{file} is not a picture that can be shown; give a PNG or JPEG file.", file=file
                )

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return the picture at its brightest."""
        if self._own is None:
            return to_image(northern_lights(size))
        whole = self._own.scaled(
            size, Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation,
        )  # fmt: skip
        corner = QtCore.QPoint((whole.width() - size.width()) // 2,
                               (whole.height() - size.height()) // 2)  # fmt: skip
        return whole.copy(QtCore.QRect(corner, size)).convertToFormat(
            QtGui.QImage.Format.Format_RGB32
        )

    def moving_area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return everything."""
        return rect

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Cover the picture as far as the value is below 1."""
        level = picture.level * picture.presence
        painter.fillRect(rect, tint(DARKEST, LEAST * (1.0 - level)))
        side = short_side(rect)
        at = QtCore.QPointF(rect.right() - 0.07 * side, rect.top() + 0.07 * side)
        glow(painter, at, 0.14 * side, "#fff0cc", 0.8 * picture.halo * picture.presence)
        painter.setPen(QtGui.QPen(ink(0.6), max(1.2, side / 360)))
        past = picture.presence > 0.5 and picture.level > 0.5
        painter.setBrush(ink(0.75) if past else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, 0.014 * side, 0.014 * side)


def northern_lights(size: QtCore.QSize) -> Pixels:
    """Return northern lights over a lake, computed."""
    shore = QtCore.QSize(size.width(), max(2, round(SHORE * size.height())))
    sky = vertical(shore, SKY)
    add_light(sky, 0.45, 1.0, 0.30, "#7fb9b4", 0.55)
    add_stars(sky, 0.8, 190)
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
