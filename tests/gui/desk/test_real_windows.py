"""The desk with a window manager, as in a clinic: real frames, real keys, one and two screens.

Runs where Xvfb, openbox and xdotool are installed; elsewhere it is skipped.
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

NEEDED = ("Xvfb", "openbox", "xdotool", "xrandr")
CHILD = Path(__file__).parents[2] / "support" / "framed_child.py"
ALL_STEPS = ["participant", "protocol", "stream", "check", "threshold", "rounds", "debrief",
             "summary"]  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, NEEDED)), reason=f"needs {', '.join(NEEDED)} to open windows"
    ),
]


@pytest.fixture(params=["1366x768", "1366x768+1280x1024"])
def screen(request, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Start a screen, or two side by side, with a window manager; return its environment."""
    sizes = [tuple(map(int, size.split("x"))) for size in request.param.split("+")]
    whole = f"{sum(w for w, _ in sizes)}x{max(h for _, h in sizes)}x24"
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", whole, "-nolisten", "tcp"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, pass_fds=(write,), **quiet)
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    home = tmp_path / "home"
    home.mkdir()
    env = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "HOME": str(home)}
    left = 0
    for i, (width, height) in enumerate(sizes):
        place = f"{width}/{width // 4}x{height}/{height // 4}+{left}+0"
        monitor = ["xrandr", "--setmonitor", f"m{i}", place, "none" if i else "screen"]
        subprocess.run(monitor, env=env, check=True, **quiet)
        left += width
    manager = subprocess.Popen(["openbox"], env=env, **quiet)
    yield env | {"SCREENS": str(len(sizes))}
    for process in (manager, server):
        process.terminate()
        process.wait()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("language", "percent"), [("en", 100), ("de", 100), ("de", 200)])
def test_every_control_is_inside_the_screen_and_keys_reach_the_desk(
    screen, tmp_path: Path, language: str, percent: int
) -> None:
    problem = display_problem({**screen, "QT_QPA_PLATFORM": ""})
    if problem is not None:
        pytest.skip(str(problem))
    done = subprocess.run(
        [sys.executable, str(CHILD), str(tmp_path / "desk"), language, str(percent)],
        env=screen, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert list(found["steps"]) == ALL_STEPS
    assert {step: each["outside"] for step, each in found["steps"].items()} == dict.fromkeys(
        ALL_STEPS, []
    )
    assert found["frame"] > 0
    assert found["maximised"]
    assert found["kept"]
    if screen["SCREENS"] == "2":
        assert found["participant"] == "on the other screen"
    assert set(found["active"]) == {"desk"}
