"""How good the channels of a recording are.

Responsible for one section of `measure`. Not responsible for judging channels (`signal.quality`).
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import MICROVOLTS_PER_VOLT
from neurofeedback.report.sections import Number, Reading, Section
from neurofeedback.signal.quality import ChannelState
from neurofeedback.words.language import later
from neurofeedback.words.message import Message

QUALITY_TITLE = later("quality of the channels")
_JUDGED = {"fair": later("{name} is fair: {reason}."), "bad": later("{name} is bad: {reason}.")}
WINDOW = "windows of a few seconds over the whole recording"


def quality_section(reading: Reading) -> Section:
    """Judge every EEG channel as recorded; name those that are not good, with the reason.

    Raises
    ------
    UserError
        If the recording is too short to judge, or has no EEG channel in volts.
    """
    states = reading.sums.states()
    if not states:
        raise UserError("{stream} is too short to judge its channels.", stream=reading.info.name)
    counts = {light: sum(s.light == light for s in states) for light in ("good", "fair", "bad")}
    amplitude = float(np.median([s.amplitude for s in states])) * MICROVOLTS_PER_VOLT
    shared = (None, "as recorded", WINDOW)
    numbers = [Number(f"{light} channels", float(n), "channels", *shared)
               for light, n in counts.items()]  # fmt: skip
    numbers.append(Number("amplitude, median of channels", amplitude, "uV", *shared))
    poor = [
        Message(_JUDGED[s.light], name=s.name, reason=s.reason) for s in states if s.light != "good"
    ]
    details = {"channels": [_plain(s) for s in states]}
    return Section("quality", QUALITY_TITLE, tuple(numbers), tuple(poor), details)


def _plain(state: ChannelState) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in asdict(state).items()
    }
