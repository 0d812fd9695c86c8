"""What the participant is shown at a moment, as numbers and words.

Responsible for turning feedback frames into a smoothly moving picture: interpolation, the soft
reward halo, dimming and freezing during a hold, and the word that belongs to each state.
Not responsible for painting (`gui.participant`). Knows no Qt and reads no clock.

Interpolation is a one-pole low-pass with the time constant `SMOOTHING`; that is also the delay it
adds to slow movement. Brightness follows more slowly than size, and the halo can be asked for again
only after `HALO_GAP`, so that nothing on the screen flashes faster than 3 Hz.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurofeedback.frames import FeedbackFrame
from neurofeedback.session.display import FROZEN, Mode, mode_of
from neurofeedback.session.status import Status

SMOOTHING = 0.07
BRIGHTNESS_SMOOTHING = 0.5
HALO_ATTACK = 0.15
HALO_DECAY = 0.6
HALO_HOLD = 0.35
HALO_GAP = 0.5
FADE = 0.35
LONGEST_STEP = 0.25


WORDS = {
    Mode.WAITING: "We begin in a moment",
    Mode.BASELINE: "Please relax with eyes open",
    Mode.FEEDBACK: "",
    Mode.HELD: "Waiting for a clear signal",
    Mode.REST: "Rest",
    Mode.TRANSFER: "Go on by yourself",
    Mode.PAUSED: "Paused",
    Mode.STALE: "One moment please",
    Mode.FINISHED: "Finished. Thank you.",
}

DIMMED = {Mode.HELD: 0.55, Mode.PAUSED: 0.75, Mode.STALE: 0.75}


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture.

    Parameters
    ----------
    mode : Mode
    value : float
        Value as displayed, 0..1, after interpolation; NaN where no value is displayed.
    presence : float
        Visibility of the disc, 0..1; the fixation ring is shown to the rest.
    brightness, halo, dim : float
        Brightness of the disc, strength of the reward halo and of the dimming, each 0..1.
    word_mode : Mode
        Mode whose word is shown below the disc; the old word fades out before the new one comes.
    word_opacity : float
        Its visibility, 0..1.
    """

    mode: Mode
    value: float
    presence: float
    brightness: float
    halo: float
    dim: float
    word_mode: Mode
    word_opacity: float

    @property
    def word(self) -> str:
        """Words below the disc."""
        return WORDS[self.word_mode]


class SceneModel:
    """The moving picture: told the newest frame, advanced by time.

    Parameters
    ----------
    smoothing : float
        Time constant of the interpolation, s.
    """

    def __init__(self, smoothing: float = SMOOTHING) -> None:
        self.smoothing = smoothing
        self._mode = Mode.WAITING
        self._target = math.nan
        self._value = math.nan
        self._presence = 0.0
        self._brightness = 0.5
        self._halo = 0.0
        self._dim = 0.0
        self._word_mode = Mode.WAITING
        self._word_opacity = 0.0
        self._since_reward = math.inf

    @property
    def mode(self) -> Mode:
        """What is being displayed."""
        return self._mode

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
        if self._mode is not Mode.FEEDBACK or frame is None:
            if self._mode not in FROZEN:
                self._value = math.nan
            return
        self._target = frame.value
        if math.isnan(frame.value) or math.isnan(self._value):
            self._value = frame.value
        if rewarded and self._since_reward >= HALO_GAP:
            self._since_reward = 0.0

    def advance(self, seconds: float) -> Scene:
        """Move on by `seconds` and return the picture.

        Parameters
        ----------
        seconds : float
            Time since the last call, s; a long pause counts as `LONGEST_STEP`.

        Returns
        -------
        Scene
        """
        dt = min(max(seconds, 0.0), LONGEST_STEP)
        if self._mode is Mode.FEEDBACK and not math.isnan(self._target):
            self._value = _toward(self._value, self._target, dt, self.smoothing)
            self._brightness = _toward(self._brightness, self._value, dt, BRIGHTNESS_SMOOTHING)
        shown = not math.isnan(self._value)
        self._presence = _toward(self._presence, 1.0 if shown else 0.0, dt, FADE)
        self._dim = _toward(self._dim, DIMMED.get(self._mode, 0.0), dt, FADE)
        self._advance_halo(dt)
        self._advance_word(dt)
        return Scene(
            self._mode, self._value, self._presence, self._brightness, self._halo, self._dim,
            self._word_mode, self._word_opacity,
        )  # fmt: skip

    def _advance_halo(self, dt: float) -> None:
        on = self._since_reward < HALO_HOLD and self._mode is Mode.FEEDBACK
        time_constant = HALO_ATTACK if on else HALO_DECAY
        self._halo = _toward(self._halo, 1.0 if on else 0.0, dt, time_constant)
        self._since_reward += dt

    def _advance_word(self, dt: float) -> None:
        """Fade the old word out before the new one fades in."""
        if self._word_mode is not self._mode and self._word_opacity < 0.05:
            self._word_mode = self._mode
        visible = bool(WORDS[self._mode]) and self._word_mode is self._mode
        self._word_opacity = _toward(self._word_opacity, 1.0 if visible else 0.0, dt, FADE / 2)


def _toward(value: float, target: float, dt: float, time_constant: float) -> float:
    """One step of a one-pole low-pass; lands on the target once it cannot be told from it."""
    moved = value + (target - value) * -math.expm1(-dt / time_constant)
    return target if abs(moved - target) < 1e-4 else moved
