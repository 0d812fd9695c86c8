"""The light of the whole picture: the same whatever is shown, since light itself changes alpha."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from scene_parts import light_of, painted, settled

from neurofeedback.gui.participant.scenes import SCENES

SIZE = (960, 540)
VALUES = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST = 0.10


def spread(pictures, name: str) -> float:
    """Largest difference of the mean light of pictures, as a share of their mean."""
    light = [light_of(painted(name, picture, SIZE)).mean() for picture in pictures]
    return (max(light) - min(light)) / (sum(light) / len(light))


@pytest.mark.parametrize("name", SCENES)
def test_no_kind_of_block_has_more_light_than_another(qapp, name) -> None:
    """A baseline and a transfer are compared with training; a reward and a blink are within it."""
    shown = [replace(settled(value), ground=value) for value in VALUES]
    rewarded = [replace(picture, halo=1.0, lights=40) for picture in shown]
    veiled = [replace(picture, light=0.0) for picture in shown]
    blinks = [settled(value, held="flat F3", seconds=0.5) for value in (0.0, 1.0)]
    blinks = [replace(picture, presence=1.0) for picture in blinks]
    blocks = [settled(math.nan, phase=phase) for phase in ("baseline", "rest", "transfer", "done")]
    assert spread([*shown, *rewarded, *veiled, *blinks, *blocks], name) <= MOST


@pytest.mark.parametrize("name", SCENES)
def test_a_long_hold_is_as_dark_at_every_value(qapp, name) -> None:
    held = [settled(value, held="flat F3", seconds=3.0) for value in VALUES]
    assert held[0].dim > 0.3
    assert spread(held, name) <= MOST
