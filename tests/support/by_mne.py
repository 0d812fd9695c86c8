"""BrainVision files as MNE reads them, the same for every version that pyproject.toml allows."""

from pathlib import Path

import mne


def read_brainvision(path: Path) -> mne.io.BaseRaw:
    """Return the recording without the marker of its beginning, which early versions keep."""
    raw = mne.io.read_raw_brainvision(path, preload=True, verbose="error")
    marks = raw.annotations
    if len(marks) and (marks.description[0], marks.onset[0]) == ("New Segment/", 0.0):
        marks.delete(0)
    return raw
