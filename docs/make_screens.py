"""Render every screen of the application, as pictures for the documentation.

    python docs/make_screens.py                  the pictures of docs/screens
    python docs/make_screens.py --out DIR        every screen in every look
    python docs/make_screens.py --scenes         only the scenes of the participant's display

A synthetic participant is walked from the first code to the summary, by keyboard, at the real desk
with the real session behind it (`screen_walk`); only the recordings are not kept. Where Xvfb and
openbox are installed, the desk has a screen of its own and the frame of a window manager, and a
picture is of the whole screen; elsewhere it is drawn without either. The participant's pictures are
JPEG: their grain makes PNG files of a megabyte. Each look has a process of its own, since Qt takes
its scale once.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
FRAMED = ("Xvfb", "openbox")
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
COLOURS = 256  # of a PNG; more cannot be told apart in these


@dataclass(frozen=True)
class Look:
    """A size, a theme and a language.

    Parameters
    ----------
    name : str
        Ends the names of the files.
    size : tuple of int
        Of the windows, logical pixels.
    scheme, language : str
    scale : int
        Physical pixels to a logical one.
    kept : tuple of str
        Screens that belong into docs/screens; all where it is ``("*",)``.
    """

    name: str
    size: tuple[int, int]
    scheme: str = "dark"
    language: str = "en"
    scale: int = 1
    kept: tuple[str, ...] = ()


LOOKS = (
    Look("1366x768", (1366, 768), kept=("*",)),
    Look("1366x768-light", (1366, 768), "light", kept=("check", "rounds")),
    Look("1366x768-de", (1366, 768), language="de", kept=("rounds",)),
    Look("1366x768-contrast", (1366, 768), "dark-contrast", kept=("rounds",)),
    Look("1920x1080", (1920, 1080), kept=("rounds",)),
    Look("200-percent", (683, 384), scale=2, kept=("check", "rounds")),
)


def main() -> int:
    """Render the screens."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="every screen in every look, into this folder")
    parser.add_argument("--look", choices=[look.name for look in LOOKS], help="only this one")
    parser.add_argument("--scenes", action="store_true", help="only the participant's scenes")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    looks = [look for look in LOOKS if args.look in (None, look.name)]
    out = args.out or HERE / "screens"
    out.mkdir(parents=True, exist_ok=True)
    if args.scenes:
        return scenes(out)
    if args.child:
        return render(looks[0], out, everything=args.out is not None)
    for look in looks:
        given = [] if args.out is None else ["--out", str(args.out)]
        command = [sys.executable, __file__, "--child", "--look", look.name, *given]
        with screen(look) as environment:
            done = subprocess.run(command, env=environment, check=False)
        if done.returncode != 0:
            return done.returncode
    return 0


@contextmanager
def screen(look: Look) -> Iterator[dict[str, str]]:
    """Give the environment of a screen as large as a look, and a window manager if there is one."""
    environment = os.environ | {"QT_SCALE_FACTOR": str(look.scale)}
    if not all(map(shutil.which, FRAMED)):
        yield environment | {"QT_QPA_PLATFORM": "offscreen"}
        return
    read, write = os.pipe()
    width, height = (look.scale * side for side in look.size)
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24"],
        pass_fds=(write,), **QUIET,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as told:
        environment |= {"DISPLAY": f":{told.readline().strip()}", "QT_QPA_PLATFORM": "xcb"}
    manager = subprocess.Popen(["openbox"], env=environment, **QUIET)
    try:
        yield environment
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait()


def render(look: Look, out: Path, *, everything: bool) -> int:
    """Render the screens of one look."""
    folder = Path(tempfile.gettempdir()) / "neurofeedback-screens"  # its name is seen
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        os.environ[name] = str(folder / name.lower())
    from screen_walk import walk

    def save(name: str, image) -> None:  # type: ignore[no-untyped-def]
        if everything or look.kept == ("*",) or name in look.kept:
            write(image, out / f"{name}-{look.name}")

    try:
        walk(folder, look, save)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def scenes(out: Path) -> int:
    """Render the scenes of the participant's display."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from scene_sheets import take_pictures

    from neurofeedback.gui.application import application

    application()
    take_pictures(lambda name, image: write(image, out / name))
    return 0


def write(image, path: Path) -> None:  # type: ignore[no-untyped-def]
    """Write a picture: the participant's as JPEG, others as PNG of few colours."""
    from PIL import Image

    if path.name.startswith(("participant-sees", "scene")):
        image.save(f"{path}.jpg", quality=88)
        return
    image.save(f"{path}.png")
    with Image.open(f"{path}.png") as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(f"{path}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())
