"""Whole sessions on disk to summarise: trained, steered by an operator, or blinded."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.events import Event, EventKind
from neurofeedback.protocols.commands import Command
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.offline import chunks_of
from neurofeedback.session.prepare import PreparedSession, prepare_session, prepare_study_session
from neurofeedback.session.sink import Frames
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_station_key

STARTED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
CHANNELS = ("F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2")


def protocol(**changes: Any) -> ProtocolSpec:
    """Return a short protocol that trains asymmetry in three rounds."""
    fields = load_protocol("faa-up").model_dump(mode="json")
    fields["blocks"] = [
        {"kind": "baseline", "seconds": 20.0},
        {"kind": "train", "seconds": 35.0, "repeat": 3, "rest": 3.0},
        {"kind": "transfer", "seconds": 10.0},
    ]
    return ProtocolSpec.model_validate({**fields, **changes})


def person(seconds: float = 200.0, seed: int = 5) -> SyntheticSource:
    return SyntheticSource(
        ch_names=CHANNELS,
        sfreq=128.0,
        seed=seed,
        seconds=seconds,
        speed=math.inf,
        chunk_seconds=0.25,
        learner=True,
    )


def run(
    session: PreparedSession,
    commands: Mapping[float, Command] | None = None,
    notes: Mapping[float, str] | None = None,
    *,
    finish: bool = True,
    ended: tuple[str, str] = ("completed", "end of the protocol"),
) -> Path:
    """Run a session to its end; return its folder.

    Parameters
    ----------
    commands, notes : mapping
        By the second from which on.
    finish : bool
        Otherwise it is left as one that was killed.
    ended : (str, str)
        Status and reason that are put down at the end.
    """
    waiting, written = dict(commands or {}), dict(notes or {})
    recorder, engine = session.recorder, session.engine
    for chunk in chunks_of(session.source):
        now = chunk.first_sample / session.info.sfreq
        for second in [s for s in waiting if s <= now]:
            event = engine.apply(waiting.pop(second))
            recorder.append([event] if event is not None else [])
        recorder.append([chunk])
        result = engine.step(chunk)
        recorder.append([Frames(result.features, result.feedback), *result.events])
        for second in [s for s in written if s <= now]:
            details = {"text": written.pop(second)}
            at, time = chunk.stop_sample - 1, float(chunk.timestamps[-1])
            recorder.append([Event(EventKind.OPERATOR_NOTE, at, time, details)])
        if engine.finished:
            break
    if finish:
        recorder.finalize(*ended)
    else:
        recorder.abandon()
    return recorder.path


def trained(
    root: Path, spec: ProtocolSpec | None = None, *, seconds: float = 200.0, **options: Any
) -> Path:
    """Record a session of `protocol`, or another; see `run`."""
    prepared = prepare_session(
        person(seconds), spec or protocol(), root=root, participant="P01", started=STARTED
    )
    return run(prepared, **options)


def blinded(root: Path) -> Path:
    """Record a session of a study with concealed arms."""
    spec = protocol(control={"kind": "time-shifted", "shift": 15.0})
    study = Study.create(
        root / "study",
        "Sunrise trial",
        spec,
        strata=[],
        size=4,
        blocks=[4],
        seed=11,
        station_key=root / "station.key",
        unblinding_key=root / "keeper" / "unblind.pem",
        passphrase="correct horse",
        now=STARTED,
    )
    session = prepare_study_session(
        person(), study, root=root / "data", participant="P01", started=STARTED,
        station_key=load_station_key(root / "station.key"),
    )  # fmt: skip
    return run(session)
