import json

import numpy as np
import pytest

from neurofeedback.acquisition.recorded import Recording
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.errors import UserError
from neurofeedback.report.quality import quality_section
from neurofeedback.report.sections import Reading


def recording(seconds: float, spoil: str | None = None) -> Recording:
    source = SyntheticSource(seed=3, speed=np.inf, seconds=seconds, artifacts=False)
    info = source.open()
    parts = []
    while not source.exhausted:
        chunk = source.read(1.0)
        if chunk is not None:
            parts.append(chunk.data)
    data = np.concatenate(parts)
    if spoil:
        data[:, info.ch_names.index(spoil)] = 1e-3
    return Recording(info, data, np.arange(len(data)) / info.sfreq, (), (), ())


def test_a_dead_channel_is_named_with_its_reason() -> None:
    section = quality_section(Reading(recording(20.0, "T8")))
    counts = {number.name: number.value for number in section.numbers}
    assert counts["bad channels"] == 1.0
    assert any(s.startswith("T8 is bad: ") and "flat" in s for s in section.sentences)
    json.dumps(section.to_dict(), allow_nan=False)


def test_clean_channels_are_good() -> None:
    section = quality_section(Reading(recording(20.0)))
    counts = {number.name: number.value for number in section.numbers}
    assert counts["bad channels"] == 0.0


def test_a_moment_is_too_short_to_judge() -> None:
    with pytest.raises(UserError, match="too short"):
        quality_section(Reading(recording(1.0)))
