"""The one place where Qt and pyqtgraph are imported and set up.

Responsible for the names the other modules of `gui` use and for one clear sentence where Qt cannot
be loaded. Not responsible for the application object (`gui.windows`).
"""

from __future__ import annotations

import os

from neurofeedback.errors import UserError
from neurofeedback.gui.display import import_problem

os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

try:
    import pyqtgraph as pg
    from PySide6 import QtCore as QtCore
    from PySide6 import QtGui as QtGui
    from PySide6 import QtWidgets as QtWidgets
    from PySide6.QtCore import Qt as Qt
    from PySide6.QtCore import Signal as Signal
except ImportError as error:
    raise UserError(import_problem(str(error))) from error

pg.setConfigOptions(antialias=False, useOpenGL=False, background=None)

__all__ = ["Qt", "QtCore", "QtGui", "QtWidgets", "Signal", "pg"]
