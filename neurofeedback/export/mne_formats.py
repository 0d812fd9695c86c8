"""Sessions as FIF and EEGLAB files, through MNE.

Responsible for handing MNE the session so that no sample changes. Not responsible for the formats.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from neurofeedback.errors import UserError
from neurofeedback.export.output import Progress, Written
from neurofeedback.recording.read.session_data import GAP, SessionData
from neurofeedback.words.message import Message

if TYPE_CHECKING:
    from mne.io import BaseRaw

_MICROVOLT = 1e-6
_MATLAB_BYTES = 2**31 - 1  # of one variable


def write_fif(session: SessionData, target: Path, progress: Progress) -> Written:
    """Write a session as FIF; longer ones than 2 GB become several files that belong together.

    Parameters
    ----------
    session : SessionData
    target : Path
        The new file; its name ends in ``_eeg.fif``.
    progress : callable
        Called with the share that is done.

    Returns
    -------
    Written
        With a remark where names or texts have letters that FIF has not.
    """
    raw = session.raw.copy()
    remarks = list(_in_letters_of_fif(raw))
    for channel, unit in zip(raw.info["chs"], session.start.stream.units, strict=True):
        # FIF keeps float32 times this: so the recorded microvolts stay what they are.
        channel["cal"] = _MICROVOLT if unit == "V" else 1.0
    raw.save(target, split_naming="bids", verbose="error")
    progress(1.0)
    return Written(remarks=tuple(remarks))


def _in_letters_of_fif(raw: BaseRaw) -> Iterator[Message]:
    """Rename channels to ASCII, yield what became of names and of texts that are not Latin-1."""
    other = [name for name in raw.ch_names if not name.isascii()]
    renamed: dict[str, str] = {}
    for name in other:
        new = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip()
        if not new or new in (*raw.ch_names, *renamed.values()):
            new = f"{new}Ch{raw.ch_names.index(name) + 1}"
        renamed[name] = new
    raw.rename_channels(renamed, verbose="error")
    if renamed:
        pairs = ", ".join(f"{name} = {new}" for name, new in renamed.items())
        yield Message(
            "FIF has ASCII letters alone for names of channels, so some are others: {pairs}.",
            pairs=pairs,
        )
    texts = sum(text != _latin(text) for text in map(str, raw.annotations.description))
    if texts:
        yield Message(
            "FIF has no letters beyond Latin-1 for annotations; they are written as numbers such "
            "as &#937; in so many annotations: {n}.",
            n=texts,
        )


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def write_set(session: SessionData, target: Path, progress: Progress) -> Written:
    """Write a session as an EEGLAB ``.set`` file; gaps become EEGLAB's ``boundary`` events.

    Parameters
    ----------
    session : SessionData
    target : Path
        The new file.
    progress : callable
        Called with the share that is done.

    Returns
    -------
    Written

    Raises
    ------
    UserError
        If the session is longer than the format can hold.
    """
    from mne.export import export_raw

    raw = session.raw.copy()
    n_bytes = 4 * raw.n_times * len(raw.ch_names)
    if n_bytes > _MATLAB_BYTES:
        raise UserError(
            "An EEGLAB file holds at most 2 GB, the session has {n_bytes:.1f} GB: export "
            "to fif, or let EEGLAB read the BrainVision files as they are.",
            n_bytes=n_bytes / 1000000000.0,
        )
    gaps = {text for text in raw.annotations.description if text.startswith(GAP)}
    raw.annotations.rename({str(text): "boundary" for text in gaps})
    export_raw(target, raw, fmt="eeglab", verbose="error")
    progress(1.0)
    return Written()
