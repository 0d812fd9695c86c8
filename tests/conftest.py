"""What every test needs before anything is loaded: a private network and data folder, no screen.

Responsible for the environment of the tests. Not responsible for fixtures of single packages.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from weakref import WeakSet

import pytest
from effort import examples
from hypothesis import settings
from lsl_network import settings_of


def _isolate_lsl() -> None:
    """Point every liblsl of this process and its children at a session of its own.

    Must run before the first liblsl is loaded: it reads the file once. Programs beside the tests
    that hold more outlets than liblsl looks for would hide those of a test.
    """
    folder = Path(tempfile.mkdtemp(prefix="neurofeedback-lsl-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    config = folder / "lsl_api.cfg"
    pid = os.getpid()
    config.write_text(settings_of(f"nf-test-{pid}", 10_000 + pid % 150 * 128, 128), "ascii")
    os.environ["LSLAPICFG"] = str(config)


def _isolate_user_data() -> None:
    """Let what tests would leave among the user's data and settings vanish with them."""
    folder = Path(tempfile.mkdtemp(prefix="neurofeedback-user-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["XDG_DATA_HOME"] = str(folder)
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
    for name in ("DATA", "INDEX", "OPERATOR", "LANGUAGE"):
        os.environ.pop(f"NEUROFEEDBACK_{name}", None)


_isolate_lsl()
_isolate_user_data()
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # products are small: threads only slow them
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("MPLBACKEND", "Agg")

# How long an example takes says nothing on a busy machine; CI tries the same ones each time.
settings.register_profile(
    "this", deadline=None, derandomize="CI" in os.environ, max_examples=examples(100)
)
settings.load_profile("this")


RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def lsl_objects() -> Iterator[WeakSet[object]]:
    """Every outlet and inlet of LSL that is alive."""
    import pylsl

    alive: WeakSet[object] = WeakSet()

    def noted(made: Callable[..., None]) -> Callable[..., None]:
        @wraps(made)
        def make(self: object, *args: object, **options: object) -> None:
            made(self, *args, **options)
            alive.add(self)

        return make

    with pytest.MonkeyPatch.context() as patch:
        for kind in (pylsl.StreamOutlet, pylsl.StreamInlet):
            patch.setattr(kind, "__init__", noted(kind.__init__))
        yield alive


@pytest.fixture(autouse=True)
def no_stream_is_left_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves an outlet or inlet open: it takes ports, and later tests see it."""
    if "pylsl" not in sys.modules and request.node.get_closest_marker("lsl") is None:
        yield  # loading LSL for each test would take longer than the test
        return
    alive = request.getfixturevalue("lsl_objects")
    before = list(alive)
    yield
    if left := [each for each in alive if each not in before]:
        del left
        gc.collect()
        left = [each for each in alive if each not in before]
        assert not left, f"left open: {', '.join(type(each).__name__ for each in left)}"


@pytest.fixture(scope="session", autouse=True)
def keys_that_are_made_quickly() -> Iterator[None]:
    """Make the keys of studies with little work: what they are worth is not what tests are about.

    `tests/study/test_keys.py` knows what is shipped, and programs of their own use that.
    """
    from neurofeedback.study import keys

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "WORK", 12)
        patch.setattr(keys, "KEY_BITS", 2048)
        yield


@pytest.fixture(scope="session")
def real_data_dir() -> Path:
    """Folder of real recordings beside the repository; the test is skipped where it is missing."""
    if not RECORDINGS.is_dir():
        pytest.skip(f"real recordings are missing: there is no folder {RECORDINGS}")
    return RECORDINGS


def pytest_xdist_auto_num_workers() -> int:
    """Half of the time tests wait for streams, sessions and programs that run in real time.

    Three workers on two cores: with four, what runs in real time falls behind itself.
    """
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    return n_cores + n_cores // 2


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, or stand-ins that have nothing of what is known of a person."""
    if RECORDINGS.is_dir():
        return RECORDINGS
    from stand_ins import make_stand_ins

    return make_stand_ins(tmp_path_factory.mktemp("data"))
