"""Kill -9 at every page of the desk: nothing that was entered is lost but the last two seconds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typed_pages import PAGES, walk_in

CHILD = Path(__file__).parents[2] / "support" / "typed_pages.py"
QUICK = "scales before"


@pytest.mark.parametrize(
    "name",
    [name if name == QUICK else pytest.param(name, marks=pytest.mark.long) for name in PAGES],
)
def test_what_was_entered_is_there_after_a_kill(name: str, qapp, tmp_path: Path) -> None:
    page = PAGES[name]
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(tmp_path), name], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "typed\n"
    finally:
        child.kill()
        child.communicate()
    walk = walk_in(tmp_path, page)
    try:
        assert page.left(walk) == page.entered
    finally:
        walk.release()
