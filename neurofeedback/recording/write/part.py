"""The files of a session at one place, while they are written.

Responsible for making every file, with headers, descriptions and the dataset around it; for
appending, syncing and finishing; and for the lock that keeps a second writer out. Not responsible
for what to do when a disk fails (`recording.write.writer`).

What is acknowledged: a chunk counts from the moment its row in ``chunks.tsv`` has its line break;
its times and samples are written before. Bytes beyond the last row belong to a chunk that was being
written when the program ended.

Longer than most modules: every file of a session, whose order on disk is what makes it safe.
"""

from __future__ import annotations

import math
import threading
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from neurofeedback.events import Event, EventKind
from neurofeedback.recording import brainvision, tables
from neurofeedback.recording.concealment import Concealed
from neurofeedback.recording.files import (
    RecordingError,
    replace_text,
    sync_folder,
    take_lock,
    to_bytes,
    why,
)
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.lines import header_line
from neurofeedback.recording.sealed import SealedFile
from neurofeedback.recording.sealed_samples import SampleCipher
from neurofeedback.recording.write import bids
from neurofeedback.recording.write.append_file import AppendFile, all_or_nothing
from neurofeedback.recording.write.batch import Page, Progress, Record
from neurofeedback.recording.write.start import SessionStart


class SessionPart:
    """A session, or the part of one that is recorded at this place.

    Its methods may be called from any thread.

    Parameters
    ----------
    layout : SessionLayout
        Its folders exist; nothing has been recorded there.
    start : SessionStart
        What the headers say.
    concealed : Concealed or None
        Given for a session whose arm is concealed, where `before` is not.
    before : SessionPart or None
        The part that this one goes on from: either `start` says where, or (for the same start and
        file names) this one begins with all of its bytes.
    resumed : Progress or None
        Where the session stands that is here already, is in order and was never ended; it is
        gone on with.

    Raises
    ------
    FileExistsError
        If there is a recording.
    OSError, RecordingError
        If something cannot be written.
    UserError
        If the dataset around it is not one.
    """

    def __init__(
        self,
        layout: SessionLayout,
        start: SessionStart,
        concealed: Concealed | None = None,
        *,
        before: SessionPart | None = None,
        resumed: Progress | None = None,
    ) -> None:
        self.layout = layout
        self.start = start
        self.files: dict[str, AppendFile] = {}
        self.sealed: SealedFile | None = None
        self._progress = Progress()
        self._append_lock = threading.Lock()
        self._sync_lock = threading.Lock()
        self._closed = False
        try:
            if resumed is None:
                self._create(concealed, before)
            else:
                self._reopen(resumed)
            self._sync_files()
            _sync_folders(layout)
        except BaseException:
            self.close()
            raise

    @property
    def progress(self) -> Progress:
        """Where the writing stands, as a copy."""
        with self._append_lock:
            return self._progress.copy()

    @property
    def vanished(self) -> bool:
        """Whether a file was removed or moved away, so that what is appended ends up nowhere."""
        with self._sync_lock:
            return any(file.vanished for file in self.files.values())

    def append(self, records: Iterable[Record], *, again: bool = False) -> None:
        """Append records; when this returns they survive the end of the program.

        Parameters
        ----------
        records : iterable of Record
            In order.
        again : bool
            Whether the sealed file, which goes on as a whole, has them from the part before.

        Raises
        ------
        RecordingError
            If they could not all be written; then none was, and the call may be repeated.
        ValueError
            If a record does not fit; see `Page.add`.
        """
        with self._append_lock:
            page = self._page()
            for record in records:
                page.add(record)
            self._append_page(page, sealed=not again)

    def sync(self) -> None:
        """Wait until everything appended so far is on the disk; appending goes on meanwhile.

        Raises
        ------
        RecordingError
            If the disk does not take it, or the files are no longer there.
        """
        if self.vanished:
            raise self.gone()
        self._sync_files()

    def gone(self) -> RecordingError:
        """Return what to raise where the files have `vanished`."""
        return RecordingError("{folder} was removed or moved away.", folder=self.layout.session_dir)

    def end(self, status: str, reason: str) -> None:
        """Write SessionStopped, which says how long everything is.

        Raises
        ------
        RecordingError
            If it could not be written. Without it the session reads as one that crashed.
        """
        with self._append_lock:
            self._sync_files()
            page = self._page()
            text = final_recording_json(self.start, self._progress)
            files = {self.layout.recording.name: checksum(text)}
            if self.sealed is not None:
                files[self.layout.sealed.name] = self.sealed.checksum
            page.add_event(stopped_event(self._progress, status, reason, files))
            self._append_page(page)
            self._sync_files()

    def describe(self) -> None:
        """Finish the sidecar of the raw data.

        Raises
        ------
        RecordingError
            If it could not be written.
        """
        text = final_recording_json(self.start, self._progress)
        try:
            replace_text(self.layout.recording, text)
        except OSError as error:
            raise RecordingError(
                "The description of {folder} could not be finished: {reason}; 'neurofeedback "
                "recover' does it later.",
                folder=self.layout.session_dir,
                reason=why(error),
            ) from error

    def close(self) -> None:
        """Close all files and give back the lock. May be called twice."""
        with self._sync_lock:
            self._closed = True
            for file in self.files.values():
                file.close()

    def _create(self, concealed: Concealed | None, before: SessionPart | None) -> None:
        layout, start = self.layout, self.start
        moved = before if start.continues is None else None
        bids.write_dataset(layout, start.versions)
        # The log first, and exclusively: that and its lock keep others out.
        self.files["log"] = log = _begin(layout.log, moved, "log")
        if not take_lock(log.fileno()):
            raise RecordingError(
                "{folder} is locked by another program.", folder=layout.session_dir
            )
        written = small_files(layout, start)
        for path, text in written.items():
            replace_text(path, text)
        heads, crcs = _heads(layout, start)
        for name, (path, head) in heads.items():
            self.files[name] = _begin(path, moved, name, head)
        if before is not None and before.sealed is not None:
            self.sealed = before.sealed.continued(layout.sealed)
            self.files["sealed"] = self.sealed.file
        elif concealed is not None:
            self.sealed = SealedFile(layout.sealed, concealed.seal, concealed.width_of)
            self.files["sealed"] = self.sealed.file
            self.sealed.append(
                concealed.first_lines(self.sealed.head, layout.participant, start.started)
            )
        if moved is not None:
            self._progress = moved.progress
            return
        self._progress.crcs = crcs
        page = self._page()
        page.add_event(started_event(layout, start, written))
        self._append_page(page)

    def _reopen(self, progress: Progress) -> None:
        self.files["log"] = log = AppendFile.reopened(self.layout.log)
        if not take_lock(log.fileno()):
            raise RecordingError(
                "{folder} is locked by another program.", folder=self.layout.session_dir
            )
        for name, (path, head) in _heads(self.layout, self.start)[0].items():
            self.files[name] = AppendFile.reopened(path, late=head is None)
        self._progress = progress

    def _page(self) -> Page:
        cipher = None
        if self.sealed is not None and self.start.samples_sealed:
            cipher = SampleCipher(self.sealed.samples_key, 4 * self.start.stream.n_channels)
        return Page(self.start, self._progress, concealed=self.sealed is not None, cipher=cipher)

    def _append_page(self, page: Page, *, sealed: bool = True) -> None:
        files = self.files
        names = [name for name, data in page.added.items() if data]
        with all_or_nothing(*[files[name] for name in names], files["markers"]):
            for name in names:
                files[name].append(page.added[name])
            for line in page.markers:
                files["markers"].append_line_committed(line)
            if self.sealed is not None and sealed:  # last: it cannot be taken back
                self.sealed.append(page.sealed)
        self._progress = page.progress

    def _sync_files(self) -> None:
        with self._sync_lock:
            if not self._closed:
                for file in self.files.values():  # the table of chunks, which vouches, comes last
                    file.sync()


