"""Recorded files as a source of samples.

Responsible for choosing the reader of a file and for handing its samples out as if they were
live, in real time or faster, never across a gap. Not responsible for the formats
(`readers`, `edf_samples`, `brainvision`, `xdf`, `text`) nor for looping: a recording ends.
"""

from __future__ import annotations

import errno
import math
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from neurofeedback.acquisition.annotations import Placed, note_on_lost, place, take
from neurofeedback.acquisition.files import brainvision, content, edf_samples, readers, text, xdf
from neurofeedback.acquisition.given_names import GivenNames
from neurofeedback.acquisition.interpretation import settle
from neurofeedback.acquisition.pacing import Pacer
from neurofeedback.acquisition.recorded import Annotation, Gap, RawRecording, Recording
from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.words.message import Message

__all__ = ["Annotation", "Gap", "Recording", "ReplaySource", "load_recording"]

PACED_CHUNK = 1 / 32  # s
FAST_CHUNK = 4.0  # s


def load_recording(
    path: str | Path,
    *,
    stream: str | None = None,
    unit: str | None = None,
    as_it_is: bool = False,
    strict: bool = False,
    given: GivenNames | None = None,
) -> Recording:
    """Load a recorded file of any kind that is known; its content decides, then its name.

    Parameters
    ----------
    path : str or Path
        The file.
    stream : str, optional
        Name or number of the stream in an XDF file; the only one of type EEG by default.
    unit : str, optional
        Unit in which the voltage channels were stored, overruling what the file says:
        ``microvolts``, ``V`` ...
    as_it_is : bool
        Go on, with a note, if the samples are not of the size of EEG in the units of the file.
    strict : bool
        Refuse a file that is broken in places, instead of reading what is there.
    given : GivenNames, optional
        Names of electrodes that the user gives.

    Returns
    -------
    Recording

    Raises
    ------
    UserError
        If the file is missing, unreadable, broken, empty, of an unknown kind, leaves open which
        stream or unit is meant, or has samples that are not of the size of EEG.
    """
    path = Path(path)
    try:
        raw = _read(path, stream)
    except OSError as error:
        reason = Message(error.strerror or str(error))
        raise UserError(
            "The recording {path} cannot be read: {reason}.", path=path, reason=reason
        ) from error
    return settle(raw, unit=unit, where=str(path), as_it_is=as_it_is, strict=strict, given=given)


def _read(path: Path, stream: str | None) -> RawRecording:
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, Message("there is no such file"))
    if path.is_dir():
        if path.suffix.lower() != ".mff":
            raise IsADirectoryError(errno.EISDIR, Message("it is a folder; name a file in it"))
        return readers.read_mne(path)
    with path.open("rb") as file:
        if not file.read(1):
            raise UserError("The recording {path} is an empty file.", path=path)
    head, note = content.head_of(path)
    with content.unpacked(head) as clear:
        raw = _read_clear(clear, content.kind(clear), stream)
        if clear != head:  # what was unpacked is gone after this
            raw.values = raw.values[: raw.values.shape[0]]
    if note is not None:
        raw.notes.insert(0, note)
    return raw


def _read_clear(path: Path, kind: str, stream: str | None) -> RawRecording:
    if kind in xdf.SUFFIXES:
        return xdf.read_xdf(path, stream)
    if stream is not None:
        raise UserError("{path} is not an XDF file: it has no streams to choose from.", path=path)
    if kind in text.SUFFIXES:
        return text.read_text(path)
    if kind in edf_samples.SUFFIXES:
        return edf_samples.read_edf(path)
    if kind in brainvision.SUFFIXES:
        return brainvision.read_brainvision(path)
    if kind in readers.SUFFIXES:
        return readers.read_mne(path, kind)
    suffixes = edf_samples.SUFFIXES | readers.SUFFIXES | xdf.SUFFIXES | text.SUFFIXES
    suffixes |= brainvision.SUFFIXES
    known = ", ".join(sorted(suffixes - {".nihon"}))
    raise UserError(
        "The recording {path} is of an unknown kind {kind!r}; known are {known}.",
        path=path,
        kind=kind,
        known=known,
    )


