"""Other programs read the raw file while it grows: MNE, and numpy by the words of the header."""

from __future__ import annotations

import configparser
import os
import random
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import mne
import numpy as np
from numpy.typing import NDArray

from benchmarks.table import Table
from neurofeedback.frames import to_storage
from neurofeedback.recording.layout import SessionLayout
from reliability.record_until_killed import source
from reliability.sessions import bids_errors

FORMATS = {"IEEE_FLOAT_32": "<f4", "INT_16": "<i2"}
VOLTS = {"µV": 1e-6, "V": 1.0, "n/a": 1.0}
SEED = 11


def by_the_header(header: Path) -> NDArray[np.float64]:
    """Read the samples by nothing but what the header says.

    Returns
    -------
    ndarray, shape (n_channels, n_times)
        Volts.
    """
    words = configparser.ConfigParser(allow_no_value=True, interpolation=None, delimiters=("=",))
    words.optionxform = str  # type: ignore[assignment,method-assign]
    words.read_string(header.read_text(encoding="utf-8").partition("\n")[2])
    common = words["Common Infos"]
    assert common["DataFormat"] == "BINARY"
    assert common["DataOrientation"] == "MULTIPLEXED"
    n_channels = int(common["NumberOfChannels"])
    dtype = np.dtype(FORMATS[words["Binary Infos"]["BinaryFormat"]])
    data = header.with_name(common["DataFile"])
    n_times = data.stat().st_size // (n_channels * dtype.itemsize)
    samples = np.memmap(data, dtype, "r", shape=(n_times, n_channels))
    channels = [words["Channel Infos"][f"Ch{i}"].split(",") for i in range(1, n_channels + 1)]
    scale = [float(step or 1) * VOLTS[unit] for _, _, step, unit in channels]
    return (samples.astype(np.float64) * scale).T


def by_mne(header: Path) -> NDArray[np.float64]:
    """Read the samples with MNE; shape (n_channels, n_times), volts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of channels whose positions are not known
        raw = mne.io.read_raw_brainvision(header, preload=True, verbose="error")
    return raw.get_data()


def readers(quick: bool) -> list[Table]:
    """Read a session of 64 channels at 1 kHz while another process records it."""
    n_looks, seconds = (5, 0.3) if quick else (40, 1.0)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        looks = _read_while_it_grows(data, n_looks, seconds)
        errors = bids_errors(data)
    table = Table(
        "Read while another process records: 64 channels at 1 kHz",
        ["looks", "samples at first", "samples at last", "MNE = numpy", "= what was sent",
         "markers read", "BIDS errors"],
    )  # fmt: skip
    counts = [n for n, _, _, _ in looks]
    same, sent = sum(look[1] for look in looks), sum(look[2] for look in looks)
    table.add(len(looks), counts[0], counts[-1], same, sent, looks[-1][3], len(errors))
    return [table]


def _read_while_it_grows(
    data: Path, n_looks: int, seconds: float
) -> list[tuple[int, bool, bool, int]]:
    command = [sys.executable, "-m", "reliability.record_until_killed", str(data), str(SEED), "1.0"]
    chosen = random.Random(SEED)
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        cwd=Path(__file__).parents[1],
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # there are samples
        os.set_blocking(process.stdout.fileno(), False)
        layout = SessionLayout.find(next(data.glob("sub-*/ses-*")))
        looks = []
        try:
            for _ in range(n_looks):
                time.sleep(chosen.uniform(0.2, 1.8) * seconds)
                process.stdout.read()  # or its pipe would be full one day
                looks.append(_look(layout))
        finally:
            process.kill()
    return looks


def _look(layout: SessionLayout) -> tuple[int, bool, bool, int]:
    """Read with both; return samples, whether they agree, are what was sent, and markers."""
    first = by_mne(layout.vhdr)
    second = by_the_header(layout.vhdr)
    n = min(first.shape[1], second.shape[1])
    same = np.array_equal(first[:, :n].astype("<f4"), second[:, :n].astype("<f4"))
    again = source(SEED, float("inf"))
    info = again.open()
    sent, at = True, 0
    while at < n:
        chunk = again.read(1.0)
        wanted = to_storage(chunk.data, info.storage_scale)[: n - at].T
        found = (first[:, at : at + wanted.shape[1]] * 1e6).astype("<f4")
        sent = sent and np.array_equal(found, wanted)
        at += wanted.shape[1]
    n_markers = sum(line.startswith("Mk") for line in layout.vmrk.read_text().splitlines())
    return n, same, sent, n_markers
