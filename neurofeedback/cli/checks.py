"""What `doctor` looks at, one function a check.

Responsible for finding out whether this machine can run a session and for the line that mends what
it cannot. Not responsible for printing.
"""

from __future__ import annotations

import math
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from neurofeedback.acquisition.lsl.settings import default_path, private_network, settings_in_use
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.errors import UserError
from neurofeedback.signal.power.prior import shipped_prior

if TYPE_CHECKING:
    from neurofeedback.acquisition.source import Source
    from neurofeedback.frames import FloatArray

OLDEST_PYTHON = (3, 11)
OLDEST_PYSIDE = (6, 10, 2)
FIRST_BAD_PYSIDE = (6, 12)
PACKAGES = ("numpy", "scipy", "mne", "pylsl", "pydantic", "pyqtgraph", "pyxdf", "rich", "typer")
GIGABYTE = 1e9
LITTLE_SPACE = 5 * GIGABYTE
SLOW_SYNC = 0.25
LOOPBACK_SECONDS = 0.5
LOOPBACK_PATIENCE = 8.0


class State(StrEnum):
    """Outcome of a check; only `fail` makes the machine unfit."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: what was looked at, how it stands, and what mends it."""

    name: str
    state: State
    detail: str
    mend: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain JSON types."""
        return {**asdict(self), "state": str(self.state)}


def all_checks(root: Path) -> list[tuple[str, Callable[[], Check]]]:
    """Return every check with its title; `root` is the folder of the recordings."""
    return [
        ("Python", check_python),
        ("packages", check_packages),
        ("PySide6", check_pyside),
        ("display", check_display),
        ("sound", check_sound),
        ("fonts", check_fonts),
        ("LSL settings", check_lsl_settings),
        ("LSL loopback", check_lsl_loopback),
        ("prior", check_prior),
        ("recordings", lambda: check_root(root)),
    ]


def check_python() -> Check:
    """Whether Python is new enough."""
    detail = f"{platform.python_version()} on {platform.platform(terse=True)}"
    if sys.version_info < OLDEST_PYTHON:
        return Check("Python", State.FAIL, detail, "install Python 3.11 or newer")
    return Check("Python", State.OK, detail)


def check_packages() -> Check:
    """Whether every package is there, and in which version."""
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        mend = f"pip install {' '.join(missing)}"
        return Check("packages", State.FAIL, f"missing: {', '.join(missing)}", mend)
    return Check("packages", State.OK, ", ".join(found))


def check_pyside() -> Check:
    """Whether PySide6 is one of the versions that do not abort."""
    mend = "pip install 'PySide6>=6.10.2,<6.12'"
    try:
        text = version("PySide6")
    except PackageNotFoundError:
        return Check("PySide6", State.WARN, "not installed: no windows", mend)
    parts = tuple(int(part) for part in text.split(".")[:3] if part.isdigit())
    if not OLDEST_PYSIDE <= parts < FIRST_BAD_PYSIDE:
        why = "versions from 6.12.0 abort on Python 3.11, those before 6.10.2 were never tried"
        return Check("PySide6", State.FAIL, f"{text}: {why}", mend)
    return Check("PySide6", State.OK, text)


def check_display() -> Check:
    """Whether windows can be opened."""
    from neurofeedback.gui.display import display_problem

    problem = display_problem()
    if problem is not None:
        return Check("display", State.WARN, problem, "sessions run as text without one")
    named = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY")
    where = [f"{name}={os.environ[name]}" for name in named if os.environ.get(name)]
    return Check("display", State.OK, ", ".join(where) or f"the desktop of {platform.system()}")


def check_sound() -> Check:
    """Whether there is a device for sound, and the library that it needs (Linux)."""
    from neurofeedback.gui.display import sound_library_missing

    mend = sound_library_missing()
    if mend:
        return Check("sound", State.WARN, "sessions are silent", mend)
    try:
        from neurofeedback.gui.participant.audio_device import audio_device

        device = audio_device()
    except (ImportError, UserError) as error:
        return Check("sound", State.WARN, f"sessions are silent: {error}", "see PySide6 above")
    if not device:
        mend = "connect or switch on a device; a session finds it with the key S"
        return Check("sound", State.WARN, "no audio device was found: sessions are silent", mend)
    return Check("sound", State.OK, f"played on {device}")


def check_fonts() -> Check:
    """Whether there is any font for Qt to write with (Linux; elsewhere the system has some)."""
    if not sys.platform.startswith("linux"):
        return Check("fonts", State.OK, "from the system")
    home = Path.home()
    folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
    folders += [home / ".local/share/fonts", home / ".fonts"]
    n = sum(1 for folder in folders for _ in folder.rglob("*.[ot]tf"))
    if n == 0:
        return Check(
            "fonts",
            State.WARN,
            "none found: windows show boxes",
            "apt-get install fonts-dejavu-core",
        )
    return Check("fonts", State.OK, f"{n} found")


def check_lsl_settings() -> Check:
    """Which settings file LSL reads, if any."""
    named = os.environ.get("LSLAPICFG")
    if named and not Path(named).is_file():
        return Check(
            "LSL settings",
            State.WARN,
            f"LSLAPICFG names {named}, which is not there",
            "correct or unset LSLAPICFG",
        )
    path = settings_in_use()
    detail = (
        f"from {path}" if path else f"this program's own; the first use writes {default_path()}"
    )
    return Check("LSL settings", State.OK, detail)


def check_lsl_loopback() -> Check:
    """Whether samples sent over LSL arrive on this machine, whole and in order."""
    name, identity = "LSL loopback", f"neurofeedback-doctor-{uuid4().hex}"
    mend = "allow this program in the firewall, for UDP and TCP ports 16571 to 16604"
    start = time.monotonic()
    copy = SyntheticSource(seconds=LOOPBACK_SECONDS, speed=math.inf)
    wanted = _read(copy, round(LOOPBACK_SECONDS * copy.open().sfreq), math.inf)
    with private_network(identity):
        from neurofeedback.acquisition.lsl import LslSource, library_version
        from neurofeedback.acquisition.outlet import StreamOutletThread

        received = LslSource(f"source_id={identity}")
        sent = SyntheticSource(seconds=LOOPBACK_SECONDS)
        with StreamOutletThread(sent, source_id=identity, wait_for_consumer=LOOPBACK_PATIENCE):
            try:
                received.open()
                arrived = _read(received, len(wanted), start + LOOPBACK_PATIENCE)
            except UserError as error:
                return Check(name, State.FAIL, str(error), mend)
            finally:
                received.close()
        took = time.monotonic() - start
    library = f"liblsl {library_version()}"
    if not np.array_equal(arrived, wanted):
        detail = f"{library}: {len(arrived)} of {len(wanted)} samples arrived, or not as sent"
        return Check(name, State.FAIL, detail, mend)
    return Check(name, State.OK, f"{library}: {len(wanted)} samples, whole, in {took:.1f} s")


def _read(source: Source, n_times: int, deadline: float) -> FloatArray:
    """Return the first samples of an opened source, fewer if they do not come in time."""
    parts: list[FloatArray] = []
    while sum(map(len, parts)) < n_times and time.monotonic() < deadline:
        chunk = source.read(0.2)
        if chunk is not None:
            parts.append(chunk.data)
    return np.concatenate(parts) if parts else np.empty((0, 0))


def check_prior() -> Check:
    """Look at what was learned from other people."""
    try:
        prior = shipped_prior()
    except UserError as error:
        return Check("prior", State.WARN, str(error), "install the program again")
    people, whose = prior.about["people"], prior.about["attribution"]
    return Check("prior", State.OK, f"{prior.hash[:12]}, {people} people: {whose}")


def check_root(root: Path) -> Check:
    """Whether the folder of the recordings can be written, with how much space and how fast."""
    name = "recordings"
    mend = "choose another folder with --out or NEUROFEEDBACK_DATA"
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root) as file:
            file.write(bytes(1 << 20))
            file.flush()
            start = time.monotonic()
            os.fsync(file.fileno())
            took = time.monotonic() - start
        free = shutil.disk_usage(root).free
    except OSError as error:
        return Check(name, State.FAIL, f"{root} cannot be written: {error.strerror}", mend)
    detail = f"{root}: {free / GIGABYTE:.0f} GB free, 1 MB on disk in {took * 1000:.0f} ms"
    if free < LITTLE_SPACE:
        return Check(name, State.WARN, detail, f"free some space, or {mend}")
    if took > SLOW_SYNC:
        return Check(name, State.WARN, detail, f"a slow disk; {mend}")
    return Check(name, State.OK, detail)
