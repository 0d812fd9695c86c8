"""SIGKILL at random moments of a real session: nothing acknowledged is lost."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.table import Table
from neurofeedback.frames import to_storage
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.repair.recover import recover_session, unfinished
from neurofeedback.session.verification.verify import verify_session
from reliability.record_until_killed import source
from reliability.sessions import bids_errors

LONGEST = 6.0  # s of recording before the kill


@dataclass(frozen=True)
class Killed:
    """What became of a session that was killed."""

    seconds: float
    acknowledged: int
    recovered: int
    cut: int
    wrong: tuple[str, ...]


def kill_once(folder: Path, seed: int) -> Killed:
    """Record, kill at a random moment, recover, and compare with what was sent."""
    chosen = random.Random(seed)
    speed = chosen.choice([1.0, 4.0, math.inf])
    after = chosen.uniform(0.0, LONGEST / min(speed, 8.0))
    acknowledged = _record_and_kill(folder, seed, speed, after)
    [layout] = unfinished(folder)
    report = recover_session(layout)
    wrong = []
    if report.n_samples < acknowledged:
        wrong.append(f"{acknowledged} samples were acknowledged, {report.n_samples} recovered")
    wrong += _compare_samples(SessionReader(layout), seed)
    verified = verify_session(layout.session_dir)
    wrong += verified.problems
    if verified.n_samples != report.n_samples:
        wrong.append(f"{verified.n_samples} samples verified")
    wrong += bids_errors(folder)
    if recover_session(layout).changed:
        wrong.append("a second run of recover changed something")
    return Killed(after, acknowledged, report.n_samples, sum(report.cut.values()), tuple(wrong))


def _record_and_kill(folder: Path, seed: int, speed: float, after: float) -> int:
    """Kill the recording some seconds after its first samples; return what it acknowledged."""
    command = [sys.executable, "-m", "reliability.record_until_killed", folder, seed, speed]
    with subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        cwd=Path(__file__).parents[1],
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        said = first + process.stdout.read()
    if process.returncode != -signal.SIGKILL:
        raise RuntimeError("the recording ended by itself")
    return max(int(line) for line in said.split(b"\n")[:-1])


def _compare_samples(reader: SessionReader, seed: int) -> list[str]:
    """Compare the recovered samples with those that the stream had."""
    again = source(seed, float("inf"))
    info = again.open()
    found = np.fromfile(reader.layout.eeg, "<f4").reshape(-1, info.n_channels)
    n = 0
    while n < len(found):
        chunk = again.read(1.0)
        wanted = to_storage(chunk.data, info.storage_scale)[: len(found) - n]
        if found[n : n + len(wanted)].tobytes() != wanted.tobytes():
            return [f"samples from {n} on are not those of the stream"]
        n += len(wanted)
    return []


def kill(quick: bool) -> Table:
    """Kill 100 sessions of 64 channels at 1 kHz and sum up."""
    n_kills = 6 if quick else 100
    table = Table(
        "SIGKILL at random moments of a session of 64 channels at 1 kHz",
        [
            "kills", "acknowledged", "recovered", "fewest more", "with bytes cut off",
            "verified, BIDS without error",
        ],
    )  # fmt: skip
    done = []
    for seed in range(n_kills):
        with tempfile.TemporaryDirectory() as folder:
            found = kill_once(Path(folder) / "data", seed)
        done.append(found)
        for problem in found.wrong:
            print(f"  WRONG after {found.seconds:.3f} s (seed {seed}): {problem}")
        if seed % 10 == 9:
            print(f"  {seed + 1} kills", file=sys.stderr, flush=True)
    table.add(
        len(done),
        sum(k.acknowledged for k in done),
        sum(k.recovered for k in done),
        min(k.recovered - k.acknowledged for k in done),
        sum(k.cut > 0 for k in done),
        sum(not k.wrong for k in done),
    )
    return table
