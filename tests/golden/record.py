"""Record the golden sessions anew: ``python -m tests.golden.record [NAME ...]``.

Each is a short session of the synthetic participant, recorded by the program as it is, and packed
as ``NAME.tar.xz``. When this may be done stands in README.md. The tests do not load this module:
it uses what lies inside the program, and follows where that moves.
"""

from __future__ import annotations

import io
import itertools
import math
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import Chunk, StreamInfo, from_storage, to_storage
from neurofeedback.protocols.commands import Command, CommandName
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.session.offline import chunks_of
from neurofeedback.session.prepare import PreparedSession, prepare_session
from neurofeedback.session.prepare_resumed import prepare_resumed
from neurofeedback.session.sink import Frames
from reliability.sessions import Display

HERE = Path(__file__).resolve().parent
STARTED = datetime(2026, 3, 1, 9, 30, 15, 250000, tzinfo=UTC)
SFREQ = 128.0
STEPS = 8.0  # resolution of the amplifier, steps a microvolt: few bits, so that archives are small
PAINTED = 3  # the display paints every third frame
COMMON = 'version = 1\nname = "{name}"\ntitle = "A golden session: {name}"\n'

FAA = """
[[signal.features]]
kind = "asymmetry"
name = "faa"
left = ["F3"]
right = ["F4"]
envelope = {{ estimator = "{estimator}", band = {band} }}

[[target.conditions]]
feature = "faa"
"""
ALPHA = "[8.0, 13.0]"
CFIR = FAA.format(estimator="cfir", band=ALPHA)
AUTO = FAA.format(estimator="auto", band=ALPHA)

PLAIN = """
blocks = [
    { kind = "baseline", seconds = 8.0 },
    { kind = "transfer", seconds = 3.0 },
    { kind = "train", seconds = 11.0, repeat = 2, rest = 1.0, extend = 2.0 },
    { kind = "control", seconds = 3.0 },
]
"""
FITTED = """
blocks = [
    { kind = "baseline", seconds = 24.0 },
    { kind = "train", seconds = 7.0, repeat = 2, rest = 1.0 },
]
"""
OCULAR = "[signal.ocular]\nseconds = 15.0\n"
ASR = '[signal.gate]\nmuscle = "off"\n[signal.asr]\ncutoff = 4.0\nseconds = 20.0\nrebuilt = 0.5\n'
REGION = """
blocks = [
    { kind = "baseline", seconds = 15.0 },
    { kind = "train", seconds = 10.0 },
]
experimental = true

[[signal.features]]
kind = "roi"
name = "theta"
roi = "pgACC"
method = "LCMV"
envelope = { estimator = "auto", band = [4.0, 8.0], delay = 0.1, length = 0.75, smoothing = 0.5 }

[signal.gate]
amplitude = 300e-6

[[target.conditions]]
feature = "theta"
"""
PAUSED = """
blocks = [
    { kind = "baseline", seconds = 8.0 },
    { kind = "train", seconds = 6.0, repeat = 3, rest = 1.0 },
]
threshold = { rule = "manual", target_rate = 0.6 }
"""
STAIRCASE = """
blocks = [
    { kind = "baseline", seconds = 8.0 },
    { kind = "train", seconds = 11.0, repeat = 3 },
]
threshold = { rule = "staircase", easy = 0.6, hard = 0.55, step = 0.2 }
"""
CONTINUOUS = """
blocks = [
    { kind = "baseline", seconds = 8.0 },
    { kind = "train", seconds = 14.0 },
]
threshold = { rule = "continuous", window = 5.0 }
reward = { feedback = "binary", dwell = 0.1, refractory = 0.5 }
"""
SEVERAL = """
blocks = [
    { kind = "baseline", seconds = 24.0 },
    { kind = "train", seconds = 5.0, repeat = 2, rest = 1.0 },
]

[[signal.features]]
kind = "asymmetry"
name = "faa"
form = "ratio"
left = ["F3", "F7"]
right = ["F4", "F8"]
envelope = { estimator = "wiener", band = { individual = "alpha" } }

[[signal.features]]
kind = "power"
name = "alpha"
channels = ["Pz"]
envelope = { estimator = "posterior", band = { individual = "alpha", below = 2.0, above = 2.0 } }

[[signal.features]]
kind = "power"
name = "muscle"
channels = ["F7", "F8", "T7", "T8"]
alternatives = [["F7", "F8"]]
envelope = { band = [30.0, 43.0], delay = 0.25 }

[target]
combine = "all"
conditions = [{ feature = "faa" }, { feature = "alpha", direction = "down" }]
inhibits = [{ feature = "muscle", percentile = 90.0 }]
"""