def _sync_folders(layout: SessionLayout) -> None:
    for folder in (layout.eeg_dir, layout.derivatives_dir):
        while folder != layout.root:
            sync_folder(folder)
            folder = folder.parent
    sync_folder(layout.root)
    sync_folder(layout.root.parent)


def small_files(layout: SessionLayout, start: SessionStart) -> dict[Path, str]:
    """Return the files that are whole before the first sample: path to text."""
    header = brainvision.header_text(
        start.stream, layout.eeg.name, layout.vmrk.name, sealed=start.samples_sealed
    )
    return {
        layout.protocol: start.to_json(),
        layout.vhdr: header,
        **bids.sidecars(layout, start),
    }


def checksum(text: str) -> str:
    """Return the CRC-32 of a small file as the log names it."""
    return f"{zlib.crc32(to_bytes(text)):08x}"


def started_event(layout: SessionLayout, start: SessionStart, written: Mapping[Path, str]) -> Event:
    """Return the first event of the log: all that is known, and what vouches for small files."""
    details = {
        "participant": layout.participant,
        "session": layout.session,
        "run": layout.run,
        **start.to_dict(),
        "files": {path.name: checksum(text) for path, text in written.items()},
    }
    return Event(EventKind.SESSION_STARTED, -1, math.nan, details)


def stopped_event(
    progress: Progress, status: str, reason: str, files: Mapping[str, str], **more: object
) -> Event:
    """Return the last event of the log: how it ended, how long everything is, and checksums."""
    details = {
        "status": status,
        "reason": reason,
        "n_samples": progress.n_samples,
        "n_chunks": progress.n_chunks,
        "n_frames": progress.n_frames,
        "n_displayed": progress.n_displayed,
        "files": dict(files),
        **more,
    }
    last = progress.next_sample - 1 if progress.n_samples else -1
    return Event(EventKind.SESSION_STOPPED, last, progress.last_time, details)


def final_recording_json(start: SessionStart, progress: Progress) -> str:
    """Return the sidecar of the raw data as it is when all is recorded."""
    duration = progress.n_samples / start.stream.sfreq
    return bids.recording_json(start, duration=duration, gaps=progress.n_gaps > 0)


def _heads(
    layout: SessionLayout, start: SessionStart
) -> tuple[dict[str, tuple[Path, bytes | None]], dict[str, int]]:
    """Return path and head of each growing file, and the checksums that the heads begin."""
    columns = start.feedback_columns
    heads, crcs = {}, {"log": 0}
    for name, header in (
        ("feedback", columns),
        ("display", start.display_columns),
        ("chunks", tables.CHUNK_COLUMNS),
    ):
        heads[name], crcs[name] = header_line(header)
    return {
        "times": (layout.times, b""),
        "raw": (layout.eeg, None),  # BIDS has no empty data file; it comes with the first chunk
        "markers": (
            layout.vmrk,
            brainvision.markers_head(layout.eeg.name, start.started).encode(),
        ),
        "events": (layout.events, tables.row(tables.EVENT_COLUMNS).encode()),
        "feedback": (layout.feedback, heads["feedback"]),
        "display": (layout.display, heads["display"]),
        "chunks": (layout.chunks, heads["chunks"]),
    }, crcs


def _begin(
    path: Path, moved: SessionPart | None, name: str, head: bytes | None = b""
) -> AppendFile:
    if moved is not None:
        return moved.files[name].copied_to(path)
    return AppendFile(path, head or b"", late=head is None)
