"""The start of the program: something to see at once, the first page soon, also with thousands."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.start import (
    PEOPLE,
    SECONDS_SEARCH,
    SECONDS_SEEN,
    SECONDS_USABLE,
    clinic,
    list_and_search,
    start_once,
)
from neurofeedback.app.loading import LATER, Loading
from neurofeedback.gui.desk.participant_list import MOST_SHOWN
from neurofeedback.gui.splash import Splash

ROOT = Path(__file__).parents[2]
HEAVY = {"scipy.signal", "scipy.stats", "sqlalchemy", "alembic", "pyqtgraph", "mne", "pylsl"}


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("people", [pytest.param(0, marks=pytest.mark.long), PEOPLE])
def test_the_first_page_comes_soon_however_much_is_indexed(people, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    with clinic(people, 5000) as env:
        found = [start_once(env) for _ in range(2)]
        if people:
            took = [list_and_search(env) for _ in range(3)]
            for key in took[0]:
                assert min(each[key] for each in took) < SECONDS_SEARCH, key
    # Processor time: other programs run beside the tests.
    assert min(each["seen_cpu"] for each in found) < SECONDS_SEEN
    assert min(each["usable_cpu"] for each in found) < SECONDS_USABLE
    shown = found[0]["people"]
    assert shown == (MOST_SHOWN + 1 if people else 0)  # the first ones, and how many more


@pytest.mark.parametrize(
    "module", ["neurofeedback.gui.splash", "neurofeedback.gui.desk.beside_steps"]
)
def test_the_first_page_loads_nothing_heavy(module):
    code = f"import sys, {module}; print(*(sys.modules), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not set(done.stdout.split()) & HEAVY


def test_what_is_loaded_later_is_there_and_ending_waits_for_it():
    loading = Loading(("json", "no_such_module_anywhere", "wave"))
    loading.start()
    loading.end()
    assert not loading._thread.is_alive()
    Loading().end()  # before it began
    assert not any(part.startswith(("PySide6", "pylsl")) for part in LATER)


def test_the_splash_is_painted_before_it_returns(qtbot):
    splash = Splash()
    qtbot.addWidget(splash)
    began = time.perf_counter()
    splash.show_at_once()
    assert splash.isVisible()
    assert time.perf_counter() - began < 5.0
    image = splash.pixmap().toImage()
    colours = {image.pixel(x, y) for x in range(0, image.width(), 7)
               for y in range(0, image.height(), 7)}  # fmt: skip
    assert len(colours) > 3
