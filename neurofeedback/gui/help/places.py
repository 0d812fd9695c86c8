"""Where the guide speaks of each page of the desk.

Responsible for that table alone.
"""

from __future__ import annotations

from neurofeedback.gui._qt import QtWidgets
from neurofeedback.gui.desk.steps import Step

Place = tuple[str, str]  # file and heading

OF_STEP: dict[Step, Place] = {
    Step.PARTICIPANT: ("first-session.md", "1. Participant"),
    Step.PROTOCOL: ("first-session.md", "2. Protocol"),
    Step.STREAM: ("first-session.md", "3. Stream"),
    Step.CHECK: ("first-session.md", "4. Signal check"),
    Step.BASELINE: ("first-session.md", "5. Baseline"),
    Step.THRESHOLD: ("first-session.md", "6. Threshold"),
    Step.ROUNDS: ("first-session.md", "7. Rounds"),
    Step.DEBRIEF: ("first-session.md", "8. Debrief"),
    Step.SUMMARY: ("first-session.md", "9. Summary"),
}
OF_PAGE: dict[str, Place] = {
    "SettingsPage": ("user-guide.md", "Settings, participants and the screen lock"),
    "OverviewPage": ("user-guide.md", "Participants and their progress"),
    "ProgressPage": ("user-guide.md", "Participants and their progress"),
    "RecordingPage": ("user-guide.md", "Replay"),
    "RecoveryPage": ("user-guide.md", "When a session was cut"),
    "DebriefPage": ("first-session.md", "8. Debrief"),
    "SummaryPage": ("user-guide.md", "The summary of a session"),
    "ProtocolForm": ("user-guide.md", "Protocols"),
}


def place_of(step: Step, aside: QtWidgets.QWidget | None) -> Place:
    """Return where the guide speaks of what is shown.

    Parameters
    ----------
    step : Step
    aside : QWidget or None
        The page beside the steps that lies over it, if one does.
    """
    return OF_PAGE.get(type(aside).__name__, OF_STEP[step])
