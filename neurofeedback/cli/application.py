"""``neurofeedback`` without a command: the operator's desk.

Responsible for connecting the desk with what it asks for (`cli.desk`), with settings, lock and
recovery, and for a clean end. Not responsible for any of them.
"""

from __future__ import annotations

import typer

AWAKE_MILLISECONDS = 100


def open_application(help_text: str) -> None:
    """Open the desk; where there can be no windows, say so and show the help.

    Parameters
    ----------
    help_text : str
        What to print when there is no display.
    """
    from neurofeedback.cli.console import say
    from neurofeedback.gui.display import display_problem

    problem = display_problem()
    if problem is not None:
        say(problem)
        typer.echo(help_text)
        return
    from neurofeedback.cli.desk import Services
    from neurofeedback.cli.drive import ending_signals
    from neurofeedback.cli.indexing import load_index
    from neurofeedback.gui._qt import QtCore
    from neurofeedback.gui.app import application
    from neurofeedback.gui.desk import Desk

    application()
    load_index()
    desk = Desk(Services())
    loop = QtCore.QEventLoop()
    desk.closed.connect(loop.quit)
    with ending_signals(lambda _: None) as received:
        awake = QtCore.QTimer()  # Python hears signals only while it runs
        awake.timeout.connect(lambda: loop.quit() if received else None)
        awake.start(AWAKE_MILLISECONDS)
        desk.show()
        loop.exec()
        desk.end_now()
    desk.deleteLater()
    if received:
        raise typer.Exit(128 + received[0])
