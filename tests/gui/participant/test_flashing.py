"""Nothing on the participant's screen flashes above 3 Hz, whatever is fed back.

Measured on the painted pixels, by the definition of WCAG 2.2 (success criterion 2.3.1): a flash is
a pair of opposing changes of relative luminance by a tenth of the whole range or more, the darker
image being below 0.8; no more than three of them may come within a second on a quarter of any
field of a third by a third of the screen.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.participant.flash_guard import FlashGuard
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.gui.participant.scenes import SCENES, VideoScene, make_scene
from neurofeedback.gui.participant.scenes.image import ImageScene
from neurofeedback.gui.participant.stage import Stage

RATE = 60
WIDTH, HEIGHT, CELL = 320, 180, 5
LEVELS = np.arange(256) / 255
LINEAR = np.where(LEVELS <= 0.04045, LEVELS / 12.92, ((LEVELS + 0.055) / 1.055) ** 2.4)
LIGHT = np.outer([0.2126, 0.7152, 0.0722], LINEAR).astype(np.float32)  # of red, green, blue
SQUARES = (1.6, 2.9, 3.4, 5.0, 7.5, 15.0)


def luminance(image: QtGui.QImage) -> np.ndarray:
    """Relative luminance of cells, shape (rows, columns)."""
    pixels = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(HEIGHT, WIDTH, 4)
    light = sum(LIGHT[colour][pixels[:, :, 2 - colour]] for colour in range(3))
    return light.reshape(HEIGHT // CELL, CELL, WIDTH // CELL, CELL).mean(axis=(1, 3))


def opposing_changes(light: np.ndarray, least: float = 0.1) -> np.ndarray:
    """Where each cell has turned round by `least` or more, shape like light (time first)."""
    turned = np.zeros(light.shape, dtype=bool)
    extreme, direction = light[0].copy(), np.zeros(light.shape[1:])
    for i, now in enumerate(light):
        onward = (now - extreme) * direction >= 0
        extreme = np.where(onward & (direction != 0), now, extreme)
        back = np.abs(now - extreme) >= least
        dark = np.minimum(now, extreme) < 0.8
        turned[i] = back & dark
        direction = np.where(back, np.sign(now - extreme), direction)
        extreme = np.where(back, now, extreme)
    return turned


def flashes_in_a_second(light: np.ndarray) -> np.ndarray:
    """Most flashes, pairs of opposing changes, in any second, for each cell."""
    counts = np.concatenate([np.zeros((1, *light.shape[1:])), opposing_changes(light).cumsum(0)])
    return ((counts[RATE:] - counts[:-RATE]) // 2).max(axis=0)


def largest_share(cells: np.ndarray) -> float:
    """Largest share of marked cells in any field of a third by a third of the screen."""
    field = (cells.shape[0] // 3, cells.shape[1] // 3)
    return float(sliding_window_view(cells.astype(float), field).mean(axis=(2, 3)).max())


def filmed(name: str, value_at, seconds: float = 3.5) -> np.ndarray:
    """Luminance over time of a scene that is fed `value_at(time)`, rewarded all the while."""
    return filmed_scene(make_scene(name), value_at, seconds)


def filmed_scene(scene, value_at, seconds: float) -> np.ndarray:
    """The same of a scene that is there already."""
    stage, model = Stage(scene), PictureModel()
    image = QtGui.QImage(WIDTH, HEIGHT, QtGui.QImage.Format.Format_RGB32)
    rect, light = QtCore.QRect(0, 0, WIDTH, HEIGHT), []
    for i in range(round((seconds + 1) * RATE)):
        frame = FeedbackFrame(
            i, i / RATE, value_at(i / RATE), 0.0, 0.0, False, False, 0, "train", None
        )
        model.show(frame, None, rewarded=True)
        picture = model.advance(1 / RATE)
        if i < RATE:  # until it has faded in
            continue
        painter = QtGui.QPainter(image)
        stage.paint(painter, rect, rect, picture)
        painter.end()
        light.append(luminance(image))
    return np.array(light)


@pytest.mark.parametrize("hertz", SQUARES)
@pytest.mark.parametrize("name", SCENES)
def test_a_square_wave_over_the_whole_range_does_not_flash(qapp, name, hertz) -> None:
    light = filmed(name, lambda t: float(math.floor(2 * hertz * t) % 2))
    flashing = flashes_in_a_second(light) > 3
    assert largest_share(flashing) <= 0.25
    assert flashing.mean() < 0.03
    assert flashes_in_a_second(light.mean(axis=(1, 2))[:, None]).max() <= 3


def test_the_measure_finds_flashes(qapp) -> None:
    """What a display without any smoothing would do."""
    cells = np.zeros((3 * RATE, 36, 64))
    times = np.arange(len(cells)) / RATE
    cells[:, 12:24, 20:40] = (np.floor(10 * times) % 2)[:, None, None] * 0.5
    assert largest_share(flashes_in_a_second(cells) > 3) > 0.9
    cells[:, 12:24, 20:40] = (np.floor(5 * times) % 2)[:, None, None] * 0.5
    assert flashes_in_a_second(cells).max() <= 3


def turns_at(hertz: float, size: float, seconds: float = 10.0) -> list[float]:
    """Light that the guard leaves to a sine of this rate and size."""
    guard = FlashGuard()
    return [
        guard.step(0.5 + size / 2 * math.sin(2 * math.pi * hertz * i / RATE), 1 / RATE)
        for i in range(round(seconds * RATE))
    ]


@pytest.mark.parametrize(("hertz", "size"), [(0.5, 1.0), (1.5, 1.0), (2.0, 1.0), (12.0, 0.1)])
def test_what_cannot_flash_keeps_its_light(hertz, size) -> None:
    assert min(turns_at(hertz, size)) == 1.0


@pytest.mark.parametrize("hertz", [3.3, 5.0, 9.0])
def test_what_would_flash_loses_its_light_until_it_is_calm(hertz) -> None:
    light = turns_at(hertz, 1.0)
    assert max(light[RATE:]) < 0.1
    guard = FlashGuard()
    for i in range(2 * RATE):
        guard.step(float(math.floor(2 * hertz * i / RATE) % 2), 1 / RATE)
    for _ in range(5 * RATE):
        after = guard.step(0.5, 1 / RATE)
    assert after > 0.95


def test_after_a_rest_nothing_is_remembered() -> None:
    guard = FlashGuard()
    for i in range(60):
        guard.step(float(i % 2), 1 / RATE)
    guard.reset()
    assert guard.step(0.9, 1 / RATE) == 1.0


def jumping(seed: int):
    """Values as wild as can be fed back: a new one, anywhere, at every frame or every few."""
    rng = np.random.default_rng(seed)
    steps = rng.integers(1, 30, 400)
    at = np.cumsum(steps) / RATE
    values = rng.random(400)
    return lambda t: float(values[np.searchsorted(at, t)])


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))]
)
@pytest.mark.parametrize("name", SCENES)
def test_random_values_do_not_flash(qapp, name, seed) -> None:
    """The check for each place: no field of a third by a third flashes more than three times."""
    light = filmed(name, jumping(seed), seconds=6.0)
    flashing = flashes_in_a_second(light) > 3
    assert largest_share(flashing) <= 0.25
    assert flashes_in_a_second(light.mean(axis=(1, 2))[:, None]).max() <= 3


@pytest.mark.parametrize("name", SCENES)
def test_the_picture_follows_the_value_whatever_is_shown(qapp, name) -> None:
    """Nothing is held back: the value as displayed is the low-pass of what is fed back."""
    model, target, value = PictureModel(), jumping(1), math.nan
    for i in range(5 * RATE):
        wanted = target(i / RATE)
        model.show(FeedbackFrame(i, 0.0, wanted, 0, 0, False, False, 0, "train", None), None)
        picture = model.advance(1 / RATE)
        value = wanted if i == 0 else value + (wanted - value) * -math.expm1(-1 / RATE / 0.07)
        assert picture.value == pytest.approx(value, abs=2e-4)


def chequered() -> QtGui.QImage:
    """The hardest picture there is: white and black squares, each larger than what is misty."""
    image = QtGui.QImage(WIDTH, HEIGHT, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtGui.QColor("black"))
    painter = QtGui.QPainter(image)
    for row, column in np.argwhere(np.indices((9, 16)).sum(axis=0) % 2 == 0):
        painter.fillRect(20 * int(column), 20 * int(row), 20, 20, QtGui.QColor("white"))
    painter.end()
    return image


@pytest.mark.parametrize("kind", ["picture", "film"])
def test_what_a_clinic_shows_does_not_flash_by_the_value(qapp, tmp_path, kind) -> None:
    file = tmp_path / "own.png"
    chequered().save(str(file))
    if kind == "picture":
        scene = ImageScene(file)
    else:
        multimedia = pytest.importorskip("PySide6.QtMultimedia", exc_type=ImportError)
        scene = VideoScene(file)  # no film, so that it has the one frame that is given here
        scene.background(QtCore.QSize(WIDTH, HEIGHT))
        scene._sink.setVideoFrame(multimedia.QVideoFrame(chequered()))
        assert not scene._misty.isNull()
    light = filmed_scene(scene, jumping(4), seconds=5.0)
    assert largest_share(flashes_in_a_second(light) > 3) <= 0.25
    assert flashes_in_a_second(light.mean(axis=(1, 2))[:, None]).max() <= 3
