"""What the participant's picture tells: whether it follows the brain, and whether that can be seen.

Real resting recordings, the program's own engine, scenes painted and read back from their pixels.
Nobody was learning, so a change of what is trained is added (see `session.explain.contingency`).
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np

from benchmarks.nowcast import r
from benchmarks.recordings import Rest, resting
from benchmarks.table import Table
from neurofeedback.events import Event
from neurofeedback.frames import Chunk, FeedbackFrame, FloatArray
from neurofeedback.protocols.file.reading import library, load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.engine import SessionEngine, frame_seconds
from neurofeedback.session.explain.contingency import LENGTHS, Contingency, contingency_of
from neurofeedback.signal.power.fitting import true_power

BASELINE = 60.0  # s
FPS = 60
SIZE = (320, 180)
READ = 24  # s of each recording that are painted
SMOOTHINGS = (0.05, 0.07, 0.12, 0.2, 0.35)
BELOW = 0.02  # r that the picture may be below what is fed back
KNOWN = np.linspace(0.0, 1.0, 201)  # values that are told apart
LOOKS = (  # warmth, light and glow
    (0.5, 1.0, 0.0), (0.25, 1.0, 0.0), (0.75, 1.0, 0.0), (0.5, 1.0, 0.3), (0.5, 1.0, 0.7),
    (0.5, 0.6, 0.0), (0.5, 0.3, 0.0), (0.5, 0.0, 0.0),
)  # fmt: skip
N_CELLS = 3000
TARGET = {"chimes": 3.5, "ground": 4.5}


def _short(spec: ProtocolSpec) -> ProtocolSpec:
    """Return a protocol with one short baseline and one round that takes all the rest."""
    fields = spec.model_dump(mode="json")
    fields["blocks"] = [
        {"kind": "baseline", "seconds": BASELINE, "eyes": "open"},
        {"kind": "train", "seconds": 3600.0, "eyes": "open"},
    ]
    fields["control"] = None
    return ProtocolSpec.model_validate(fields)


def _run(rest: Rest, spec: ProtocolSpec) -> tuple[list[FeedbackFrame], list[Event]]:
    """Return what would be fed back, and what happened."""
    info = replace(
        rest.info,
        ch_names=rest.ch_names,
        ch_types=("eeg",) * len(rest.ch_names),
        units=("V",) * len(rest.ch_names),
        labels=(),
    )
    engine = SessionEngine(info, spec)
    times = np.arange(len(rest.data)) / info.sfreq
    result = engine.step(Chunk(rest.data.copy(), times, 0))
    return list(result.feedback), list(result.events)


def _recordings(quick: bool) -> list[Rest]:
    return [rest for rest in resting("F3", "F4") if rest.data.shape[0] / rest.info.sfreq > 110][
        : 3 if quick else 7
    ]


# ---- does the picture follow the brain? ---------------------------------------------------------


def picture(quick: bool) -> list[Table]:
    """r with the true asymmetry of what is fed back and of what is painted, for every scene."""
    from neurofeedback.gui._qt import QtWidgets
    from neurofeedback.gui.participant.scenes import SCENES

    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    spec = _short(load_protocol("faa-up"))
    fed: list[float] = []
    levels: dict[float, list[float]] = {seconds: [] for seconds in SMOOTHINGS}
    pixels: dict[str, list[float]] = {name: [] for name in SCENES}
    losses: dict[str, list[float]] = {name: [] for name in SCENES}
    lowered: list[float] = []
    for rest in _recordings(quick):
        frames, _ = _run(rest, spec)
        truth = _truth(rest, frames)
        shown = np.array([frame.phase == "train" and frame.held is None for frame in frames])
        values = np.array([frame.value for frame in frames])
        fed.append(r(values[shown], truth[shown]))
        for seconds in SMOOTHINGS:
            level, light = _levels(frames, seconds)
            levels[seconds].append(r(level[shown], truth[shown]))
            if seconds == spec.display.smoothing:
                lowered.append(float((light[shown] < 0.9).mean()))
                usual = level
        for name in SCENES:
            read = _read_back(name, frames, READ / (3 if quick else 1))
            known = shown & np.isfinite(read)
            pixels[name].append(r(read[known], usual[known]))
            losses[name].append(r(usual[known], truth[known]) - r(read[known], truth[known]))
    table = Table(
        "r with the true asymmetry (1 s, centred), nothing shifted: fed back, and of the picture",
        ["what", "r", "less than fed back", f"within {BELOW}", "r of its pixels with the value"],
    )
    table.add("fed back", float(np.mean(fed)), 0.0, "yes", "-")
    for name, each in pixels.items():
        # Smoothing is judged over all frames: what it costs in a few seconds varies too much.
        smoothed = float(np.mean(levels[spec.display.smoothing]))
        loss = float(np.mean(fed)) - smoothed + float(np.mean(losses[name]))
        within = "yes" if loss <= BELOW else "NO"
        table.add(name, float(np.mean(fed)) - loss, loss, within, f"{np.mean(each):.4f}")
    costs = Table(
        "What smoothing of the display costs (display.smoothing)",
        ["smoothing = added delay, s", "r", "less than fed back"],
    )
    for seconds, rs in levels.items():
        costs.add(seconds, float(np.mean(rs)), float(np.mean(fed)) - float(np.mean(rs)))
    costs.add("light lowered, share of time", float(np.mean(lowered)), "-")
    del app
    return [table, costs]


def _truth(rest: Rest, frames: list[FeedbackFrame]) -> FloatArray:
    """Return ln P(F4) - ln P(F3) at each frame, in a window of 1 s around it."""
    fs = rest.info.sfreq
    hop = frames[1].sample - frames[0].sample
    n_hops = len(rest.data) // hop
    signals = rest.pick("F3", "F4")[: n_hops * hop].reshape(n_hops, hop, 2)
    logs = np.log(true_power(signals, (8.0, 13.0), 1.0, fs))
    at = np.minimum(np.array([frame.sample for frame in frames]) // hop, n_hops - 1)
    return np.asarray(logs[at, 1] - logs[at, 0])


def _levels(frames: list[FeedbackFrame], smoothing: float) -> tuple[FloatArray, FloatArray]:
    """Return the value as displayed at each frame, and the light of large parts."""
    levels, light = [], []
    for _, shown in _shown(frames, smoothing):
        levels.append(shown.level)
        light.append(shown.light)
    return np.array(levels), np.array(light)


def _shown(frames: list[FeedbackFrame], smoothing: float):  # type: ignore[no-untyped-def]
    """Yield each frame with the picture as it is when the next one comes, at `FPS`."""
    from neurofeedback.gui.participant.picture import PictureModel

    model, now = PictureModel(smoothing=smoothing), frames[0].time
    for i, frame in enumerate(frames):
        model.show(frame, None, frame.reward)
        until = frames[i + 1].time if i + 1 < len(frames) else frame.time
        shown = model.advance(0.0)
        while now < until:
            shown = model.advance(1 / FPS)
            now += 1 / FPS
        yield frame, shown


def _read_back(name: str, frames: list[FeedbackFrame], seconds: float) -> FloatArray:
    """Return the value that pixels show at each frame; NaN where none was painted."""
    from neurofeedback.gui.participant.scenes import make_scene
    from neurofeedback.gui.participant.stage import Stage

    scale, cells, weights = _scale_of(name)
    stage = Stage(make_scene(name))
    training = [i for i, frame in enumerate(frames) if frame.phase == "train"]
    first = frames[training[0]].time + 5.0
    found = np.full(len(frames), math.nan)
    for i, (frame, shown) in enumerate(_shown(frames, 0.07)):
        if first <= frame.time < first + seconds:
            differs = scale - _pixels(stage, shown)[cells]
            nearest = int(np.argmin((weights * differs**2).sum(axis=1)))
            found[i] = KNOWN[nearest % len(KNOWN)]
    return found


@cache
def _scale_of(name: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what a scene looks like at all `KNOWN` values, for the cells that tell most of them.

    It is looked up in every warmth, light and glow that the scene may have then: a watcher sees
    where an edge is, whatever the colour beside it.
    """
    from neurofeedback.gui.participant.picture import PictureModel
    from neurofeedback.gui.participant.scenes import make_scene
    from neurofeedback.gui.participant.stage import Stage

    model = PictureModel()
    frame = FeedbackFrame(0, 0.0, 0.5, 0.0, 0.0, False, True, 0, "train")
    for _ in range(180):
        model.show(frame, None)
        picture = model.advance(1 / FPS)
    stage = Stage(make_scene(name))
    looks = [
        replace(
            picture,
            level=float(v),
            value=float(v),
            travel=0.0,
            brightness=warmth,
            light=light,
            halo=halo,
        )
        for warmth, light, halo in LOOKS
        for v in KNOWN
    ]
    scale = np.array([_pixels(stage, look) for look in looks], dtype=np.float32)
    tells = scale[: len(KNOWN)].std(axis=0)
    cells = np.argsort(tells)[-N_CELLS:]
    return scale[:, cells], cells, tells[cells]


