"""The operator's pages on a session, off screen, as pictures of few numbers."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import numpy as np

from neurofeedback.app.progress import ProgressReader
from neurofeedback.frames import FloatArray
from neurofeedback.gui._qt import QtCore, QtGui, QtWidgets
from neurofeedback.gui.application import application
from neurofeedback.gui.desk.threshold_page import ThresholdPage
from neurofeedback.gui.progress.page import ProgressPage
from neurofeedback.gui.summary.page import SummaryPage
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.report.summary import session_summary
from neurofeedback.session.runner import SessionRunner

SIDE = 16  # numbers on each side of a picture


class SessionPages:
    """Windows on a session as the operator has them.

    Parameters
    ----------
    session : SessionRunner
        Not yet started.
    """

    def __init__(self, session: SessionRunner) -> None:
        self._app, self._session = application(), session
        self._windows = SessionWindows(session, time.monotonic)
        self._threshold = ThresholdPage(session, self._windows.operator.steering)
        self._windows.bridge.frames_arrived.connect(self._threshold.add_frames)
        for shown in (self._windows.operator, self._threshold):
            shown.resize(1280, 760)
            shown.show()

    def look(self) -> None:
        """Let the windows take over what is new."""
        self._windows.bridge.tick()
        self._threshold.show_now(self._session.status(), self._session.latest)
        self._app.processEvents()

    def pictures(self) -> dict[str, FloatArray]:
        """Return the mean grey of each field of each page, by its name; closes the windows."""
        self.look()
        operator = self._windows.operator
        found = {"operator": _grey(operator), "threshold": _grey(self._threshold)}
        operator.toggle_electrodes()
        found["electrodes"] = _grey(operator)
        operator.toggle_scalp()
        found["scalp"] = _grey(operator)
        summary = SummaryPage(session_summary(Path(str(self._session.folder))))
        summary.resize(1280, 760)
        summary.show()
        found["summary"] = _grey(summary)
        self._windows.release()
        for page in (summary, self._threshold):
            _throw_away(page)
        return found


def course_picture(reader: ProgressReader) -> FloatArray:
    """Return the mean grey of each field of the page of a participant's course."""
    application()
    page = ProgressPage(reader, lambda plan: None, today=date(2026, 3, 2))
    page.resize(1280, 760)
    page.show()
    while reader.n_left:
        application().processEvents()
    grey = _grey(page)
    _throw_away(page)
    return grey


def _throw_away(page: QtWidgets.QWidget) -> None:
    page.close()
    page.deleteLater()
    QtCore.QCoreApplication.sendPostedEvents(page, QtCore.QEvent.Type.DeferredDelete.value)


def _grey(widget: QtWidgets.QWidget) -> FloatArray:
    image = widget.grab().toImage().convertToFormat(QtGui.QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), -1)
    rows = rows[: image.height() // SIDE * SIDE, : image.width() // SIDE * SIDE].astype(float)
    fields = rows.reshape(SIDE, rows.shape[0] // SIDE, SIDE, rows.shape[1] // SIDE)
    return fields.mean(axis=(1, 3))
