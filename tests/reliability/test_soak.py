"""Some seconds of the soak; ``python -m reliability --only soak`` is an hour, and replays eight."""

import pytest

from reliability.soak import soak


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.lsl
def test_nothing_is_lost_with_everything_around_it() -> None:
    live, replayed = soak(quick=True, minutes=0.15, hours=0.01)
    values = {what: value for what, value, _ in live.rows}
    assert values["samples lost, or other than sent"] == 0
    assert values["samples"] > 5000
    assert values["markers"] > 10
    assert values["markers lost"] == 0
    assert values["frames lost over OSC"] == 0
    assert values["frames out of order over OSC"] == 0
    assert values["verified"] == "bit for bit"
    values = {what: value for what, value, _ in replayed.rows}
    assert values["samples"] == 36_000
    assert values["samples lost"] == values["samples other than sent"] == 0
