"""BrainFlow itself: the boards it knows, one of them opened, and what it has received.

Responsible for loading the package and for its errors as sentences. Not responsible for what rows
of numbers mean to a session (`source`).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurofeedback.acquisition.boards.query import BoardQuery
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray

INSTALL = "pip install 'neurofeedback[brainflow]'"
BUFFER_SECONDS = 360
_MOST_SAMPLES = 400_000  # as many as BrainFlow keeps at most
_VIRTUAL = (-2, -3)  # streaming and playback: they are like another board, the master


def is_installed() -> bool:
    """Return whether the package is there; it is not loaded."""
    return importlib.util.find_spec("brainflow") is not None


@dataclass(frozen=True, slots=True)
class Layout:
    """What the rows of a board are.

    Parameters
    ----------
    name : str
        Of the board, ``Cyton``.
    sfreq : float
        Hz.
    eeg, analog, resistance : tuple of int
        Rows of each kind.
    labels : tuple of str
        Electrodes that the maker has in mind for the EEG rows; empty where there are none.
    clock : int
        Row of the time stamps.
    counter, marker : int or None
        Rows of the package number and of markers.
    """

    name: str
    sfreq: float
    eeg: tuple[int, ...]
    analog: tuple[int, ...]
    resistance: tuple[int, ...]
    labels: tuple[str, ...]
    clock: int
    counter: int | None
    marker: int | None

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Layout:
        """Return the layout as BrainFlow describes it."""
        labels = tuple(name for name in described.get("eeg_names", "").split(",") if name)
        return cls(
            name=described["name"],
            sfreq=float(described["sampling_rate"]),
            eeg=tuple(described.get("eeg_channels", ())),
            analog=tuple(described.get("analog_channels", ())),
            resistance=tuple(described.get("resistance_channels", ())),
            labels=labels,
            clock=described["timestamp_channel"],
            counter=described.get("package_num_channel"),
            marker=described.get("marker_channel"),
        )


class Board:
    """A board, opened and streaming.

    Parameters
    ----------
    query : BoardQuery

    Raises
    ------
    UserError
        If BrainFlow is not installed, does not know the board, or cannot open it.
    """

    def __init__(self, query: BoardQuery) -> None:
        shim = _loaded()
        number = _number(shim, query.board)
        parameters = shim.BrainFlowInputParams()
        texts = {k: v for k, v in query.texts.items() if k not in ("config", "master_board")}
        for key, value in {**texts, **query.numbers}.items():
            setattr(parameters, key, value)
        master = number
        if "master_board" in query.texts:
            master = parameters.master_board = _number(shim, query.texts["master_board"])
        elif number in _VIRTUAL:
            raise UserError(
                "brainflow:{board} is like another board: say which with master_board=BOARD.",
                board=query.board,
            )
        self._error = shim.BrainFlowError
        self.layout = Layout.of(shim.BoardShim.get_board_descr(master))
        if not self.layout.eeg:
            raise UserError(
                "The board {board} measures no EEG: choose another.", board=self.layout.name
            )
        self._board = shim.BoardShim(number, parameters)
        try:
            self._board.prepare_session()
            if "config" in query.texts:
                self._board.config_board(query.texts["config"])
            wanted = round(BUFFER_SECONDS * self.layout.sfreq)
            self._board.start_stream(min(wanted, _MOST_SAMPLES))
        except self._error as error:
            self.close()
            raise UserError(
                "The board {board} cannot be opened ({why}): check that it is on, its port or "
                "address, and that no other program uses it.",
                board=self.layout.name,
                why=error,
            ) from error

    def read(self) -> FloatArray:
        """Return what has arrived since the last call, shape (n_rows, n_times).

        Raises
        ------
        UserError
            If the board does not answer any more.
        """
        try:
            return np.asarray(self._board.get_board_data())
        except self._error as error:
            raise UserError(
                "The board {board} does not answer any more ({why}).",
                board=self.layout.name,
                why=error,
            ) from error

    def close(self) -> None:
        """Stop streaming and let go of the board. May be called twice."""
        if self._board.is_prepared():
            self._board.release_session()


def _loaded() -> Any:
    try:
        from brainflow import board_shim
    except ImportError as error:
        raise UserError(
            "Boards of BrainFlow need the package brainflow; install it with: {install}",
            install=INSTALL,
        ) from error
    board_shim.BoardShim.disable_board_logger()
    return board_shim


def boards() -> list[str]:
    """Return the names of the boards that BrainFlow knows.

    Raises
    ------
    UserError
        If it is not installed.
    """
    return sorted(_known(_loaded()))


def _known(shim: Any) -> dict[str, int]:
    known = {b.name.removesuffix("_BOARD").casefold(): int(b.value) for b in shim.BoardIds}
    known.pop("no", None)
    return known


def _number(shim: Any, text: str) -> int:
    """Return the number of a board, typed as ``cyton``, ``CYTON_BOARD`` or ``0``."""
    known = _known(shim)
    name = text.strip().casefold().replace("-", "_").removesuffix("_board")
    found = known.get(name)
    if found is None and text.lstrip("-").isdecimal() and int(text) in known.values():
        found = int(text)
    if found is None:
        raise UserError(
            "BrainFlow has no board {text!r}; there are {known}.",
            text=text,
            known=", ".join(sorted(known)),
        )
    return found
