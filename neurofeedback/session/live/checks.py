"""What must be true of live samples before they are fed back.

Responsible for asking each check of each chunk, and for making of what they find the holds that the
engine is given, the sentences that the operator reads and the events that are logged. Not
responsible for the checks themselves nor for obeying a hold (`signal.pipeline`).

What lay ready when the session began has waited for the session, not on its way: if it is too old
it is held, but nothing is wrong that an operator could mend.

A hold of a fault that lasts to the end of a chunk covers a second more, so that it is logged about
once a second and not with every chunk.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from neurofeedback.acquisition.resolution import coarse
from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.holds import AT_ELECTRODES, STALE, Hold
from neurofeedback.protocols.commands import Command, hold
from neurofeedback.session.contact import Contact
from neurofeedback.session.live.age import LATE_SECONDS, DataAge
from neurofeedback.session.live.rate import TOLERANCE, RateMonitor
from neurofeedback.session.live.repeats import Repeats
from neurofeedback.session.live.size import Size
from neurofeedback.session.live.stamps import Stamps
from neurofeedback.words.message import Message, joined

HOLD_SECONDS = 1.0
SHOWN_SECONDS = 5.0  # how long a fault is told of after it is over, so that it can be read
RATE, REPEATED, UNIT, STAMPS, LOSS = "rate", "repeated", "unit", "stamps", "loss"
OFFSET = "offset"

Doubt = tuple[EventKind, dict[str, object]]


@dataclass(slots=True)
class _Told:
    sentence: Message
    when: float  # last true, on the local clock, s


class LiveChecks:
    """Check a live stream, chunk by chunk, in one thread; `alarm` may be asked from any.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    trained : sequence of int
        Columns of the electrodes that feedback is made of.
    clock : callable
        Monotonic seconds.
    """

    def __init__(
        self, info: StreamInfo, trained: Sequence[int], clock: Callable[[], float]
    ) -> None:
        self._info = info
        self._clock = clock
        self._age = DataAge()
        self._rate = RateMonitor(info.sfreq)
        self._repeats = Repeats(info.eeg or range(info.n_channels), info.sfreq)
        self._contact = Contact(info, trained, info.eeg)
        self._trained = trained
        self._size = Size(info)
        self._stamps = Stamps(info.sfreq)
        self._covered: dict[str, int] = {}  # by cause, the last sample that is held
        self._told: dict[str, _Told] = {}
        self._ready = math.nan  # when what lay ready as the session began was read
        self._n_hold = round(HOLD_SECONDS * info.sfreq)

    @property
    def age(self) -> float:
        """Age of the newest sample when it was processed, s; NaN before there is one."""
        return self._age.seconds

    @property
    def rate(self) -> float:
        """Samples a second over the last seconds; NaN before enough are known."""
        return self._rate.rate

    @property
    def true_rate(self) -> float:
        """Rate that should have been declared, Hz; NaN where the declared one holds."""
        return self._rate.true

    @property
    def lost(self) -> float:
        """Share of all samples that did not arrive, 0..1."""
        return self._rate.lost

    @property
    def alarm(self) -> Message | None:
        """What is wrong now, or was until a few seconds ago; None when nothing is."""
        since = self._clock() - SHOWN_SECONDS
        return joined(t.sentence for t in tuple(self._told.values()) if t.when >= since) or None

    def look(self, chunk: Chunk, waited: float) -> tuple[list[Command], list[Doubt]]:
        """Check the next chunk before it is processed.

        Parameters
        ----------
        chunk : Chunk
        waited : float
            How long ago it arrived, s.

        Returns
        -------
        holds : list of Command
            To be given to the engine before the chunk.
        doubts : list of (EventKind, dict)
            What to log: each fault when it begins.
        """
        found = [*self._late(chunk, waited), *self._wrong(chunk)]
        if math.isnan(self._ready):
            self._ready = chunk.arrival
        told = [item for item in found if item[0] != STALE or chunk.arrival != self._ready]
        doubts = [doubt for cause, _, _, text in told if (doubt := self._tell(cause, text))]
        end = chunk.stop_sample - 1
        holds = [
            self._hold(cause, first, last, end) for cause, first, last, _ in found if last >= 0
        ]
        return [command for command in holds if command is not None], doubts

    def _late(self, chunk: Chunk, waited: float) -> list[tuple[str, int, int, Message]]:
        ages = self._age.of(chunk, waited)
        (late,) = np.nonzero(ages > LATE_SECONDS)
        if not late.size:
            return []
        first, last = (chunk.first_sample + int(late[i]) for i in (0, -1))
        sentence = Message(
            "Samples arrive {seconds:.1f} s after they were taken; feedback is held until they are "
            "on time. Something between amplifier and program stores them, or stood still.",
            seconds=float(ages.max()),
        )
        return [(STALE, first, last, sentence)]

    def _wrong(self, chunk: Chunk) -> list[tuple[str, int, int, Message]]:
        first, last = chunk.first_sample, chunk.stop_sample - 1
        found = []
        for check in (self._rate, self._size, self._stamps):
            check.see(chunk)
        if self._rate.off:
            self._told.pop(LOSS, None)  # it is in the same sentence
            found.append((RATE, first, last, self._rate_sentence()))
        elif self._rate.lost_now > TOLERANCE:
            found.append((LOSS, -1, -1, self._loss_sentence()))
        if self._size.doubt is not None:
            self._forget_what_follows()
            sentence = Message(
                "In the stream {stream!r}, {doubt}. Feedback is held; set the unit in the sender's "
                "program or give it with the source.",
                stream=self._info.name, doubt=self._size.doubt,
            )  # fmt: skip
            found.append((UNIT, first, last, sentence))
        if self._stamps.doubt is not None:
            sentence = Message(
                "The time stamps of {stream!r} {doubt}: lost samples may go unnoticed. Correct "
                "them in the sender's program.",
                stream=self._info.name, doubt=self._stamps.doubt,
            )  # fmt: skip
            found.append((STAMPS, -1, -1, sentence))
        if (rounded := self._rounded(chunk)) is not None:
            found.append((OFFSET, -1, -1, rounded))
        repeated = self._repeats.last(chunk)
        if repeated is not None:
            sentence = Message(
                "The stream {stream!r} sends the same samples again: its driver hangs, or sends "
                "packets twice. Feedback is held; start the amplifier's program anew.",
                stream=self._info.name,
            )
            found.append((REPEATED, first, repeated, sentence))
        contact = self._wrong_contact(chunk)
        return found + contact if self._size.doubt is None else found

    def _rounded(self, chunk: Chunk) -> Message | None:
        """Say that an offset is too large; of a wrong unit it follows, and that is said alone."""
        if self._size.doubt is not None:
            return None
        offsets = np.zeros(self._info.n_channels)
        trained = list(self._trained)
        # All samples lie as far from zero, or farther.
        offsets[trained] = np.abs(chunk.data[:, trained]).min(axis=0)
        return coarse(offsets, self._info, trained)

    def _wrong_contact(self, chunk: Chunk) -> list[tuple[str, int, int, Message]]:
        """Find what is wrong at electrodes; the newest window stands until the next one."""
        faults, cause = self._contact.judge(chunk), self._contact.cause
        if cause is not None:
            return [(cause, chunk.first_sample, chunk.stop_sample - 1, _contact(cause))]
        return [(c, chunk.first_sample, stop - 1, _contact(c)) for stop, c in faults[-1:]]

    def _forget_what_follows(self) -> None:
        """Tell no more of what a wrong unit or gain explains: dead electrodes, and an offset."""
        for cause in [c for c in self._told if c == OFFSET or Hold.read(c).cause in AT_ELECTRODES]:
            del self._told[cause]

    def _tell(self, cause: str, sentence: Message) -> Doubt | None:
        now, before = self._clock(), self._told.get(cause)
        self._told[cause] = _Told(sentence, now)
        if before is not None and now - before.when <= SHOWN_SECONDS:
            return None
        if cause == STALE:
            return EventKind.FEEDBACK_STALE, {"behind": sentence.fields["seconds"]}
        return EventKind.STREAM_DOUBTED, {"cause": cause, "text": sentence}

    def _hold(self, cause: str, first: int, last: int, end: int) -> Command | None:
        covered = self._covered.get(cause, -1)
        if last <= covered:
            return None
        # Samples that came late within a chunk say nothing about the next ones.
        until = last if cause == STALE and last < end else last + self._n_hold
        self._covered[cause] = until
        return hold(max(first, covered + 1), until, cause)

    def _rate_sentence(self) -> Message:
        if self._rate.lost_now > TOLERANCE:
            return joined((self._loss_sentence(), Message("Feedback is held.")))
        return Message(
            "The stream {stream!r} delivers {rate:.1f} samples a second where it declares "
            "{nominal:g}, so that every band would be wrong. Feedback is held; start anew with "
            "the true rate, or correct it in the amplifier's program.",
            stream=self._info.name, rate=self._rate.rate, nominal=self._info.sfreq,
        )  # fmt: skip

    def _loss_sentence(self) -> Message:
        return Message(
            "{percent:.0f} % of the samples of {stream!r} are lost on their way: check the "
            "wireless link and the network.",
            percent=100 * self._rate.lost_now, stream=self._info.name,
        )  # fmt: skip


def _contact(cause: str) -> Message:
    found = Hold.read(cause)
    if found.cause == "bridge":
        return Message(
            "The electrodes {pair} measure the same point (bridged by gel, or one wire twice). "
            "Feedback is held; dry the skin between them, or mend the wiring.",
            pair=found.channel,
        )
    return Message(
        "The electrode {name} measures nothing (shorted, or connected with the reference). "
        "Feedback is held; mend its contact.",
        name=found.channel,
    )
