"""The application object, and the language it speaks.

Responsible for making it once, dressed, and for Qt's own words. Loads nothing that a first window
can do without. Not responsible for any window.
"""

from __future__ import annotations

import sys
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets
from neurofeedback.gui.display import display_problem
from neurofeedback.gui.look import look
from neurofeedback.words.language import language, set_language, wanted_language

ICON = Path(__file__).parent / "pictures" / "icon.svg"
SWITCH_INTERVAL = 0.001  # s


def application() -> QtWidgets.QApplication:
    """Return the application object, made and dressed on the first call.

    Raises
    ------
    UserError
        If no window can be opened here.
    """
    existing = QtWidgets.QApplication.instance()
    if isinstance(existing, QtWidgets.QApplication):
        app = existing
    else:
        problem = display_problem()
        if problem is not None:
            raise UserError(problem)
        # While the engine computes, the picture would wait up to 5 ms each time Qt comes back to
        # Python.
        sys.setswitchinterval(SWITCH_INTERVAL)
        app = QtWidgets.QApplication(["neurofeedback"])
        app.setApplicationName("neurofeedback")
        app.setDesktopFileName("neurofeedback")
        app.setWindowIcon(QtGui.QIcon(str(ICON)))
    if not app.styleSheet():
        speak(app, wanted_language(system=QtCore.QLocale.system().name()))
        look().follow()
    return app


def speak(app: QtWidgets.QApplication, code: str) -> None:
    """Use a language in windows that are opened from now on, also in Qt's own buttons and keys.

    Parameters
    ----------
    app : QApplication
    code : str
        See `language.set_language`.
    """
    set_language(code)
    for old in app.findChildren(QtCore.QTranslator):
        app.removeTranslator(old)
        old.deleteLater()
    words = QtCore.QTranslator(app)
    where = QtCore.QLibraryInfo.path(QtCore.QLibraryInfo.LibraryPath.TranslationsPath)
    if words.load(f"qtbase_{language()}", where):
        app.installTranslator(words)
