"""What is loaded before it is needed.

Responsible for importing what a session needs before its source is opened, and, in a thread of its
own while a person looks at the first page, that and what the next pages need: neither a page nor
a stream waits for it. Not responsible for using any of it, nor for windows (`gui`). Whoever needs a
module sooner imports it, and waits for it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from threading import Thread

# In the order in which they are needed; what Qt itself is part of is left to the windows' thread.
SESSION = (
    "scipy.signal",
    "scipy.ndimage",
    "neurofeedback.session.runner",
    "neurofeedback.session.prepare",
    "neurofeedback.recording.read.digests",
    "neurofeedback.store.register",
    "email.parser",  # versions of packages are read by it
    "mne.channels._dig_montage_utils",
    "mne.channels._standard_montage_utils",
)
INDEX = ("neurofeedback.store.rebuild", "alembic.command", "sqlalchemy.dialects.sqlite")
LATER = (
    *SESSION,
    "neurofeedback.session.check",
    "neurofeedback.app.indexing",
    *INDEX,
    "neurofeedback.app.debrief",
    "neurofeedback.app.summary_messages",
    "neurofeedback.report.summary",
)


def load_session(index: str | None = None) -> None:
    """Load what a session needs; call it before a source is opened.

    A stream that is open sends, whether or not it is read: its first samples would wait for what is
    loaded later, seconds on a busy computer, and be too old to feed anything back.

    Parameters
    ----------
    index : str or None
        Where the index is; see `store.place.find_place`.
    """
    from neurofeedback.app.sessions import index_address
    from neurofeedback.store.place import is_off

    for name in (*SESSION, *(() if is_off(index_address(index)) else INDEX)):
        import_module(name)
    from neurofeedback.signal.power.prior import prior_or_none

    prior_or_none()  # is kept


class Loading:
    """Loads modules, from `start` on.

    Parameters
    ----------
    modules : sequence of str
    """

    def __init__(self, modules: Sequence[str] = LATER) -> None:
        self._modules = modules
        self._ended = False
        self._thread = Thread(target=self._load, name="loading")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def _load(self) -> None:
        for name in self._modules:
            if self._ended:
                return
            with suppress(ImportError):  # whoever needs it says so
                import_module(name)

    def end(self) -> None:
        """Load no more; wait for the module that is being loaded."""
        self._ended = True
        if self._thread.is_alive():
            self._thread.join()
