"""A session, written as it runs, wherever there is a disk that takes it.

Responsible for what is acknowledged staying safe when a disk fails: for going on in a second place,
for saying so, and for warning before a disk is full. Not responsible for the files themselves
(`recording.write.part`), for threads, for calling `SessionRecorder.sync` each second, nor for what
is recorded.

Where the second place begins: at the last moment at which the first disk had confirmed everything.
What was recorded since is kept in memory for that purpose, and said again. So the two together are
the session whatever the first disk made of its last second; `recording.repair.join` puts them
together. If the first files were removed altogether, all that was written to them is copied
instead, from the files that are still open. See docs/decisions/0009.

Longer than most modules: going on in a second place touches every step of writing, and is right
only as a whole.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, FeatureDescriptor, StreamInfo
from neurofeedback.recording.concealment import Concealed
from neurofeedback.recording.files import (
    MIN_FREE_BYTES,
    RecordingError,
    check_free_space,
    make_folders,
    why,
)
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.write.batch import Frames, Progress, Record
from neurofeedback.recording.write.elsewhere import new_folder, note_moved
from neurofeedback.recording.write.part import SessionPart
from neurofeedback.recording.write.space import bytes_per_second, space_warning
from neurofeedback.recording.write.start import Continues, SessionStart
from neurofeedback.words.message import Message, joined

__all__ = ["Frames", "RecordingError", "SessionRecorder"]

# Samples that wait for the disk to confirm them; beyond that `append` waits as well.
UNSAFE_BYTES = 64_000_000


class SessionRecorder:
    """Writes one session. All methods may be called from any thread.

    They may wait for a disk, so a screen should not call them.

    Parameters
    ----------
    layout : SessionLayout
        As made by `SessionLayout.new`; nothing may have been recorded to it.
    info : StreamInfo
        The stream.
    protocol : mapping
        The whole protocol as plain JSON types.
    protocol_name, protocol_hash : str
        Its name and what identifies its meaning.
    descriptors : sequence of FeatureDescriptor
        The feature columns, in order.
    versions : mapping
        Name to version of the program and of the libraries that compute.
    started : datetime
        Wall clock at the start, with time zone.
    bads : sequence of str
        Channels marked bad.
    impedances : mapping of str to float, optional
        Of electrodes, as measured before the start, ohm.
    expected_seconds : float
        How long the session may take; it is refused when there is no space for that.
    concealed : Concealed or None
        For a session whose arm must not be known: what tells it is sealed.
    second : Path or None
        Folder in which the recording goes on when the first disk fails; None for nowhere.
    resumed : Progress or None
        Where the session stands, if it was cut and is gone on with; see `recording.repair.reopen`.

    Raises
    ------
    UserError
        If the session holds a recording already, its folder cannot be written, or space is short.
    """

    def __init__(
        self,
        layout: SessionLayout,
        info: StreamInfo,
        protocol: Mapping[str, Any],
        *,
        protocol_name: str,
        protocol_hash: str,
        descriptors: Sequence[FeatureDescriptor],
        versions: Mapping[str, str],
        started: datetime,
        bads: Sequence[str] = (),
        impedances: Mapping[str, float] | None = None,
        expected_seconds: float = 0.0,
        concealed: Concealed | None = None,
        second: Path | None = None,
        resumed: Progress | None = None,
        layers: bool = True,
    ) -> None:
        self.start = SessionStart(
            protocol_name=protocol_name,
            protocol_hash=protocol_hash,
            protocol=protocol,
            stream=info,
            descriptors=tuple(descriptors),
            versions=versions,
            bads=tuple(bads),
            started=started,
            study=None if concealed is None else concealed.study,
            impedances=impedances or {},
            layers=layers,
        )
        done = 0.0 if resumed is None else resumed.n_samples / info.sfreq
        to_come = max(0.0, expected_seconds - done)
        self._parts = [_first_part(layout, self.start, concealed, to_come, resumed)]
        self._safe = self._part.progress
        self._expected_seconds = expected_seconds
        self._second = second
        self._lock = threading.RLock()
        self._closed = False
        self._unsafe: list[Record] = []
        self._unsafe_bytes = 0
        self._unwritten: Message | None = None
        self._unsynced: Message | None = None
        self._elsewhere: Message | None = None
        self._short: Message | None = None

    @property
    def layout(self) -> SessionLayout:
        """Where the session is being recorded now."""
        return self._part.layout

    @property
    def path(self) -> Path:
        """Folder of the session, where it is being recorded now."""
        return self.layout.session_dir

    @property
    def places(self) -> tuple[Path, ...]:
        """Folders of the session: the first, and the second where it goes on."""
        return tuple(part.layout.session_dir for part in self._parts)

    @property
    def n_samples(self) -> int:
        """Samples acknowledged so far."""
        first, now = self._parts[0].progress, self._part.progress
        if len(self._parts) == 1 or first.origin is None:
            return now.n_samples
        return max(first.next_sample, now.next_sample) - first.origin

    @property
    def alarm(self) -> Message | None:
        """What is wrong with the recording now, in one or two sentences; None when nothing is."""
        failing = self._unwritten or self._unsynced
        return failing or joined(filter(None, (self._elsewhere, self._short))) or None

    def append(self, records: Sequence[Record]) -> None:
        """Append records, in the order in which they came to be.

        When this returns they are acknowledged: they survive the end of the program.

        Parameters
        ----------
        records : sequence of Chunk, Frames, Event or DisplayRow
            Chunks follow on from each other by sample number; empty ones are passed over.

        Raises
        ------
        RecordingError
            If no disk takes them. None of them is acknowledged, and the call may be repeated.
        ValueError
            If one does not fit; see `Page.add`.
        """
        if not records:
            return
        with self._lock:
            self._wherever(lambda part: part.append(records))
            self._unsafe += records
            self._unsafe_bytes += sum(r.data.nbytes for r in records if isinstance(r, Chunk))
        if self._unsafe_bytes > UNSAFE_BYTES:
            self.sync()

    def poll(self) -> None:
        """Notice that the files were removed or moved away, and go on in the second place then.

        Raises
        ------
        RecordingError
            If there is none; `alarm` says so too.
        """
        part = self._part
        if not self._closed and part.vanished:
            self._lost(part, part.gone())

    def sync(self) -> None:
        """Wait until everything appended so far is on the disk; appending goes on meanwhile.

        Raises
        ------
        RecordingError
            If no disk takes it.
        """
        with self._lock:
            if self._closed:
                return
            part, progress, n = self._part, self._part.progress, len(self._unsafe)
        try:
            part.sync()
        except RecordingError as error:
            self._lost(part, error)
            return
        with self._lock:
            if part is self._part:
                self._is_safe(n, progress)
                self._unsynced = None
        self._short = self._space_warning(part)

    def finalize(self, status: str, reason: str = "") -> None:
        """Write SessionStopped, finish the headers and close. Further calls do nothing.

        Parameters
        ----------
        status : str
            ``completed``, ``stopped`` or ``failed``.
        reason : str
            Why, for people.

        Raises
        ------
        RecordingError
            If that could not be written; the files are closed all the same. Without its
            SessionStopped the session reads as one that crashed.
        """
        with self._lock:
            if self._closed:
                return
            try:
                self._wherever(lambda part: part.end(status, reason))
                self._part.describe()
            finally:
                self.abandon()

    def abandon(self) -> None:
        """Let go of the files without ending the session, as the end of the program would."""
        with self._lock:
            self._closed = True
            for part in self._parts:
                part.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.finalize("completed")
        else:
            with suppress(RecordingError):
                self.finalize("failed", f"{type(error).__name__}: {error}")

    @property
    def _part(self) -> SessionPart:
        return self._parts[-1]

    def _wherever(self, write: Callable[[SessionPart], None]) -> None:
        """Write to the first place or, if that fails, to the second."""
        if self._closed:
            raise RecordingError("{path} is closed: the recording has ended.", path=self.path)
        try:
            write(self._part)
        except RecordingError as error:
            self._unwritten = error.message
            self._go_elsewhere(error)
            write(self._part)
        self._unwritten = None

    def _lost(self, part: SessionPart, error: RecordingError) -> None:
        """Go on elsewhere because a part does not keep what it was given."""
        with self._lock:
            if part is self._part and not self._closed:
                self._unsynced = error.message
                self._go_elsewhere(error)

    def _go_elsewhere(self, error: RecordingError) -> None:
        """Begin a part in the second place; raises RecordingError where that is impossible."""
        if self._second is None or len(self._parts) > 1:
            raise error
        try:
            part = self._second_part(self._second)
        except (OSError, UserError, RecordingError) as second:
            cause = why(second) if isinstance(second, OSError) else second.message
            self._unwritten = Message(
                "{failure} It cannot go on in {folder} either: {cause}",
                failure=error,
                folder=self._second,
                cause=cause,
            )
            raise RecordingError(self._unwritten) from error
        self._parts.append(part)  # the first keeps its lock until the end
        self._is_safe(len(self._unsafe), part.progress)
        self._unsynced = None
        self._elsewhere = Message(
            "{failure} The recording goes on in {folder}.",
            failure=error,
            folder=part.layout.session_dir,
        )

    def _second_part(self, second: Path) -> SessionPart:
        first = self._part
        folder = new_folder(second, self.start, first.layout)
        try:
            if first.vanished:
                note_moved(folder, first.layout)
                layout = replace(first.layout, root=folder)
                return _new_part(layout, self.start, first, ())
            layout = replace(first.layout, root=folder, run=first.layout.run + 1)
            start = replace(self.start, continues=self._continues())
            return _new_part(layout, start, first, self._unsafe)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _continues(self) -> Continues:
        safe = self._safe
        return Continues(
            session=str(self.layout.session_dir),
            run=self.layout.run,
            n_chunks=safe.n_chunks,
            n_frames=safe.n_frames,
            n_events=safe.n_events,
            n_displayed=safe.n_displayed,
        )

    def _is_safe(self, n_records: int, progress: Progress) -> None:
        del self._unsafe[:n_records]
        self._unsafe_bytes = sum(r.data.nbytes for r in self._unsafe if isinstance(r, Chunk))
        self._safe = progress

    def _space_warning(self, part: SessionPart) -> Message | None:
        info = self.start.stream
        secret = self.start.study is not None
        rate = bytes_per_second(info, len(self.start.descriptors), concealed=secret)
        to_come = self._expected_seconds - self.n_samples / info.sfreq
        return space_warning(part.layout.root, rate, to_come)


def _first_part(
    layout: SessionLayout,
    start: SessionStart,
    concealed: Concealed | None,
    seconds: float,
    resumed: Progress | None,
) -> SessionPart:
    rate = bytes_per_second(start.stream, len(start.descriptors), concealed=start.study is not None)
    try:
        check_free_space(layout.root, max(MIN_FREE_BYTES, int(seconds * rate)))
        return SessionPart(layout, start, concealed, resumed=resumed)
    except FileExistsError as error:
        raise UserError(
            "{folder} already contains a recording; use a new session number.",
            folder=layout.session_dir,
        ) from error
    except OSError as error:
        raise UserError(
            "Nothing can be recorded in {folder}: {reason}.",
            folder=layout.session_dir, reason=why(error),
        ) from error  # fmt: skip
    except RecordingError as error:
        raise UserError(
            "Nothing can be recorded in {folder}: {failure}",
            folder=layout.session_dir, failure=error,
        ) from error  # fmt: skip
    except UserError:
        layout.remove_empty()
        raise


def _new_part(
    layout: SessionLayout, start: SessionStart, before: SessionPart, records: Sequence[Record]
) -> SessionPart:
    make_folders(layout.eeg_dir)
    make_folders(layout.derivatives_dir)
    part = SessionPart(layout, start, before=before)
    try:
        part.append(records, again=True)
        part.sync()
    except BaseException:
        part.close()
        raise
    return part
