"""What can be seen of a running session from outside.

Responsible for the snapshot that screens and the command line show. Not responsible for making
it (`session.runner`) nor for showing it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from neurofeedback.holds import STALE
from neurofeedback.protocols.run.schedule import BlockProgress
from neurofeedback.signal.power.bands import band_in_words
from neurofeedback.signal.power.fidelity import FidelityPoint
from neurofeedback.signal.wording import ESTIMATORS
from neurofeedback.words.message import NOTHING, Message

__all__ = ["ENDED", "STALE", "BlockProgress", "RunState", "Status", "estimator_sentence"]


class RunState(StrEnum):
    """Where a session stands, as seen from outside."""

    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"
    FAILED = "failed"


ENDED = (RunState.FINISHED, RunState.FAILED)


@dataclass(frozen=True, slots=True)
class Status:
    """Snapshot of a running session.

    Parameters
    ----------
    state : RunState
    progress : BlockProgress
    alarm : str or None
        What is wrong now (stale or lost stream, a disk that fails or is slow), in a sentence or
        two; None when nothing is.
    since_sample : float
        Seconds since the last sample arrived; 0 for a file.
    recorded_samples : int
        Samples appended to the raw file.
    recorded_seconds : float
        The same in s of stream time.
    rewards : int or None
        Rewards given so far; None in a session whose arm is concealed.
    queued : float
        Fill of the fullest queue, 0..1.
    folder : Path or None
        Session folder; None when nothing is recorded.
    estimator : str
        What was fitted to the baseline and how well it is expected to follow the brain, one
        sentence; empty before.
    fidelity : tuple of FidelityPoint
        How well it can be expected to follow the brain at each lag; empty where nothing is known.
    age : float
        Age of the newest sample of a live stream when it was processed, s; NaN where unknown.
    rate : float
        Samples a second that a live stream delivers, Hz; NaN where unknown.
    true_rate : float
        Rate with which a session should start anew, Hz; NaN where the declared one holds.
    lost : float
        Share of the samples of a live stream that did not arrive, 0..1.
    offered : str
        Source id of a refused stream that may be accepted; see `SessionRunner.accept`.
    n_expired : int
        Commands of the operator that came to nothing, since no sample came in time.
    """

    state: RunState
    progress: BlockProgress
    alarm: Message | None
    since_sample: float
    recorded_samples: int
    recorded_seconds: float
    rewards: int | None
    queued: float
    folder: Path | None
    estimator: Message = NOTHING
    fidelity: tuple[FidelityPoint, ...] = ()
    age: float = math.nan
    rate: float = math.nan
    true_rate: float = math.nan
    lost: float = 0.0
    offered: str = ""
    n_expired: int = 0


def estimator_sentence(details: Mapping[str, Any]) -> Message:
    """Put the details of an EstimatorFitted event into one sentence."""
    name, chosen = str(details["feature"]).upper(), str(details["estimator"])
    known = {
        "name": name,
        "estimator": ESTIMATORS.get(chosen, chosen),
        "band": band_in_words(details["band"]),
    }
    fidelity = details["fidelity"].get(chosen)
    lag = details.get("lag")
    if lag and fidelity is not None and math.isfinite(fidelity):
        return Message(
            "{name} is now estimated by {estimator} in {band}, fitted to the baseline, as it was "
            "{ms:.0f} ms ago; expected r = {r:.2f} with {name} at that moment as an offline filter "
            "finds it afterwards (judged on {seconds:.0f} s).",
            ms=1e3 * lag,
            r=fidelity,
            seconds=details["judged_seconds"],
            **known,
        )
    if fidelity is None or not math.isfinite(fidelity):
        return Message(
            "{name} is now estimated by {estimator} in {band}, fitted to the baseline; "
            "too little clean baseline to estimate how well it follows the brain.",
            **known,
        )
    return Message(
        "{name} is now estimated by {estimator} in {band}, fitted to the baseline; "
        "expected r = {r:.2f} with {name} at that moment as an offline filter finds it afterwards "
        "(judged on {seconds:.0f} s).",
        r=fidelity,
        seconds=details["judged_seconds"],
        **known,
    )
