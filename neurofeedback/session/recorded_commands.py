"""What a recording itself commands, each at its sample, whatever the chunks are.

Two things in recorded samples command a session: an annotation that starts a block, and an
electrode that is dead or bridged, which holds feedback. A chunk is cut where one takes effect, so
that sessions of the same samples log the same commands and can be verified from the log.

Responsible for finding these commands, for giving them to the engine and for the sentences about
them. Not responsible for what is wrong with an electrode (`session.contact`) nor for what only a
live stream can do (`session.live`), which is asked about its electrodes there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.holds import Hold
from neurofeedback.protocols.commands import RESUME, Command, hold
from neurofeedback.session.contact import Contact
from neurofeedback.session.engine import SessionEngine
from neurofeedback.words.message import Message, joined

HOLD_SECONDS = 1.0
TOLD_SECONDS = 5.0  # a fault that comes again within them is the same one

Due = tuple[int, Command | str]  # sample, and a hold or the name of a marker


class RecordedCommands:
    """Find the commands in chunks and give them to an engine.

    A window of an electrode that is bad holds the samples after it for a second. A fault that lasts
    is renewed before that is over, so that there is about one command a second.

    Parameters
    ----------
    engine : SessionEngine
        Fresh.
    live : bool
        Whether electrodes are checked by `session.live`, and only annotations count here.
    """

    def __init__(self, engine: SessionEngine, *, live: bool = False) -> None:
        info: StreamInfo = engine.info
        self._engine = engine
        self._contact = Contact(info, () if live else engine.trained)
        self._n_hold = round(HOLD_SECONDS * info.sfreq)
        self._n_told = round(TOLD_SECONDS * info.sfreq)
        self._covered: dict[str, int] = {}  # by cause, the last sample that will be held
        self._told: dict[str, int] = {}  # by cause, the last sample that is held
        self._waiting: deque[Due] = deque()  # holds that begin with the next sample
        self._next_sample = 0

    @property
    def alarm(self) -> Message | None:
        """Which electrode is bad now, or was until a few seconds ago; None for none.

        May be asked from any thread.
        """
        since = self._next_sample - self._n_told
        told = tuple(self._told.items())
        return joined(_sentence(cause) for cause, last in told if last >= since) or None

    def pieces(self, chunk: Chunk) -> Iterator[tuple[Chunk, list[Event]]]:
        """Yield a chunk in pieces that begin where it commands something.

        Parameters
        ----------
        chunk : Chunk
            Following on from the chunk before. The engine must have processed a piece before the
            next one is asked for.

        Yields
        ------
        piece : Chunk
        events : list of Event
            To be logged before it.
        """
        self._next_sample = chunk.stop_sample
        due = sorted([*self._holds(chunk), *self._starts(chunk)], key=lambda one: one[0])
        rest, events = chunk, list[Event]()
        for sample, asked in due:
            before, rest = rest.split(sample - rest.first_sample)
            if before.n_times:
                yield before, events
                events = []
            events += self._hold(asked, rest) if isinstance(asked, Command) else self._start(asked)
        yield rest, events

    def _holds(self, chunk: Chunk) -> Iterator[Due]:
        """Yield the holds that begin in a chunk; that of a window at its end waits for the next."""
        for stop, cause in self._contact.judge(chunk):
            covered = self._covered.get(cause, -1)
            if covered < stop + self._contact.every - 1:  # a later window would renew it too late
                self._covered[cause] = last = stop + self._n_hold - 1
                self._waiting.append((stop, hold(max(stop, covered + 1), last, cause)))
        while self._waiting and self._waiting[0][0] < chunk.stop_sample:
            yield self._waiting.popleft()

    def _starts(self, chunk: Chunk) -> Iterator[Due]:
        for said in chunk.annotations:
            if said.text in self._engine.awaited:
                yield chunk.first_sample + said.at, said.text

    def _start(self, label: str) -> list[Event]:
        started = self._engine.apply(RESUME) if self._engine.started_by(label) else None
        return [] if started is None else [started]

    def _hold(self, command: Command, rest: Chunk) -> list[Event]:
        """Hold feedback from the first sample of a piece on; log a fault when it begins."""
        held = self._engine.apply(command)
        if held is None or command.span is None:
            return []
        cause, at = command.cause, rest.first_sample
        known = at - self._told.get(cause, -self._n_told - 1) <= self._n_told
        self._told[cause] = command.span[1]
        if known:
            return [held]
        details = {"cause": cause, "text": _sentence(cause)}
        return [Event(EventKind.STREAM_DOUBTED, at, float(rest.timestamps[0]), details), held]


def _sentence(cause: str) -> Message:
    found = Hold.read(cause)
    if found.cause == "bridge":
        return Message(
            "The electrodes {pair} measure the same point in this recording (bridged by gel, or "
            "one wire twice). Feedback is held.",
            pair=found.channel,
        )
    return Message(
        "The electrode {name} measures nothing in this recording (shorted, or connected with the "
        "reference). Feedback is held.",
        name=found.channel,
    )
