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

import neurofeedback
from neurofeedback.acquisition.source import Source
from neurofeedback.frames import StreamInfo
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.layout import SessionLayout, check_participant
from neurofeedback.recording.writer import SessionRecorder
from neurofeedback.session.engine import SessionEngine


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
    """

    source: Source
    info: StreamInfo
    spec: ProtocolSpec
    engine: SessionEngine
    recorder: SessionRecorder


def versions() -> dict[str, str]:
    """Return the versions on which the bits of a result may depend, name to version."""
    return {
        "neurofeedback": neurofeedback.__version__,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "mne": version("mne"),
        "machine": platform.machine(),
        "system": platform.system(),
    }


def prepare_session(
    source: Source,
    spec: ProtocolSpec,
    *,
    root: Path,
    participant: str,
    started: datetime,
    bads: Sequence[str] = (),
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
        engine = SessionEngine(info, spec, bads)
        layout = SessionLayout.new(root, participant, spec.name)
        recorder = SessionRecorder(
            layout,
            info,
            spec.model_dump(mode="json"),
            protocol_name=spec.name,
            protocol_hash=spec.hash,
            descriptors=engine.descriptors,
            versions=versions(),
            started=started,
            bads=bads,
            expected_seconds=sum(block.seconds for block in spec.iter_blocks()),
        )
    except BaseException:
        source.close()
        raise
    return PreparedSession(source, info, spec, engine, recorder)