@dataclass(frozen=True)
class Golden:
    """How a golden session is recorded.

    Parameters
    ----------
    protocol : str
        TOML without version, name and title.
    ch_names : tuple of str
    seed : int
        Of the participant.
    commands : mapping
        What the operator asks, by the second from which on.
    gap : float or None
        Second at which the stream misses half a second.
    killed : float or None
        Second at which the program is killed.
    resumed : bool
        Whether a session that was killed goes on.
    seconds : float
        Length of the stream, each time; more than most protocols need.
    """

    protocol: str
    ch_names: tuple[str, ...] = ("F3", "F4", "Cz")
    seed: int = 5
    commands: Mapping[float, Command] = field(default_factory=dict)
    gap: float | None = None
    killed: float | None = None
    resumed: bool = True
    seconds: float = 60.0


EIGHT = ("F7", "F3", "F4", "F8", "Cz", "P3", "Pz", "P4")
EYES = ("Fp1", "Fp2", "F3", "F4", "Cz", "Pz")
TEN_TWENTY = (
    "Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz",
    "C4", "T8", "P7", "P3", "Pz", "P4", "P8", "O1", "O2",
)  # fmt: skip
OPERATOR = {
    10.0: Command(CommandName.PAUSE),
    12.5: Command(CommandName.RESUME),
    14.0: Command(CommandName.THRESHOLD, 0.05),
    16.0: Command(CommandName.REPEAT),
    18.0: Command(CommandName.EXTEND, 2.0),
    24.0: Command(CommandName.TARGET_RATE, 0.7),
    28.0: Command(CommandName.SKIP),
}
GOLDEN = {
    "plain": Golden(PLAIN + CFIR),
    "fitted": Golden(FITTED + AUTO, EIGHT[:6]),
    "ocular": Golden(FITTED + CFIR + OCULAR, EYES, seed=8),
    "asr": Golden(FITTED + CFIR + ASR, EIGHT[:6], seed=9),
    "region": Golden(REGION, TEN_TWENTY),
    "paused": Golden(PAUSED + CFIR, commands=OPERATOR),
    "killed": Golden(PLAIN + CFIR, killed=14.6),
    "cut": Golden(PLAIN + CFIR, killed=13.3, resumed=False),
    "gap": Golden(PLAIN + CFIR, seed=6, gap=13.0),
    "staircase": Golden(STAIRCASE + CFIR),
    "continuous": Golden(CONTINUOUS + CFIR),
    "several": Golden(SEVERAL, EIGHT),
    "unended": Golden(FITTED + CFIR, seconds=28.0),
}


class Amplifier:
    """A synthetic participant at an amplifier of low resolution, whose stream may have a gap."""

    live = False
    connected = True

    def __init__(self, golden: Golden, seed: int) -> None:
        ticks = itertools.count()
        self._source = SyntheticSource(
            ch_names=golden.ch_names,
            sfreq=SFREQ,
            seed=seed,
            asymmetry=0.4,
            seconds=golden.seconds,
            speed=math.inf,
            chunk_seconds=0.25,
            clock=lambda: 200.0 + next(ticks) / 64,
        )
        self._gap = math.inf if golden.gap is None else golden.gap

    @property
    def exhausted(self) -> bool:
        return self._source.exhausted

    def open(self) -> StreamInfo:
        self._info = self._source.open()
        return self._info

    def read(self, timeout: float) -> Chunk | None:
        chunk = self._source.read(timeout)
        if chunk is None:
            return None
        scale = self._info.storage_scale
        coarse = np.round(to_storage(chunk.data, scale) * STEPS) / STEPS
        chunk = replace(chunk, data=from_storage(coarse.astype("<f4"), scale))
        now = chunk.first_sample / SFREQ
        if now < self._gap:
            return chunk
        gap = 0.5 if now < self._gap + 0.25 else 0.0
        return replace(chunk, timestamps=chunk.timestamps + 0.5, gap=gap)

    def close(self) -> None:
        self._source.close()


