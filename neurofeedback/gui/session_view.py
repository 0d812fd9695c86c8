"""What the windows see of a session: the public surface of the runner, and nothing else.

Where the arm is concealed, what is fed back goes to the participant's window and sound alone; the
operator's windows say `CONCEALED` in its place.

Responsible for the contract between `gui` and `session.runner`. Not responsible for fulfilling it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from neurofeedback.frames import FeatureDescriptor, FeedbackFrame, StreamInfo
from neurofeedback.gui.words.language import later
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.scalp_power import SampleReader
from neurofeedback.session.status import Status
from neurofeedback.signal.quality import QualityReport

CONCEALED = later(
    "In a session of a study nothing of the feedback is shown here: "
    "whoever sees it could tell the arm."
)


class RunningSession(Protocol):
    """A started session. Every method but `wait` returns at once; the GUI thread may call all."""

    @property
    def info(self) -> StreamInfo:
        """The stream."""
        ...

    @property
    def spec(self) -> ProtocolSpec:
        """The protocol."""
        ...

    @property
    def score(self) -> FeatureDescriptor:
        """What a frame's feature and threshold are by the estimator in use now."""
        ...

    @property
    def concealed(self) -> bool:
        """Whether nobody may learn the session's arm: no power and no feedback is shown then."""
        ...

    @property
    def band(self) -> tuple[float, float]:
        """Band of the first feature that decides on reward, Hz; a fit may change it."""
        ...

    @property
    def quality(self) -> QualityReport | None:
        """The newest verdict on the electrodes, None before there is one."""
        ...

    @property
    def ring(self) -> SampleReader:
        """The newest samples."""
        ...

    @property
    def latest(self) -> FeedbackFrame | None:
        """The newest feedback frame."""
        ...

    def status(self) -> Status:
        """Return a snapshot of the session."""
        ...

    def frames_since(self, cursor: int) -> tuple[Sequence[FeedbackFrame], int]:
        """Return the feedback frames since `cursor`, and the next cursor; 0 is the start."""
        ...

    def pause(self) -> None:
        """Pause the protocol; recording goes on."""
        ...

    def resume(self) -> None:
        """Resume the protocol."""
        ...

    def skip(self) -> None:
        """End this block now."""
        ...

    def repeat(self) -> None:
        """Start this block again."""
        ...

    def extend(self, seconds: float) -> None:
        """Make this block longer."""
        ...

    def redo_baseline(self) -> None:
        """Go back to the last baseline and on from there."""
        ...

    def set_target_rate(self, rate: float) -> None:
        """Aim at another share of clean time, 0..1."""
        ...

    def stop(self, reason: str = "") -> None:
        """End the session; `status` tells when that is done."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until everything is written and closed; return whether it is."""
        ...

    def note(self, text: str) -> None:
        """Record a note of the operator."""
        ...

    def marker(self, label: str) -> None:
        """Record a marker at the current sample."""
        ...

    def painted(self, frame: FeedbackFrame, shown: str, value: float, when: float) -> None:
        """Record that `frame` was displayed as `value` (0..1 or NaN), at clock time `when` (s).

        `shown` is the mode of the display; see `session.display`.
        """
        ...
