"""What a command costs, by the length of what it reads.

Each command runs as a process of its own on recordings of 10 minutes, 1 hour and 4 hours. What an
hour more costs is the difference of two lengths, so that starting does not count; time is that of
the processor, so that other programs' turns do not count either.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import engine
from benchmarks.data import endless
from benchmarks.table import Table
from neurofeedback.acquisition.electrodes import standard_montage
from neurofeedback.protocols.file.writing import to_toml

N_CHANNELS, RATE = 19, 256
MINUTES = (10, 60, 240)


@dataclass(frozen=True)
class Cost:
    """What one run took: s of the processor, and the most memory in MB."""

    seconds: float
    peak: float


def length(quick: bool) -> list[Table]:
    """How the cost of the engine and of every command grows with the length."""
    return [engine.length(quick), commands(MINUTES[:2] if quick else MINUTES)]


def commands(minutes: tuple[int, ...]) -> Table:
    """Run every command on recordings of these lengths, in rising order."""
    table = Table(
        f"Commands and length of the recording ({N_CHANNELS} channels, {RATE} Hz)",
        ["command", "minutes", "s", "s for an hour more", "ratio", "peak MB", "ratio of peaks"],
    )
    with tempfile.TemporaryDirectory() as folder:
        costs = [_costs(Path(folder), n) for n in minutes]
    for name in costs[0]:
        hours: list[float] = []  # each longer recording beside the one before
        for i, n in enumerate(minutes):
            cost, before = costs[i][name], costs[max(0, i - 1)][name]
            if i:
                hours.append(60 * (cost.seconds - before.seconds) / (n - minutes[i - 1]))
            table.add(
                name,
                n,
                cost.seconds,
                hours[-1] if hours else "-",
                hours[-1] / hours[0] if hours else "-",
                cost.peak,
                cost.peak / costs[0][name].peak,
            )
    return table


def _costs(root: Path, minutes: int) -> dict[str, Cost]:
    folder = root / str(minutes)
    folder.mkdir()
    recording = write_edf(folder / "rest.edf", 60 * minutes)
    protocol = folder / "endless.toml"
    protocol.write_text(to_toml(endless()), encoding="utf-8")
    out, index = folder / "out", folder / "index.sqlite"
    replay = ["replay", recording, "-p", protocol, "--speed", "max", "--headless", "--out", out]
    costs = {
        "measure": _run("measure", recording, "--json"),
        "replay": _run(*replay, "--index", "off"),
    }
    session = next(out.glob("sub-*/ses-*"))
    costs["verify"] = _run("verify", session, "--index", "off")
    costs["report"] = _run("report", session, "--json")
    for to in ("edf", "fif", "set", "bundle"):
        name = f"export --to {to}"
        costs[name] = _run("export", session, "--to", to, "--out", folder / to)
    costs["index rebuild"] = _run("index", "rebuild", out, "--index", index)
    shutil.rmtree(folder)
    return costs


def _run(*arguments: object) -> Cost:
    """Run the command line; a failure is one of the benchmark."""
    code = "from neurofeedback.cli.main import main; raise SystemExit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{arguments[0]} failed: {said.decode(errors='replace')[-500:]}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def write_edf(path: Path, seconds: int, n_channels: int = N_CHANNELS, rate: int = RATE) -> Path:
    """Write noise with alpha as an EDF file, a second at a time."""
    labels = standard_montage(n_channels)
    columns = (
        (labels, 16), ("", 80), ("uV", 8), (-3276.8, 8), (3276.7, 8), (-32768, 8), (32767, 8),
        ("", 80), (rate, 8), ("", 32),
    )  # fmt: skip
    fields = [("0", 8), ("X X X X", 80), ("Startdate X X X X", 80), ("01.01.26", 8)]
    fields += [("00.00.00", 8), (256 * (n_channels + 1), 8), ("", 44), (seconds, 8), (1, 8)]
    fields += [(n_channels, 4)]
    for value, width in columns:
        values = value if isinstance(value, tuple) else (value,) * n_channels
        fields += [(one, width) for one in values]
    with path.open("wb") as file:
        file.write(b"".join(str(value).ljust(width).encode() for value, width in fields))
        records = list(_records(n_channels, rate))
        for i in range(seconds):
            file.write(records[i % len(records)])
    return path


def _records(n_channels: int, rate: int) -> Iterator[bytes]:
    rng = np.random.default_rng(0)
    alpha = 80 * np.sin(2 * np.pi * 10 * np.arange(rate) / rate)
    for _ in range(60):
        shared = rng.normal(0, 60, rate) + alpha
        signals = shared + rng.normal(0, 60, (n_channels, rate))
        yield signals.round().astype("<i2").tobytes()
