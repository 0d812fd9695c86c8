"""What feeds the sound to its device: a thread of its own, however busy the windows are.

Responsible for making samples of what is wanted, for passing them on in time, and for a device that
fails. Not responsible for what should be heard nor for telling the operator
(`gui.participant.sound`), for samples (`gui.participant.tones`) nor for the device
(`gui.participant.speaker`).

The two threads share three things, each handed over whole: `Feeder.wanted` is set by the window,
`Feeder.condition` by the feeder, and sentences go through a queue. Nothing waits for the other.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from neurofeedback.gui._qt import QtCore
from neurofeedback.gui.participant.speaker import BUFFER
from neurofeedback.gui.participant.tones import HOP, RATE, SETTLING, Carrier, Samples, Synthesizer
from neurofeedback.words.language import tr

PERIOD = 0.01  # s from one look at the device to the next
RETRY = 2.0  # s
FROZEN = 3.0  # s without a picture: what nobody sees any more is not heard either
PATIENCE = 0.5  # s that closing waits for the device


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


@dataclass(frozen=True)
class Wanted:
    """What should be heard.

    Attributes
    ----------
    value : float
        0..1 as displayed; NaN where nothing sounds.
    sounding : bool
    volume : float
        Position of the volume setting, 0..1.
    chimes : int
        How many have been asked for so far.
    seen_at : float
        When the picture was painted, s.
    """

    value: float = math.nan
    sounding: bool = False
    volume: float = 0.0
    chimes: int = 0
    seen_at: float = -math.inf


@dataclass(frozen=True)
class Condition:
    """What has become of the device.

    Attributes
    ----------
    known : bool
        Whether it has been looked for.
    playing : bool
        Whether samples go to it.
    problem : str
        Why not, a sentence; empty while all is well.
    delay : float
        How much later than seen a change is heard, s, without what the device adds.
    """

    known: bool = False
    playing: bool = False
    problem: str = ""
    delay: float = BUFFER + SETTLING + HOP / RATE


class Feeder:
    """Feeds an output; all that it does to it, it does on one thread.

    Parameters
    ----------
    output : Output
        Belongs to the feeder's thread from now on.
    carrier : callable
        Makes what follows the value, for a rate; called on the feeder's thread.
    tell : callable
        Gets sentences for the operator; called on the feeder's thread.
    clock : callable
        Monotonic time in s.

    Attributes
    ----------
    wanted : Wanted
        Set by whoever paints.
    condition : Condition
        Set by the feeder.
    """

    def __init__(
        self,
        output: Output,
        carrier: Callable[[int], Carrier | None],
        tell: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self.wanted, self.condition = Wanted(), Condition()
        self._output, self._carrier, self._tell, self._clock = output, carrier, tell, clock
        self._synthesizer: Synthesizer | None = None
        self._asked: deque[str] = deque(maxlen=1)
        self._tried_at = math.inf  # nobody has asked for sound yet
        self._rung = 0
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def ask(self, answer: str) -> None:
        """Have a device looked for at once, and tell the operator what is wrong, or the answer."""
        self._asked.append(answer)

    def start(self) -> None:
        """Begin to feed; once it was stopped, it stays so."""
        if self._thread is None and not self._over.is_set():
            self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Let the device go; wait for it no longer than `PATIENCE`."""
        self._over.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(PATIENCE)

    def _run(self) -> None:
        # Some backends of QAudioSink move samples by timers of the thread that opened it, so this
        # one needs a loop of events. It is a Python thread all the same: a QThread that hangs in
        # a driver could not be left behind, since Qt ends the program when one is deleted.
        events = QtCore.QEventLoop()
        try:
            while not self._over.wait(PERIOD):
                self.step()
                events.processEvents()
        finally:
            self._let_go("")

    def step(self) -> None:
        """Pass on as many samples as the device takes; look for one where there is none."""
        wanted, output = self.wanted, self._output
        rings, self._rung = wanted.chimes > self._rung, wanted.chimes
        if self._synthesizer is None:
            self._look()
        made = self._synthesizer
        if made is None:
            return
        self._asked.clear()
        fresh = self._clock() - wanted.seen_at < FROZEN
        made.follow(wanted.value, sounding=wanted.sounding and fresh, volume=wanted.volume)
        if rings:
            made.ring()
        if output.ran_dry:
            made.interrupted()
        output.push(made.read(output.n_free))
        problem = output.problem()
        if problem is None:
            self._say_playing()
        else:
            self._let_go(problem)
            self._tell(problem)

    def _look(self) -> None:
        """Look for a device: when asked, and now and then after it failed."""
        asked, now = bool(self._asked), self._clock()
        if not asked and now - self._tried_at < RETRY:
            return
        answer = self._asked.popleft() if asked else tr("The sound is back.")
        self._tried_at = now
        problem = self._output.open()
        if problem is not None:
            self.condition = Condition(known=True, problem=problem, delay=self._delay)
            answer = problem if asked else ""
        else:
            rate = self._output.rate
            self._synthesizer = Synthesizer(self._carrier(rate), rate)
            self._say_playing()
        if answer:
            self._tell(answer)

    def _say_playing(self) -> None:
        self.condition = Condition(known=True, playing=True, delay=self._delay)

    def _let_go(self, problem: str) -> None:
        self._synthesizer, self._tried_at = None, self._clock()
        self._output.close()
        self.condition = Condition(known=True, problem=problem, delay=self._delay)

    @property
    def _delay(self) -> float:
        return self._output.latency + SETTLING + HOP / self._output.rate
