"""A recorded session as a donor for the yoked control of others.

Responsible for running a recorded session through the engine and keeping what crosses the feedback
boundary. Not responsible for the pool (`study.donors`) nor for feeding it back
(`protocols.run.control`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Boundary
from neurofeedback.protocols.run.donor import Donor, Listening, check_donor, measures_of
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.checks import check_files
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.session.engine import SessionEngine
from neurofeedback.session.verification.rerun import logged_commands, with_commands
from neurofeedback.signal.power.prior import recorded_prior


def donor_of_session(
    path: Path, spec: ProtocolSpec, progress: Callable[[int, int], None] | None = None
) -> Donor:
    """Make a donor of a session.

    The recorded samples and commands run through the protocol of the study, whatever arm the
    session was in: a donor's values are always its own brain's.

    Parameters
    ----------
    path : Path
        A recorded session.
    spec : ProtocolSpec
        The protocol of the study.
    progress : callable or None
        Called with the samples done and the samples in all.

    Returns
    -------
    Donor

    Raises
    ------
    UserError
        If the session is damaged, was recorded with other measures, or is too short.
    """
    reader = SessionReader(path)
    name = f"sub-{reader.layout.participant}_ses-{reader.layout.session:02d}"
    problems = check_files(path)
    if problems:
        raise UserError("{name} cannot be a donor: {problem}", name=name, problem=problems[0])
    recorded = ProtocolSpec.model_validate(reader.start.protocol)
    if measures_of(recorded) != measures_of(spec):
        raise UserError(
            "{name} was recorded with the protocol {recorded!r}, whose features differ "
            "from those of {protocol!r}; use sessions of the same protocol.",
            name=name,
            recorded=recorded.name,
            protocol=spec.name,
        )
    heard = Listening()
    engine = SessionEngine(
        reader.info,
        recorded,
        reader.start.bads,
        boundary=Boundary(heard, Listening()),
        prior=recorded_prior(reader.start.versions),
    )
    commands = logged_commands(reader.events())
    done = 0
    for chunk in with_commands(reader.iter_chunks(), commands, engine):
        engine.step(chunk)
        done += chunk.n_times
        if progress is not None:
            progress(done, reader.n_samples)
    frame_seconds = engine.hop / reader.info.sfreq
    donor = heard.donor(name, measures_of(spec), frame_seconds)
    check_donor(donor, spec, frame_seconds)
    return donor
