"""What the picture teaches: it follows the value, and nothing else of it does."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from effort import long
from scene_parts import contrast_of, light_of, painted, settled

from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui._qt import QtCore
from neurofeedback.gui.participant.layers import sailing_area
from neurofeedback.gui.participant.picture import PictureModel
from neurofeedback.gui.participant.scenes import SCENES
from neurofeedback.gui.participant.scenes.disc import disc_radius
from neurofeedback.protocols.file.reading import library, load_protocol
from neurofeedback.session.display import Mode

TICK = 1 / 60
SIZE = (960, 540)


def frame(value=0.7, held=None, phase="train", block=1) -> FeedbackFrame:
    return FeedbackFrame(1, 0.0, value, 0.0, 0.0, False, value > 0.5, block, phase, held)


def run(model: PictureModel, seconds: float, shown: FeedbackFrame, rewarded=False):
    for _ in range(round(seconds / TICK)):
        model.show(shown, None, rewarded)
        picture = model.advance(TICK)
    return picture


# A blink is no fault of the participant's.


def test_a_blink_freezes_the_picture_and_changes_nothing_else() -> None:
    model = PictureModel()
    before = run(model, 10.0, frame())
    for _ in range(5):
        held = run(model, 1.0, frame(0.1, held="amplitude Fp1"))
        assert held.mode is Mode.HELD
        assert held.value == before.value
        assert held.dim == 0.0
        assert held.word_opacity < 0.01
        before = run(model, 0.5, frame())


def test_a_longer_hold_is_said_after_two_seconds() -> None:
    model = PictureModel()
    run(model, 10.0, frame())
    assert run(model, 1.9, frame(held="flat F3")).dim == 0.0
    said = run(model, 1.5, frame(held="flat F3"))
    assert said.dim > 0.3
    assert said.word == "Waiting for a clear signal"
    assert said.word_opacity > 0.9


# The shape meets its stroke at the threshold.


def peaks(line: np.ndarray, least: float = 0.45) -> list[int]:
    """Where bright marks are along a line of light, one place for each."""
    groups = np.split(np.flatnonzero(line > least), np.flatnonzero(np.diff(
        np.flatnonzero(line > least)) > 2) + 1)  # fmt: skip
    return [int(g[np.argmax(line[g])]) for g in groups if g.size]


class Probe:
    """Finds the edge that shows the value and the stroke that marks the threshold, in pixels.

    `along` is the line of pixels on which both lie; `value` grows toward its start or its end.
    """

    def __init__(self, name: str, size: tuple[int, int]) -> None:
        self.name, self.size = name, size
        self.w, self.h = size
        self.side = min(size)
        self.radial = name in ("disc", "image", "video")

    def line(self, value: float, x: float = 0.0) -> np.ndarray:
        return self.of(settled(value), x)

    def of(self, picture, x: float = 0.0) -> np.ndarray:
        light = light_of(painted(self.name, picture, self.size))
        if self.radial:
            return light[round(0.46 * self.h), self.w // 2 :]
        at = round(x)
        return light[: round(0.9 * self.h), at - 1 : at + 2].mean(axis=1)

    def stroke(self) -> float:
        if self.radial:
            hidden = replace(settled(0.0), presence=0.0)
            differs = np.abs(self.line(0.0) - self.of(hidden)) > 0.03
            places = np.flatnonzero(differs)
            groups = np.split(places, np.flatnonzero(np.diff(places) > 3) + 1)
            return float(groups[-1].mean())
        x = {
            "bar": self.w / 2 - 0.0575 * self.side - 0.05 * self.side,
            "ring": self.w / 2 - 0.31 * self.side,
            "sunrise": self.w / 2 - 0.12 * self.side,
        }.get(self.name, 0.01 * self.side)
        return peaks(self.line(0.0, x))[0]

    def edge(self, value: float) -> float:
        if self.radial:
            small, large = self.line(0.0), self.line(value)
            return float(np.flatnonzero(np.abs(large - small) > 0.03)[-1])
        if self.name == "ring":
            light = light_of(painted("ring", settled(value), self.size))
            x = slice(round(self.w / 2 + 0.2 * self.side), round(self.w / 2 + 0.282 * self.side))
            rows = np.flatnonzero((light[:, x] > 0.5).any(axis=1))
            return float(rows[rows < 0.9 * self.h].mean())
        x = {"bar": self.w / 2, "sunrise": self.w / 2}.get(
            self.name, 0.42 * self.w + 0.04 * self.side
        )
        line = self.line(value, x)
        line[: round(0.15 * self.h)] = 0.0  # stars
        bright = np.flatnonzero(line > 0.5)
        if self.name in ("path", "rings"):
            bright = bright[np.abs(bright - self.stroke()) > 3]
        return float(bright.mean())


@pytest.mark.parametrize("size", [(960, 540), *long((1366, 768))])
@pytest.mark.parametrize("name", SCENES)
def test_shape_and_stroke_meet_exactly_at_the_threshold(qapp, name, size) -> None:
    """The edge is as far on one side of the stroke below the threshold as on the other above."""
    probe = Probe(name, size)
    away = 0.14
    below, above = probe.edge(0.5 - away), probe.edge(0.5 + away)
    assert abs(above - below) > 0.03 * probe.side
    assert (below + above) / 2 == pytest.approx(probe.stroke(), abs=1.5)


@pytest.mark.parametrize("value", [0.0, 0.35, 0.5, 0.65, 1.0])
@pytest.mark.parametrize("name", SCENES)
def test_the_threshold_stands_out_whatever_is_behind_it(qapp, name, value) -> None:
    """Disc and picture go over their ring, and it must be seen on them."""
    probe = Probe(name, (960, 540))
    at, x = round(probe.stroke()), 0.0
    if not probe.radial:
        x = {"bar": 418.0, "ring": 313.0, "sunrise": 415.0}.get(name, 5.0)
    near = probe.line(value, x)[at - 5 : at + 6]
    assert contrast_of(near.max(), near.min()) >= 3.0


@pytest.mark.parametrize("value", [0.0, 0.2, 0.8, 1.0])
def test_the_ends_of_the_ring_stand_out(qapp, value) -> None:
    """Along the middle of the ring, past each end of its arms."""
    width, height = SIZE
    light = light_of(painted("ring", settled(value), SIZE))
    angles = np.radians(180.0 * max(value, 0.5 / 180.0) + np.linspace(-4.0, 4.0, 81))
    for way in (-1, 1):
        x = np.round(width / 2 + way * 0.25 * height * np.sin(angles)).astype(int)
        y = np.round(0.45 * height + 0.25 * height * np.cos(angles)).astype(int)
        assert contrast_of(light[y, x].max(), light[y, x].min()) >= 3.0


@pytest.mark.parametrize("ground", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("name", SCENES)
def test_the_boat_and_the_stars_stand_out(qapp, name, ground) -> None:
    width, height = SIZE
    shown = replace(settled(0.5), ground=ground, lights=9, earlier=(7,))
    light = light_of(painted(name, shown, SIZE))
    at = round(width * (0.08 + 0.84 * ground))
    boat = light[round(0.89 * height) : round(0.975 * height), at - 20 : at + 20]
    assert contrast_of(boat.max(), float(np.median(boat))) >= 3.0
    sky = light[: round(0.14 * height)]
    assert contrast_of(sky.max(), float(np.median(sky))) >= 3.0


@pytest.mark.parametrize("size", [(1366, 768), *long((1920, 1080)), (768, 1024)])
@pytest.mark.parametrize("language", ["en", "de"])
def test_words_hide_neither_the_boat_nor_the_threshold(qapp, size, language) -> None:
    """The longest instruction of all presets leaves the slow layer and the stroke free."""
    width, height = size
    texts = [
        text.get(language, "")
        for name in library()
        for text in load_protocol(name).instructions.texts.values()
    ]
    longest = " ".join(max(texts, key=len).split())
    for word in (longest, "Waiting for a clear signal"):
        shown = replace(settled(0.5), word=word, word_opacity=1.0)
        plain = painted("disc", replace(shown, word="", word_opacity=0.0), size)
        rows = np.flatnonzero(
            (np.abs(painted("disc", shown, size) - plain).max(axis=2) > 8).any(axis=1)
        )
        assert rows.max() < sailing_area(QtCore.QRect(0, 0, *size)).top()
        assert rows.min() > 0.46 * height + disc_radius(0.5, min(size))


@pytest.mark.parametrize("value", [0.3, 0.7])
@pytest.mark.parametrize("name", [n for n in SCENES if n != "ring"])
def test_the_edge_of_the_value_stands_out(qapp, name, value) -> None:
    probe = Probe(name, (960, 540))
    at = round(probe.edge(value))
    x = {"bar": 480.0, "sunrise": 480.0}.get(name, 0.42 * 960 + 0.04 * 540)
    near = probe.line(value, x)[max(0, at - 34) : at + 34]
    assert contrast_of(near.max(), near.min()) >= 3.0


# Three layers, and a sign for each kind of block.


@pytest.mark.parametrize("name", SCENES)
def test_slow_and_rare_layers_are_shown_in_every_scene(qapp, name) -> None:
    usual = settled(0.5)
    plain = painted(name, usual)
    for other in (replace(usual, ground=0.6), replace(usual, lights=1)):
        differs = np.abs(painted(name, other) - plain).max(axis=2) > 25
        assert differs.sum() > 5


def test_the_ground_is_the_slow_mean_of_the_value() -> None:
    model = PictureModel()
    run(model, 120.0, frame(0.6))
    assert model.advance(0.0).ground == pytest.approx(0.7, abs=0.01)
    for i in range(round(30 / TICK)):
        model.show(frame(0.6 + 0.3 * np.sign(np.sin(i / 20))), None)
        picture = model.advance(TICK)
        assert abs(picture.ground - 0.7) < 0.05


def test_lights_build_up_in_a_block_and_stay_between_blocks() -> None:
    model = PictureModel()
    for block, phase, n in ((0, "baseline", 0), (1, "train", 3), (2, "rest", 0), (3, "train", 2)):
        for _ in range(max(n, 1)):
            model.show(frame(0.6, block=block, phase=phase), None, rewarded=n > 0)
            picture = run(model, 1.0, frame(0.6, block=block, phase=phase))
    assert (picture.earlier, picture.lights) == ((3,), 2)


def test_each_kind_of_block_has_its_own_picture_and_words(qapp) -> None:
    seen, words = [], set()
    for phase in ("baseline", "rest", "transfer", "done"):
        model = PictureModel()
        picture = run(model, 4.0, frame(float("nan"), phase=phase))
        words.add(picture.word)
        seen.append(painted("disc", replace(picture, word_opacity=0.0)))
    assert len(words) == 4
    assert "Rest. You may move and blink." in words
    assert "Go on as before, without the picture" in words
    for first, second in itertools.combinations(seen, 2):
        assert (np.abs(first - second).max(axis=2) > 30).sum() > 40


def test_rests_and_the_end_tell_how_it_went_but_never_in_a_trial() -> None:
    told = {}
    for results in (True, False):
        model = PictureModel(results=results)
        for _ in range(4):
            run(model, 1.0, frame())
            model.show(frame(), None, rewarded=True)
        told[results] = [
            run(model, 3.0, frame(float("nan"), phase=phase, block=block)).word
            for block, phase in ((2, "rest"), (3, "done"))
        ]
    assert told[False] == ["Rest. You may move and blink.", "Finished. Thank you."]
    assert told[True][0].endswith("4 stars in this round")
    assert told[True][1].endswith("You have gathered 4 stars.")


# Light itself changes alpha, so it stays.


@pytest.mark.parametrize("size", [(960, 540), *long((540, 720))])
@pytest.mark.parametrize("name", SCENES)
def test_the_light_of_the_whole_picture_does_not_follow_the_value(qapp, name, size) -> None:
    light = [
        light_of(painted(name, replace(settled(value), ground=ground), size)).mean()
        for value, ground in itertools.product((0.0, 0.25, 0.5, 0.75, 1.0), (0.1, 0.5, 0.9))
    ]
    assert (max(light) - min(light)) / np.mean(light) <= 0.10
