"""Open EEG neurofeedback: live sessions and exact replay by the same engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurofeedback.recording.read.session_data import SessionData, read_session
    from neurofeedback.study.keys import load_private_key

__version__ = "0.2.0"
__all__ = ["SessionData", "__version__", "load_private_key", "read_session"]


def __getattr__(name: str) -> Any:
    # Loaded when it is used: the command line must start without numpy.
    if name in ("SessionData", "read_session"):
        from neurofeedback.recording.read import session_data

        return getattr(session_data, name)
    if name == "load_private_key":
        from neurofeedback.study import keys

        return keys.load_private_key
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
