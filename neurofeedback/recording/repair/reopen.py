"""Going on with the files of a session that was cut.

Responsible for putting such a session in order without ending it, and for a recorder that appends
to its files. Not responsible for the engine, which must be brought to the same place
(`session.resume`), nor for whether it should be gone on with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.glance import was_starved
from neurofeedback.recording.read.lines import read_log, read_table
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.recording.repair.compose import Content
from neurofeedback.recording.repair.salvage import Progress, salvage
from neurofeedback.recording.repair.tidy import carry_out, locked, refusing, unended_changes
from neurofeedback.recording.write.batch import Progress as Standing
from neurofeedback.recording.write.writer import SessionRecorder
from neurofeedback.words.message import Message


@dataclass(frozen=True, slots=True)
class CutSession:
    """A session that was cut, in order as far as it goes.

    Parameters
    ----------
    reader : SessionReader
        Gives its samples back.
    content : Content
        What else it says; without ending.
    originals : Path or None
        Folder that keeps what was cut off; None if nothing was.
    """

    reader: SessionReader
    content: Content
    originals: Path | None

    def recorder(
        self, *, expected_seconds: float = 0.0, second: Path | None = None
    ) -> SessionRecorder:
        """Return a recorder that appends to it.

        Parameters
        ----------
        expected_seconds : float
            How long the session may take in all.
        second : Path or None
            Where the recording goes on when its disk fails; None for nowhere.

        Raises
        ------
        UserError
            If the files cannot be opened, another program records the session, or space is short.
        """
        layout, start = self.reader.layout, self.content.start
        return SessionRecorder(
            layout,
            start.stream,
            start.protocol,
            protocol_name=start.protocol_name,
            protocol_hash=start.protocol_hash,
            descriptors=start.descriptors,
            versions=start.versions,
            started=start.started,
            bads=start.bads,
            impedances=start.impedances,
            expected_seconds=expected_seconds,
            second=second,
            resumed=_standing(layout, self.content),
            layers=start.layers,
        )


def reopen_session(layout: SessionLayout, progress: Progress = lambda done: None) -> CutSession:
    """Put a session that was cut in order, so that it can be gone on with.

    What cannot be trusted is cut off and kept, as `recover_session` does; only no end is written.
    One that was ended for want of samples loses its end.

    Parameters
    ----------
    layout : SessionLayout
        The session.
    progress : callable
        Called with the share that is done.

    Raises
    ------
    UserError
        If the session was ended otherwise, is being recorded now, belongs to a study, lies in two
        places or has no sample; or if it cannot be read or written.
    """
    with refusing(layout), locked(layout):
        kept = salvage(layout, progress)
        reason = _why_not(kept.content)
        stopped = SessionReader(layout, kept.content.start).stopped
        if was_starved(stopped):
            kept = replace(kept, content=replace(kept.content, ending=None))
        elif reason is None and stopped is not None:
            reason = Message("it was ended")
        if reason is not None:
            raise UserError(
                "{folder} cannot be resumed: {reason}.", folder=layout.session_dir, reason=reason
            )
        changes = unended_changes(layout, kept)
        originals = carry_out(layout, changes) if changes else None
    return CutSession(SessionReader(layout, kept.content.start), kept.content, originals)


def _why_not(content: Content) -> Message | None:
    if content.start.study is not None:
        return Message(
            "it belongs to a study, and the key that sealed its feedback ended with the program; "
            "finish it"
        )
    if content.start.continues is not None:
        return Message("it is the second part of another session; finish that")
    if not content.rows:
        return Message("it has no sample yet; start a new session")
    return None


def _standing(layout: SessionLayout, content: Content) -> Standing:
    """Return where the writing of a session in order stands."""
    markers = layout.vmrk.read_bytes().split(b"\n")
    tables = {"feedback": layout.feedback, "display": layout.display, "chunks": layout.chunks}
    return replace(
        content.progress,
        n_events=len(content.events) + 1,
        n_markers=sum(line.startswith(b"Mk") for line in markers),
        crcs={
            "log": read_log(layout.log).crc,
            **{name: read_table(path).crc for name, path in tables.items()},
        },
    )
