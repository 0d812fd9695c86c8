"""Every scene of the participant's display, as `make_screens --scenes` takes pictures of it.

A sheet for each scene: five values with the slow and the rare layer, a blink, a longer hold, a
rest, a transfer and the end; and one whole picture, as it is seen. They come from the real model,
which is fed frames, and need neither a session nor a window.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture, PictureModel
from neurofeedback.gui.participant.scenes import SCENES, make_scene
from neurofeedback.gui.participant.stage import Stage

CELL = QtCore.QSize(480, 270)
WHOLE = QtCore.QSize(1366, 768)
COLUMNS = 2
FPS = 30

Save = Callable[[str, QtGui.QImage], None]


def take_pictures(save: Save) -> None:
    """Render all scenes.

    Parameters
    ----------
    save : callable
        Gets the name of a picture and the picture.
    """
    for name in SCENES:
        rows = math.ceil(len(MOMENTS) / COLUMNS)
        sheet = QtGui.QImage(CELL.width() * COLUMNS, CELL.height() * rows, RGB)
        painter = QtGui.QPainter(sheet)
        for i, moment in enumerate(MOMENTS):
            stage = Stage(make_scene(name))  # remembers what it was shown
            picture = played(stage, *moment)
            place = QtCore.QPoint(i % COLUMNS * CELL.width(), i // COLUMNS * CELL.height())
            painter.drawImage(place, painted(stage, picture, CELL))
            if moment is WHOLE_MOMENT:
                save(f"participant-sees-{name}-1366x768", painted(stage, picture, WHOLE))
        painter.end()
        save(f"scene-{name}", sheet)
    for state in ("paused", "stale"):
        stage = Stage(make_scene("sunrise"))
        picture = played(stage, 0.62, 30, ("train", state, 4.0))
        save(f"participant-sees-{state}-1366x768", painted(stage, picture, WHOLE))


RGB = QtGui.QImage.Format.Format_RGB32
# A value, the rewards so far, and what follows: kind of block, cause of a hold, seconds.
MOMENTS = (
    (0.0, 2, ("train", None, 0.1)),
    (0.25, 8, ("train", None, 0.1)),
    (0.5, 20, ("train", None, 0.1)),
    (0.62, 34, ("train", None, 0.1)),
    (1.0, 60, ("train", None, 0.1)),
    (0.6, 20, ("train", "amplitude Fp1", 0.8)),
    (0.6, 20, ("train", "flat F3", 5.0)),
    (0.6, 20, ("rest", None, 4.0)),
    (0.6, 20, ("transfer", None, 4.0)),
    (0.6, 20, ("done", None, 4.0)),
)
WHOLE_MOMENT = MOMENTS[3]


def played(
    stage: Stage, value: float, rewards: int, then: tuple[str, str | None, float]
) -> Picture:
    """Return the picture after two rounds at about a value, and then something else."""
    model, count = PictureModel(results=True), 0
    for block, n in ((1, 18), (3, rewards)):
        for i in range(30 * FPS):
            now = value + 0.12 * math.sin(0.11 * (i - 30 * FPS)) * math.exp((i - 30 * FPS) / 90)
            reward = i % max(1, 30 * FPS // n) == 0 and i // max(1, 30 * FPS // n) < n
            frame = FeedbackFrame(count, 0.0, min(max(now, 0.0), 1.0), 0.0, 0.0, reward, True,
                                  block, "train")  # fmt: skip
            model.show(frame, None, rewarded=reward)
            picture = model.advance(1 / FPS)
            if i > 26 * FPS:  # trails remember the last seconds
                painted(stage, picture, QtCore.QSize(48, 27))
            count += 1
    phase, held, seconds = then
    for _ in range(round(seconds * FPS)):
        shown = value if phase == "train" else math.nan
        block = 3 if phase == "train" else 4
        model.show(
            FeedbackFrame(count, 0.0, shown, 0.0, 0.0, False, True, block, phase, held), None
        )
        picture = model.advance(1 / FPS)
        count += 1
    return picture


def painted(stage: Stage, picture: Picture, size: QtCore.QSize) -> QtGui.QImage:
    """Return a picture of a size."""
    image = QtGui.QImage(size, RGB)
    rect = QtCore.QRect(QtCore.QPoint(0, 0), size)
    painter = QtGui.QPainter(image)
    stage.paint(painter, rect, rect, picture)
    painter.end()
    return image
