"""A batch over many sessions: one worker, two, a Dask cluster, and killed in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import edfio
import numpy as np
import psutil
import pybv
import tomlkit
from eeglabio.raw import export_set
from numpy.typing import NDArray

from benchmarks.recordings import NoRecordings, resting
from benchmarks.table import Table
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.protocols.file.reading import library

ROOT = Path(__file__).parents[1]
PROTOCOL = "faa-demo"
N_CHANNELS = 19
SECONDS = 20
LOOK = 0.02  # s between two looks at what is done
WEIGH = 0.25  # s between two looks at the memory, which cost more
WORKER = "popen_loky"  # in the command line of a worker of joblib

Volts = NDArray[np.float64]
Strike = Callable[[subprocess.Popen[str]], list[psutil.Process] | None]


@dataclass(frozen=True)
class Base:
    """What recordings are cut from; `volts` has shape (n_channels, n_times)."""

    labels: tuple[str, ...]
    rate: int
    volts: Volts


def synthetic_base() -> Base:
    """Return two minutes of a synthetic participant."""
    source = SyntheticSource(seed=3, n_channels=N_CHANNELS, sfreq=128.0, speed=float("inf"))
    names, parts = source.open().ch_names, []
    while sum(len(part) for part in parts) < 120 * 128:
        chunk = source.read(1.0)
        assert chunk is not None
        parts.append(chunk.data)
    return Base(names, 128, np.concatenate(parts).T)


def real_bases() -> list[Base]:
    """Return channels of every recording that is there; a synthetic one where there is none."""
    try:
        found = resting("F3", "F4")
    except NoRecordings:
        return [synthetic_base()]
    return [_base(one.ch_names, one.info.sfreq, one.data.T) for one in found]


def _base(names: Sequence[str], sfreq: float, volts: Volts) -> Base:
    first = [names.index("F3"), names.index("F4")]
    picks = [*first, *(i for i in range(len(names)) if i not in first)][:N_CHANNELS]
    return Base(tuple(names[i] for i in picks), round(sfreq), volts[picks])


def make_dataset(folder: Path, n: int, bases: Sequence[Base], seconds: int = SECONDS) -> None:
    """Write `n` recordings as a BIDS dataset: cuts of others, scaled, in three formats."""
    folder.mkdir(parents=True)
    words = {"Name": "cuts", "BIDSVersion": "1.10.0"}
    (folder / "dataset_description.json").write_text(json.dumps(words))
    for i in range(n):
        base, rng = bases[i % len(bases)], np.random.default_rng(i)
        length = seconds * base.rate
        at = int(rng.integers(0, max(1, base.volts.shape[1] - length)))
        volts = base.volts[:, at : at + length] * rng.uniform(0.8, 1.2)
        place = folder / f"sub-{i:04}" / "eeg"
        place.mkdir(parents=True)
        _WRITERS[i % 3](place / f"sub-{i:04}_task-rest_eeg", base, volts)


def _edf(stem: Path, base: Base, volts: Volts) -> None:
    top = float(np.ceil(np.abs(volts).max() * 1e6)) + 1.0
    edfio.Edf(
        [
            edfio.EdfSignal(row * 1e6, base.rate, label=label, physical_dimension="uV",
                            physical_range=(-top, top))
            for label, row in zip(base.labels, volts, strict=True)
        ]
    ).write(stem.with_suffix(".edf"))  # fmt: skip


def _brainvision(stem: Path, base: Base, volts: Volts) -> None:
    pybv.write_brainvision(
        data=volts, sfreq=base.rate, ch_names=list(base.labels), fname_base=stem.name,
        folder_out=stem.parent, unit="\u00b5V", fmt="binary_float32",
    )  # fmt: skip


def _eeglab(stem: Path, base: Base, volts: Volts) -> None:
    export_set(str(stem.with_suffix(".set")), volts, float(base.rate), list(base.labels))


_WRITERS = (_edf, _brainvision, _eeglab)


def plain_protocol(folder: Path) -> Path:
    """Write the protocol with a filter that needs no fit, for which a session takes a fifth."""
    path = folder / "faa-plain.toml"
    text = tomlkit.parse(library()[PROTOCOL].read_text())
    text["name"] = path.stem
    text["signal"]["features"][0]["envelope"]["estimator"] = "cfir"
    path.write_text(tomlkit.dumps(text))
    return path


def start(dataset: Path, out: Path, *more: str, protocol: str = PROTOCOL) -> subprocess.Popen[str]:
    """Start a batch; what it answers is JSON."""
    command = [
        sys.executable, "-m", "neurofeedback", "batch", str(dataset), "-p", protocol,
        "--out", str(out), "--json", *more,
    ]  # fmt: skip
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@dataclass(frozen=True)
class Ran:
    """How a batch went: `memory` is that of all its processes, MB, as they came."""

    status: int
    answer: dict[str, object]
    said: str
    seconds: float
    memory: tuple[float, ...]


def follow(process: subprocess.Popen[str], look: Callable[[], None] = lambda: None) -> Ran:
    """Wait for the end of a batch, and look at it meanwhile."""
    began, memory = time.monotonic(), []
    while process.poll() is None:
        look()
        memory.append(sum(map(_rss, family(process))) / 1e6)
        time.sleep(WEIGH)
    text, said = process.communicate()
    answer = json.loads(text) if text else {}
    return Ran(process.returncode, answer, said, time.monotonic() - began, tuple(memory))


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return a process and its children, as far as they live."""
    try:
        parent = psutil.Process(process.pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def done(out: Path) -> dict[str, int]:
    """Return what is kept of single recordings, and when it was written."""
    return {path.name: path.stat().st_mtime_ns for path in (out / "done").glob("*.json")}


def kill_parent(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Kill a batch; return its workers, which end when they notice."""
    workers = family(process)[1:]
    process.kill()
    process.wait()
    for pipe in (process.stdout, process.stderr):
        assert pipe is not None
        pipe.close()  # the workers have it too, and its end would come with theirs
    return workers


def kill_worker(process: subprocess.Popen[str]) -> None:
    """Kill a worker of a batch."""
    workers = [p for p in family(process)[1:] if any(WORKER in word for word in p.cmdline())]
    workers[0].kill()


def when_done(process: subprocess.Popen[str], out: Path, n: int) -> int:
    """Return how many recordings are done as soon as there are `n`."""
    while (found := len(done(out))) < n:
        assert process.poll() is None, process.communicate()
        time.sleep(LOOK)
    return found


def written(out: Path) -> dict[str, bytes]:
    """Return all that a batch wrote."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


@contextmanager
def local_cluster() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Give the address and the process of a Dask cluster of two workers."""
    with subprocess.Popen(
        [sys.executable, "-m", "reliability.local_cluster"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
        process.communicate("")


def batch(quick: bool) -> Iterator[Table]:
    """Run a batch in every way and compare the bytes; yield a table as soon as it is full."""
    n = 60 if quick else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_dataset(folder / "data", n, real_bases())
        protocol = PROTOCOL if quick else str(plain_protocol(folder))
        first, table = _compared(folder, n, protocol)
        yield table
        yield _killed(folder, n, protocol, first)


def _compared(folder: Path, n: int, protocol: str) -> tuple[dict[str, bytes], Table]:
    cores = f"{os.cpu_count()} cores that others use too"
    table = Table(
        f"A batch of {n} recordings with {Path(protocol).stem}, {cores}",
        ["workers", "failed", "s", "speed-up", "MB after a fifth", "MB at most", "bytes equal"],
    )
    ways: dict[str, tuple[str, ...]] = {"1": ("--jobs", "1"), "2": ("--jobs", "2")}
    first: dict[str, bytes] = {}
    alone = 0.0

    def add(name: str, arguments: Sequence[str]) -> None:
        nonlocal first, alone
        out = folder / f"out-{name}"
        ran = follow(start(folder / "data", out, *arguments, protocol=protocol))
        first, alone = first or written(out), alone or ran.seconds
        early = max(ran.memory[: len(ran.memory) // 5])
        failed = len(ran.answer["problems"])  # type: ignore[arg-type]
        print(f"... {name}: {ran.seconds:.0f} s", file=sys.stderr, flush=True)
        table.add(name, failed, ran.seconds, alone / ran.seconds, early, max(ran.memory),
                  written(out) == first)  # fmt: skip

    for name, arguments in ways.items():
        add(name, arguments)
    if find_spec("distributed") is not None:
        with local_cluster() as (address, _):
            add("Dask of 2", ("--dask", address))
    return first, table


def _killed(folder: Path, n: int, protocol: str, first: dict[str, bytes]) -> Table:
    table = Table(
        "The same batch, killed", ["what", "status", "done before", "of it done again", "left"]
    )
    out = folder / "out-killed"

    orphans: list[psutil.Process] = []

    def add(what: str, strike: Strike | None, at: int) -> None:
        before = done(out)
        process = start(folder / "data", out, "--jobs", "2", protocol=protocol)
        if strike is not None:
            when_done(process, out, at)
            orphans.extend(strike(process) or ())
        ran = follow(process) if process.returncode is None else None
        after = done(out)
        again = sum(after[name] != written for name, written in before.items())
        status = process.returncode if ran is None else ran.status
        table.add(what, status, len(before), again, n - len(after))

    add("the parent, at a quarter", kill_parent, n // 4)
    add("a worker, at a half", kill_worker, n // 2)
    add("nothing", None, 0)
    _, alive = psutil.wait_procs(orphans, timeout=120)
    table.add(f"workers that outlived their parent: {len(alive)}", "", "", "", "")
    table.add(f"bytes equal to those of one worker: {written(out) == first}", "", "", "", "")
    return table
