"""The desk with a window manager, as in a clinic: real frames and real keys.

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

NEEDED = ("Xvfb", "openbox", "xdotool")
CHILD = Path(__file__).parents[2] / "support" / "framed_child.py"
ALL_STEPS = ["participant", "protocol", "stream", "check", "threshold", "rounds", "debrief",
             "summary"]  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, NEEDED)), reason=f"needs {', '.join(NEEDED)} to open windows"
    ),
]


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Start a screen of a small laptop with a window manager; return its environment."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1366x768x24", "-nolisten", "tcp"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, pass_fds=(write,), **quiet)
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    home = tmp_path / "home"
    home.mkdir()
    env = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "HOME": str(home)}
    manager = subprocess.Popen(["openbox"], env=env, **quiet)
    yield env
    for process in (manager, server):
        process.terminate()
        process.wait()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("language", "percent"),
    [
        ("en", 100),
        pytest.param("de", 100, marks=pytest.mark.long),
        pytest.param("de", 200, marks=pytest.mark.long),
    ],
)
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
    assert set(found["active"]) == {"desk"}
