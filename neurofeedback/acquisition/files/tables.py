"""Recordings that are tables of text: what their readers share.

Responsible for lines, columns, and for rate and losses by a table's own clock and counter. Not
responsible for any format (`openbci`, `headbands`).
"""

from __future__ import annotations

import codecs
import math
from collections import Counter
from pathlib import Path

import numpy as np

from neurofeedback.acquisition import losses
from neurofeedback.acquisition.counters import from_counter
from neurofeedback.acquisition.recorded import RawRecording, gaps_of
from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.words.message import Message

_HEAD_LINES = 100
_HEAD_BYTES = 1 << 16
_SEPARATORS = "\t;"  # besides the comma
_FEWEST_CELLS = 4  # of a table
_MOST_BROKEN = 0.1  # of its lines; of more, a table is not what it is taken for
# Numbers since 1970, by what they are at least today, and by the unit that they count.
_SINCE_1970 = ((1e17, 1e-9), (1e14, 1e-6), (1e11, 1e-3))
_SANE = 2.0  # times the declared rate that a clock may give, unless it ticks often
_DAY = 86400.0  # s
_TICKS = 32  # samples at most that share a time of a clock that ticks often


def head(path: Path) -> list[str]:
    """Return the first lines of a text, as `text` has them.

    Raises
    ------
    UserError
        If it is no text.
    """
    with path.open("rb") as file:
        content = file.read(_HEAD_BYTES)
    try:
        found = _decoded(content, "strict", final=len(content) < _HEAD_BYTES)
    except UnicodeDecodeError as error:
        raise UserError("{path} is not a text file that a recorder wrote.", path=path) from error
    lines = _with_commas(found).split("\n")[:_HEAD_LINES]
    if lines[-1] == "" or len(content) == _HEAD_BYTES:  # nothing, or a part of a line
        lines.pop()
    if any("\x00" in line for line in lines):
        raise UserError("{path} is not a text file that a recorder wrote.", path=path)
    return lines


def text(path: Path) -> str:
    """Return a whole text in the one form that readers know.

    Without byte order mark and quotes, with cells apart by commas, decimals after a point, and line
    ends of one kind. Bytes that are none become question marks, which no number has.
    """
    return _with_commas(_decoded(path.read_bytes(), "replace"))


def _decoded(content: bytes, errors: str, *, final: bool = True) -> str:
    # Two bytes a letter, of which the upper one is zero in a table.
    wide = (content[:2], content[3:4]) == (codecs.BOM_UTF16_LE, b"\0")
    wide |= (content[:2], content[2:3]) == (codecs.BOM_UTF16_BE, b"\0")
    decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")(errors)
    return decoder.decode(content, final)


def _with_commas(written: str) -> str:
    """Return a text whose cells are apart by commas, whatever they were apart by."""
    if '"' in written:
        written = written.replace('"', "")
    lines = written.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for separator in _SEPARATORS:
        if sum(line.count(separator) >= _FEWEST_CELLS - 1 for line in lines[:_HEAD_LINES]):
            lines = [
                line.replace(",", ".").replace(separator, ",") if separator in line else line
                for line in lines
            ]
            break
    return "\n".join(lines)


def broken(path: Path, n: int) -> list[Message]:
    """Return what is to be said of lines that were left out."""
    return [Message("{name}: {n} broken lines are left out.", name=path.name, n=n)] if n else []


def columns(
    path: Path, wanted: list[int], n_skip: int, n_columns: int | None = None
) -> tuple[FloatArray, list[Message]]:
    """Return columns of numbers, shape (n_rows, n_wanted), and what was left out.

    A last line without an end may be cut in a number, and is left out. So are broken lines.

    Raises
    ------
    UserError
        If there are no lines, too many broken ones, or lines of another number of cells than there
        are columns with names, so that nothing tells which is which.
    """
    lines = text(path).split("\n")[n_skip:]
    damage = []
    if lines and lines.pop():
        damage.append(Message("{name}: its last line is cut and left out.", name=path.name))
    lines = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise UserError("{path} holds no samples: the recording is empty.", path=path)
    n_cells = [line.rstrip(", ").count(",") + 1 for line in lines]
    whole = lines
    if n_columns is not None:
        usual = Counter(n_cells).most_common(1)[0][0]
        if usual != n_columns:
            raise UserError(
                "{path} names {names} columns, and its lines have {n} cells: nothing tells which "
                "is which; export the recording again.",
                path=path, names=n_columns, n=usual,
            )  # fmt: skip
        whole = [line for line, n in zip(lines, n_cells, strict=True) if n == usual]
    wanted = [i if i >= 0 else n_cells[0] + i for i in wanted]
    clocks = _clocks(whole, wanted)
    try:
        table = _numbers(whole, wanted, clocks)
    except (ValueError, IndexError):
        whole = [line for line in whole if _is_row(line, wanted, clocks)]
        table = _numbers(whole, wanted, clocks) if whole else np.empty((0, len(wanted)))
    n_broken = len(lines) - len(whole)
    if n_broken > _MOST_BROKEN * len(lines):
        raise UserError(
            "{path} has a broken line, or many: {n} of {all} do not hold the numbers that are "
            "wanted; export the recording again.",
            path=path, n=n_broken, all=len(lines),
        )  # fmt: skip
    return table, damage + broken(path, n_broken)


