"""The map of band power in words: which bands there are, what is shown, what is left out and why.

Responsible for the words and for the range of the colours. Not responsible for the numbers
(`session.scalp_power`) nor for painting (`gui.operator.scalp_map`). Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.gui.operator.electrode_words import REASON_WORDS
from neurofeedback.session.scalp_power import FEWEST, SECONDS, Band, ScalpReading
from neurofeedback.words.language import later, number, tr

TRAINED = later("trained band")
OTHERS = (
    (later("theta"), (4.0, 8.0)), (later("alpha"), (8.0, 13.0)), (later("beta"), (13.0, 30.0)),
)  # fmt: skip
SPANS = (1.0, 2.0, 3.0, 6.0, 10.0, 15.0, 20.0, 30.0)  # dB
ROOM = 0.8  # share of a smaller span that must do before the colours change to it
NAMED = 3


def bands(trained: Band, sfreq: float) -> list[tuple[str, Band]]:
    """Return the bands to choose from, name and Hz: the trained one, then others that differ.

    Parameters
    ----------
    trained : (float, float)
        Hz.
    sfreq : float
        Of the stream, Hz; bands that it cannot hold are no choice.
    """
    others = [(name, band) for name, band in OTHERS if band != trained and band[1] < sfreq / 2]
    return [(TRAINED, trained), *others]


def span_of(reading: ScalpReading, now: float) -> float:
    """Return the range of the colours on either side of 0, dB: larger at once, smaller when sure.

    Parameters
    ----------
    reading : ScalpReading
        With values.
    now : float
        The range so far, dB; 0 for none.
    """
    largest = float(abs(reading.decibels).max())
    wanted = next((s for s in SPANS if s >= largest), SPANS[-1])
    if wanted < now and largest > ROOM * wanted:
        return next(s for s in SPANS if s > wanted)
    return wanted


def measure_line(band: Band) -> str:
    """Say what the numbers are: band, window, reference and unit."""
    return tr(
        "{low:g}-{high:g} Hz, last {seconds:g} s, average reference, "
        "dB around the mean of electrodes",
        low=band[0], high=band[1], seconds=SECONDS,
    )  # fmt: skip


def decibels(value: float) -> str:
    """Return a number with sign and unit."""
    return f"{number(value, '+.1f')} dB".replace("-", "\u2212")


def extremes(names: Sequence[str], reading: ScalpReading) -> tuple[str, str]:
    """Return highest and lowest electrode, each with its value.

    Parameters
    ----------
    names : sequence of str
        `ScalpPower.names`.
    reading : ScalpReading
        With values.
    """
    values = reading.decibels
    high, low = int(values.argmax()), int(values.argmin())
    return tuple(  # type: ignore[return-value]
        f"{names[reading.used[i]]} {decibels(float(values[i]))}" for i in (high, low)
    )


def left_out_lines(reading: ScalpReading, unplaced: Sequence[str]) -> list[str]:
    """Say which electrodes are not in the map, and why; each in a line."""
    lines = [f"{name}: {_why(why)}" for name, why in reading.left_out]
    if unplaced:
        lines.append(tr("{n} without a known position", n=len(unplaced)))
    return lines


def few(lines: Sequence[str]) -> list[str]:
    """Return the first lines, and how many more there are."""
    if len(lines) <= NAMED:
        return list(lines)
    return [*lines[: NAMED - 1], tr("{n} more", n=len(lines) - NAMED + 1)]


def too_few(n: int) -> str:
    """Say that there are too few electrodes at known places."""
    return tr(
        "A map needs at least {least} electrodes with names of the 10-20 system; {n} can be used.",
        least=FEWEST, n=n,
    )  # fmt: skip


def waiting() -> str:
    """Say that there are not yet samples enough."""
    return tr("The map needs {seconds:g} s without a gap.", seconds=SECONDS)


def _why(reason: str) -> str:
    return tr(REASON_WORDS.get(reason, reason))
