"""What the participant hears, along with what is seen.

Responsible for making sound follow the picture and for telling the operator, once, why there is
none. Not responsible for samples (`gui.participant.tones`, `gui.participant.music`) nor for the
device (`gui.participant.speaker`).

There is no law of its own: value, holds and rewards are those of the picture that was just painted,
so that smoothing and every hold apply to both alike. In a short hold the tone stays as it is, as
the picture does; while nothing is fed back there is silence. A device that fails is looked for
again every `RETRY` seconds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Literal, Protocol

from neurofeedback.app.states import percent
from neurofeedback.errors import UserError
from neurofeedback.gui.participant.clinic_media import ClinicMedia
from neurofeedback.gui.participant.music import read_music
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.speaker import BUFFER, DEEPEST, Speaker
from neurofeedback.gui.participant.tones import HOP, SETTLING, Carrier, Chord, Samples, Synthesizer
from neurofeedback.session.display import Mode
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

Kind = Literal["none", "chime", "tone", "music"]
STEP = 0.1
RETRY = 2.0  # s


class Output(Protocol):
    """What takes samples; see `gui.participant.speaker.Speaker`."""

    @property
    def rate(self) -> int:
        """Samples per second."""
        ...

    @property
    def latency(self) -> float:
        """How long a sample waits at most, s."""
        ...

    @property
    def n_free(self) -> int:
        """How many samples it takes now."""
        ...

    @property
    def ran_dry(self) -> bool:
        """Whether nothing is left to play."""
        ...

    def open(self) -> str | None:
        """Open; return what is wrong, or None."""
        ...

    def push(self, samples: Samples) -> None:
        """Take samples, no more than `n_free`."""
        ...

    def problem(self) -> str | None:
        """Return what has become of it, or None."""
        ...

    def close(self) -> None:
        """Let the device go."""
        ...


class SessionSound:
    """The sound of a session.

    Parameters
    ----------
    kind : {'none', 'chime', 'tone', 'music'}
        What the protocol asks for.
    settings : ClinicMedia
    tell : callable
        Gets what the operator should know, a sentence each.
    output : Output, optional
        Where it is played; by default the system's audio device.
    clock : callable
        Monotonic time in s.

    Attributes
    ----------
    volume : float
        Position of the volume setting, 0..1.
    muted : bool
    problem : str
        Why nothing is heard that should be, a sentence; empty while all is well.
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
        self._tried_at = -math.inf
        self._wanted = False
        self.problem = ""
        self._kind: Kind = kind
        self._music = settings.music
        self._tell = tell
        # A chime tells of a moment and must come in time; a tone must not break.
        deepest = BUFFER if kind == "chime" else DEEPEST
        self._output: Output = Speaker(clock, deepest) if output is None else output
        self._synthesizer: Synthesizer | None = None
        self._glows = 0
        self.volume = min(max(settings.volume, 0.0), 1.0)
        self.muted = False

    @property
    def playing(self) -> bool:
        """Whether samples go to a device."""
        return self._synthesizer is not None

    @property
    def delay(self) -> float:
        """How much later than seen a change is heard, s, without what the device adds."""
        return self._output.latency + SETTLING + HOP / self._output.rate

    @property
    def words(self) -> str:
        """What stands beside the delay of the display; empty where the protocol has no sound."""
        if self._kind == "none":
            return ""
        if not self.playing:
            return tr("no sound")
        if self.muted:
            return tr("sound off")
        return tr("sound {seconds:.2f} s after it", seconds=self.delay)

    def start(self) -> bool:
        """Begin to play, if the protocol has a sound and there is a device; return whether."""
        if self._kind == "none" or self.playing:
            return self.playing
        self._wanted = True
        self._open()
        if self.problem:
            self._tell(self.problem)
        return self.playing

    def _open(self) -> None:
        self._tried_at = self._clock()
        self.problem = self._output.open() or ""
        if not self.problem:
            rate = self._output.rate
            self._synthesizer = Synthesizer(self._carrier(rate), rate)

    def _look_again(self) -> None:
        """Look for the device that failed, now and then."""
        if self._wanted and self._clock() - self._tried_at >= RETRY:
            self._open()
            if self.playing:
                self._tell(tr("The sound is back."))

    def _carrier(self, rate: int) -> Carrier | None:
        if self._kind == "chime":
            return None
        if self._kind == "music" and self._music is not None:
            try:
                return read_music(self._music, rate)
            except UserError as error:
                self._tell(tr("{problem} A tone is played instead.", problem=message_of(error)))
        elif self._kind == "music":
            self._tell(tr("No music has been chosen; a tone is played instead."))
        return Chord(rate)

    def follow(self, picture: Picture, glows: int) -> None:
        """Sound like the picture, and pass on as many samples as the device takes.

        Parameters
        ----------
        picture : Picture
            As painted last.
        glows : int
            Glows of a reward so far; a chime is heard with each.
        """
        made, output = self._synthesizer, self._output
        rings, self._glows = glows > self._glows, glows
        if made is None:
            self._look_again()
            return
        sounding = (picture.mode is Mode.FEEDBACK or picture.patient) and not math.isnan(
            picture.value
        )
        made.follow(picture.value, sounding=sounding, volume=0.0 if self.muted else self.volume)
        if rings:
            made.ring()
        if output.ran_dry:
            made.interrupted()
        output.push(made.read(output.n_free))
        problem = output.problem()
        if problem is not None:
            self._synthesizer = None
            output.close()
            self.problem, self._tried_at = problem, self._clock()
            self._tell(problem)

    def toggle(self) -> None:
        """Switch the sound off or on; on also looks for a device anew where there was none."""
        if self._kind == "none":
            self._tell(tr("This protocol has no sound."))
        elif not self.playing:
            self.muted = False
            if self.start():
                self._tell(tr("sound on"))
        else:
            self.muted = not self.muted
            self._tell(tr("sound off") if self.muted else tr("sound on"))

    def change_volume(self, steps: int) -> None:
        """Make it louder (positive) or softer by steps of a tenth."""
        self.volume = round(min(max(self.volume + STEP * steps, 0.0), 1.0), 3)
        self._tell(tr("sound volume {share}", share=percent(self.volume)))

    def stop(self) -> None:
        """Let the device go; silent from now on."""
        self._synthesizer, self._wanted, self.problem = None, False, ""
        self._output.close()
