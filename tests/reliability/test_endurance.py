"""Three seconds of endurance; ``python -m reliability --only endurance`` is ten minutes."""

import pytest

from reliability.endurance import endurance


@pytest.mark.slow
def test_nothing_is_lost_and_the_logs_are_small():
    speed, sizes, after = endurance(quick=True, minutes=0.05)
    values = {what: value for what, value, _ in speed.rows}
    assert values["samples lost"] == 0
    assert values["samples that differ from what was sent"] == 0
    assert values["append p99"] > 0
    share = {name: percent for name, _, percent in sizes.rows}
    growing = ("_times.f64", "_chunks.tsv", "_feedback.tsv", "_display.tsv", "_session.jsonl")
    assert share["_eeg.eeg"] == 100
    assert sum(share[name] for name in growing) < 2.0
    assert after.rows == [["bit for bit", 6000, 93, 0]]
