"""Skies and ridges, computed.

Responsible for the arithmetic of backgrounds: gradients without visible bands, outlines of hills.
Not responsible for composing them (the scenes). There are no
stars: each star of the picture is a reward. Random, but the same in every run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FloatArray
from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.theme import rgb

Stops = Sequence[tuple[float, str]]  # place 0..1 and colour
Pixels = NDArray[np.float64]  # shape (height, width, 3), 0..255, red first
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def vertical(size: QtCore.QSize, stops: Stops) -> Pixels:
    """Return a gradient from top to bottom."""
    at = np.linspace(0.0, 1.0, max(1, size.height()))
    places = [place for place, _ in stops]
    colours = np.array([rgb(colour) for _, colour in stops], dtype=np.float64)
    columns = np.stack([np.interp(at, places, colours[:, i]) for i in range(3)], axis=1)
    return np.repeat(columns[:, None], max(1, size.width()), axis=1)


def add_light(
    pixels: Pixels, x: float, y: float, reach: float, colour: str, strength: float
) -> None:
    """Blend a soft light into an image; x, y in shares of its sides, reach of its longer side."""
    height, width = pixels.shape[:2]
    longer = max(width, height)
    across = (np.arange(width) - x * width) / (reach * longer)
    down = (np.arange(height) - y * height) / (reach * longer)
    light = strength * np.exp(-(down[:, None] ** 2 + across[None, :] ** 2))[:, :, None]
    pixels += (np.array(rgb(colour), dtype=np.float64) - pixels) * light


def to_image(pixels: Pixels, *, grain: bool = True) -> QtGui.QImage:
    """Return an image; grain of less than one step of brightness hides the bands of gradients."""
    height, width = pixels.shape[:2]
    added = np.random.default_rng(0).random((height, width, 1)) if grain else 0.5
    out = np.full((height, width, 4), 255, dtype=np.uint8)
    out[:, :, :3] = np.clip(pixels + added, 0, 255)[:, :, ::-1]
    image = QtGui.QImage(out.data, width, height, 4 * width, QtGui.QImage.Format.Format_RGB32)
    return image.copy()


def dusk(size: QtCore.QSize) -> QtGui.QImage:
    """Return the plain background: an evening sky, lighter toward the middle.

    Light enough that what is shown on it is a small part of the light of the picture.
    """
    pixels = vertical(size, ((0.0, "#3b4f74"), (0.7, "#4c6189"), (1.0, "#3f5277")))
    add_light(pixels, 0.5, 0.46, 0.36, "#6a80a8", 0.45)
    return to_image(pixels)


def mean_light(image: QtGui.QImage) -> float:
    """Return the mean relative luminance (WCAG) of an image, 0..1."""
    small = image.scaled(160, 90).convertToFormat(QtGui.QImage.Format.Format_RGB32)
    pixels = np.frombuffer(small.constBits(), dtype=np.uint8).reshape(90, 160, 4)
    return float(light_of(pixels[:, :, 2::-1]).mean())


def light_of(pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return the relative luminance (WCAG) of pixels 0..255, red first in the last axis."""
    return np.asarray(linear(pixels) @ LUMINANCE)


def with_light(pixels: Pixels, light: FloatArray) -> Pixels:
    """Return the colours of an image with other light.

    Parameters
    ----------
    pixels : ndarray, shape (height, width, 3)
    light : ndarray that goes with (height, width)
        Relative luminance, 0..1.
    """
    linear_pixels = linear(pixels)
    factor = light / np.maximum(linear_pixels @ LUMINANCE, 1e-6)
    return from_linear(linear_pixels * factor[..., None])


def linear(pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return sRGB values 0..255 as light, 0..1."""
    parts = np.asarray(pixels, dtype=np.float64) / 255.0
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def from_linear(light: NDArray[np.float64]) -> Pixels:
    """Return light 0..1 as sRGB values 0..255."""
    light = np.clip(light, 0.0, 1.0)
    parts = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(255.0 * parts)


class Ridge:
    """Outline of hills that repeats itself.

    Parameters
    ----------
    seed : int
    roughness : float
        How much of it is detail, 0..1.
    n_waves : int
        Number of waves it is made of.
    """

    def __init__(self, seed: int, roughness: float = 0.5, n_waves: int = 28) -> None:
        rng = np.random.default_rng(seed)
        waves = np.arange(1, n_waves + 1)
        phases = rng.uniform(0, 2 * np.pi, n_waves)
        sizes = waves ** -(2.0 - roughness) * rng.uniform(0.4, 1.0, n_waves)
        sizes /= np.sqrt((sizes**2).sum())
        # Once, finer than any screen: hills that pass by are painted at every frame.
        self._places = np.linspace(0.0, 1.0, 4097)
        angles = 2 * np.pi * self._places[:, None] * waves[None, :] + phases
        self._outline = np.asarray(np.sin(angles) @ sizes / 1.4)

    def heights(self, places: FloatArray) -> FloatArray:
        """Return heights (mean 0, about -1..1) at places; the outline repeats after 1."""
        return np.interp(places % 1.0, self._places, self._outline)

    def polygon(
        self, rect: QtCore.QRectF, base: float, height: float, start: float = 0.0, span: float = 1.0
    ) -> QtGui.QPolygonF:
        """Return the hills as a shape down to the lower edge of `rect`.

        Parameters
        ----------
        rect : QRectF
        base, height : float
            Mean and reach of the outline, in shares of the height of `rect`, from its top.
        start, span : float
            Which part of the outline is seen.
        """
        n = max(24, min(360, int(rect.width() / 5)))
        shares = np.linspace(0.0, 1.0, n)
        tops = rect.top() + rect.height() * (
            base - height * self.heights(start + span * shares)
        )  # fmt: skip
        across = rect.left() + rect.width() * shares
        points = [QtCore.QPointF(x, y) for x, y in zip(across.tolist(), tops.tolist(), strict=True)]
        points += [rect.bottomRight(), rect.bottomLeft()]
        return QtGui.QPolygonF(points)
