"""What the desk asks of the program around it.

Responsible for the contract between the windows and what opens streams, sessions and the index. Not
responsible for fulfilling it (`cli.desk`). Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from neurofeedback.gui.desk.participants import Participants
from neurofeedback.gui.desk.recovery import Recovery
from neurofeedback.gui.forms.debrief_presenter import DebriefContext
from neurofeedback.gui.operator.replay_controls import Replayed
from neurofeedback.gui.session_view import RunningSession
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.scales.instrument import Instrument
from neurofeedback.scales.keeping import ResponseStore
from neurofeedback.session.explain import Explanation
from neurofeedback.session.sources import StreamChoice


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """What was asked for.

    Parameters
    ----------
    participant : str
        Code.
    protocol : str
        Name in the library, or path of a file.
    source : str
        ``synthetic``, ``lsl:QUERY`` or ``file:PATH``.
    stratum : str or None
        The participant's in the study, where it has several.
    """

    participant: str
    protocol: str
    source: str
    stratum: str | None = None


class DeskServices(Protocol):
    """Everything that is not a window. A `UserError` is shown as its sentence."""

    def protocols(self) -> Sequence[tuple[str, ProtocolSpec]]:
        """Return name and content of each protocol that is offered, in order."""
        ...

    def strata(self) -> Sequence[str]:
        """Return the strata of the study, where there are several; else none."""
        ...

    def people(self) -> Participants:
        """Return the participants of the dataset."""
        ...

    def usual_protocol(self) -> str:
        """Return the protocol to offer a participant who has had none."""
        ...

    def monitor(self) -> str:
        """Return the name of the participant's monitor; empty for any that is free."""
        ...

    def last_protocol(self, participant: str) -> ProtocolSpec | None:
        """Return the protocol of a participant's last session as it was then."""
        ...

    def scales_before(self, participant: str, spec: ProtocolSpec) -> Sequence[Instrument]:
        """Return the questionnaires that are due before a session."""
        ...

    def responses(self) -> ResponseStore | None:
        """Return what keeps answers to questionnaires; None where the index is off."""
        ...

    def list_streams(self) -> Sequence[StreamChoice]:
        """Return the LSL streams there are, within a second or so."""
        ...

    def explain(self, spec: ProtocolSpec) -> Explanation:
        """Return what a protocol does on a usual montage."""
        ...

    def open_check(self, request: SessionRequest) -> RunningSession:
        """Open the source for a look at it; nothing is recorded."""
        ...

    def open_session(self, request: SessionRequest) -> RunningSession:
        """Start a session that is recorded; it pauses when a baseline has set the threshold."""
        ...

    def resume_session(
        self, layout: SessionLayout, source: str, progress: Callable[[float], None]
    ) -> RunningSession:
        """Go on with a session that was cut, on the same stream as before; takes a while."""
        ...

    def open_replay(
        self, path: Path, protocol: str, start: float, speed: float
    ) -> tuple[RunningSession, Replayed]:
        """Run a protocol over a recording from `start` (s) on, and return what holds its pace."""
        ...

    def recovery(self) -> Recovery:
        """Return the sessions that were cut."""
        ...

    def close_session(self, session: RunningSession) -> None:
        """Wait until an ended session is written, and enter it in the index."""
        ...

    def next_session(self, participant: str) -> int | None:
        """Return the number of a participant's next session; None where nobody can tell."""
        ...

    def missing_debriefs(self) -> Sequence[Path]:
        """Return the folders of sessions whose debrief was neither saved nor left out."""
        ...

    def debrief(self, folder: Path, *, late: bool = False) -> DebriefContext:
        """Return what the page after a session needs; `late` if the participant is gone."""
        ...
