"""Recordings that are tables of text: what their readers share.

Responsible for lines, columns, and for rate and losses by a table's own clock and counter. Not
responsible for any format (`openbci`, `headbands`).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from neurofeedback.acquisition import losses
from neurofeedback.acquisition.recorded import RawRecording, gaps_of
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

_HEAD_LINES = 100
_MILLISECONDS = 1e11  # seconds since 1970 stay below it for 3000 years, milliseconds since 1973 not
_SANE = 2.0  # a clock that gives more than so many times the declared rate, or less, is none


def head(path: Path) -> list[str]:
    """Return the first lines of a text, without line ends and byte order mark.

    Raises
    ------
    UserError
        If it is no text.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            lines = [line.rstrip("\r\n") for _, line in zip(range(_HEAD_LINES), file, strict=False)]
    except UnicodeDecodeError as error:
        raise UserError("{path} is not a text file that a recorder wrote.", path=path) from error
    if any("\x00" in line for line in lines):
        raise UserError("{path} is not a text file that a recorder wrote.", path=path)
    return lines


def text(path: Path) -> str:
    """Return a whole text; bytes that are none become question marks, which no number has."""
    return path.read_text(encoding="utf-8-sig", errors="replace")


def broken(path: Path, n: int) -> list[Message]:
    """Return what is to be said of lines that were left out."""
    return [Message("{name}: {n} broken lines are left out.", name=path.name, n=n)] if n else []


def columns(
    path: Path, wanted: list[int], n_skip: int, delimiter: str = ","
) -> tuple[FloatArray, list[Message]]:
    """Return columns of numbers, shape (n_rows, n_wanted), and what was left out.

    A last line that was not written to its end is left out.

    Raises
    ------
    UserError
        If another line is broken.
    """
    lines = text(path).splitlines(keepends=True)[n_skip:]
    damage = []
    if lines and not lines[-1].endswith("\n"):
        try:
            _numbers(lines[-1:], wanted, delimiter)
        except (ValueError, IndexError):
            damage = [Message("{name}: its last line is cut and left out.", name=path.name)]
            lines.pop()
    if not any(line.strip() for line in lines):
        raise UserError("{path} holds no samples: the recording is empty.", path=path)
    try:
        return _numbers(lines, wanted, delimiter), damage
    except (ValueError, IndexError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise UserError("{path} has a broken line: {reason}.", path=path, reason=reason) from error


def _numbers(lines: list[str], wanted: list[int], delimiter: str) -> FloatArray:
    table = np.loadtxt(lines, delimiter=delimiter, usecols=wanted, ndmin=2)
    return np.asarray(table, dtype=np.float64)


def settle_times(
    raw: RawRecording, counter: FloatArray | None = None, clock: FloatArray | None = None
) -> None:
    """Find rate and losses by the recorder's counter and clock, and give each sample its time.

    A counter finds the place of every lost sample, but it may have been misread, and cannot see
    whole rounds: where the clock contradicts what it says, the clock decides. Rows that were
    written twice are left out.

    Parameters
    ----------
    raw : RawRecording
        With samples and declared rate; its times, gaps, rate and notes are settled.
    counter : ndarray, shape (n_times,), optional
    clock : ndarray, shape (n_times,), optional
        In seconds, or in milliseconds since 1970.
    """
    values = raw.values
    assert isinstance(values, np.ndarray)  # a text was read as a whole
    raw.timestamps = np.arange(len(values)) / raw.sfreq
    lost = None
    if counter is not None:
        lost, repeated = losses.from_counter(np.round(counter).astype(np.int64))
        twice = np.flatnonzero(repeated)
        twice = twice[(values[twice] == values[twice - 1]).all(axis=1)]
        if len(twice):
            raw.values, lost = (np.delete(x, twice, axis=0) for x in (values, lost))
            clock = clock if clock is None else np.delete(clock, twice)
            raw.timestamps = raw.timestamps[: raw.values.shape[0]]
            raw.damage.append(
                Message("{name}: {n} rows were written twice.", name=raw.name, n=len(twice))
            )
    if clock is None or not _runs(clock, raw):
        if lost is not None:
            missing = lost / raw.sfreq
            raw.take_timing(gaps_of(missing), losses.from_gaps(missing, raw.sfreq, len(missing)))
    else:
        clock = clock / 1000 if clock[0] > _MILLISECONDS else clock
        missing, timing = _agreed(clock, lost, raw.sfreq)
        raw.take_timing(gaps_of(missing), timing)
    missing = np.zeros(raw.values.shape[0])
    for gap in raw.gaps:
        missing[gap.sample] = gap.seconds
    raw.timestamps = np.arange(len(missing)) / raw.sfreq + np.cumsum(missing)


def _runs(clock: FloatArray, raw: RawRecording) -> bool:
    """Whether a clock moves at all as time does."""
    if len(clock) < 2 or not np.isfinite(clock).all():
        return False
    seconds = float(clock[-1] - clock[0]) / (1000 if clock[0] > _MILLISECONDS else 1)
    if seconds * raw.sfreq * _SANE > len(clock) - 1:
        return True
    raw.notes.append(Message("{name}: its clock does not run, and is not used.", name=raw.name))
    return False


def _agreed(
    clock: FloatArray, lost: FloatArray | None, declared: float
) -> tuple[FloatArray, losses.Timing]:
    missing, timing = losses.from_timestamps(clock, declared)
    if lost is None:
        return missing, timing
    n_sent = len(clock) - 1 + float(lost.sum())
    rate = n_sent / float(clock[-1] - clock[0])
    if min(abs(rate / r - 1) for r in (declared, timing.rate)) > losses.TOLERANCE:
        return missing, timing
    measured = rate if math.isfinite(timing.rate_error) else math.nan
    counted = losses.Timing(measured, timing.rate_error, float(lost.sum()), 0.0, len(clock))
    return lost / (rate if counted.contradicts(declared) else declared), counted
