"""The true sampling rate of a recording, and what of it was lost.

Responsible for one section of `measure`. Not responsible for finding either (`acquisition.losses`).
"""

from __future__ import annotations

import math

from neurofeedback.acquisition.losses import Timing
from neurofeedback.report.sections import Number, Reading, Section
from neurofeedback.words.language import later
from neurofeedback.words.message import Message

SAMPLING_TITLE = later("sampling")
_BY_CLOCK = "windows of a second of the time stamps in the file"
_BY_GAPS = "the gaps that the file declares"


def sampling_section(reading: Reading) -> Section:
    """Give the true sampling rate and the share of samples lost, with their uncertainty."""
    timing = reading.recording.timing or Timing(
        math.nan, math.nan, 0.0, 0.0, reading.recording.n_times
    )
    how = (None, "as recorded", _BY_CLOCK if math.isfinite(timing.rate) else _BY_GAPS)
    numbers = (
        Number("true sampling rate", _finite(timing.rate), "Hz", *how),
        Number("share of samples lost", 100 * timing.share_lost, "%", *how),
    )
    details = {
        "rate_uncertainty": _finite(timing.rate_error),
        "share_lost_uncertainty": 100 * timing.share_error,
        "samples_lost": timing.n_lost,
    }
    return Section("sampling", SAMPLING_TITLE, numbers, _sentences(timing, reading), details)


def _sentences(timing: Timing, reading: Reading) -> tuple[Message, ...]:
    if not math.isfinite(timing.rate):
        rate = reading.info.sfreq
        return (
            Message(
                "Nothing measures the rate of {rate:g} Hz: it is what the file declares.", rate=rate
            ),
        )
    return (
        Message(
            "The jitter of the time stamps leaves an uncertainty of {rate:.2g} Hz in the rate and "
            "of {share:.2g} % in the share lost.",
            rate=timing.rate_error, share=100 * timing.share_error,
        ),
    )  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
