"""Whether there is anything that sound can be played on.

Responsible for the name of the system's default audio device. Not responsible for playing
(`speaker`).
"""

from __future__ import annotations

from neurofeedback.gui._qt import QtCore


def audio_device() -> str:
    """Return the name of the system's default audio device; empty where there is none.

    Raises
    ------
    ImportError
        If QtMultimedia cannot be loaded.
    """
    from PySide6 import QtMultimedia

    _application = QtCore.QCoreApplication.instance() or QtCore.QCoreApplication([])
    # Which libraries of others it tries in vain is nothing a user should read.
    before = QtCore.qInstallMessageHandler(lambda *_: None)
    try:
        return str(QtMultimedia.QMediaDevices.defaultAudioOutput().description())
    finally:
        QtCore.qInstallMessageHandler(before)
