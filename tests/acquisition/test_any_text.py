"""Any table of text: what is read is what was recorded, or a sentence says what is not."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from truth import Truth, true_or_said

RATE, N = 250, 1500
Table = list[list[str]]


def openbci(clock: bool = True, named: bool = True) -> tuple[list[str], Table, list[Truth]]:
    """Return head lines, rows of cells and the truth of a file of OpenBCI's GUI."""
    rng = np.random.default_rng(0)
    volts = rng.normal(0, 20e-6, (N, 4)) + np.array([1e-3, -2e-3, 0.0, 3e-2])
    head = ["%OpenBCI Raw EXG Data", "%Number of channels = 4", f"%Sample Rate = {RATE} Hz",
            "%Board = OpenBCI_GUI$BoardGanglion"]  # fmt: skip
    names = ["Sample Index", *(f"EXG Channel {i}" for i in range(4)), "Accel Channel 0"]
    names += ["Timestamp"] * clock
    rows = [
        [f"{i % 256}.0", *(f"{v * 1e6:.4f}" for v in row), "0.002",
         *([f"{1.7e9 + i / RATE:.5f}"] * clock)]
        for i, row in enumerate(volts)
    ]  # fmt: skip
    truths = [Truth(f"EXG Channel {i}", np.round(volts[:, i], 10), 1e-10, RATE) for i in range(4)]
    return head, [names, *rows] if named else rows, truths


def muselsl() -> tuple[list[str], Table, list[Truth]]:
    rng = np.random.default_rng(1)
    volts = rng.normal(0, 20e-6, (N, 4))
    names = ["TP9", "AF7", "AF8", "TP10"]
    rows = [
        [f"{1.7e9 + i / 256:.6f}", *(f"{v * 1e6:.4f}" for v in row)] for i, row in enumerate(volts)
    ]
    truths = [Truth(n, np.round(volts[:, i], 10), 1e-10, 256) for i, n in enumerate(names)]
    return [], [["timestamps", *names], *rows], truths


def emotiv() -> tuple[list[str], Table, list[Truth]]:
    rng = np.random.default_rng(2)
    volts = rng.normal(0, 20e-6, (N, 4)) + 4.2e-3
    names = ["AF3", "F3", "F4", "AF4"]
    rows = [
        [f"{1.7e9 + i / 128:.6f}", str(i % 128), "0", *(f"{v * 1e6:.4f}" for v in row)]
        for i, row in enumerate(volts)
    ]
    head = ["title:x,start timestamp:1.7e9,samples:9,sampling rate:eeg_128, version:2"]
    truths = [Truth(n, np.round(volts[:, i], 10), 1e-10, 128) for i, n in enumerate(names)]
    labels = ["Timestamp", "EEG.Counter", "EEG.Interpolated", *(f"EEG.{n}" for n in names)]
    return head, [labels, *rows], truths


def written(head: list[str], table: Table, separator: str = ", ", end: str = "\n") -> str:
    return end.join([*head, *(separator.join(row) for row in table), ""])


def with_commas(table: Table) -> Table:
    return [[c.replace(".", ",") for c in row] for row in table]


def cells(change: Callable[[Table], object]) -> Callable[[list[str], Table], bytes]:
    def made(head: list[str], table: Table) -> bytes:
        done = change(table)
        return written(head, done if isinstance(done, list) else table).encode()

    return made


def set_cell(row: int, column: int, text: str) -> Callable[[list[str], Table], bytes]:
    return cells(lambda table: table[row].__setitem__(column, text))


def in_millivolts(row: list[str]) -> list[str]:
    """Return a row with what moves by microvolts a thousandth of it."""
    return [f"{float(c) / 1e3:.7f}" if len(c.partition(".")[2]) == 4 else c for c in row]


VARIANTS: dict[str, Callable[[list[str], Table], bytes]] = {
    "as it is": lambda h, t: written(h, t).encode(),
    "without blanks": lambda h, t: written(h, t, ",").encode(),
    "byte order mark": lambda h, t: written(h, t).encode("utf-8-sig"),
    "two bytes a letter": lambda h, t: written(h, t).encode("utf-16"),
    "line ends of Windows": lambda h, t: written(h, t, end="\r\n").encode(),
    "line ends of old Macs": lambda h, t: written(h, t, end="\r").encode(),
    "tabs": lambda h, t: written(h, t, "\t").encode(),
    "semicolons": lambda h, t: written(h, t, ";").encode(),
    "semicolons, commas": lambda h, t: written(h, with_commas(t), ";").encode(),
    "tabs, commas": lambda h, t: written(h, with_commas(t), "\t").encode(),
    "decimal commas": lambda h, t: written(h, with_commas(t), ", ").encode(),
    "quotes": cells(lambda t: [[f'"{c}"' for c in row] for row in t]),
    "quoted names": cells(lambda t: [[f'"{c}"' for c in t[0]], *t[1:]]),
    "no names": cells(lambda t: t[1:]),
    "no head": lambda h, t: written([], t).encode(),
    "numbers alone": lambda h, t: written([], t[1:]).encode(),
    "a name less": cells(lambda t: [t[0][:2] + t[0][3:], *t[1:]]),
    "a name more": cells(lambda t: [[*t[0][:2], "EXG Channel 9", *t[0][2:]], *t[1:]]),
    "a name twice": cells(lambda t: [[*t[0][:4], t[0][3], *t[0][5:]], *t[1:]]),
    "names in small letters": cells(lambda t: [[c.lower() for c in t[0]], *t[1:]]),
    "columns turned round": cells(lambda t: [[row[0], *row[:0:-1]] for row in t]),
    "an empty line": cells(lambda t: [*t[:500], [], *t[500:]]),
    "names again": cells(lambda t: [*t[:500], t[0], *t[500:]]),
    "a comment": cells(lambda t: [*t[:500], ["# paused"], *t[500:]]),
    "a short line": cells(lambda t: [*t[:500], t[500][:3], *t[501:]]),
    "a long line": cells(lambda t: [*t[:500], [*t[500], "7"], *t[501:]]),
    "a line twice": cells(lambda t: [*t[:500], t[499], *t[500:]]),
    "fifty lines gone": cells(lambda t: [*t[:500], *t[550:]]),
    "lines out of order": cells(lambda t: [*t[:500], *t[700:900], *t[500:700], *t[900:]]),
    "a cell of words": set_cell(500, 2, "oops"),
    "an empty cell": set_cell(500, 2, ""),
    "cut in a number": lambda h, t: written(h, t).encode()[:-4],
    "a tail of zeros": lambda h, t: written(h, t).encode() + b"\0" * 512,
    "zeros within": lambda h, t: written(h, t).encode().replace(b"\n7", b"\n\0\0\0\n7", 1),
    "a rate of nobody": lambda h, t: written(h, t).encode().replace(b"250 Hz", b"25 Hz"),
    "no rate": lambda h, t: written(h, t).encode().replace(b"= 250 Hz", b"= ? Hz"),
    "millivolts": cells(lambda t: [t[0], *(in_millivolts(row) for row in t[1:])]),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("program", [openbci, muselsl, emotiv])
def test_any_spelling(
    program: Callable[[], tuple[list[str], Table, list[Truth]]], variant: str
) -> None:
    head, table, truths = program()
    content = VARIANTS[variant](head, table)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(content)
        said = true_or_said(path, truths)
    assert variant != "as it is" or said == ""
