"""A session, read back as it was recorded.

Responsible for giving back everything that was acknowledged, bit for bit, from a finished session
or one that was killed, and for saying what lies beyond. Not responsible for judging a session
(`recording.read.checks`), for mending it, nor for computing anything from it.

Longer than most modules: whatever is read back passes one place where damage is found, so that none
of it is read twice.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate, islice
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric import rsa

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, FloatArray, StreamInfo, from_storage
from neurofeedback.recording.files import why
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.lines import TABLE, CheckedLines, Lines, read_log, read_table
from neurofeedback.recording.sealed import sealed_samples_key, trusted
from neurofeedback.recording.sealed_samples import SampleCipher
from neurofeedback.recording.tables import CHUNK_COLUMNS, ChunkRow, DisplayRow
from neurofeedback.recording.write.start import SessionStart
from neurofeedback.words.message import Message


class DamagedSession(UserError):
    """What was acknowledged cannot be read back: one sentence saying where."""


class SessionReader:
    """Reads one session.

    A last line without its line break, and bytes beyond the last acknowledged chunk, are passed
    over: they were being written when the program ended. Acknowledged chunks whose bytes never
    reached the disk (loss of power) are passed over as well. `beyond` tells of all of these.

    Parameters
    ----------
    path : path-like or SessionLayout
        The session folder or any path that `SessionLayout.find` takes.
    start : SessionStart or None
        What was known at the start, where its file is not to be trusted.
    key : RSAPrivateKey or None
        The study's unblinding key, for a session whose samples are sealed.

    Attributes
    ----------
    layout : SessionLayout
        Where everything lies.
    start : SessionStart
        Protocol, stream, descriptors, versions, bads and start time.
    chunk_rows : tuple of ChunkRow
        The chunks that can be read, in order.
    damage : tuple of str
        Lines of the chunk table that cannot be understood; nothing after them is used.

    Raises
    ------
    UserError
        If it is no session of this program.
    DamagedSession
        If what was known at its start cannot be read.
    """

    def __init__(
        self,
        path: Path | str | SessionLayout,
        start: SessionStart | None = None,
        *,
        key: rsa.RSAPrivateKey | None = None,
    ) -> None:
        self.layout = SessionLayout.find(path)
        self.start = _read_start(self.layout.protocol) if start is None else start
        self._scale = self.info.storage_scale
        self._frame_bytes = 4 * self.info.n_channels
        self._key = key
        rows, self.damage = self._read_chunk_rows()
        self.n_acknowledged = len(rows)
        self.chunk_rows = self._present(rows)
        lengths = [row.n_times for row in self.chunk_rows]
        self._positions = list(accumulate(lengths, initial=0))

    @property
    def info(self) -> StreamInfo:
        """The stream."""
        return self.start.stream

    @property
    def n_samples(self) -> int:
        """Number of samples that can be read."""
        return self._positions[-1]

    @property
    def stopped(self) -> Event | None:
        """The SessionStopped event; None for a session that was killed or still runs."""
        log = read_log(self.layout.log)
        try:
            event = _event(log.texts[-1]) if log.texts and not log.problem else None
        except ValueError:
            return None
        return event if event and event.kind is EventKind.SESSION_STOPPED else None

    @property
    def beyond(self) -> tuple[Message, ...]:
        """What lies beyond that which can be used, a sentence each; empty for a whole session."""
        found = []
        lost = self.n_acknowledged - len(self.chunk_rows)
        if lost:
            found.append(
                Message(
                    "{n} acknowledged chunk(s) are missing from sample {sample} on: their bytes "
                    "are not in the data files.",
                    n=lost, sample=self._stop_sample,
                )
            )  # fmt: skip
        for path, used in (
            (self.layout.eeg, self.n_samples * self._frame_bytes),
            (self.layout.times, self.n_samples * 8),
        ):
            if (extra := _size(path) - used) > 0:
                found.append(
                    Message(
                        "{name}: {n} bytes after the last usable chunk.", name=path.name, n=extra
                    )
                )
        for path in self._line_files:
            if torn := _torn_bytes(path):
                found.append(
                    Message("{name}: the last line is torn ({n} bytes).", name=path.name, n=torn)
                )
        if (sealed := self.layout.sealed).exists():
            if torn := trusted(sealed.read_bytes()).n_torn:
                found.append(
                    Message(
                        "{name}: the last record is torn ({n} bytes).", name=sealed.name, n=torn
                    )
                )
        return tuple(found)

    def read_chunk(self, index: int) -> Chunk:
        """Read one chunk as it was recorded.

        Parameters
        ----------
        index : int
            Place in `chunk_rows`.

        Returns
        -------
        Chunk
            Equal to the recorded one in every bit.

        Raises
        ------
        DamagedSession
            If a checksum does not hold; the sentence names the chunk.
        UserError
            If the samples are sealed and there is no key.
        """
        row, (raw, times) = self.chunk_rows[index], self._chunk_bytes(index)
        if self.start.samples_sealed:
            raw = self._cipher.apply(raw, row.first_sample)
        stored = np.frombuffer(raw, dtype="<f4").reshape(row.n_times, self.info.n_channels)
        return Chunk(
            data=from_storage(stored, self._scale),
            timestamps=times,
            first_sample=row.first_sample,
            gap=row.gap,
            arrival=row.arrival,
            clock_offset=row.clock_offset,
        )

    def chunk_times(self, index: int) -> FloatArray:
        """Return the times of one chunk, whose checksums hold, also where samples are sealed.

        Raises
        ------
        DamagedSession
            If a checksum does not hold; the sentence names the chunk.
        """
        return self._chunk_bytes(index)[1]

    @cached_property
    def _cipher(self) -> SampleCipher:
        if self._key is None:
            raise UserError(
                "The samples of {folder} are sealed: they open with the unblinding key of the "
                "study alone.",
                folder=self.layout.session_dir,
            )
        return SampleCipher(sealed_samples_key(self.layout.sealed, self._key), self._frame_bytes)

    def _chunk_bytes(self, index: int) -> tuple[bytes, FloatArray]:
        row, position = self.chunk_rows[index], self._positions[index]
        n, width = row.n_times, self._frame_bytes
        raw = _read_bytes(self.layout.eeg, position * width, n * width)
        times = _read_bytes(self.layout.times, position * 8, n * 8)
        for name, data, crc in (
            (self.layout.eeg.name, raw, row.crc32),
            (self.layout.times.name, times, row.times_crc32),
        ):
            if zlib.crc32(data) != crc:
                raise DamagedSession(
                    "{chunk}: {name} fails its checksum.", chunk=self.chunk_name(index), name=name
                )
        return raw, np.frombuffer(times, dtype="<f8").astype(np.float64)

    def chunk_name(self, index: int) -> Message:
        """Return words that name a chunk to a person."""
        row = self.chunk_rows[index]
        return Message(
            "{folder}: chunk {number} of {n} (samples {first} to {last})",
            folder=self.layout.session_dir, number=index + 1, n=self.n_acknowledged,
            first=row.first_sample, last=row.stop_sample - 1,
        )  # fmt: skip

    def iter_chunks(self) -> Iterator[Chunk]:
        """Yield all chunks as they were recorded, in order; see `read_chunk`.

        Raises
        ------
        DamagedSession
            If a checksum does not hold, chunks do not follow on, or, after the last chunk that can
            be read, when the chunk table goes on with a line that cannot be understood.
        """
        stop_sample = None
        for index, row in enumerate(self.chunk_rows):
            if stop_sample not in (None, row.first_sample):
                raise DamagedSession("{chunk} does not follow on.", chunk=self.chunk_name(index))
            yield self.read_chunk(index)
            stop_sample = row.stop_sample
        if self.damage:
            raise DamagedSession(self.damage[0])

    def events(self) -> list[Event]:
        """Return all events of the session log.

        Raises
        ------
        DamagedSession
            If a line fails its checksum or is no event; the sentence names it.
        """
        events = []
        for number, line in enumerate(_whole(read_log(self.layout.log)), start=1):
            try:
                events.append(_event(line))
            except ValueError as error:
                raise DamagedSession(
                    "{path}, line {number}: {reason}",
                    path=self.layout.log,
                    number=number,
                    reason=error,
                ) from error
        return events

    def feedback_lines(self) -> list[str]:
        """Return the rows of the feedback table as text, without header, checksum and line breaks.

        Raises
        ------
        DamagedSession
            If a line fails its checksum; the sentence names it.
        """
        return list(self.iter_feedback())

    def iter_feedback(self) -> Iterator[str]:
        """Yield the rows of the feedback table as `feedback_lines` does, one by one.

        Raises
        ------
        DamagedSession
            If a line fails its checksum, where it comes.
        """
        lines = Lines(self.layout.feedback, TABLE)
        yield from islice(lines, 1, None)
        if lines.problem:
            raise DamagedSession(lines.problem)

    def feedback_columns(self) -> list[str]:
        """Return the columns of the feedback table; empty without one.

        Raises
        ------
        DamagedSession
            If a row has another number of cells than the header, or a line fails its checksum.
        """
        lines = Lines(self.layout.feedback, TABLE)
        columns: list[str] = []
        for number, line in enumerate(lines, start=1):
            columns = columns or line.split("\t")
            if line.count("\t") + 1 != len(columns):
                raise DamagedSession(
                    "{path}, line {number}: {n} cells.",
                    path=self.layout.feedback, number=number, n=line.count("\t") + 1,
                )  # fmt: skip
        if lines.problem:
            raise DamagedSession(lines.problem)
        return columns

    def feedback_rows(self) -> dict[str, list[str]]:
        """Return the feedback table as raw text, column by column.

        Raises
        ------
        DamagedSession
            If a row has another number of cells than the header; the sentence names it.
        """
        lines = _whole(read_table(self.layout.feedback))
        if not lines:
            return {}
        columns = lines[0].split("\t")
        rows = [line.split("\t") for line in lines[1:]]
        for number, cells in enumerate(rows, start=2):
            if len(cells) != len(columns):
                raise DamagedSession(
                    "{path}, line {number}: {n} cells.",
                    path=self.layout.feedback,
                    number=number,
                    n=len(cells),
                )
        return {name: [cells[i] for cells in rows] for i, name in enumerate(columns)}

    def display_rows(self) -> list[DisplayRow]:
        """Return what was painted and when.

        Raises
        ------
        DamagedSession
            If a row cannot be understood; the sentence names it.
        """
        expected = "\t".join(self.start.display_columns)
        header, *lines = _whole(read_table(self.layout.display)) or [expected]
        if header != expected:
            raise DamagedSession("{path}, line 1: unknown columns.", path=self.layout.display)
        rows = []
        for number, line in enumerate(lines, start=2):
            try:
                rows.append(DisplayRow.from_cells(line.split("\t")))
            except ValueError as error:
                raise DamagedSession(
                    "{path}, line {number}: {reason}.",
                    path=self.layout.display,
                    number=number,
                    reason=error,
                ) from error
        return rows

    @property
    def _line_files(self) -> tuple[Path, ...]:
        layout = self.layout
        return (layout.chunks, layout.feedback, layout.display, layout.log, layout.events)

    @property
    def _stop_sample(self) -> int:
        return self.chunk_rows[-1].stop_sample if self.chunk_rows else 0

    def _read_chunk_rows(self) -> tuple[list[ChunkRow], tuple[Message, ...]]:
        path = self.layout.chunks
        table = read_table(path)
        if table.texts and table.texts[0].split("\t") != list(CHUNK_COLUMNS):
            return [], (Message("{path}, line 1: unknown columns.", path=path),)
        rows: list[ChunkRow] = []
        for number, line in enumerate(table.texts[1:], start=2):
            try:
                rows.append(ChunkRow.from_cells(line.split("\t")))
            except ValueError as error:
                problem = Message(
                    "{path}, line {number}: {reason}.", path=path, number=number, reason=error
                )
                return rows, (problem,)
        return rows, (table.problem,) if table.problem else ()

    def _present(self, rows: list[ChunkRow]) -> tuple[ChunkRow, ...]:
        n_times = min(_size(self.layout.eeg) // self._frame_bytes, _size(self.layout.times) // 8)
        for i, row in enumerate(rows):
            n_times -= row.n_times
            if n_times < 0:
                return tuple(rows[:i])
        return tuple(rows)


def _read_start(path: Path) -> SessionStart:
    try:
        return SessionStart.from_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DamagedSession(
            "{path} cannot be understood: {reason}.", path=path, reason=error
        ) from error
    except FileNotFoundError as error:
        raise DamagedSession("{path} is missing.", path=path) from error
    except OSError as error:
        raise UserError("{path} cannot be read: {reason}.", path=path, reason=why(error)) from error


def _whole(lines: CheckedLines) -> list[str]:
    if lines.problem:
        raise DamagedSession(lines.problem)
    return lines.texts


def _event(line: str) -> Event:
    try:
        return Event.from_json(line)
    except (TypeError, OverflowError, RecursionError) as error:
        raise ValueError(Message("Not an event: {line!r}.", line=line[:80])) from error


def _torn_bytes(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("rb") as file:
        last = deque(file, maxlen=1)
    return sum(len(line) for line in last if not line.endswith(b"\n"))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _read_bytes(path: Path, offset: int, n_bytes: int) -> bytes:
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(n_bytes)
