"""``neurofeedback`` without a command: the operator's desk.

Responsible for connecting the desk with what it asks for (`app.services`), with settings, lock and
recovery, and for a clean end. Not responsible for any of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import typer

AWAKE_MILLISECONDS = 100


def open_application(
    get_help: Callable[[], str], study: Path | None = None, station_key: Path | None = None
) -> None:
    """Open the desk; where there can be no windows, say so and show the help.

    Parameters
    ----------
    get_help : callable
        Returns what to print when there is no display; may print it by itself.
    study, station_key : Path or None
        The study that all sessions belong to, and its station key.
    """
    from neurofeedback.cli.console import say
    from neurofeedback.gui.display import display_problem

    problem = display_problem()
    if problem is not None:
        say(f"{problem} Without windows, sessions run as text: neurofeedback run --help")
        typer.echo(get_help())
        return
    from neurofeedback.gui.application import application
    from neurofeedback.gui.splash import Splash

    application()
    splash = Splash()
    splash.show_at_once()
    # From here on there is something to look at: everything else may take a moment.
    from neurofeedback.app.audit_queue import AuditQueue
    from neurofeedback.app.loading import Loading
    from neurofeedback.app.services import Services
    from neurofeedback.cli.ending import ending_signals
    from neurofeedback.gui._qt import QtCore
    from neurofeedback.gui.desk.beside_steps import BesideSteps, wear
    from neurofeedback.gui.desk.window import Desk
    from neurofeedback.gui.desk.window_place import WindowPlace
    from neurofeedback.settings.editor import SettingsEditor
    from neurofeedback.settings.operators import Operators

    services = Services(study=study, station_key=station_key)
    editor = SettingsEditor()
    wear(editor.settings)
    audit = AuditQueue(services.root)
    desk = Desk(services)
    place = WindowPlace(desk, editor.path.parent)
    desk.closed.connect(place.remember)
    beside = BesideSteps(desk, services, editor, Operators(), audit, time.monotonic)
    loop = QtCore.QEventLoop()
    desk.closed.connect(loop.quit)
    with ending_signals(lambda _: None) as received:
        awake = QtCore.QTimer()  # Python hears signals only while it runs
        awake.timeout.connect(lambda: loop.quit() if received else None)
        awake.start(AWAKE_MILLISECONDS)
        place.show()
        splash.close()
        loading = Loading()
        for later in (beside.begin, loading.start):  # once the first page has been painted
            QtCore.QTimer.singleShot(0, later)
        loop.exec()
        desk.end_now()
        loading.end()
    beside.release()
    desk.deleteLater()
    for lack in audit.close():
        say(lack, style="yellow")
    if received:
        raise typer.Exit(128 + received[0])