def _pixels(stage, picture) -> FloatArray:  # type: ignore[no-untyped-def]
    """Return the middle of the painted picture, green, without stars, hills and boat."""
    from neurofeedback.gui._qt import QtCore, QtGui

    width, height = SIZE
    image = QtGui.QImage(width, height, QtGui.QImage.Format.Format_RGB32)
    painter, rect = QtGui.QPainter(image), QtCore.QRect(0, 0, width, height)
    stage.paint(painter, rect, rect, picture)
    painter.end()
    pixels = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(height, width, 4)
    part = pixels[round(0.14 * height) : round(0.76 * height), width // 4 : 3 * width // 4, 1]
    return part.astype(np.float64).ravel()


# ---- could a participant see that? --------------------------------------------------------------


def watcher(quick: bool) -> list[Table]:
    """d' of an ideal watcher, half a standard deviation against none, for every preset."""
    from neurofeedback.gui.participant.scenes import SCENES

    names = [n for n in library() if load_protocol(n).target is not None]
    names = [n for n in names if any(b.kind == "train" for b in load_protocol(n).blocks)]
    table = Table(
        "Ideal watcher: d' of half a standard deviation more against none",
        ["preset", "its scene", *(f"{what} {seconds:g} s" for seconds in LENGTHS
         for what in ("picture", "ground", "chimes")), "rewards/min", "raised", "targets"],
    )  # fmt: skip
    for name in ("faa-up", "alpha-up", "faa-rosenfeld") if quick else names:
        spec = load_protocol(name)
        found = _mean(spec, quick)
        if found is None:
            continue
        good = found.chimes >= TARGET["chimes"] and found.ground >= TARGET["ground"]
        table.add(
            name, spec.display.scene, *(x for seconds in LENGTHS for x in found.over(seconds)),
            found.rewards, found.rewards_raised, "met" if good else "not met",
        )  # fmt: skip
    scenes = Table(
        "faa-up in every scene, 30 s: what limits each layer is the signal, not the pixels",
        ["scene", "picture", "ground", "chimes"],
    )
    base = _mean(load_protocol("faa-up"), quick)
    assert base is not None
    for scene in SCENES:
        scenes.add(scene, base.picture, base.ground, base.chimes)
    return [table, scenes]


def _mean(spec: ProtocolSpec, quick: bool) -> Contingency | None:
    """Return the mean over recordings on which the preset can run."""
    from neurofeedback.errors import UserError

    each = []
    for rest in _recordings(quick):
        try:
            frames, events = _run(rest, _short(spec))
        except UserError:
            continue
        found = contingency_of(spec, frames, events, frame_seconds(rest.info, spec))
        if found is not None:
            each.append(found)
    if not each:
        return None
    means = [float(np.mean([getattr(one, key) for one in each])) for key in
             ("picture", "ground", "chimes", "rewards", "rewards_raised")]  # fmt: skip
    return Contingency(*means, sum(one.n_stretches for one in each))
