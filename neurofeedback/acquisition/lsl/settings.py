"""Which settings LSL is given before it is loaded.

Responsible for the default that only streams of this machine are seen and that the library keeps
its own remarks to itself, for leaving alone whatever settings there are already, and for the
private network of a demonstration. Not responsible for streams. liblsl reads its settings once,
when it is loaded; call these functions before.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from configparser import ConfigParser, Error
from contextlib import contextmanager, suppress
from pathlib import Path

VARIABLE = "LSLAPICFG"
FIRST_PORT, N_PORTS = 10_000, 32  # of private networks; liblsl itself begins at 16572
DEFAULTS = """\
; Settings of the lab streaming layer for neurofeedback; edit them as you like.
[multicast]
; machine: only streams on this computer. link, site: also those of the network.
ResolveScope = machine
[lab]
; Computers to ask by name or address, besides: {127.0.0.1, amplifier-pc, 192.168.1.20}
; This one (127.0.0.1) must stay in the list: where multicast does not reach a computer's own
; programs, only one of several streams on it would be found.
KnownPeers = {127.0.0.1}
[log]
level = -3
"""


def own_places() -> tuple[Path, ...]:
    """Return where liblsl itself looks for settings when none are named."""
    return (
        Path("lsl_api.cfg"),
        Path.home() / "lsl_api" / "lsl_api.cfg",
        Path("/etc/lsl_api/lsl_api.cfg"),
    )


def default_path() -> Path:
    """Return where this program keeps settings for users who have none."""
    from platformdirs import user_config_path

    return user_config_path("neurofeedback", appauthor=False) / "lsl_api.cfg"


def settings_in_use() -> Path | None:
    """Return the settings file that LSL will read; None where there is none yet."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    return next((path for path in (*own_places(), default_path()) if path.is_file()), None)


def use_settings() -> None:
    """Make sure that LSL has settings: those that are there, else the defaults of this program."""
    if os.environ.get(VARIABLE) or any(path.is_file() for path in own_places()):
        return
    path = default_path()
    try:
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(DEFAULTS, encoding="utf-8")
    except OSError:
        return  # A home that cannot be written: LSL's built-in defaults serve.
    os.environ[VARIABLE] = str(path)


def n_ports() -> int:
    """Return how many ports LSL gives to outlets, and looks at for them."""
    path, settings = settings_in_use(), ConfigParser(strict=False, interpolation=None)
    with suppress(OSError, UnicodeDecodeError, Error, ValueError):
        if path is not None:
            settings.read_string(path.read_text(encoding="utf-8"))
            return settings.getint("ports", "PortRange", fallback=N_PORTS)
    return N_PORTS


@contextmanager
def private_network(session: str) -> Iterator[None]:
    """Give LSL, if it is not loaded yet, a session that nobody else is in, on ports of its own.

    An outlet takes two ports, and liblsl looks at 32 of them: on a computer with more than 16
    outlets, those of this session could be hidden by others.

    Parameters
    ----------
    session : str
        Name of the session.
    """
    before = os.environ.get(VARIABLE)
    with tempfile.TemporaryDirectory(prefix="neurofeedback-") as folder:
        path = Path(folder) / "lsl_api.cfg"
        path.write_text(
            f"[multicast]\nResolveScope = machine\n[lab]\nSessionID = {session}\n"
            "KnownPeers = {127.0.0.1}\n"
            f"[ports]\nBasePort = {FIRST_PORT + os.getpid() % 600 * N_PORTS}\n"
            "[log]\nlevel = -3\n",
            encoding="utf-8",
        )
        os.environ[VARIABLE] = str(path)
        try:
            yield
        finally:
            if before is None:
                del os.environ[VARIABLE]
            else:
                os.environ[VARIABLE] = before
