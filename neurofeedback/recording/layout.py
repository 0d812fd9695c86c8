"""Where everything of a session lies on disk.

Responsible for the names of folders and files, for refusing hostile ones, for taking the next free
session number and for finding a session again from any of its paths. Not responsible for the
content of any file.

Longer than most modules: mostly a path a property, each with what lies there.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.recording.files import (
    FOLDER_MODE,
    MIN_FREE_BYTES,
    check_free_space,
    make_folders,
    why,
)
from neurofeedback.words.message import Message

PIPELINE = "neurofeedback"

_PARTICIPANT = re.compile(r"[A-Za-z0-9]{1,32}")
_TASK = re.compile(r"[A-Za-z0-9]{1,64}")
_SESSION_DIR = re.compile(r"ses-(\d{2,6})")
_STEM = re.compile(r"sub-(?P<sub>[A-Za-z0-9]{1,32})_ses-(?P<ses>\d{2,6})"
                   r"_task-(?P<task>[A-Za-z0-9]{1,64})_run-(?P<run>\d{2,6})_.*")  # fmt: skip


@dataclass(frozen=True, slots=True)
class SessionLayout:
    """All paths of one session.

    Parameters
    ----------
    root : Path
        The BIDS dataset that the session belongs to.
    participant : str
        Code of 1 to 32 letters and digits, nothing else.
    session : int
        Session number, from 1.
    task : str
        Letters and digits; see `task_label`.
    run : int
        Run number, from 1.

    Raises
    ------
    UserError
        If the code or a label is not made of letters and digits, or a number is not positive.
    """

    root: Path
    participant: str
    session: int
    task: str
    run: int = 1

    def __post_init__(self) -> None:
        check_participant(self.participant)
        if not _TASK.fullmatch(self.task):
            raise UserError(
                "The task label {task!r} may contain only letters and digits.", task=self.task
            )
        if self.session < 1 or self.run < 1:
            raise UserError(
                "Session {session}, run {run}: numbers start at 1.",
                session=self.session,
                run=self.run,
            )

    @classmethod
    def new(
        cls, root: Path | str, participant: str, task: str, *, free_bytes: int = MIN_FREE_BYTES
    ) -> SessionLayout:
        """Take the next free session number of a participant and make its folders.

        Two writers never get the same number: the session folder is made exclusively.

        Parameters
        ----------
        root : path-like
            Output folder; made if it does not exist.
        participant : str
            Participant code.
        task : str
            Task label or protocol name (``faa-up`` becomes ``faaup``).
        free_bytes : int
            Least free space wanted.

        Returns
        -------
        SessionLayout

        Raises
        ------
        UserError
            If the code is refused, the folder holds something else than recordings or cannot be
            written, or space is short.
        """
        base = Path(os.path.abspath(root))
        first = cls(base, participant, 1, task_label(task))
        try:
            make_folders(base)
            _refuse_foreign(base)
            check_free_space(base, free_bytes)
            _refuse_other_case(base, participant)
            return _take_next(first)
        except (OSError, ValueError) as error:
            raise UserError(_unusable(base, error)) from error

    @classmethod
    def find(cls, path: Path | str | SessionLayout) -> SessionLayout:
        """Find the session that a path belongs to.

        Parameters
        ----------
        path : path-like or SessionLayout
            The session folder, its folder below ``derivatives``, either ``eeg`` folder, or any
            file of the session. A layout is returned as it is.

        Returns
        -------
        SessionLayout

        Raises
        ------
        UserError
            If there is no such path, or it is no session recorded by this program.
        """
        if isinstance(path, SessionLayout):
            return path
        given = Path(os.path.abspath(path))
        try:
            exists = given.exists()
        except (OSError, ValueError):
            exists = False
        if not exists:
            raise UserError(
                "There is no session at {path!r}: no such file or folder.", path=str(path)
            )
        for folder in (given, *given.parents):
            number = _SESSION_DIR.fullmatch(folder.name)
            sub = folder.parent.name.removeprefix("sub-")
            if number and folder.parent.name != sub and _PARTICIPANT.fullmatch(sub):
                root = _root_of(folder.parent.parent)
                return _choose(root, sub, int(number[1]), given)
        folder = given if given.is_dir() else given.parent
        folder = folder.parent if folder.name == "eeg" else folder
        _refuse_renamed(folder, folder / "eeg")
        raise UserError(
            "{given} is not a session: give its folder (.../sub-XX/ses-NN) or one of its files.",
            given=given,
        )

    def remove_empty(self) -> None:
        """Remove the folders that `new` made, unless there is something in them."""
        for folder in (
            self.eeg_dir,
            self.session_dir,
            self.derivatives_dir,
            self.derivatives_dir.parent,
        ):
            with suppress(OSError):
                folder.rmdir()

    @property
    def stem(self) -> str:
        """What the names of all files start with."""
        return f"sub-{self.participant}_ses-{self.session:02d}_task-{self.task}_run-{self.run:02d}"

    @property
    def session_dir(self) -> Path:
        """Folder of the session in the BIDS dataset."""
        return self.root / self._relative

    @property
    def folder(self) -> str:
        """Folder of the session relative to the dataset, with slashes."""
        return self._relative.as_posix()

    @property
    def eeg_dir(self) -> Path:
        """Folder of the raw data."""
        return self.session_dir / "eeg"

    @property
    def derivatives_root(self) -> Path:
        """The derivative dataset that holds what was computed."""
        return self.root / "derivatives" / PIPELINE

    @property
    def derivatives_dir(self) -> Path:
        """Folder of what was computed from the raw data, and of the session log."""
        return self.derivatives_root / self._relative / "eeg"

    @property
    def _relative(self) -> Path:
        return Path(f"sub-{self.participant}") / f"ses-{self.session:02d}"

    def raw(self, ending: str) -> Path:
        """Return a file beside the raw data by its ending, e.g. ``channels.tsv``."""
        return self.eeg_dir / f"{self.stem}_{ending}"

    def derived(self, ending: str) -> Path:
        """Return a file in the derivatives by its ending, e.g. ``chunks.json``."""
        return self.derivatives_dir / f"{self.stem}_{ending}"

    @property
    def report(self) -> Path:
        """The summary for a browser, which is made from the rest and may be missing."""
        return self.derived("report.html")

    @property
    def vhdr(self) -> Path:
        """BrainVision header."""
        return self.raw("eeg.vhdr")

    @property
    def vmrk(self) -> Path:
        """BrainVision markers."""
        return self.raw("eeg.vmrk")

    @property
    def eeg(self) -> Path:
        """Raw samples: little-endian float32, (n_times, n_channels)."""
        return self.raw("eeg.eeg")

    @property
    def events(self) -> Path:
        """BIDS table of events."""
        return self.raw("events.tsv")

    @property
    def recording(self) -> Path:
        """BIDS sidecar of the raw data."""
        return self.raw("eeg.json")

    @property
    def electrodes(self) -> Path:
        """Positions; BIDS wants one file for all runs of a session."""
        return self.eeg_dir / f"sub-{self.participant}_ses-{self.session:02d}_electrodes.tsv"

    @property
    def coordsystem(self) -> Path:
        """What the positions mean; see `electrodes`."""
        return self.eeg_dir / f"sub-{self.participant}_ses-{self.session:02d}_coordsystem.json"

    @property
    def protocol(self) -> Path:
        """All that was known before the first sample, as JSON."""
        return self.derived("protocol.json")

    @property
    def chunks(self) -> Path:
        """A row for each chunk whose samples are on disk."""
        return self.derived("chunks.tsv")

    @property
    def times(self) -> Path:
        """Stream time of each sample: little-endian float64."""
        return self.derived("times.f64")

    @property
    def feedback(self) -> Path:
        """A row for each feature frame with what was fed back."""
        return self.derived("feedback.tsv")

    @property
    def display(self) -> Path:
        """A row for each frame that was painted."""
        return self.derived("display.tsv")

    @property
    def sealed(self) -> Path:
        """What tells the arm of a concealed session; encrypted."""
        return self.derived("sealed.bin")

    @property
    def log(self) -> Path:
        """A line of JSON for each event."""
        return self.derived("session.jsonl")


def discarded_root(root: Path) -> Path:
    """Return the folder of a dataset for sessions that were moved aside; BIDS passes over it."""
    return root / "sourcedata" / "discarded"


def task_label(protocol_name: str) -> str:
    """Return the BIDS task label of a protocol: ``faa-up`` becomes ``faaup``."""
    return re.sub(r"[^A-Za-z0-9]", "", protocol_name)


def check_participant(code: str) -> None:
    """Refuse a participant code that is not 1 to 32 letters and digits.

    Raises
    ------
    UserError
        If it is not.
    """
    if not _PARTICIPANT.fullmatch(code):
        shown = code if len(code) <= 40 else code[:40] + "..."
        raise UserError(
            "The participant code {code!r} is refused: use 1 to 32 letters (A-Z, a-z) "
            "and digits, and no name.",
            code=shown,
        )


def next_session(root: Path, participant: str) -> int:
    """Return the number that a participant's next session will have, from 1."""
    first = SessionLayout(root, participant, 1, "any")
    sub = f"sub-{participant}"
    places = [first.root / sub, first.derivatives_root / sub]
    places += discarded_root(first.root).glob(f"{sub}_ses-*/{sub}")  # no number is given twice
    taken = [
        int(match[1])
        for place in places
        if place.is_dir()
        for entry in place.iterdir()
        if (match := _SESSION_DIR.fullmatch(entry.name))
    ]
    return 1 + max(taken, default=0)


def _take_next(first: SessionLayout) -> SessionLayout:
    make_folders(first.root / f"sub-{first.participant}")
    session = next_session(first.root, first.participant)
    while True:
        layout = SessionLayout(first.root, first.participant, session, first.task)
        session += 1
        try:
            layout.session_dir.mkdir(mode=FOLDER_MODE, exist_ok=False)
        except FileExistsError:
            continue
        make_folders(layout.eeg_dir)
        make_folders(layout.derivatives_dir)
        return layout


def _refuse_foreign(root: Path) -> None:
    """Refuse a folder that is in use for something else; any other BIDS dataset is welcome."""
    description = root / "dataset_description.json"
    if not description.exists():
        return
    try:
        fields = json.loads(description.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or fields.get("DatasetType", "raw") != "raw":
        raise UserError(
            "{path} does not belong to a dataset of recordings; choose another output folder.",
            path=description,
        )


def _refuse_other_case(root: Path, participant: str) -> None:
    wanted = f"sub-{participant}"
    for entry in root.iterdir():
        if entry.name != wanted and entry.name.lower() == wanted.lower():
            raise UserError(
                "{root} has a participant {other!r}, which differs from {participant!r} only "
                "in capital letters; use one spelling.",
                root=root,
                other=entry.name.removeprefix("sub-"),
                participant=participant,
            )


def _unusable(root: Path, error: OSError | ValueError) -> Message:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return Message(
            "Nothing can be recorded in {folder}: {path} is a file, not a folder.",
            folder=root, path=error.filename or root,
        )  # fmt: skip
    return Message(
        "Nothing can be recorded in {folder!r}: {reason}; choose another output folder.",
        folder=str(root), reason=why(error) if isinstance(error, OSError) else error,
    )  # fmt: skip


def _root_of(above_sub: Path) -> Path:
    if above_sub.name == PIPELINE and above_sub.parent.name == "derivatives":
        return above_sub.parent.parent
    return above_sub


def _choose(root: Path, participant: str, session: int, given: Path) -> SessionLayout:
    probe = SessionLayout(root, participant, session, "any")
    endings = ("protocol.json", "session.jsonl")  # either may be lost
    paths = [path for ending in endings for path in probe.derivatives_dir.glob(f"*_{ending}")]
    matches = [match for path in paths if (match := _STEM.fullmatch(path.name))]
    found = sorted(
        {
            SessionLayout(root, participant, session, match["task"], int(match["run"]))
            for match in matches
            if match["sub"] == participant and int(match["ses"]) == session
        },
        key=lambda layout: layout.stem,
    )
    named = [layout for layout in found if given.name.startswith(f"{layout.stem}_")]
    if len(named or found) == 1:
        return (named or found)[0]
    if found:
        raise UserError(
            "{given} contains {n} recordings; give a file of the one you mean.",
            given=given,
            n=len(found),
        )
    _refuse_renamed(probe.session_dir, probe.eeg_dir, probe.derivatives_dir)
    raise UserError(
        "{given} was not recorded by this program: {folder} has no protocol.json.",
        given=given,
        folder=probe.derivatives_dir,
    )


def _refuse_renamed(folder: Path, *inside: Path) -> None:
    """Refuse a folder whose files have the names of one session, and which has that of another."""
    names = (path.name for place in inside if place.is_dir() for path in sorted(place.iterdir()))
    match = next(filter(None, map(_STEM.fullmatch, names)), None)
    own = f"{folder.parent.name}/{folder.name}"
    if match is None or (expected := f"sub-{match['sub']}/ses-{match['ses']}") == own:
        return
    raise UserError(
        "The folder {folder} was renamed: its files are of {expected}; give it that name again, "
        "among the recordings and below derivatives.",
        folder=folder,
        expected=expected,
    )
