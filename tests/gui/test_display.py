from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from neurofeedback.gui import display
from neurofeedback.gui.display import (
    APT_LINE,
    SOUND_APT_LINE,
    display_problem,
    import_problem,
    sound_problem,
)

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")


@linux
@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({}, "no display"),
        ({"QT_QPA_PLATFORM": "offscreen"}, None),
        ({"WAYLAND_DISPLAY": "wayland-0"}, None),
    ],
)
def test_display_is_looked_for(environ: dict[str, str], problem: str | None) -> None:
    told = display_problem(environ)
    assert (told is None) if problem is None else (problem in str(told))


def test_missing_library_comes_with_the_line_that_mends_it() -> None:
    told = import_problem("libEGL.so.1: cannot open shared object file: No such file")
    assert "libEGL.so.1 is missing" in told
    assert APT_LINE in told


def test_missing_package_is_told_apart() -> None:
    told = import_problem("No module named 'PySide6'")
    assert "pip install" in told
    assert "apt-get" not in told


BROKEN = """
import sys

class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("PySide6"):
            raise ImportError("libEGL.so.1: cannot open shared object file")

sys.meta_path.insert(0, NoQt())
from neurofeedback.errors import UserError
try:
    import neurofeedback.gui._qt
except UserError as error:
    print(error)
"""


def test_qt_without_system_libraries_is_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BROKEN], capture_output=True, text=True, check=True, timeout=60
    )
    assert "libEGL.so.1 is missing" in done.stdout
    assert "apt-get install" in done.stdout


def test_what_others_use_of_gui_loads_no_qt() -> None:
    script = (
        "import sys, neurofeedback.gui.display, neurofeedback.app.states, "
        "neurofeedback.gui.operator.presenter, neurofeedback.gui.participant.picture, "
        "neurofeedback.gui.theme, "
        "neurofeedback.session.runner; "
        "print([m for m in sys.modules if m.split('.')[0] in ('PySide6', 'pyqtgraph', 'mne')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_missing_sound_library_comes_with_the_line_that_mends_it() -> None:
    told = sound_problem("libpulse.so.0: cannot open shared object file: No such file")
    assert "libpulse.so.0 is missing" in told
    assert SOUND_APT_LINE in told
    assert "apt-get" not in sound_problem("No module named 'PySide6.QtMultimedia'")


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Return the DISPLAY of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        yield f"127.0.0.1:{port - 6000}.0"


@linux
def test_a_display_that_does_not_answer_is_said(
    silent_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "PATIENCE", 0.2)
    monkeypatch.setattr("ctypes.util.find_library", lambda name: f"lib{name}.so")
    told = display_problem({"DISPLAY": silent_server})
    assert told is not None
    assert f"DISPLAY is {silent_server}, where nothing answers" in told
    for nobody in ("127.0.0.1:3999", ":98", "unix:97.0"):
        assert "where nothing answers" in (display_problem({"DISPLAY": nobody}) or "")


@linux
def test_a_display_that_answers_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.util.find_library", lambda name: f"lib{name}.so")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(12)
                connection.sendall(b"\x00")  # it wants to know who asks

        thread = threading.Thread(target=answer)
        thread.start()
        port = server.getsockname()[1]
        assert display_problem({"DISPLAY": f"127.0.0.1:{port - 6000}"}) is None
        thread.join()
