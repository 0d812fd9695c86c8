"""The one place where pyqtgraph is imported and set up, for what a person explores by mouse.

Responsible for that alone. Apart from `gui._qt`, so that the first window need not wait for it.
"""

from __future__ import annotations

import os

os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"

import pyqtgraph as pg  # noqa: E402  (it looks for a Qt at once)

pg.setConfigOptions(antialias=False, useOpenGL=False, background=None)

__all__ = ["pg"]
