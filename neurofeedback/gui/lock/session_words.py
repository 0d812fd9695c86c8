"""What is said of a session while the operator's windows are locked.

Responsible for the state in one sentence, so that whoever passes sees whether help is needed, and
for naming no folder: it has the participant's code. Not responsible for showing it. Knows no Qt.
"""

from __future__ import annotations

from neurofeedback.app.alarms import sentence_and_paths
from neurofeedback.frames import FeedbackFrame
from neurofeedback.session.status import RunState, Status
from neurofeedback.words.language import tr

FED_BACK = ("train", "control")  # kinds of block


def session_words(status: Status, frame: FeedbackFrame | None) -> tuple[str, str]:
    """Return kind and words of a banner.

    Parameters
    ----------
    status : Status
    frame : FeedbackFrame or None
        The newest frame.

    Returns
    -------
    kind : {'good', 'pause', 'caution', 'alarm'}
    words : str
    """
    if status.alarm is not None or status.state is RunState.FAILED:
        said = [sentence_and_paths(status.alarm or "")[0]]
        if status.state is RunState.PAUSED:
            said.append(tr("The session is paused."))
        elif status.state is RunState.FAILED:
            said.insert(0, tr("The session has failed."))
        return "alarm", f"{tr('ALARM')} \u00b7 {' '.join(filter(None, said))}"
    if status.state is RunState.FINISHED:
        return "good", tr("The session has ended.")
    if status.state is RunState.STOPPING:
        return "good", tr("The session is ending.")
    if status.state is RunState.PAUSED:
        return "pause", tr("The session is paused: it is recorded, without feedback.")
    if status.progress.phase not in FED_BACK:
        return "good", tr("The session goes on: it is recorded; this block has no feedback.")
    if frame is None or frame.held is not None:
        return "caution", tr("The session goes on: it is recorded; feedback holds now.")
    return "good", tr("The session goes on: it is recorded, and the participant has feedback.")
