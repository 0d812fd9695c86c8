"""Screens of a clinic for tests: an X server that shows nothing, a window manager, monitors.

Needs Xvfb, openbox and xdotool, for two monitors xrandr; see `NEEDED`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

NEEDED = ("Xvfb", "openbox", "xdotool")
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
Place = list[int]
LAPTOP: Place = [0, 0, 1366, 768]
SECOND: Place = [1366, 0, 1920, 1080]


@contextmanager
def screens(home: Path, monitors: Sequence[Place] = (LAPTOP,)) -> Iterator[dict[str, str]]:
    """Start a server with monitors and a window manager; give the environment of a program."""
    width = max(x + w for x, _, w, _ in monitors)
    height = max(y + h for _, y, _, h in monitors)
    read, write = os.pipe()
    # Without -noreset the server forgets its monitors when xrandr, its only client, goes.
    command = ["Xvfb", "-noreset", "-displayfd", str(write), "-nolisten", "tcp",
               "-screen", "0", f"{width}x{height}x24"]  # fmt: skip
    server = subprocess.Popen(command, pass_fds=(write,), **QUIET)
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    home.mkdir()
    env = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "HOME": str(home)}
    if len(monitors) > 1:
        for index, (x, y, wide, high) in enumerate(monitors):
            size = f"{wide}/{wide // 4}x{high}/{high // 4}+{x}+{y}"
            words = ["--setmonitor", f"m{index}", size, "none" if index else "screen"]
            subprocess.run(["xrandr", *words], env=env, check=True, capture_output=True)
    manager = subprocess.Popen(["openbox"], env=env, **QUIET)
    try:
        yield env
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait()
