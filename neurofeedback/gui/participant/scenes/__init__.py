"""The scenes of the participant's display, by name."""

from __future__ import annotations

from collections.abc import Callable

from neurofeedback.errors import UserError
from neurofeedback.gui.participant.clinic_media import USUAL_MEDIA, ClinicMedia
from neurofeedback.gui.participant.scenes.bar import BarScene
from neurofeedback.gui.participant.scenes.disc import DiscScene
from neurofeedback.gui.participant.scenes.image import ImageScene
from neurofeedback.gui.participant.scenes.path import PathScene
from neurofeedback.gui.participant.scenes.ring import RingScene
from neurofeedback.gui.participant.scenes.rings import RingsScene
from neurofeedback.gui.participant.scenes.scene import Scene
from neurofeedback.gui.participant.scenes.sunrise import SunriseScene
from neurofeedback.gui.participant.scenes.video import VideoScene

SCENES: dict[str, Callable[[], Scene]] = {
    "disc": DiscScene,
    "bar": BarScene,
    "ring": RingScene,
    "sunrise": SunriseScene,
    "path": PathScene,
    "rings": RingsScene,
    "image": ImageScene,
    "video": ImageScene,  # where the clinic has no film
}


def make_scene(name: str, media: ClinicMedia = USUAL_MEDIA) -> Scene:
    """Make the scene of a protocol's ``[display] scene``.

    Parameters
    ----------
    name : {'disc', 'bar', 'ring', 'sunrise', 'path', 'rings', 'image', 'video'}
    media : ClinicMedia
        Picture and film of the clinic's own; by default northern lights.

    Raises
    ------
    UserError
        If there is no such scene, or the clinic's file cannot be shown.
    """
    if name not in SCENES:
        raise UserError(
            "There is no scene {name!r}; there are {known}.", name=name, known=", ".join(SCENES)
        )
    if name == "image" and media.picture is not None:
        return ImageScene(media.picture)
    if name == "video" and media.film is not None:
        return VideoScene(media.film, media.volume)
    return SCENES[name]()


__all__ = ["SCENES", "Scene", "VideoScene", "make_scene"]
