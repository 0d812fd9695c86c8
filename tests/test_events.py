import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.events import Event, EventKind

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
DETAILS = st.dictionaries(
    st.text(min_size=1).filter(lambda key: key not in ("event", "sample", "time")),
    FLOATS | st.text() | st.integers() | st.none() | st.booleans(),
    max_size=4,
)


@given(st.sampled_from(EventKind), st.integers(-1, 2**60), FLOATS, DETAILS)
def test_an_event_reads_back_to_the_same_bits(
    kind: EventKind, sample: int, time: float, details: dict[str, object]
) -> None:
    event = Event(kind, sample, time, details)
    line = event.to_json()
    assert "\n" not in line
    assert Event.from_json(line) == event


def test_what_is_not_a_number_is_null() -> None:
    line = Event(EventKind.MARKER, -1, math.nan, {"x": [math.inf, {"y": math.nan}]}).to_json()
    fields = json.loads(line)
    assert fields == {"event": "Marker", "sample": -1, "time": None, "x": [None, {"y": None}]}
    assert math.isnan(Event.from_json(line).time)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "3",
        "{}",
        '{"event": "Nothing", "sample": 0, "time": 0}',
        '{"event": "Marker", "sample": 0}',
        '{"event": "Marker", "sample": 1e999, "time": 0}',
        '{"event": "Marker", "sample": 0, "time": {}}',
        '{"event": "Marker", "sam',
    ],
)
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Event.from_json(line)
