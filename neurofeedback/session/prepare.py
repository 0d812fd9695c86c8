"""From a source and a protocol to a session ready to run.

Responsible for making engine and recorder fit the stream, and for doing so before anything is
written. Not responsible for running them (`session.runner`, `session.offline`).
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import scipy.ndimage  # noqa: F401  (loaded whole, before samples flow)
import scipy.signal  # noqa: F401

import neurofeedback
from neurofeedback.acquisition.source import Source, impedances_of
from neurofeedback.frames import StreamInfo
from neurofeedback.protocols.run.control import make_boundary
from neurofeedback.protocols.run.evaluator import target_of
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.concealment import Concealed
from neurofeedback.recording.layout import SessionLayout, check_participant
from neurofeedback.recording.write.writer import SessionRecorder
from neurofeedback.session.engine import SessionEngine, frame_seconds
from neurofeedback.signal.power.prior import prior_or_none, recorded_as
from neurofeedback.study.assignment import assignment_to_text
from neurofeedback.study.claims import claimed_places
from neurofeedback.study.enrolment import Enrolment
from neurofeedback.study.folder import Study
from neurofeedback.words.language import later


@dataclass(frozen=True, slots=True)
class Resumed:
    """Where a session that was cut goes on.

    Parameters
    ----------
    next_sample : int
        Absolute number of the first new sample.
    last_time : float
        Stream time of the last recorded one, s.
    n_rewards : int
        Rewards given so far.
    """

    next_sample: int
    last_time: float
    n_rewards: int


@dataclass(frozen=True, slots=True)
class PreparedSession:
    """Everything a run needs.

    Parameters
    ----------
    source : Source
        Opened.
    info : StreamInfo
        What it said of itself.
    spec : ProtocolSpec
    engine : SessionEngine
        Fresh.
    recorder : SessionRecorder
        Opened; its folder exists.
    resumed : Resumed or None
        For a session that goes on; see `session.prepare_resumed`. The engine is where it was cut.
    """

    source: Source
    info: StreamInfo
    spec: ProtocolSpec
    engine: SessionEngine
    recorder: SessionRecorder
    resumed: Resumed | None = None

    @property
    def concealed(self) -> bool:
        """Whether nobody may learn the session's arm."""
        return self.recorder.start.study is not None


def versions() -> dict[str, str]:
    """Return the versions on which the bits of a result may depend, name to version."""
    return {
        "neurofeedback": neurofeedback.__version__,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "mne": version("mne"),
        "machine": platform.machine(),
        "processor": " ".join(_instructions()),
        "system": platform.system(),
    }


def _instructions() -> list[str]:
    """Return the vector instructions that NumPy found here; products are rounded by these."""
    import numpy as np

    known: dict[str, Any] = dict(np.show_config(mode="dicts"))
    return list(known.get("SIMD Extensions", {}).get("found", []))


def prepare_session(
    source: Source,
    spec: ProtocolSpec,
    *,
    root: Path,
    participant: str,
    started: datetime,
    bads: Sequence[str] = (),
    enrolment: Enrolment | None = None,
    second: Path | None = None,
) -> PreparedSession:
    """Open a source and make a session of it.

    Parameters
    ----------
    source : Source
        Not yet opened.
    spec : ProtocolSpec
        The protocol.
    root : Path
        Dataset folder; made when missing.
    participant : str
        Participant code.
    started : datetime
        Wall clock now, with time zone.
    bads : sequence of str
        Channels marked bad.
    enrolment : Enrolment or None
        For a session of a study; see `prepare_study_session`.
    second : Path or None
        Where the recording goes on when its disk fails; None for nowhere.

    Returns
    -------
    PreparedSession

    Raises
    ------
    UserError
        If the source cannot be opened, does not serve the protocol, or nothing can be recorded. The
        source is closed then, and no session folder was made unless recording itself failed.
    """
    check_participant(participant)
    info = source.open()
    try:
        assignment = None if enrolment is None else enrolment.assignment
        boundary = make_boundary(spec, frame_seconds(info, spec), assignment)
        prior, _ = prior_or_none()
        engine = SessionEngine(info, spec, bads, boundary, prior)
        layout = SessionLayout.new(root, participant, spec.name)
        recorder = SessionRecorder(
            layout,
            info,
            spec.model_dump(mode="json"),
            protocol_name=spec.name,
            protocol_hash=spec.hash,
            descriptors=engine.descriptors,
            versions={**versions(), **recorded_as(prior)},
            started=started,
            bads=bads,
            impedances=impedances_of(source),
            expected_seconds=sum(block.seconds for block in spec.iter_blocks()),
            concealed=None if enrolment is None else _concealed(enrolment, spec),
            second=second,
        )
    except BaseException:
        source.close()
        raise
    return PreparedSession(source, info, spec, engine, recorder)


def prepare_study_session(
    source: Source,
    study: Study,
    *,
    root: Path,
    participant: str,
    started: datetime,
    station_key: bytes,
    stratum: str | None = None,
    operator: str = "",
    bads: Sequence[str] = (),
    second: Path | None = None,
) -> PreparedSession:
    """Make a session of a study, in an arm that nobody learns.

    Parameters
    ----------
    source : Source
        Not yet opened.
    study : Study
        Its protocol is run.
    root, participant, started, bads, second
        As for `prepare_session`.
    station_key : bytes
        See `study.keys`.
    stratum : str or None
        The participant's, where the study has several and they have no place yet.
    operator : str
        Who runs the session, for the study's ledger.

    Returns
    -------
    PreparedSession

    Raises
    ------
    UserError
        As `prepare_session` and `Study.enrol`. The participant's place is not taken then.
    """
    check_participant(participant)
    with study.enrol(
        participant,
        station_key=station_key,
        stratum=stratum,
        operator=operator,
        now=started,
        claims=claimed_places(root, study.identity),
    ) as entry:
        session = prepare_session(
            source,
            study.spec,
            root=root,
            participant=participant,
            started=started,
            bads=bads,
            enrolment=entry.enrolment,
            second=second,
        )
        try:
            entry.take(str(session.recorder.path.relative_to(session.recorder.layout.root)))
        except BaseException:
            session.recorder.finalize("failed", later("the study could not record the session"))
            source.close()
            raise
    return session


def _concealed(enrolment: Enrolment, spec: ProtocolSpec) -> Concealed:
    text, target = assignment_to_text(enrolment.assignment), target_of(spec)
    n_parts = len(target.conditions) + len(target.inhibits)
    return Concealed(enrolment.in_the_open(), enrolment.seal, text, enrolment.place_key, n_parts)
