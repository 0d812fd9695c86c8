"""What tests of the participant's scenes share: settled pictures, their pixels and their light."""

from __future__ import annotations

import numpy as np

from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture, PictureModel
from neurofeedback.gui.participant.scenes import make_scene
from neurofeedback.gui.participant.stage import Stage

SETTLED = 2.5  # s


def settled(value: float, held: str | None = None, phase: str = "train", seconds=SETTLED):
    """The picture after a while at a value, and then a while held (or not)."""
    model = PictureModel()
    for held_now in (None, held):
        for _ in range(round(seconds * 60)):
            frame = FeedbackFrame(0, 0.0, value, 0.0, 0.0, False, False, 0, phase, held_now)
            model.show(frame, None)
            picture = model.advance(1 / 60)
    return picture


def painted(name: str, picture: Picture, size=(640, 360), area=None, onto=None) -> np.ndarray:
    """Pixels of a scene, shape (height, width, 3), blue first."""
    image = onto or QtGui.QImage(*size, QtGui.QImage.Format.Format_RGB32)
    rect = QtCore.QRect(0, 0, *size)
    painter = QtGui.QPainter(image)
    if area is not None:
        painter.setClipRect(area)
    Stage(make_scene(name)).paint(painter, rect, area or rect, picture)
    painter.end()
    pixels = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(size[1], size[0], 4)
    return pixels[:, :, :3].astype(float)


def light_of(pixels: np.ndarray) -> np.ndarray:
    """Relative luminance of pixels (blue first), by WCAG's definition."""
    parts = pixels[..., ::-1] / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def contrast_of(first: float, second: float) -> float:
    """Contrast of two luminances, by WCAG's definition."""
    low, high = sorted((first, second))
    return (high + 0.05) / (low + 0.05)