def spec_of(name: str) -> ProtocolSpec:
    text = COMMON.format(name=f"golden-{name}") + GOLDEN[name].protocol
    return ProtocolSpec.model_validate(tomllib.loads(text))


def run(session: PreparedSession, golden: Golden, *, mortal: bool) -> None:
    """Run a session to its end; a mortal one until the second in which it is killed."""
    waiting = dict(golden.commands)
    recorder, engine, display = session.recorder, session.engine, Display()
    for number, chunk in enumerate(chunks_of(session.source)):
        now = chunk.first_sample / SFREQ
        for second in [s for s in waiting if s <= now]:
            event = engine.apply(waiting.pop(second))
            recorder.append([] if event is None else [event])
        recorder.append([chunk])
        if mortal and golden.killed is not None and now >= golden.killed:
            os.kill(os.getpid(), signal.SIGKILL)  # recorded, not yet processed
        result = engine.step(chunk)
        shown = display.shown(result.feedback[::PAINTED])
        recorder.append([Frames(result.features, result.feedback), *result.events, *shown])
        if number == 44:
            at = chunk.stop_sample - 1, float(chunk.timestamps[-1])
            recorder.append([Event(EventKind.OPERATOR_NOTE, *at, {"text": "yawns: ü\t."})])
        if engine.finished:
            break
    reason = "end of the protocol" if engine.finished else "end of the recording"
    recorder.finalize("completed", reason)


def begin(name: str, root: Path) -> None:
    golden = GOLDEN[name]
    source = Amplifier(golden, golden.seed)
    session = prepare_session(source, spec_of(name), root=root, participant="P01", started=STARTED)
    run(session, golden, mortal=True)


def go_on(name: str, root: Path) -> None:
    golden = GOLDEN[name]
    layout = SessionLayout.find(root / "sub-P01" / "ses-01")
    session = prepare_resumed(layout, Amplifier(golden, golden.seed + 1))
    run(session, golden, mortal=False)


def record(name: str, root: Path) -> None:
    """Record one of the golden sessions into a dataset folder, each part in its own process."""
    golden = GOLDEN[name]
    ended = _in_a_process("begin", name, root)
    wanted = 0 if golden.killed is None else -signal.SIGKILL
    if ended == wanted and golden.killed is not None and golden.resumed:
        ended, wanted = _in_a_process("go-on", name, root), 0
    if ended != wanted:
        raise RuntimeError(f"the session {name} ended with status {ended}, not {wanted}")


def _in_a_process(part: str, name: str, root: Path) -> int:
    command = [sys.executable, "-m", "tests.golden.record", f"--{part}", name, str(root)]
    # As on the command line: the last bits of a region depend on the number of threads.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(command, check=False, cwd=HERE.parents[1], env=environment).returncode


def files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def pack(folder: Path, archive: Path) -> None:
    """Pack a folder; equal files make equal archives."""
    with tarfile.open(archive, "w:xz", preset=9, format=tarfile.USTAR_FORMAT) as packed:
        for path in files(folder):
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            content = path.read_bytes()
            entry.size, entry.mtime = len(content), int(STARTED.timestamp())
            packed.addfile(entry, io.BytesIO(content))


def main(names: list[str]) -> None:
    for name in names or GOLDEN:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "data"
            record(name, root)
            archive = HERE / f"{name}.tar.xz"
            pack(root, archive)
        print(f"{archive.name}: {archive.stat().st_size / 1000:.0f} kB")  # noqa: T201


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--begin", name, folder]:
            begin(name, Path(folder))
        case ["--go-on", name, folder]:
            go_on(name, Path(folder))
        case names:
            main(names)
