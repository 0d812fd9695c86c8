"""One visit of a participant: who it is, which session it becomes, and the step it has come to.

Responsible for what all parts of the desk must know of a visit. Not responsible for how one gets
from step to step (`gui.desk.visit.preparation`, `gui.desk.visit.conduct`), nor for showing it
(`gui.desk.visit.pages`). Knows no Qt.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from neurofeedback.gui.desk.steps import StepTrail
from neurofeedback.recording.layout import SessionLayout


@dataclass
class Visit:
    """What is known of the visit that the desk is at.

    Attributes
    ----------
    trail : StepTrail
        Where it is.
    participant : str
        Code; empty for nobody.
    number : int or None
        Of the session; None where it is not known.
    resuming : SessionLayout or None
        The session that was cut, if it is one of those that goes on.
    demonstration : bool
        Whether each step says what it is for.
    """

    trail: StepTrail = field(default_factory=StepTrail)
    participant: str = ""
    number: int | None = None
    resuming: SessionLayout | None = None
    demonstration: bool = False

    def clear(self) -> None:
        """Be at the first step, with nobody."""
        self.trail, self.participant, self.number, self.resuming = StepTrail(), "", None, None
        self.demonstration = False
