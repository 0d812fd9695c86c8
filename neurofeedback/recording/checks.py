"""Whether the files of a session are as they were written.

Responsible for finding damage by reading alone. Not responsible for mending it, nor for whether
the engine would compute the same again (`session`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.recording.brainvision import header_text
from neurofeedback.recording.reader import DamagedSession, SessionReader, complete_lines
from neurofeedback.recording.tables import number


def check_files(path: Path | str) -> list[str]:
    """Look for damage in every file of a session.

    Checked are: the checksum of each chunk's samples and of their times; that chunks follow on and
    agree with their rows; that the header describes the recorded stream; that each line of the
    log, the feedback and the display table can be read; and for a session that was finished, that
    nothing is missing, torn or left over.

    Not damage: a session that was killed may end in torn lines and bytes that no row vouches for;
    see `SessionReader.beyond`.

    Parameters
    ----------
    path : path-like
        As for `SessionReader`.

    Returns
    -------
    list of str
        A sentence for each problem; empty when all is well.

    Raises
    ------
    UserError
        If it is no session of this program.
    """
    try:
        reader = SessionReader(path)
    except DamagedSession as error:
        return [str(error)]
    problems = [*_missing_files(reader), *reader.damage, *_chunk_problems(reader)]
    readers: tuple[Callable[[], object], ...] = (
        reader.events,
        reader.feedback_rows,
        reader.display_rows,
    )
    for read in readers:
        try:
            read()
        except UserError as error:
            problems.append(str(error))
    problems += _header_problems(reader)
    stopped = reader.stopped
    if stopped is not None:
        problems += reader.beyond
        problems += _count_problems(reader, stopped.details.get("n_samples"))
    return problems


def _missing_files(reader: SessionReader) -> list[str]:
    layout = reader.layout
    needed = [layout.times, layout.chunks, layout.vhdr, layout.vmrk, layout.events,
              layout.feedback, layout.display, layout.log]  # fmt: skip
    if reader.n_acknowledged:  # The data file is made with the first chunk.
        needed.append(layout.eeg)
    return [f"{path} is missing." for path in needed if not path.exists()]


def _chunk_problems(reader: SessionReader) -> list[str]:
    problems = []
    expected = None
    for index, row in enumerate(reader.chunk_rows):
        if expected is not None and row.first_sample != expected:
            problems.append(
                f"{reader.chunk_name(index)} does not follow on: {expected} would be next."
            )
        expected = row.stop_sample
        try:
            chunk = reader.read_chunk(index)
        except DamagedSession as error:
            problems.append(str(error))
        else:
            ends = chunk.timestamps[0], chunk.timestamps[-1]
            if [*map(number, ends)] != [*map(number, (row.first_time, row.last_time))]:
                problems.append(f"{reader.chunk_name(index)}: its times differ from its row.")
    return problems


def _header_problems(reader: SessionReader) -> list[str]:
    layout = reader.layout
    wanted = header_text(reader.info, layout.eeg.name, layout.vmrk.name)
    if layout.vhdr.exists() and "\n".join([*complete_lines(layout.vhdr), ""]) != wanted:
        return [f"{layout.vhdr} does not describe the recorded stream."]
    return []


def _count_problems(reader: SessionReader, n_samples: object) -> list[str]:
    if n_samples == reader.n_samples:
        return []
    return [f"{reader.layout.log} tells of {n_samples} samples, there are {reader.n_samples}."]