class ReplaySource:
    """A recorded file behind the `Source` protocol.

    Parameters
    ----------
    path : str, Path or Recording
        The file, or a recording loaded before.
    speed : float
        1 for real time, 10 for ten times as fast; infinity, the default, for no waiting. Pace
        follows the samples: the time missing in a gap is not waited for.
    chunk_seconds : float, optional
        Length of the chunks in s; by default short when paced and long when not.
    start : float
        Where in the recording to begin, s. Samples keep their numbers: the first has that of its
        place in the recording.
    stream, unit : str, optional
    as_it_is, strict : bool
    given : GivenNames, optional
        See `load_recording`.
    clock, sleep : callable
        Where the time of arrival comes from and how to wait, s.

    Raises
    ------
    UserError
        If the speed is not positive, or the start negative or no number.
    """

    def __init__(
        self,
        path: str | Path | Recording,
        *,
        speed: float = math.inf,
        chunk_seconds: float | None = None,
        start: float = 0.0,
        stream: str | None = None,
        unit: str | None = None,
        as_it_is: bool = False,
        strict: bool = False,
        given: GivenNames | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not (math.isfinite(start) and start >= 0):
            raise UserError("A recording cannot start at {start} s.", start=start)
        if isinstance(path, Recording):
            self._load: Callable[[], Recording] = lambda: path
        else:
            self._load = lambda: load_recording(
                path, stream=stream, unit=unit, as_it_is=as_it_is, strict=strict, given=given
            )
        self._recording: Recording | None = None
        self._chunk_seconds = chunk_seconds
        self._clock, self._sleep = clock, sleep
        self._start = start
        self._pacer = Pacer(1.0, speed, clock, sleep)
        self._gaps: dict[int, float] = {}
        self._stops: deque[int] = deque()
        self._placed: Placed = deque()
        self._lost: tuple[Message, ...] = ()
        self._first = self._next = 0

    @property
    def live(self) -> bool:
        """False: a file waits for its reader."""
        return False

    @property
    def connected(self) -> bool:
        """True: a file is always there."""
        return True

    @property
    def exhausted(self) -> bool:
        """Whether the last sample has been read."""
        return self._recording is not None and self._next >= self._recording.n_times

    @property
    def recording(self) -> Recording:
        """The recording itself, once the source is open.

        Raises
        ------
        RuntimeError
            If it is not open yet.
        """
        if self._recording is None:
            raise RuntimeError("ReplaySource is not open.")
        return self._recording

    @property
    def notes(self) -> tuple[Message, ...]:
        """What the user should know about how the file was read; a sentence each."""
        return (*self.recording.notes, *self._lost)

    @property
    def position(self) -> int:
        """Place in the recording of the next sample to be read."""
        return self._next

    @property
    def speed(self) -> float:
        """Speed in use."""
        return self._pacer.speed

    @property
    def held(self) -> bool:
        """Whether samples are held back."""
        return self._pacer.held

    def set_speed(self, speed: float) -> None:
        """Go on at another speed; any thread may call it. What is read stays the same.

        Raises
        ------
        UserError
            If it is not positive.
        """
        self._pacer.set_speed(speed)

    def hold(self, held: bool = True) -> None:
        """Hold samples back, or let them go on; any thread may call it."""
        self._pacer.hold(held)

    def step(self, seconds: float) -> None:
        """Let so many seconds more be read at once, also while samples are held back."""
        self._pacer.step(round(seconds * self.recording.info.sfreq))

    def open(self) -> StreamInfo:
        """Load the file and describe it.

        Raises
        ------
        UserError
            As `load_recording`, or if the recording is over before the start.
        """
        if self._recording is not None:
            return self._recording.info
        self._recording = self._load()
        info = self._recording.info
        self._first = self._next = round(self._start * info.sfreq)
        if self._next >= self._recording.n_times:
            length = self._recording.seconds
            self._recording = None
            raise UserError(
                "{stream} has {length:.1f} s: it cannot start at {start:g} s.",
                stream=info.name,
                length=length,
                start=self._start,
            )
        self._pacer = self._paced(info.sfreq)
        self._gaps = {gap.sample: gap.seconds for gap in self._recording.gaps}
        self._stops = deque(segment.stop for segment in self._recording.segments())
        self._placed, lost = place(self._recording)
        self._lost = tuple(note_on_lost(lost, info.name))
        return info

    def read(self, timeout: float) -> Chunk | None:
        """Return the next samples, waiting up to `timeout` s until they are due."""
        recording = self.recording
        if self.exhausted:
            return None
        while self._stops[0] <= self._next:
            self._stops.popleft()
        first, stop = self._next, min(self._next + self._n_chunk(), self._stops[0])
        if not self._pacer.wait(stop - self._first, timeout):
            return None
        self._next = stop
        return Chunk(
            recording.samples[first:stop],
            recording.times[first:stop],
            first,
            gap=self._gaps.get(first, 0.0) if first > self._first else 0.0,
            arrival=self._clock(),
            annotations=take(self._placed, first, stop),
        )

    def close(self) -> None:
        """Do nothing: a file is open only while a stretch of it is read."""

    def _n_chunk(self) -> int:
        """Return the length of the next chunk; a longer one at a higher speed."""
        seconds, speed = self._chunk_seconds, self._pacer.speed
        if seconds is None:
            seconds = FAST_CHUNK if math.isinf(speed) else PACED_CHUNK * max(1.0, speed)
        return max(1, round(seconds * self.recording.info.sfreq))

    def _paced(self, sfreq: float) -> Pacer:
        """Return a pacer for this rate, with the speed and hold that were set so far."""
        pacer = Pacer(sfreq, self._pacer.speed, self._clock, self._sleep)
        pacer.hold(self._pacer.held)
        return pacer
