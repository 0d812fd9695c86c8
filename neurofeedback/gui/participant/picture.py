"""What the participant is shown at a moment, as numbers and words.

Responsible for turning feedback frames into a smoothly moving picture: three layers, the soft glow
of a reward, freezing and dimming, and the words that belong to each state. Not responsible for
painting (`gui.participant.scenes`). Knows no Qt and reads no clock.

The layers are the fast value, the ground, which is its mean over tens of seconds, and the lights,
one for each reward. All three come from what is fed back and from nothing else, so that they look
the same in every arm of a trial.

Interpolation of the value is a one-pole low-pass; its time constant is also the delay it adds to
slow movement. Where the value would make large parts flash, these lose their light
(`gui.participant.flash_guard`); the glow can be asked for again only after `HALO_GAP`.

A hold freezes everything at once and without a sign of it: most holds are blinks, and a blink is no
fault. Only one that lasts for `PATIENCE` is dimmed and said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurofeedback.frames import FeedbackFrame
from neurofeedback.gui.participant.flash_guard import FlashGuard
from neurofeedback.gui.participant.texts import DEFAULT_TEXTS, Texts
from neurofeedback.protocols.spec import FED_BACK, SMOOTHING
from neurofeedback.session.display import FROZEN, Mode, mode_of
from neurofeedback.session.layers import NEUTRAL, Layers, toward
from neurofeedback.session.status import Status

BRIGHTNESS_SMOOTHING = 0.5
HALO_ATTACK = 0.15
HALO_DECAY = 0.6
HALO_HOLD = 0.35
HALO_GAP = 0.5
FADE = 0.35
LONGEST_STEP = 0.25
PATIENCE = 2.0  # s; no blink takes so long
DIMMED = {Mode.HELD: 0.55, Mode.PAUSED: 0.8, Mode.STALE: 0.8}


@dataclass(frozen=True, slots=True)
class Picture:
    """One moment.

    Parameters
    ----------
    mode : Mode
    patient : bool
        Whether feedback is held, but not yet so long that it is said.
    value : float
        Value as displayed, 0..1, after interpolation; NaN where no value is displayed.
    level : float
        The same for painting: where no value is displayed, the last one, which fades out.
    presence : float
        Visibility of what stands for the value, 0..1; a fixation point is shown to the rest.
    ground : float
        The slow layer: mean of the value over tens of seconds, stretched about the threshold, 0..1.
    lights : int
        The rare layer: rewards in this block so far.
    earlier : tuple of int
        Rewards in each block with feedback before this one.
    light : float
        Light of what is large and moves, 0..1; see `gui.participant.flash_guard`.
    brightness, halo, dim : float
        Warmth that follows the value slowly, strength of the glow of a reward and of the dimming,
        each 0..1.
    travel : float
        Way travelled, in seconds at full speed; stands still while nothing is fed back.
    word : str
        Words at the bottom; old ones fade out before new ones come.
    word_mode : Mode
        Mode they belong to.
    word_opacity : float
        Their visibility, 0..1.
    """

    mode: Mode
    patient: bool
    value: float
    level: float
    presence: float
    ground: float
    lights: int
    earlier: tuple[int, ...]
    light: float
    brightness: float
    halo: float
    dim: float
    travel: float
    word: str
    word_mode: Mode
    word_opacity: float


class PictureModel:
    """The moving picture: told the newest frame, advanced by time.

    Parameters
    ----------
    texts : Texts
        What to write for each mode and block.
    smoothing : float
        Time constant of the interpolation, s.
    results : bool
        Whether rests and the end tell how it went; never in a trial.
    """

    def __init__(
        self,
        texts: Texts = DEFAULT_TEXTS,
        smoothing: float = SMOOTHING,
        *,
        results: bool = False,
    ) -> None:
        self._results = results
        self._layers = Layers(smoothing)
        self._texts = texts
        self._guard = FlashGuard()
        self._light = 1.0
        self._held_for = 0.0
        self._said = Mode.WAITING
        self._mode = Mode.WAITING
        self._target = math.nan
        self._level = NEUTRAL
        self._presence = 0.0
        self._brightness = NEUTRAL
        self._halo = 0.0
        self._dim = 0.0
        self._travel = 0.0
        self._block = -1
        self._in_block = 0.0
        self._word, self._word_mode, self._word_opacity = "", Mode.WAITING, 0.0
        self._since_reward = math.inf
        self._glows = 0

    @property
    def mode(self) -> Mode:
        """What is being displayed."""
        return self._mode

    @property
    def smoothing(self) -> float:
        """Time constant of the value, s, which is the delay of the display."""
        return self._layers.smoothing

    @property
    def glows(self) -> int:
        """How often the glow of a reward has begun."""
        return self._glows

    def show(
        self, frame: FeedbackFrame | None, status: Status | None, rewarded: bool = False
    ) -> None:
        """Take over the newest frame and status.

        While feedback is frozen the value stays where it was; where none is given it is forgotten.
        Once the session has ended it stays so.

        Parameters
        ----------
        frame : FeedbackFrame or None
            The newest frame.
        status : Status or None
            The newest status.
        rewarded : bool
            Whether a reward started in this frame or in one since the last call.
        """
        if self._mode is not Mode.FINISHED:
            self._mode = mode_of(frame, status)
        if frame is not None and frame.block != self._block:
            self._begin_block(frame)
        layers = self._layers
        layers.lights += rewarded
        if self._mode is not Mode.FEEDBACK or frame is None:
            if self._mode not in FROZEN:
                layers.value = math.nan
            return
        self._target = frame.value
        if math.isnan(frame.value) or math.isnan(layers.value):
            layers.value = frame.value
            self._guard.reset()
        if rewarded and self._since_reward >= HALO_GAP:
            self._since_reward = 0.0
            self._glows += 1

    def _begin_block(self, frame: FeedbackFrame) -> None:
        """Begin anew with what builds up within a block."""
        self._block, self._in_block = frame.block, 0.0
        if frame.phase in FED_BACK:
            self._layers.begin_block()

    def advance(self, seconds: float) -> Picture:
        """Move on by `seconds` and return the picture.

        Parameters
        ----------
        seconds : float
            Time since the last call, s; a long pause counts as `LONGEST_STEP`.

        Returns
        -------
        Picture
        """
        dt = min(max(seconds, 0.0), LONGEST_STEP)
        self._in_block += dt
        layers = self._layers
        if self._mode is Mode.FEEDBACK and not math.isnan(self._target):
            layers.step(self._target, dt)
            self._level = layers.value
            self._light = self._guard.step(layers.value, dt)
            self._brightness = toward(self._brightness, layers.value, dt, BRIGHTNESS_SMOOTHING)
            self._travel += dt * (0.35 + 0.65 * self._brightness)
        self._held_for = self._held_for + dt if self._mode is Mode.HELD else 0.0
        if self._mode is not Mode.HELD or self._held_for > PATIENCE:
            self._said = self._mode
        elif self._said is not Mode.HELD:
            self._said = Mode.FEEDBACK
        shown = not math.isnan(layers.value)
        self._presence = toward(self._presence, 1.0 if shown else 0.0, dt, FADE)
        self._dim = toward(self._dim, DIMMED.get(self._said, 0.0), dt, FADE)
        self._advance_halo(dt)
        self._advance_word(dt)
        return Picture(
            self._mode, self._mode is Mode.HELD and self._said is Mode.FEEDBACK,
            layers.value, self._level, self._presence, layers.ground, layers.lights,
            layers.earlier, self._light, self._brightness, self._halo, self._dim, self._travel,
            self._word, self._word_mode, self._word_opacity,
        )  # fmt: skip

    def _advance_halo(self, dt: float) -> None:
        on = self._since_reward < HALO_HOLD and self._mode is Mode.FEEDBACK
        time_constant = HALO_ATTACK if on else HALO_DECAY
        self._halo = toward(self._halo, 1.0 if on else 0.0, dt, time_constant)
        self._since_reward += dt

    def _gathered(self) -> int:
        """Return the rewards to be told of: of the last round in a rest, else of all."""
        if not self._results:
            return 0
        layers = self._layers
        return layers.lights if self._said is Mode.REST else sum(layers.earlier) + layers.lights

    def _advance_word(self, dt: float) -> None:
        """Fade the old words out before the new ones fade in."""
        wanted = self._texts.text(self._said, self._block, self._in_block, self._gathered())
        if self._word_opacity < 0.05:
            self._word = wanted or self._word
            self._word_mode = self._said
        visible = bool(wanted) and wanted == self._word
        self._word_opacity = toward(self._word_opacity, 1.0 if visible else 0.0, dt, FADE / 2)
