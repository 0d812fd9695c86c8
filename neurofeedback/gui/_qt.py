"""The one place where Qt is imported and set up.

Responsible for the names the other modules of `gui` use and for one clear sentence where Qt cannot
be loaded. Not responsible for the application object (`gui.windows`) nor for
pyqtgraph (`gui._graphs`).
"""

from __future__ import annotations

from neurofeedback.errors import UserError
from neurofeedback.gui.display import import_problem

try:
    from PySide6 import QtCore as QtCore
    from PySide6 import QtGui as QtGui
    from PySide6 import QtWidgets as QtWidgets
    from PySide6.QtCore import Qt as Qt
    from PySide6.QtCore import Signal as Signal
except ImportError as error:
    raise UserError(import_problem(str(error))) from error

__all__ = ["Qt", "QtCore", "QtGui", "QtWidgets", "Signal"]