def _clocks(lines: list[str], wanted: list[int]) -> list[int]:
    """Return the columns that hold the time of day, in most of the first lines."""
    first = [line.split(",") for line in lines[:_HEAD_LINES]]
    return [i for i in wanted if 2 * sum(":" in c[i] for c in first if i < len(c)) > len(first)]


def _numbers(lines: list[str], wanted: list[int], clocks: list[int]) -> FloatArray:
    table = np.asarray(
        np.loadtxt(
            lines, delimiter=",", usecols=wanted, ndmin=2,
            converters=dict.fromkeys(clocks, _time_of_day),
        ),
        dtype=np.float64,
    )  # fmt: skip
    for i in map(wanted.index, clocks):  # a day later, where it begins anew
        table[:, i] += _DAY * np.cumsum(np.diff(table[:, i], prepend=table[0, i]) < -_DAY / 2)
    return table


def _time_of_day(cell: str) -> float:
    """Return the seconds since midnight of ``16:54:58.948``."""
    hours, minutes, seconds = cell.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def _is_row(line: str, wanted: list[int], clocks: list[int]) -> bool:
    try:
        _numbers([line], wanted, clocks)
    except (ValueError, IndexError):
        return False
    return True


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
    lost = None
    if clock is not None and np.isfinite(clock).all():
        clock = _in_seconds(clock, raw.sfreq)
    if counter is None and clock is not None:
        again = np.flatnonzero((np.diff(clock) == 0) & (np.diff(values, axis=0) == 0).all(axis=1))
        raw.values, clock = (np.delete(x, again + 1, axis=0) for x in (values, clock))
        _note_twice(raw, len(again))
    if counter is not None:
        lost, repeated = from_counter(counter)
        twice = np.flatnonzero(repeated)
        twice = twice[(values[twice] == values[twice - 1]).all(axis=1)]
        if len(twice):
            raw.values, lost = (np.delete(x, twice, axis=0) for x in (values, lost))
            clock = clock if clock is None else np.delete(clock, twice)
            _note_twice(raw, len(twice))
    if clock is None or not _runs(clock, raw):
        if lost is not None:
            missing = lost / raw.sfreq
            raw.take_timing(gaps_of(missing), losses.from_gaps(missing, raw.sfreq, len(missing)))
    else:
        missing, timing = _agreed(clock, lost, raw.sfreq)
        raw.take_timing(gaps_of(missing), timing)
    missing = np.zeros(raw.values.shape[0])
    for gap in raw.gaps:
        missing[gap.sample] = gap.seconds
    raw.timestamps = np.arange(len(missing)) / raw.sfreq + np.cumsum(missing)


def _note_twice(raw: RawRecording, n: int) -> None:
    if n:
        raw.damage.append(Message("{name}: {n} rows were written twice.", name=raw.name, n=n))


def _in_seconds(clock: FloatArray, declared: float) -> FloatArray:
    """Return a clock in seconds: told by its numbers since 1970, or by the declared rate."""
    for least, unit in _SINCE_1970:
        if clock[0] > least:
            return clock * unit
    n = max(1, round(0.1 * declared))
    if len(clock) > 2 * n:
        periods = float(np.median(clock[n:] - clock[:-n])) / n * declared
        for unit in (1e-3, 1e-6):
            if 1 / _SANE < periods * unit < _SANE:
                return clock * unit
    return clock


def _runs(clock: FloatArray, raw: RawRecording) -> bool:
    """Whether a clock moves at all as time does."""
    if len(clock) < 2 or not np.isfinite(clock).all():
        return False
    seconds, n_steps = float(clock[-1] - clock[0]), len(clock) - 1
    ticks = int((np.diff(clock) > 0).sum())
    moves = seconds > 0 and losses.are_times(clock)
    if moves and (seconds * raw.sfreq * _SANE > n_steps or ticks * _TICKS > n_steps):
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
