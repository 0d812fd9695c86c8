"""The pool of recorded features that a yoked control is fed from.

Responsible for keeping donors in files and for reading them back. Not responsible for making one of
a session (`session.donor`) nor for choosing one (`study.enrolling`).
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import read_only
from neurofeedback.protocols.run.donor import Donor
from neurofeedback.recording.files import why

_NAME = re.compile(r"sub-(?P<participant>[A-Za-z0-9]{1,32})_ses-\d{2,6}")
_MOST_BYTES = 200_000_000
_ARRAYS = ("baseline", "values", "joints")


def donor_names(found: Iterable[str], *, other_than: str | None = None) -> list[str]:
    """Return what can be the name of a donor, in order.

    Parameters
    ----------
    found : iterable of str
    other_than : str or None
        A participant who is not to be among them.
    """
    return [
        name
        for name in sorted(found)
        if (match := _NAME.fullmatch(name)) and match["participant"] != other_than
    ]


@dataclass(frozen=True, slots=True)
class DonorPool:
    """Donors in a folder.

    Parameters
    ----------
    folder : Path
        One file for each.
    """

    folder: Path

    def names(self, *, other_than: str | None = None) -> list[str]:
        """Return the names of all donors in order.

        Parameters
        ----------
        other_than : str or None
            A participant who is not to be among them.
        """
        found = (path.stem for path in self.folder.glob("*.npz"))
        return donor_names(found, other_than=other_than)

    def add(self, donor: Donor) -> Path:
        """Keep a donor.

        Raises
        ------
        UserError
            If it is there already or cannot be written.
        """
        path = self.folder / f"{donor.name}.npz"
        part = path.with_suffix(".part")
        if path.exists():
            raise UserError(
                "{donor} is a donor already; nothing is left to do, or choose another session.",
                donor=donor.name,
            )
        try:
            with part.open("wb") as file:
                np.savez(
                    file,
                    baseline=donor.baseline,
                    values=donor.values,
                    joints=donor.joints,
                    measures=np.array(donor.measures),
                    times=np.array([donor.frame_seconds, donor.seconds]),
                )
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise UserError(
                "The donor {path} cannot be written: {reason}.", path=path, reason=why(error)
            ) from error
        return path

    def load(self, name: str) -> Donor:
        """Read a donor.

        Raises
        ------
        UserError
            If it cannot be read, is damaged, or no donor can have that name.
        """
        path = self.folder / f"{name}.npz"
        if not _NAME.fullmatch(name):
            raise UserError(
                "{name!r} is not the name of a donor; restore the study's folder from a copy.",
                name=name[:60],
            )
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise ValueError("too large")
            with np.load(path, allow_pickle=False) as file:
                baseline, values, joints = (np.array(file[key]) for key in _ARRAYS)
                frame_seconds, seconds = file["times"].tolist()
                measures = str(file["measures"])
        except OSError as error:
            raise UserError(
                "The donor {path} cannot be read ({reason}); restore it from a copy.",
                path=path,
                reason=why(error),
            ) from error
        except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise UserError(
                "The donor {path} is damaged; restore it from a copy.", path=path
            ) from error
        n_used = values.shape[-1] if values.ndim == 2 else -1
        whole = (
            values.ndim == baseline.ndim == 2
            and baseline.shape[1] == n_used
            and joints.shape == (len(values),)
            and len(values) > 0
            and len(baseline) > 1
            and bool(np.isfinite(values).all() and np.isfinite(baseline).all())
        )
        if not whole:
            raise UserError("The donor {path} is damaged; restore it from a copy.", path=path)
        return Donor(
            name,
            measures,
            float(frame_seconds),
            read_only(baseline.astype(np.float64)),
            read_only(values.astype(np.float64)),
            read_only(joints.astype(np.bool_)),
            float(seconds),
        )
