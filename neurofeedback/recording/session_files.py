"""The open files of a session that is being recorded.

Responsible for making every file of a session, complete with headers, descriptions and the dataset
around it, and for syncing and closing them. Not responsible for what is appended.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurofeedback.events import Event
from neurofeedback.recording import bids, brainvision, tables
from neurofeedback.recording.concealment import ASSIGNMENT, Concealed
from neurofeedback.recording.files import (
    AppendFile,
    all_or_nothing,
    replace_text,
    sync_folder,
    to_bytes,
)
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.sealed import SealedFile
from neurofeedback.recording.start import SessionStart


class SessionFiles:
    """Everything that is appended to during a session.

    Parameters
    ----------
    layout : SessionLayout
        Its folders exist; nothing has been recorded there.
    start : SessionStart
        What the headers say.
    first_event : Event
        First line of the log.
    concealed : Concealed or None
        Given for a session whose arm is concealed.

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
        first_event: Event,
        concealed: Concealed | None = None,
    ) -> None:
        self.sealed: SealedFile | None = None
        self._open_files: list[AppendFile] = []
        self._n_markers = 1
        try:
            self._create(layout, start)
            if concealed is not None:
                self.sealed = SealedFile(layout.sealed, concealed.seal)
                self._open_files.insert(0, self.sealed.file)
                self.sealed.append([f"{ASSIGNMENT} {concealed.assignment}"])
            self.append_log(first_event)
            self.sync()
            for folder in (layout.eeg_dir, layout.derivatives_dir, layout.root):
                sync_folder(folder)
        except BaseException:
            self.close()
            raise

    def _create(self, layout: SessionLayout, start: SessionStart) -> None:
        bids.write_dataset(layout, start.versions)
        self.log = self._open(layout.log)  # Made exclusively: this keeps a second recorder out.
        replace_text(layout.protocol, start.to_json())
        header = brainvision.header_text(start.stream, layout.eeg.name, layout.vmrk.name)
        replace_text(layout.vhdr, header)
        bids.write_sidecars(layout, start)
        columns = tables.feedback_columns(start.descriptors)
        self.times = self._open(layout.times)
        # An empty data file is an error in BIDS; none, as long as there is no data, is not.
        self.raw = AppendFile(layout.eeg, late=True)
        self._open_files.append(self.raw)
        self.markers = self._open(
            layout.vmrk, brainvision.markers_head(layout.eeg.name, start.started)
        )
        self.events = self._open(layout.events, tables.row(tables.EVENT_COLUMNS))
        self.feedback = self._open(layout.feedback, tables.row(columns))
        self.display = self._open(layout.display, tables.row(tables.DISPLAY_COLUMNS))
        self.chunks = self._open(layout.chunks, tables.row(tables.CHUNK_COLUMNS))

    def _open(self, path: Path, head: str = "") -> AppendFile:
        file = AppendFile(path, head.encode())
        self._open_files.append(file)
        return file

    def append_log(self, event: Event) -> None:
        """Append an event to the session log."""
        self.log.append(to_bytes(f"{event.to_json()}\n"))

    def append_marker(self, kind: str, description: str, position: int) -> None:
        """Append a BrainVision marker at a sample of the data file (from 0)."""
        line = brainvision.marker_line(self._n_markers + 1, kind, description, position)
        self.markers.append_line_committed(line)
        self._n_markers += 1

    @contextmanager
    def all_or_nothing(self, *files: AppendFile) -> Iterator[None]:
        """Take back what the body appended to `files` and to the markers when it fails."""
        n_markers = self._n_markers
        try:
            with all_or_nothing(*files, self.markers):
                yield
        except BaseException:
            self._n_markers = n_markers
            raise

    def sync(self) -> None:
        """Wait until all bytes are on the disk; the table of chunks, which vouches, comes last.

        Raises
        ------
        RecordingError
            If the disk does not take them.
        """
        for file in self._open_files:
            file.sync()

    def close(self) -> None:
        """Close all files. May be called twice."""
        for file in self._open_files:
            file.close()
