"""What is loaded while a person looks at the first page.

Responsible for importing, in a thread of its own, what the next pages and a session need, so that
neither the first page nor a stream waits for it. Not responsible for using any of it. Whoever needs
a module sooner imports it, and waits for it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from threading import Thread

# In the order in which they are needed; what Qt itself is part of is left to the windows' thread.
LATER = (
    "scipy.signal",
    "scipy.ndimage",
    "neurofeedback.session.runner",
    "neurofeedback.session.check",
    "neurofeedback.session.prepare",
    "neurofeedback.app.indexing",
    "neurofeedback.store.rebuild",
    "alembic.command",
    "neurofeedback.app.debrief",
    "neurofeedback.app.summary_messages",
    "neurofeedback.report.summary",
)


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
