"""Many changed inputs for one target, in a process of its own that may die of them.

A crash is anything but a `UserError`: another exception, a warning of NumPy, more memory than a
small file can need, more than `SECONDS` of CPU, the end of the process.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import tempfile
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

from neurofeedback.acquisition.files import apart
from neurofeedback.errors import UserError
from reliability.fuzz.mutate import mutated
from reliability.fuzz.targets import TARGETS, Target

SECONDS = 20
MEMORY = 1_500_000_000  # bytes beyond what the process has at the beginning
MOST_KEPT = 200  # inputs that led to a new sentence, to be changed further
EACH = 200  # inputs between two reports


class TooSlow(BaseException):
    """An input took more than `SECONDS` of CPU."""


@dataclass
class Outcome:
    """What came of the inputs for one target; `crashes` has the first input of each kind."""

    inputs: int = 0
    refused: int = 0
    sentences: set[str] = field(default_factory=set)
    crashed: int = 0
    crashes: dict[str, int] = field(default_factory=dict)


class Fuzzer:
    """Makes and tries inputs; input `number` is the same in each run with the same seed.

    Parameters
    ----------
    target : Target
    folder : Path
        Empty; for the files.
    seed : int
    """

    def __init__(self, target: Target, folder: Path, seed: int) -> None:
        self._target, self._seed = target, seed
        self._whole, self.folder = folder / "whole", folder / "files"
        self._whole.mkdir()
        self._files = [path.relative_to(self._whole) for path in target.make(self._whole)]
        self._contents = [(self._whole / path).read_bytes() for path in self._files]
        shutil.copytree(self._whole, self.folder)
        self._kept: list[tuple[int, bytes]] = []
        self._sentences: set[str] = set()

    def write(self, number: int) -> Path:
        """Write input `number`; return the file that was changed."""
        chance = random.Random(f"{self._target.name} {self._seed} {number}")
        if self._kept and chance.random() < 0.3:
            which, content = chance.choice(self._kept)
        else:
            which = chance.randrange(len(self._files))
            content = self._contents[which]
        self._which, self._content = which, mutated(chance, content, self._contents)
        path = self.folder / self._files[which]
        path.write_bytes(self._content)
        return path

    def restore(self) -> None:
        """Put the whole files back."""
        if self._target.writes:
            shutil.rmtree(self.folder)
            shutil.copytree(self._whole, self.folder)
        else:
            path = self._files[self._which]
            (self.folder / path).write_bytes(self._contents[self._which])

    def attempt(self, number: int) -> str | None:
        """Try an input; return the template of the refusal, None where it was read.

        Raises
        ------
        BaseException
            If it crashes.
        """
        changed = self.write(number)
        try:
            self._target.use(self.folder, changed)
        except UserError as error:
            template = str(error.message.template)
            if template not in self._sentences and len(self._kept) < MOST_KEPT:
                self._sentences.add(template)
                self._kept.append((self._which, self._content))
            return template
        return None

    @property
    def input(self) -> tuple[Path, bytes]:
        """The file that was changed last, and what it was changed to."""
        return self._files[self._which], self._content


def kind_of(error: BaseException) -> str:
    """Return what tells a crash from others: its type, and where in the program it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "/neurofeedback/" in f.filename or "/reliability/" in f.filename]
    where = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "?"
    text = re.sub(r"\d+", "N", str(error).splitlines()[0] if str(error) else "")
    return f"{type(error).__name__} at {where}: {text[:80]}"


def _child(
    name: str, numbers: range, seed: int, folder: Path, crashes: Path, parent: Connection
) -> None:
    """Try the inputs of a range, and report."""
    _limit_memory()
    apart.LONGEST = SECONDS
    signal.signal(signal.SIGPROF, _too_slow)
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", RuntimeWarning)
    fuzzer = Fuzzer(TARGETS[name], folder, seed)
    for stream in (1, 2):  # libraries print of broken files
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    for number in numbers:
        if number % EACH == 0:
            parent.send(("at", number))
        try:
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            sentence = fuzzer.attempt(number)
            signal.setitimer(signal.ITIMER_PROF, 0)
            parent.send(("done", sentence))
        except (Exception, TooSlow) as error:
            signal.setitimer(signal.ITIMER_PROF, 0)
            _keep(crashes, name, number, *fuzzer.input)
            parent.send(("crash", kind_of(error)))
        fuzzer.restore()
    parent.send(("end", None))


def _keep(crashes: Path, name: str, number: int, file: Path, content: bytes) -> None:
    slug = re.sub(r"\W+", "-", name)
    (crashes / f"{slug}-{number}-{file.name}").write_bytes(content)


def _keep_last(crashes: Path, name: str, number: int, folder: Path) -> None:
    """Keep what a process died of: the files that differ from the whole ones."""
    for path in (folder / "whole").rglob("*"):
        file = path.relative_to(folder / "whole")
        if (
            path.is_file()
            and (content := (folder / "files" / file).read_bytes()) != path.read_bytes()
        ):
            _keep(crashes, name, number, file, content)


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlow(f"more than {SECONDS} s of CPU")


def _limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def fuzz(name: str, n: int, seed: int, crashes: Path, progress: Callable[[int], None]) -> Outcome:
    """Try `n` inputs on a target.

    Parameters
    ----------
    name : str
        One of `TARGETS`.
    n : int
    seed : int
    crashes : Path
        Where inputs that crash are kept.
    progress : callable
        Given the number of inputs that were tried.
    """
    outcome, context = Outcome(), multiprocessing.get_context("fork")
    while outcome.inputs < n:
        with tempfile.TemporaryDirectory(dir=_memory()) as folder:
            ours, theirs = context.Pipe(duplex=False)
            given = name, range(outcome.inputs, n), seed, Path(folder), crashes, theirs
            child = context.Process(target=_child, args=given)
            child.start()
            theirs.close()
            try:
                while (report := ours.recv())[0] != "end":
                    _count(outcome, report, progress)
            except EOFError:  # it died of an input
                child.join()
                if child.exitcode is None or child.exitcode >= 0:
                    raise RuntimeError(f"{name} cannot be tried") from None
                _keep_last(crashes, name, outcome.inputs, Path(folder))
                _count(outcome, ("crash", f"the process ended by {-child.exitcode}"), progress)
            child.join()
    return outcome


def _count(
    outcome: Outcome, report: tuple[str, str | int | None], progress: Callable[[int], None]
) -> None:
    what, of = report
    if what == "at":
        progress(outcome.inputs)
        return
    if what == "crash":
        outcome.crashed += 1
        outcome.crashes.setdefault(str(of), outcome.inputs)
    elif of is not None:
        outcome.refused += 1
        outcome.sentences.add(str(of))
    outcome.inputs += 1
