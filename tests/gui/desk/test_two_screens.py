"""Two monitors, with a window manager: the participant's window fills the second, and takes no key.

Runs where Xvfb, openbox, xrandr and xdotool are installed; elsewhere it is skipped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_screens import LAPTOP, NEEDED, SECOND, screens

from neurofeedback.gui.display import display_problem

CHILD = Path(__file__).parents[2] / "support" / "two_screens_child.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(shutil.which, (*NEEDED, "xrandr"))),
        reason=f"needs {', '.join(NEEDED)} to open windows",
    ),
]


@pytest.fixture
def two_screens(tmp_path: Path) -> Iterator[dict[str, str]]:
    with screens(tmp_path / "home", [LAPTOP, SECOND]) as env:
        yield env


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
    assert sorted(found["monitors"]) == [LAPTOP, SECOND]
    assert found["display"] == SECOND
    assert found["desk"] < SECOND[0]
    assert found["active"] == [True, True]
    assert found["still full"]
