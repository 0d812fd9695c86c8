"""The scenes of the participant's display, by name."""

from __future__ import annotations

from collections.abc import Callable

from neurofeedback.errors import UserError
from neurofeedback.gui.participant.scenes.bar import BarScene
from neurofeedback.gui.participant.scenes.disc import DiscScene
from neurofeedback.gui.participant.scenes.image import ImageScene
from neurofeedback.gui.participant.scenes.path import PathScene
from neurofeedback.gui.participant.scenes.ring import RingScene
from neurofeedback.gui.participant.scenes.rings import RingsScene
from neurofeedback.gui.participant.scenes.scene import Scene
from neurofeedback.gui.participant.scenes.sunrise import SunriseScene

SCENES: dict[str, Callable[[], Scene]] = {
    "disc": DiscScene,
    "bar": BarScene,
    "ring": RingScene,
    "sunrise": SunriseScene,
    "path": PathScene,
    "rings": RingsScene,
    "image": ImageScene,
}


def make_scene(name: str) -> Scene:
    """Make the scene of a protocol's ``[display] scene``.

    Parameters
    ----------
    name : {'disc', 'bar', 'ring', 'sunrise', 'path', 'rings', 'image'}

    Raises
    ------
    UserError
        If there is no such scene.
    """
    if name not in SCENES:
        raise UserError(
            "There is no scene {name!r}; there are {known}.", name=name, known=", ".join(SCENES)
        )
    return SCENES[name]()


__all__ = ["SCENES", "Scene", "make_scene"]
