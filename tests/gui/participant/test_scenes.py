from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scene_parts import light_of, painted, settled

from neurofeedback.errors import UserError
from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.participant.layers import STAR, _place_of
from neurofeedback.gui.participant.scenes import SCENES, make_scene
from neurofeedback.gui.participant.scenes.image import ImageScene, filling, mist, northern_lights
from neurofeedback.gui.participant.scenes.landscape import to_image
from neurofeedback.gui.participant.stage import Stage
from neurofeedback.gui.theme import contrast
from neurofeedback.protocols.spec import DisplaySettings
from neurofeedback.session.display import Mode

SIZES = [(1366, 768), (1920, 1080), (768, 1024), (320, 240)]


def test_every_scene_of_a_protocol_can_be_made(qapp) -> None:
    declared = DisplaySettings.model_fields["scene"].annotation.__args__
    assert set(declared) == set(SCENES)
    for name in ("bar", "ring", "sunrise", "path", "image"):
        assert make_scene(name) is not make_scene(name)


def test_a_scene_that_is_none_is_refused() -> None:
    with pytest.raises(UserError, match="There is no scene 'fireworks'; there are disc, bar"):
        make_scene("fireworks")


@pytest.mark.parametrize("name", SCENES)
def test_every_value_looks_different_from_the_next(qapp, name) -> None:
    pictures = [painted(name, settled(value)) for value in (0.0, 0.25, 0.5, 0.75, 1.0)]
    for before, after in pairwise(pictures):
        changed = np.abs(before - after).max(axis=2) > 12
        assert changed.mean() > 0.002


@pytest.mark.parametrize("name", SCENES)
def test_nothing_moves_outside_the_moving_area(qapp, name) -> None:
    """Painting only that area gives what painting everything gives."""
    size = (640, 360)
    before, after = settled(0.2), replace(settled(0.9), halo=0.8)
    area = Stage(make_scene(name)).changed_area(QtCore.QRect(0, 0, *size), before, after)
    image = QtGui.QImage(*size, QtGui.QImage.Format.Format_RGB32)
    painted(name, before, onto=image)
    partly = painted(name, after, area=area, onto=image)
    wholly = painted(name, after)
    differs = np.abs(partly - wholly).max(axis=2) > 3
    if name in ("path", "rings"):  # their trail remembers
        differs[:, : size[0] // 2] = False
    assert not differs.any()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCENES)
def test_paused_is_dimmed_and_said_in_legible_words(qapp, name, size) -> None:
    running, paused = settled(0.8), settled(0.8, held="paused")
    assert paused.mode is Mode.PAUSED
    assert paused.value == pytest.approx(running.value, abs=1e-3)
    dark, bright = painted(name, paused, size), painted(name, running, size)
    assert dark[: size[1] // 2].mean() < 0.75 * bright[: size[1] // 2].mean()
    lower = dark[int(0.84 * size[1]) : int(0.89 * size[1]), size[0] // 3 : 2 * size[0] // 3]
    brightest = lower.reshape(-1, 3)[lower.sum(axis=2).argmax()]
    words = "#" + "".join(f"{round(c):02x}" for c in brightest[::-1])
    strip = np.median(lower.reshape(-1, 3), axis=0)
    behind = "#" + "".join(f"{round(c):02x}" for c in strip[::-1])
    assert contrast(words, behind) > 4.5


@pytest.mark.parametrize("name", SCENES)
def test_without_a_value_there_is_a_point_to_look_at_and_nothing_of_the_value(qapp, name) -> None:
    blank = [painted(name, settled(v, phase="baseline")) for v in (0.1, 0.9)]
    np.testing.assert_array_equal(*blank)
    middle = blank[0][int(0.45 * 360), 320]
    assert middle.min() > 180


@pytest.mark.parametrize("name", SCENES)
def test_all_of_a_scene_lies_inside_the_screen(qapp, name) -> None:
    """The moving area is part of the screen, whatever its shape."""
    for size in SIZES:
        rect = QtCore.QRect(0, 0, *size)
        area = make_scene(name).moving_area(rect)
        assert not area.isEmpty()
        assert rect.intersects(area)


def test_the_way_is_travelled_only_while_something_is_fed_back() -> None:
    assert settled(0.8, held="flat F3").travel == pytest.approx(settled(0.8).travel / 2, rel=0.3)
    assert settled(0.5, phase="rest").travel == 0.0


def test_a_picture_of_ones_own_fills_the_screen(qapp, tmp_path: Path) -> None:
    image = QtGui.QImage(40, 90, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtGui.QColor(200, 100, 50))
    file = tmp_path / "own.png"
    image.save(str(file))
    background = filling(QtGui.QImage(str(file)), QtCore.QSize(320, 200))
    assert (background.width(), background.height()) == (320, 200)
    assert background.pixelColor(3, 197).name() == "#c86432"


def test_the_mist_has_the_light_of_the_picture_at_every_place(qapp) -> None:
    image = to_image(northern_lights(QtCore.QSize(640, 360)))
    light = []
    for shown in (image, mist(image)):
        pixels = np.frombuffer(shown.constBits(), dtype=np.uint8).reshape(360, 640, 4)
        cells = light_of(pixels[:, :, :3].astype(float)).reshape(6, 60, 8, 80).mean(axis=(1, 3))
        light.append(cells)
    np.testing.assert_allclose(*light, atol=0.03)
    assert light[0].mean() == pytest.approx(light[1].mean(), rel=0.04)


def test_a_picture_that_cannot_be_read_is_refused(qapp, tmp_path: Path) -> None:
    file = tmp_path / "own.png"
    file.write_text("no picture")
    with pytest.raises(UserError, match="own.png is not a picture that can be shown"):
        ImageScene(file)


def test_numbers_are_written_only_where_they_are_wanted(qapp) -> None:
    rect = QtCore.QRect(0, 0, 640, 360)
    pixels = []
    for numbers in (False, True):
        image = QtGui.QImage(640, 360, QtGui.QImage.Format.Format_RGB32)
        painter = QtGui.QPainter(image)
        Stage(make_scene("disc"), numbers=numbers).paint(painter, rect, rect, settled(0.5))
        painter.end()
        pixels.append(image.copy(200, 310, 240, 40))
    assert pixels[0] != pixels[1]
    assert math.isfinite(settled(0.5).value)


def test_rings_are_behind_the_glider_and_never_ahead(qapp) -> None:
    """Also where the way begins anew, as with another session."""
    size, stage = (640, 360), Stage(make_scene("rings"))

    def right_half(travel: float, lights: int) -> np.ndarray:
        image = QtGui.QImage(*size, QtGui.QImage.Format.Format_RGB32)
        painter, rect = QtGui.QPainter(image), QtCore.QRect(0, 0, *size)
        shown = replace(settled(0.5), travel=travel, lights=lights, presence=1.0)
        stage.paint(painter, rect, rect, shown)
        painter.end()
        pixels = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(size[1], size[0], 4)
        return pixels[60:220, 340:, :3].astype(float)

    before = right_half(1.0, 0)
    for travel in (20.0, 21.0, 22.0):
        right_half(travel, round(travel))
    assert np.abs(right_half(1.0, 3) - before).max() < 40


def test_no_star_covers_another() -> None:
    """Of two hundred."""
    sky = QtCore.QRectF(0, 0, 1366, 768)
    places = np.array([[p.x(), p.y()] for p in (_place_of(i, sky) for i in range(200))])
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) + 1e6 * np.eye(200)
    assert apart.min() > 2 * STAR * 768
