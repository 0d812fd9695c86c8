"""Sessions as FIF and EEGLAB files, through MNE.

Responsible for handing MNE the session so that no sample changes. Not responsible for the formats.
"""

from __future__ import annotations

from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.export.output import Progress, Written
from neurofeedback.recording.read.session_data import GAP, SessionData

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
    """
    raw = session.raw.copy()
    for channel, unit in zip(raw.info["chs"], session.start.stream.units, strict=True):
        # FIF keeps float32 times this: so the recorded microvolts stay what they are.
        channel["cal"] = _MICROVOLT if unit == "V" else 1.0
    raw.save(target, split_naming="bids", verbose="error")
    progress(1.0)
    return Written()


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
    import mne

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
    mne.export.export_raw(target, raw, fmt="eeglab", verbose="error")
    progress(1.0)
    return Written()
