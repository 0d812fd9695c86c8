"""Files of the clinic's own: a film, a picture, and the square for a photodiode."""

from __future__ import annotations

from pathlib import Path

import pytest
from film import write_film
from scene_parts import settled

from neurofeedback.errors import UserError
from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.participant.clinic_media import ClinicMedia
from neurofeedback.gui.participant.light_patch import LightPatch
from neurofeedback.gui.participant.scenes import VideoScene, make_scene
from neurofeedback.gui.participant.stage import Stage
from neurofeedback.gui.participant.window import ParticipantWindow

SIZE = (320, 180)


def shown(stage: Stage, picture) -> QtGui.QImage:
    image = QtGui.QImage(*SIZE, QtGui.QImage.Format.Format_RGB32)
    painter, rect = QtGui.QPainter(image), QtCore.QRect(0, 0, *SIZE)
    stage.paint(painter, rect, rect, picture)
    painter.end()
    return image


@pytest.fixture
def film(qapp, tmp_path: Path) -> Path:
    pytest.importorskip("PySide6.QtMultimedia", exc_type=ImportError)
    return write_film(tmp_path / "own.avi", ["#a03030"] * 50 + ["#3050a0"] * 50)


def test_a_film_moves_while_something_is_fed_back_and_stands_still_in_a_hold(qtbot, film) -> None:
    scene = VideoScene(film, volume=0.0)
    stage = Stage(scene)
    shown(stage, settled(0.5, held="flat F3"))
    assert not scene.playing
    shown(stage, settled(0.9))
    qtbot.waitUntil(lambda: scene.playing, timeout=20_000)

    def middle_is_of_the_film() -> bool:
        colour = shown(stage, settled(0.9)).pixelColor(150, 70)
        return max(colour.red(), colour.blue()) - colour.green() > 60

    qtbot.waitUntil(middle_is_of_the_film, timeout=20_000)
    shown(stage, settled(0.9, held="flat F3"))
    assert not scene.playing
    scene.close()


def test_without_a_film_there_are_northern_lights(qapp, tmp_path: Path) -> None:
    assert shown(Stage(make_scene("video")), settled(0.7)) == shown(
        Stage(make_scene("image")), settled(0.7)
    )
    with pytest.raises(UserError, match="none.mp4 is not there; northern lights are shown"):
        make_scene("video", ClinicMedia(film=tmp_path / "none.mp4"))


def test_a_window_shows_what_it_can_and_says_what_it_cannot(qtbot, session, tmp_path: Path) -> None:
    media = ClinicMedia(film=tmp_path / "none.mp4", picture=tmp_path / "none.png")
    window = ParticipantWindow(session.clock, scene="video", media=media)
    qtbot.addWidget(window)
    assert "none.mp4 is not there" in str(window.problem)
    window.show_scene("disc")
    assert window.problem is None
    window.show_scene("image")
    assert "none.png is not a picture" in str(window.problem)


def test_the_square_for_a_photodiode_says_on_which_side_of_the_threshold_it_is(qapp) -> None:
    plain, stage = Stage(make_scene("bar")), Stage(make_scene("bar"), patch=LightPatch())
    for value, light in ((0.45, 0), (0.55, 255)):
        assert shown(stage, settled(value)).pixelColor(3, 176).lightness() == light
        assert shown(plain, settled(value)).pixelColor(3, 176).lightness() not in (0, 255)


def test_the_same_square_flashes_when_it_is_told_to(qapp) -> None:
    patch = LightPatch(0.25, bright=False)
    stage, picture = Stage(make_scene("disc"), patch=patch), settled(0.9)
    assert shown(stage, picture).pixelColor(3, 176).lightness() == 0
    patch.bright = True
    image = shown(stage, picture)
    area = patch.area(image.rect())
    assert area.bottomLeft() == image.rect().bottomLeft()
    assert {image.pixelColor(p).lightness() for p in (area.topLeft(), area.bottomRight())} == {255}
