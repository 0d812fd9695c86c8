"""A board behind the `Source` protocol.

Responsible for samples, gaps, markers and impedances of a board. Not responsible for BrainFlow
(`driver`) nor for how a counter counts (`counter`).

Time stamps are those of BrainFlow: when a package arrived, by this computer's calendar clock. They
are kept as they are. A board that counts its packages tells by that what was lost; of another one
the stamps have to tell.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping

import numpy as np

from neurofeedback.acquisition.boards.counter import LEARN_SECONDS, PackageCounter
from neurofeedback.acquisition.boards.driver import Board, Layout
from neurofeedback.acquisition.boards.query import read_query
from neurofeedback.acquisition.given_names import GivenNames
from neurofeedback.acquisition.lsl.continuity import Continuity
from neurofeedback.acquisition.naming import name_channels
from neurofeedback.acquisition.units import Scaling, scaling
from neurofeedback.errors import UserError
from neurofeedback.frames import (
    Annotated,
    Chunk,
    FloatArray,
    StreamInfo,
    from_storage,
    to_storage,
)
from neurofeedback.words.message import Message

POLL_SECONDS = 0.008
PATIENCE = 10.0  # s until the first samples of a board must have come


class BoardSource:
    """A board of BrainFlow.

    Parameters
    ----------
    query : str
        Which, and how it is connected; see `query.read_query`.
    unit : str, optional
        Unit of the EEG channels in the place of BrainFlow's microvolts.
    given : GivenNames, optional
        Names of electrodes that the user gives, in the place of those the maker has in mind.
    clock, calendar : callable
        The local clock, and the clock of time stamps, s.
    sleep : callable
        How to wait, s.

    Raises
    ------
    UserError
        If the query cannot be read.
    """

    def __init__(
        self,
        query: str,
        *,
        unit: str | None = None,
        given: GivenNames | None = None,
        clock: Callable[[], float] = time.monotonic,
        calendar: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._query = read_query(query)
        self._unit, self._given = unit, given
        self._clock, self._calendar, self._sleep = clock, calendar, sleep
        self._board: Board | None = None
        self._info: StreamInfo | None = None
        self._scaling: Scaling | None = None
        self._notes: tuple[Message, ...] = ()
        self._begun = False
        self._counter: PackageCounter | None = None
        self._waiting: deque[Chunk] = deque()
        self._impedances: dict[str, float] = {}
        self._next = 0
        self._closed = False

    @property
    def live(self) -> bool:
        """True: samples arrive whether or not they are read."""
        return True

    @property
    def connected(self) -> bool:
        """Whether the board is open; one that falls silent is told of by its silence."""
        return self._board is not None

    @property
    def exhausted(self) -> bool:
        """Whether the source was closed; a board has no end of its own."""
        return self._closed

    @property
    def notes(self) -> tuple[Message, ...]:
        """What the user should know about how the board is read; a sentence each."""
        return self._notes

    @property
    def impedances(self) -> Mapping[str, float]:
        """Newest impedance of each electrode that the board measures, ohm."""
        return dict(self._impedances)

    def open(self) -> StreamInfo:
        """Open the board, wait for its first samples, and describe it.

        Raises
        ------
        UserError
            If it cannot be opened, sends nothing or has no EEG, or the user names channels that
            are not there.
        """
        if self._info is not None:
            return self._info
        self._board = board = Board(self._query)
        try:
            self._info = self._describe(board.layout)
            self._look(board)
        except BaseException:
            self.close()
            raise
        return self._info

    def read(self, timeout: float) -> Chunk | None:
        """Return the samples that have arrived, waiting up to `timeout` s for the first.

        What arrived before the first call was for looking at the board and is not of now.
        """
        if not self._begun and self._board is not None:
            self._board.read()
            self._begun = True
        until = self._clock() + timeout
        while not self._closed and self._board is not None:
            if not self._waiting:
                self._receive(self._board)
            if self._waiting:
                return self._waiting.popleft()
            left = until - self._clock()
            if left <= 0:
                break
            self._sleep(min(POLL_SECONDS, left))
        return None

    def close(self) -> None:
        """Let go of the board. May be called twice."""
        self._closed = True
        board, self._board = self._board, None
        if board is not None:
            board.close()

    def _describe(self, layout: Layout) -> StreamInfo:
        where = Message("The board {board}", board=layout.name)
        numbered = [f"EEG {i + 1}" for i in range(len(layout.eeg))]
        analog = [f"analog {i + 1}" for i in range(len(layout.analog))]
        makers = list(layout.labels) if len(layout.labels) == len(numbered) else numbered
        types = ["eeg"] * len(layout.eeg) + ["misc"] * len(layout.analog)
        chosen = {} if self._given is None else self._given.resolve(makers + analog, where)
        # Where the user places some electrodes, the maker's places of the others mean nothing.
        labels = (numbered if chosen else makers) + analog
        named = name_channels(labels, types, chosen, where)
        self._scaling = scaling(
            ["microvolts" if kind == "eeg" else "" for kind in types],
            named.types,
            unit=self._unit,
            values=np.empty((0, len(labels))),
            sfreq=layout.sfreq,
            where=where,
            ch_names=named.names,
        )
        notes = [*named.notes, self._scaling.note]
        if makers is not numbered and not chosen:
            notes.append(
                Message(
                    "{where}: electrodes have the names that its maker has in mind, {names}; if "
                    "yours are elsewhere, say so with --channels.",
                    where=where, names=", ".join(layout.labels),
                )
            )  # fmt: skip
        self._notes = tuple(note for note in notes if note)
        return StreamInfo(
            name=layout.name,
            source_id=f"brainflow-{self._query.board}".casefold(),
            sfreq=layout.sfreq,
            ch_names=named.names,
            ch_types=named.types,
            units=self._scaling.units,
            native_unit=self._scaling.native_unit,
            origin="brainflow",
            labels=tuple(makers + analog) if chosen else (),
            reference=named.reference,
        )

    def _look(self, board: Board) -> None:
        """Receive enough to learn how the board counts, and its impedances."""
        layout = board.layout
        rows = [board.read()]
        n_wanted = LEARN_SECONDS * layout.sfreq
        until = self._clock() + PATIENCE
        while sum(r.shape[1] for r in rows) < n_wanted and self._clock() < until:
            self._sleep(POLL_SECONDS)
            rows.append(board.read())
        seen = np.concatenate(rows, axis=1)
        if not seen.shape[1]:
            raise UserError(
                "The board {board} was opened but sent nothing for {seconds:.0f} s: is it on, and "
                "in reach?",
                board=layout.name, seconds=PATIENCE,
            )  # fmt: skip
        if layout.counter is not None:
            self._counter = PackageCounter.learned(seen[layout.counter])
        self._continuity = Continuity(layout.sfreq)
        self._see_impedances(seen, layout)

    def _receive(self, board: Board) -> None:
        """Turn everything that has arrived into chunks that reach across no loss."""
        rows = board.read()
        if not rows.shape[1]:
            return
        assert self._info is not None
        assert self._scaling is not None
        layout, info = board.layout, self._info
        now = self._clock()
        values = rows[[*layout.eeg, *layout.analog]].T * self._scaling.factors
        data = from_storage(to_storage(values, info.storage_scale), info.storage_scale)
        times = rows[layout.clock].copy()
        gaps = self._missing(rows, layout)
        starts = [0, *(np.flatnonzero(gaps[1:]) + 1).tolist(), len(times)]
        for start, stop in zip(starts[:-1], starts[1:], strict=True):
            self._waiting.append(
                Chunk(
                    data[start:stop],
                    times[start:stop],
                    self._next + start,
                    gap=float(gaps[start]),
                    arrival=now,
                    clock_offset=now - self._calendar(),
                    annotations=_markers(rows, layout, start, stop),
                )
            )
        self._next += len(times)
        self._see_impedances(rows, layout)

    def _missing(self, rows: FloatArray, layout: Layout) -> FloatArray:
        """Return the seconds missing before each sample."""
        if self._counter is None or layout.counter is None:
            return self._continuity.missing_before(rows[layout.clock])
        return self._counter.missing_before(rows[layout.counter]) / layout.sfreq

    def _see_impedances(self, rows: FloatArray, layout: Layout) -> None:
        """Keep the newest values; zero is what a board gives that measures none at the moment."""
        assert self._info is not None
        names = self._info.ch_names[: len(layout.eeg)]
        for name, row in zip(names, layout.resistance, strict=False):
            if row in layout.eeg:
                continue  # in its impedance mode, this board sends no EEG
            newest = float(rows[row, -1]) if rows.shape[1] else math.nan
            if math.isfinite(newest) and newest > 0:
                self._impedances[name] = newest


def _markers(rows: FloatArray, layout: Layout, start: int, stop: int) -> tuple[Annotated, ...]:
    if layout.marker is None:
        return ()
    column = rows[layout.marker, start:stop]
    return tuple(Annotated(int(at), f"{column[at]:g}") for at in np.flatnonzero(column))
