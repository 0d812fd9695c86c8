"""What the participant hears, along with what is seen.

Responsible for making sound follow the picture and for telling the operator, once, why there is
none. Not responsible for passing samples on (`gui.participant.feeder`), for samples
(`gui.participant.tones`, `gui.participant.music`) nor for the device (`gui.participant.speaker`).

There is no law of its own: value, holds and rewards are those of the picture that was just painted,
so that smoothing and every hold apply to both alike. In a short hold the tone stays as it is, as
the picture does; while nothing is fed back there is silence. All of this is said on the window's
thread; samples are made and passed on by the feeder's, which a busy window does not hold up.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Literal

from neurofeedback.app.states import percent
from neurofeedback.errors import UserError
from neurofeedback.gui.participant.clinic_media import ClinicMedia
from neurofeedback.gui.participant.feeder import Condition, Feeder, Output, Wanted
from neurofeedback.gui.participant.music import read_music
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.speaker import BUFFER, DEEPEST, Speaker
from neurofeedback.gui.participant.tones import Carrier, Chord
from neurofeedback.session.display import Mode
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

Kind = Literal["none", "chime", "tone", "music"]
STEP = 0.1


class SessionSound:
    """The sound of a session.

    Parameters
    ----------
    kind : {'none', 'chime', 'tone', 'music'}
        What the protocol asks for.
    settings : ClinicMedia
    tell : callable
        Gets what the operator should know, a sentence each; called from `follow`, `toggle` and
        `change_volume` only.
    output : Output, optional
        Where it is played; by default the system's audio device.
    clock : callable
        Monotonic time in s; called from the feeder's thread, too.

    Attributes
    ----------
    volume : float
        Position of the volume setting, 0..1.
    muted : bool
    feeder : Feeder
        What passes the samples on.
    """

    def __init__(
        self,
        kind: Kind,
        settings: ClinicMedia,
        tell: Callable[[str], None],
        output: Output | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._kind: Kind = kind
        self._music = settings.music
        self._tell = tell
        # A chime tells of a moment and must come in time; a tone must not break.
        deepest = BUFFER if kind == "chime" else DEEPEST
        self._told: SimpleQueue[str] = SimpleQueue()
        self.feeder = Feeder(
            Speaker(clock, deepest) if output is None else output,
            self._carrier,
            self._told.put,
            clock,
        )
        self._shown: Condition | None = None
        self.volume = min(max(settings.volume, 0.0), 1.0)
        self.muted = False

    @property
    def playing(self) -> bool:
        """Whether samples go to a device."""
        return self.feeder.condition.playing

    @property
    def problem(self) -> str:
        """Why nothing is heard that should be, a sentence; empty while all is well."""
        return self.feeder.condition.problem

    @property
    def delay(self) -> float:
        """How much later than seen a change is heard, s, without what the device adds."""
        return self.feeder.condition.delay

    @property
    def words(self) -> str:
        """What stands beside the delay of the display; empty where there is nothing to say yet."""
        condition = self.feeder.condition
        if self._kind == "none" or not condition.known:
            return ""
        if not condition.playing:
            return tr("no sound")
        if self.muted:
            return tr("sound off")
        return tr("sound {seconds:.2f} s after it", seconds=condition.delay)

    def start(self) -> None:
        """Begin to look for a device and to play, if the protocol has a sound."""
        if self._kind != "none":
            self.feeder.ask("")
            self.feeder.start()

    def _carrier(self, rate: int) -> Carrier | None:
        """Return what follows the value; on the feeder's thread, since music takes its time."""
        if self._kind == "chime":
            return None
        if self._kind == "music" and self._music is not None:
            try:
                return read_music(self._music, rate)
            except UserError as error:
                self._told.put(tr("{problem} A tone is played instead.", problem=message_of(error)))
        elif self._kind == "music":
            self._told.put(tr("No music has been chosen; a tone is played instead."))
        return Chord(rate)

    def follow(self, picture: Picture, glows: int) -> bool:
        """Sound like the picture, and tell the operator what the feeder has met with.

        Parameters
        ----------
        picture : Picture
            As painted last.
        glows : int
            Glows of a reward so far; a chime is heard with each.

        Returns
        -------
        bool
            Whether `problem` or `words` may have changed.
        """
        sounding = (picture.mode is Mode.FEEDBACK or picture.patient) and not math.isnan(
            picture.value
        )
        volume = 0.0 if self.muted else self.volume
        self.feeder.wanted = Wanted(picture.value, sounding, volume, glows, self._clock())
        before, self._shown = self._shown, self.feeder.condition
        try:
            while True:
                self._tell(self._told.get_nowait())
        except Empty:
            return self._shown != before

    def toggle(self) -> None:
        """Switch the sound off or on; on also looks for a device anew where there was none."""
        if self._kind == "none":
            self._tell(tr("This protocol has no sound."))
        elif not self.playing:
            self.muted = False
            self.feeder.ask(tr("sound on"))
        else:
            self.muted = not self.muted
            self._tell(tr("sound off") if self.muted else tr("sound on"))

    def change_volume(self, steps: int) -> None:
        """Make it louder (positive) or softer by steps of a tenth."""
        self.volume = round(min(max(self.volume + STEP * steps, 0.0), 1.0), 3)
        self._tell(tr("sound volume {share}", share=percent(self.volume)))

    def stop(self) -> None:
        """Let the device go; silent from now on."""
        self.feeder.stop()
