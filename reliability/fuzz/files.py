"""A short whole file of each format that is read: by others' writers, or as its program writes."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# The writers of the tests, by the same name as there.
sys.path.append(str(Path(__file__).parents[2] / "tests" / "support"))

import writers  # noqa: E402

NAMES = ("F3", "F4", "Cz", "O1")
RATE, N_TIMES = 128, 512


def _samples() -> NDArray[np.float64]:
    """Return noise of the size of EEG, V, shape (n_channels, n_times)."""
    return np.random.default_rng(1).normal(0, 20e-6, (len(NAMES), N_TIMES))


@dataclass(frozen=True)
class File:
    """A format: who writes it, what the file to open ends with, its share of the inputs."""

    write: Callable[[Path], object]
    suffixes: tuple[str, ...]
    share: float = 1.0


def _by(write: Callable[..., object]) -> Callable[[Path], object]:
    return lambda folder: write(folder / "x", NAMES, _samples(), RATE)


def _text(name: str, head: str, *, before: str = "", after: str = "", sep: str = ",") -> File:
    """Return a table whose rows are a counter or clock, the signals, and the end."""

    def write(folder: Path) -> None:
        rows = []
        for i, row in enumerate(_samples().T * 1e6):
            t = 1.6e9 + i / RATE
            cells = [before.format(i=i % 256, t=t), *(f"{v:.3f}" for v in row)]
            rows.append(sep.join([*cells, after.format(i=i, t=t)] if after else cells))
        (folder / name).write_text(head + "\n".join(rows) + "\n")

    return File(write, (Path(name).suffix,), 0.6)


def _mind_monitor(folder: Path) -> None:
    names = "RAW_TP9,RAW_AF7,RAW_AF8,RAW_TP10"
    rows = [
        f"2024-01-01 00:00:{i / RATE:09.6f}," + ",".join(f"{800 + v:.3f}" for v in row) + ","
        for i, row in enumerate(_samples().T * 1e6)
    ]
    (folder / "x.csv").write_text(
        f"TimeStamp,{names},Elements\n" + "".join(f"{r},\n" for r in rows)
    )


def _card(folder: Path) -> None:
    counts = np.round(_samples().T * 1e6 / 0.02235).astype(int) & 0xFFFFFF
    rows = [
        f"{i % 256:02X}," + ",".join(f"{v:06X}" for v in [*row, *row])
        for i, row in enumerate(counts)
    ]
    (folder / "x.txt").write_text("%START AT\n00A1B2C3\n" + "\n".join(rows) + "\n")


def _packed(folder: Path) -> None:
    path, _ = writers.edf_by_edfio(folder / "y", NAMES, _samples(), RATE)
    (folder / "x.edf.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


_COLUMNS = ", ".join(f"EXG Channel {i}" for i in range(len(NAMES)))
FILES: dict[str, File] = {
    "edf": File(_by(writers.edf_by_pyedflib), (".edf",), 2.0),
    "edf of edfio": File(_by(writers.edf_by_edfio), (".edf",)),
    "bdf": File(_by(writers.bdf_by_pyedflib), (".bdf",), 2.0),
    "brainvision": File(_by(writers.brainvision_integers), (".vhdr",), 2.0),
    "brainvision of floats": File(_by(writers.brainvision_floats), (".vhdr",), 2.0),
    "fif": File(_by(writers.fif_by_mne), (".fif",)),
    "set": File(_by(writers.set_by_eeglabio), (".set",)),
    "set of MATLAB 7.3": File(_by(writers.set_of_matlab_73), (".set",), 0.5),
    "gdf": File(_by(writers.gdf), (".gdf",)),
    "xdf": File(_by(writers.xdf), (".xdf",), 2.0),
    "ant": File(_by(writers.ant_by_antio), (".cnt",), 0.1),  # a process for each
    "mff": File(_by(writers.mff_by_mffpy), (".mff",), 0.1),
    "compressed": File(_packed, (".gz",), 0.5),
    "openbci": _text(
        "x.txt",
        f"%OpenBCI Raw EXG Data\n%Number of channels = 4\n%Sample Rate = {RATE} Hz\n"
        f"Sample Index, {_COLUMNS}, Timestamp\n",
        before="{i}.0", after="{t:.6f}", sep=", ",
    ),
    "openbci of old": _text(
        "x.txt",
        f"%OpenBCI Raw EEG Data\n%Number of channels = 4\n%Sample Rate = {RATE}.0 Hz\n"
        "%First Column = SampleIndex\n%Last Column = Timestamp \n"
        "%Other Columns = EEG data in microvolts followed by Accel Data\n",
        before="{i}", after="0.0, 0.0, 0.0, 14:45:42.454, 1541598342454", sep=", ",
    ),
    "openbci card": File(_card, (".txt",), 0.6),
    "muselsl": _text("x.csv", "timestamps,TP9,AF7,AF8,TP10\n", before="{t:.3f}"),
    "mind monitor": File(_mind_monitor, (".csv",), 0.6),
    "emotiv": _text(
        "x.csv",
        f"title:x, recorded:01.01.20, sampling:{RATE}, labels:COUNTER AF3 T7 Pz T8, units:emotiv\n",
        before="{i}",
    ),
    "brainflow": _text(
        "x.csv", "", before="{i}.000000",
        after="\t".join(["0.000000"] * 7 + ["{t:.6f}", "0.000000", "0.000000"]), sep="\t",
    ),
}  # fmt: skip


def whole(kind: str, folder: Path) -> None:
    """Write the whole file of a format into a folder."""
    FILES[kind].write(folder)
