"""The declared settings of artifact subspace reconstruction (ASR).

Responsible for what may be asked of it. Not responsible for computing anything.
"""

from __future__ import annotations

from pydantic import Field

from neurofeedback.signal.settings_base import Settings


class AsrSettings(Settings):
    """How components that are far larger than in the baseline are replaced by a guess.

    Attributes
    ----------
    cutoff : float
        Standard deviations above its mean in the clean baseline beyond which a component is
        replaced.
    seconds : float
        Least length of clean baseline to learn from, in s; with less, nothing is replaced.
    window : float
        Length in s over which components are judged.
    lookahead : float
        Delay in s, added to that of every feature, so that a verdict can cover the samples before
        it. With less than 0.1 s the start of an artefact passes through, and feedback is held for
        it.
    rebuilt : float
        Largest share (0..1) of the components, and of what is usual in a signal of a feature, that
        may be replaced while feedback continues; beyond it feedback is held.
    """

    cutoff: float = Field(default=20.0, ge=2.5, le=200.0)
    seconds: float = Field(default=60.0, ge=20.0, le=3600.0)
    window: float = Field(default=0.5, ge=0.2, le=2.0)
    lookahead: float = Field(default=0.128, ge=0.0, le=1.0)
    rebuilt: float = Field(default=0.3, ge=0.0, le=1.0)

    def hops_ahead(self, sfreq: float, hop: int) -> int:
        """Return the look-ahead in hops of `hop` samples at `sfreq` Hz."""
        return round(self.lookahead * sfreq / hop)
