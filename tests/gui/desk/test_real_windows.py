"""The desk with a window manager, as in a clinic: real frames, real keys, a real mouse.

Runs where Xvfb, openbox and xdotool are installed; elsewhere it is skipped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from real_screens import LAPTOP, NEEDED, SECOND, screens

from neurofeedback.gui.display import display_problem

CHILD = Path(__file__).parents[2] / "support" / "framed_child.py"
ALL = ["participant", "overview", "recordings", "settings", "guide", "protocol", "stream", "check",
       "threshold", "rounds", "debrief", "summary"]  # fmt: skip
LONG = pytest.mark.long

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, (*NEEDED, "xrandr"))),
        reason=f"needs {', '.join(NEEDED)} to open windows",
    ),
]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("hands", ["keys", pytest.param("mouse", marks=LONG)])
@pytest.mark.parametrize(
    ("language", "percent", "scheme", "monitors"),
    [
        ("en", 100, "dark", [LAPTOP]),
        pytest.param("en", 200, "dark", [LAPTOP], marks=LONG),
        pytest.param("de", 100, "light", [LAPTOP], marks=LONG),
        pytest.param("de", 200, "dark", [LAPTOP], marks=LONG),
        pytest.param("de", 100, "light-contrast", [LAPTOP], marks=LONG),
        pytest.param("en", 100, "dark-contrast", [LAPTOP, SECOND], marks=LONG),
    ],
)
def test_every_control_is_inside_the_screen_and_within_reach(
    tmp_path: Path, language: str, percent: int, scheme: str, monitors, hands: str
) -> None:
    with screens(tmp_path / "home", monitors) as env:
        problem = display_problem({**env, "QT_QPA_PLATFORM": ""})
        if problem is not None:
            pytest.skip(str(problem))
        words = [str(tmp_path / "desk"), language, str(percent), scheme, hands]
        done = subprocess.run(
            [sys.executable, str(CHILD), *words],
            env=env, capture_output=True, text=True, timeout=360,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["outside"] == {page: [] for page in ALL}
    assert found["frame"] > 0
    assert found["kept"]
    assert set(found["active"]) == {"desk"}
