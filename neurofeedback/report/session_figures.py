"""What a course of sessions is followed by: a few numbers of each.

Responsible for taking them from a session's summary and its baseline, and for their form on disk.
Not responsible for the summary (`report.summary`), for what they amount to over a course
(`report.trend`), nor for questionnaires.

Of a session of a blinded study there is only what it was and how much of it was clean: neither
what was fed back nor the brain's own measure, at rest as in training.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.report.resting_markers import Marker, resting_markers
from neurofeedback.report.summary import session_summary
from neurofeedback.report.summary_blocks import BASELINE
from neurofeedback.report.summary_parts import Block, SessionSummary

TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its standard error.

    Parameters
    ----------
    value : float
    error : float or None
        None where too little was clean for one.
    """

    value: float
    error: float | None = None


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """The numbers of one session.

    Parameters
    ----------
    session : int
    started : datetime
    protocol, title, status : str
        See `SessionSummary`.
    concealed : bool
        Whether it is part of a blinded study: then there is nothing of the measure here.
    clean_seconds : float
        Clean data of all blocks but rests, s.
    name, unit, direction : str
        Of what is trained; empty where nothing is known.
    baseline : Estimate or None
        Mean of the last baseline, before anything was trained.
    gain : Estimate or None
        Mean of the training minus that baseline.
    transfer : Estimate or None
        Mean without feedback minus that baseline.
    success : float or None
        Share of the clean training past the threshold, 0..1.
    markers : tuple of Marker
        At rest, from the first baseline.
    """

    session: int
    started: datetime
    protocol: str
    title: str
    status: str
    concealed: bool
    clean_seconds: float
    name: str = ""
    unit: str = ""
    direction: str = "up"
    baseline: Estimate | None = None
    gain: Estimate | None = None
    transfer: Estimate | None = None
    success: float | None = None
    markers: tuple[Marker, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return them as plain JSON types."""
        return {**asdict(self), "started": self.started.isoformat()}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> SessionFigures:
        """Read back what `to_dict` returned.

        Raises
        ------
        TypeError, ValueError, KeyError
            If it is something else.
        """
        read = dict(fields)
        read["started"] = datetime.fromisoformat(read["started"])
        for key in ("baseline", "gain", TRANSFER):
            read[key] = None if read[key] is None else Estimate(**read[key])
        read["markers"] = tuple(Marker(**marker) for marker in read["markers"])
        return cls(**read)


def session_figures(folder: Path | str) -> SessionFigures:
    """Return the numbers of a recorded session.

    Parameters
    ----------
    folder : path-like
        The session folder, or any file of it.

    Raises
    ------
    UserError
        If there is no session there, or what was known at its start cannot be read.
    """
    summary = session_summary(folder)
    markers = () if summary.concealed else resting_markers(SessionReader(folder))
    return figures_of(summary, markers)


def figures_of(summary: SessionSummary, markers: tuple[Marker, ...] = ()) -> SessionFigures:
    """Return the numbers of a session that was summarised."""
    measure, clean = summary.measure, sum(_clean(block) for block in summary.blocks)
    known = SessionFigures(
        session=summary.session,
        started=summary.started,
        protocol=summary.protocol,
        title=summary.title,
        status=summary.status,
        concealed=summary.concealed,
        clean_seconds=clean,
    )
    if summary.concealed or measure is None:
        return known
    changes = {change.kind: change for change in summary.changes}
    change, baseline = changes.get(BASELINE), _last(summary, BASELINE)
    return SessionFigures(
        **{name: getattr(known, name) for name in _KNOWN},
        name=measure.name,
        unit=measure.unit,
        direction=measure.direction,
        baseline=_estimate(baseline),
        gain=None if change is None else Estimate(change.value, change.error),
        transfer=_difference(_last(summary, TRANSFER), baseline),
        success=summary.success_rate,
        markers=markers,
    )


_KNOWN = ("session", "started", "protocol", "title", "status", "concealed", "clean_seconds")


def _clean(block: Block) -> float:
    return 0.0 if block.phase == "rest" else block.clean_seconds


def _last(summary: SessionSummary, phase: str) -> Block | None:
    """Return the last block of a kind that has enough clean data for a mean."""
    found = [b for b in summary.blocks if b.phase == phase and b.mean is not None and b.enough]
    return found[-1] if found else None


def _estimate(block: Block | None) -> Estimate | None:
    return None if block is None or block.mean is None else Estimate(block.mean, block.error)


def _difference(later: Block | None, before: Block | None) -> Estimate | None:
    if later is None or before is None or later.mean is None or before.mean is None:
        return None
    errors = [block.error for block in (later, before) if block.error is not None]
    error = math.hypot(*errors) if len(errors) == 2 else None
    return Estimate(later.mean - before.mean, error)
