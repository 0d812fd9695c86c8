"""Whether windows can be opened on this machine, told without loading Qt.

Responsible for naming what is missing and the line that mends it. Not responsible for opening
anything; `gui._qt` and the command line ask here.
"""

from __future__ import annotations

import ctypes.util
import os
import re
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from functools import partial

from neurofeedback.words.language import tr
from neurofeedback.words.message import Message

PATIENCE = 3.0  # s, for an X server to answer
_DISPLAY = re.compile(r"(?P<host>[^:/]*)(/[^:]*)?:(?P<number>\d{1,5})(\.\d+)?")
_HELLO = struct.pack("<BxHHHHxx", ord("l"), 11, 0, 0, 0)  # X protocol 11.0, without a cookie
# What Qt needs of Debian and Ubuntu for windows and sound; `scripts/system-libraries.sh` installs
# these.
DEBIAN_PACKAGES = (
    "fonts-dejavu-core", "libdbus-1-3", "libegl1", "libfontconfig1", "libfreetype6", "libgl1",
    "libglib2.0-0", "libpulse0", "libx11-xcb1", "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0",
    "libxcb-keysyms1", "libxcb-randr0", "libxcb-render-util0", "libxcb-shape0", "libxcb-shm0",
    "libxcb-sync1", "libxcb-xfixes0", "libxcb-xkb1", "libxkbcommon-x11-0", "libxkbcommon0",
)  # fmt: skip


def install_line(*packages: str) -> str:
    """Return the line that installs Debian's packages, for somebody who is not root."""
    return (
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends "
        f"{' '.join(packages)}"
    )


APT_LINE = install_line(*DEBIAN_PACKAGES)
SOUND_APT_LINE = install_line("libpulse0")


def import_problem(message: str) -> Message:
    """Say what to do about a failed import of Qt.

    Parameters
    ----------
    message : str
        Text of the ImportError.

    Returns
    -------
    Message
        One sentence, with the line to run where a system library is what is missing.
    """
    library = missing_library(message)
    if library:
        return Message(
            "The windows cannot be opened because the system library {library} is missing; install "
            "it with: {line}",
            library=library, line=APT_LINE,
        )  # fmt: skip
    return Message(
        "The windows cannot be opened because Qt could not be loaded ({reason}); install it with: "
        "pip install 'PySide6>=6.10.2,<6.12' pyqtgraph",
        reason=message,
    )


def missing_library(message: str) -> str:
    """Return the system library that an ImportError says is missing; empty for other errors."""
    return message.split(":", 1)[0].strip() if ".so" in message else ""


def sound_library_missing() -> str:
    """Return the line that installs what QtMultimedia lacks (Linux); empty where nothing is."""
    missing = sys.platform.startswith("linux") and ctypes.util.find_library("pulse") is None
    return SOUND_APT_LINE if missing else ""


def sound_problem(message: str) -> str:
    """Say what to do about a failed import of QtMultimedia.

    Parameters
    ----------
    message : str
        Text of the ImportError.

    Returns
    -------
    str
        One sentence, with the line to run where a system library is what is missing.
    """
    library = missing_library(message)
    if library:
        return tr(
            "No sound: the system library {library} is missing; install it with: {line}",
            library=library,
            line=SOUND_APT_LINE,
        )
    return tr("No sound: QtMultimedia could not be loaded ({message}).", message=message)


def display_problem(environ: Mapping[str, str] = os.environ) -> Message | None:
    """Say why no window can be shown here, or None if one can.

    Parameters
    ----------
    environ : mapping of str to str
        Environment variables.

    Returns
    -------
    Message or None
        One sentence, or None.
    """
    if not sys.platform.startswith("linux") or environ.get("QT_QPA_PLATFORM"):
        return None
    if environ.get("WAYLAND_DISPLAY"):
        return None
    if not environ.get("DISPLAY"):
        return Message(
            "There is no display to open windows on (DISPLAY and WAYLAND_DISPLAY are not set)."
        )
    if ctypes.util.find_library("xcb-cursor") is None:
        return import_problem("libxcb-cursor.so.0: not found")
    return None if _answers(environ["DISPLAY"]) else _silent(environ["DISPLAY"])


def _silent(display: str) -> Message:
    return Message(
        "There is no display to open windows on: DISPLAY is {display}, where nothing answers.",
        display=display,
    )


def _answers(display: str) -> bool:
    """Return whether an X server says anything, if only that it wants to know who asks.

    Addresses of other kinds (DECnet, IPv6 in brackets) are left to Qt.
    """
    place = _DISPLAY.fullmatch(display)
    if place is None:
        return True
    host, number = place["host"], int(place["number"])
    if host not in ("", "unix"):
        return _greets(lambda: socket.create_connection((host, 6000 + number), PATIENCE))
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108  where all X servers listen
    return any(_greets(partial(_local, address)) for address in ("\0" + path, path))


def _greets(connect: Callable[[], socket.socket]) -> bool:
    try:
        with connect() as connection:
            connection.sendall(_HELLO)
            return bool(connection.recv(1))
    except OSError:
        return False


def _local(address: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(PATIENCE)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection
