"""Where the index of a dataset lies.

Responsible for telling datasets apart and for finding the database of one from what was asked for.
Not responsible for opening it.

By default the index is an SQLite file in the user's data folder on this computer, not beside the
recordings: SQLite must not be shared over a network, and recordings often are. Stations that share
an index use PostgreSQL. See decision 8.
"""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.recording.files import FILE_MODE, make_folders, why
from neurofeedback.recording.layout import PIPELINE

INDEX_VARIABLE = "NEUROFEEDBACK_INDEX"
OFF = "off"
MARK = ".dataset-id"

_ID = re.compile(r"[0-9a-f]{32}")
_POSTGRESQL = ("postgresql", "postgresql+psycopg", "postgres")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an index lies, and of what.

    Parameters
    ----------
    dataset : Path
        Folder of the recordings.
    dataset_id : str
        What tells it from others, wherever it is mounted.
    file : Path or None
        SQLite file; None for a server.
    url : str
        PostgreSQL URL, which may hold a password: not to be shown; empty for a file.
    """

    dataset: Path
    dataset_id: str
    file: Path | None
    url: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """What to call the database before a person; without user and password."""
        if self.file is not None:
            return str(self.file)
        return "postgresql://" + self.url.partition("://")[2].rpartition("@")[2].partition("?")[0]


def find_place(
    dataset: Path | str, where: str | None = None, *, make: bool = False
) -> Place | None:
    """Return where the index of a dataset lies.

    Parameters
    ----------
    dataset : path-like
        Folder of the recordings.
    where : str or None
        ``off``, a file, or a PostgreSQL URL; by default what the environment variable
        `INDEX_VARIABLE` says, else a file of this computer's user.
    make : bool
        Whether the folder may be made into a dataset when it is none.

    Returns
    -------
    Place or None
        None if the index is switched off.

    Raises
    ------
    UserError
        If nothing has been recorded there, or `where` is another kind of URL.
    """
    if is_off(where):
        return None
    wanted = _wanted(where)
    root = Path(os.path.abspath(dataset))
    try:
        known = (root / "derivatives" / PIPELINE).is_dir()
    except (OSError, ValueError):
        known = False
    if not known and not make:
        raise UserError(
            "{dataset!r} is not a dataset of this program: no session was ever recorded "
            "there; check the path.",
            dataset=str(dataset),
        )
    identity = dataset_id(root)
    scheme, separator, rest = wanted.partition("://")
    if not wanted:
        return Place(root, identity, _default_file(identity))
    if not separator:
        return Place(root, identity, Path(os.path.abspath(Path(wanted).expanduser())))
    if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        return Place(root, identity, Path(os.path.abspath(rest[1:])))
    if scheme in _POSTGRESQL and rest:
        return Place(root, identity, None, f"postgresql+psycopg://{rest}")
    raise UserError(
        "The index cannot be at a {scheme!r} address: give a file, "
        "postgresql://USER@HOST/DATABASE, or {off}.",
        scheme=scheme[:40],
        off=OFF,
    )


def is_off(where: str | None) -> bool:
    """Return whether the index is switched off, by `where` or, without it, the environment."""
    return _wanted(where) == OFF


def dataset_id(root: Path) -> str:
    """Return what tells this dataset from others; kept in a hidden file of its derivatives.

    A dataset that cannot be written to and has no such file is known by its path.

    Raises
    ------
    UserError
        If the file holds something else, or cannot be read.
    """
    mark = root / "derivatives" / PIPELINE / MARK
    with suppress(OSError):
        _make_mark(mark)
    try:
        text = mark.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        path = os.path.realpath(root)
        return hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
    except OSError as error:
        raise UserError("{mark} cannot be read: {reason}.", mark=mark, reason=why(error)) from error
    if not _ID.fullmatch(text):
        raise UserError(
            "{mark} does not contain the mark of a dataset; remove it to get a new one.", mark=mark
        )
    return text


def _make_mark(mark: Path) -> None:
    """Write a new mark unless there is one; of two programs that do, both end up with one."""
    if mark.exists():
        return
    make_folders(mark.parent)
    own = mark.with_name(f"{MARK}.{uuid.uuid4().hex}")
    fd = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(f"{uuid.uuid4().hex}\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(own, mark)  # unlike a rename it leaves a mark that has come meanwhile alone
        except FileExistsError:
            pass
        except OSError:  # some shares know no links
            os.replace(own, mark)
    finally:
        with suppress(OSError):
            own.unlink()


def _wanted(where: str | None) -> str:
    return where or os.environ.get(INDEX_VARIABLE) or ""


def _default_file(identity: str) -> Path:
    from platformdirs import user_data_path

    return user_data_path("neurofeedback", appauthor=False) / "index" / f"{identity}.sqlite3"
