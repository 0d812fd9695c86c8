"""Two monitors, with a window manager: the participant's window fills the second, and takes no key.

Runs where Xvfb, openbox, xrandr and xdotool are installed; elsewhere it is skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from neurofeedback.gui.display import display_problem

NEEDED = ("Xvfb", "openbox", "xrandr", "xdotool")
CHILD = Path(__file__).parents[2] / "support" / "two_screens_child.py"
LEFT, RIGHT = [0, 0, 1366, 768], [1366, 0, 1920, 1080]
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, NEEDED)), reason=f"needs {', '.join(NEEDED)} to open windows"
    ),
]


def monitor(name: str, place: list[int], output: str) -> list[str]:
    """Return xrandr's words for a monitor at a place."""
    x, y, width, height = place
    return ["--setmonitor", name, f"{width}/{width // 4}x{height}/{height // 4}+{x}+{y}", output]


@pytest.fixture
def two_screens(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Start a screen of two monitors with a window manager; return its environment."""
    read, write = os.pipe()
    size = f"{RIGHT[0] + RIGHT[2]}x{RIGHT[3]}x24"
    # Without -noreset the server forgets its monitors when xrandr, its only client, goes.
    command = ["Xvfb", "-noreset", "-displayfd", str(write), "-screen", "0", size]
    server = subprocess.Popen(command, pass_fds=(write,), **QUIET)
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    (tmp_path / "home").mkdir()
    env = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb",
           "HOME": str(tmp_path / "home")}  # fmt: skip
    for words in (monitor("left", LEFT, "screen"), monitor("right", RIGHT, "none")):
        subprocess.run(["xrandr", *words], env=env, check=True, capture_output=True)
    manager = subprocess.Popen(["openbox"], env=env, **QUIET)
    yield env
    for process in (manager, server):
        process.terminate()
        process.wait()


@pytest.mark.timeout(240)
def test_the_participants_window_fills_the_second_and_keys_stay_at_the_desk(
    two_screens, tmp_path: Path
) -> None:
    problem = display_problem({**two_screens, "QT_QPA_PLATFORM": ""})
    if problem is not None:
        pytest.skip(str(problem))
    done = subprocess.run(
        [sys.executable, str(CHILD), str(tmp_path / "desk")],
        env=two_screens, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert sorted(found["monitors"]) == [LEFT, RIGHT]
    assert found["display"] == RIGHT
    assert found["desk"] < RIGHT[0]
    assert found["active"] == [True, True]
    assert found["still full"]
