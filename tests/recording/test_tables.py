import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.events import Event, EventKind
from neurofeedback.frames import FeatureDescriptor, FeatureFrames, FeedbackFrame
from neurofeedback.recording import tables


def bits(value):
    return struct.pack("<d", value)


@given(st.floats(allow_nan=False))
def test_floats_read_back_to_the_same_bits(value):
    assert bits(tables.to_float(tables.number(value))) == bits(value)
    assert tables.number(np.float64(value)) == tables.number(value)


def test_nan_is_missing():
    assert tables.number(math.nan) == "n/a"
    assert math.isnan(tables.to_float("n/a"))


@given(st.none() | st.text())
def test_a_cell_never_breaks_the_table(text):
    cell = tables.cell(text)
    assert cell
    assert not set(cell) & set("\t\n\r\v\f\x85\u2028")


def frames(n, values=None):
    samples = np.arange(n) * 8
    values = np.arange(n, dtype=float).reshape(n, 1) if values is None else values
    return FeatureFrames(samples, samples / 250, values, [None] * n)


def feedback(sample, **fields):
    known = {
        "sample": sample, "time": sample / 250, "value": 0.5, "feature": -0.0, "threshold": 0.1,
        "reward": False, "success": True, "block": 2, "phase": "train", "held": None,
    }  # fmt: skip
    return FeedbackFrame(**(known | fields))


def test_feedback_rows_say_what_was_fed_back():
    features = FeatureFrames(
        np.array([8, 16]),
        np.array([0.1, 0.2]),
        np.array([[0.1 + 0.2, math.nan], [math.inf, 1.0]]),
        ["amplitude F3\tF4", None],
    )
    shown = [
        feedback(8, value=math.nan, threshold=math.nan, held="amplitude\nF3"),
        feedback(
            16, reward=np.True_, success=np.False_, value=np.float64(0.25), inhibit="beta above"
        ),
    ]
    assert tables.format_feedback_rows(features, shown) == (
        "8\t0.1\t0.30000000000000004\tn/a\tamplitude F3 F4"
        "\tamplitude F3\tn/a\t-0.0\tn/a\tn/a\t1\t0\t2\ttrain\n"
        "16\t0.2\tinf\t1.0\tn/a\tn/a\t0.25\t-0.0\t0.1\tbeta above\t0\t1\t2\ttrain\n"
    )


def test_a_row_has_a_cell_for_each_column():
    descriptors = [FeatureDescriptor(n, "u", "label", 0.0, 0.0) for n in ("faa", "Faa", "held")]
    columns = list(tables.feedback_columns(descriptors))
    assert len(set(columns)) == len(columns)
    features = frames(3, np.zeros((3, 3)))
    for shown in ([], [feedback(8)], [feedback(0), feedback(8), feedback(16)]):
        for line in tables.format_feedback_rows(features, shown).splitlines():
            assert len(line.split("\t")) == len(columns)


def test_frames_without_feedback_are_kept():
    lines = tables.format_feedback_rows(frames(2), [feedback(8)]).splitlines()
    assert lines[0] == "0\t0.0\t0.0" + "\tn/a" * 10
    assert lines[1].endswith("train")


@given(st.integers(0, 30), st.integers(0, 30))
def test_rows_do_not_depend_on_how_many_come_at_once(n, at):
    whole = frames(n)
    shown = [feedback(int(s)) for s in whole.samples]
    at = min(at, n)
    parts = ""
    for part in (slice(0, at), slice(at, n)):
        features = FeatureFrames(
            whole.samples[part], whole.times[part], whole.values[part], whole.held[part]
        )
        parts += tables.format_feedback_rows(features, shown[part])
    assert parts == tables.format_feedback_rows(whole, shown)


@pytest.mark.parametrize("n", [0, 2])
def test_feedback_without_its_frame_is_refused(n):
    with pytest.raises(ValueError, match="[Ff]eedback"):
        tables.format_feedback_rows(frames(n), [feedback(999)])


@given(
    st.integers(0, 2**62),
    st.integers(1, 2**31),
    st.lists(st.floats(), min_size=5, max_size=5),
    st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=2),
)
def test_chunk_rows_read_back(first, n_times, floats, crcs):
    row = tables.ChunkRow(first, n_times, *floats, *crcs)
    text = row.to_text()
    assert text.count("\t") + 1 == len(tables.CHUNK_COLUMNS)
    again = tables.ChunkRow.from_cells(text.rstrip("\n").split("\t"))
    assert again.to_text() == text
    assert again.stop_sample == first + n_times


@pytest.mark.parametrize("cells", [[], ["1"] * 8, ["1", "0", *"1111111"], ["x"] * 9])
def test_what_is_no_chunk_row_is_refused(cells):
    with pytest.raises(ValueError, match="."):
        tables.ChunkRow.from_cells(cells)


def test_event_rows_hold_their_details_on_one_line():
    event = Event(EventKind.OPERATOR_NOTE, 107, 0.0, {"text": "a\tb\n\u2028c", "x": math.nan})
    text = tables.format_event_row(event, 100, 250.0)
    assert text == '0.4\t0\tOperatorNote\t100\t{"text": "a\\tb\\n c", "x": null}\n'
    started = Event(EventKind.BLOCK_STARTED, 7, 0.0)
    assert tables.format_event_row(started, 0, 250.0) == "0.0\tn/a\tBlockStarted\t0\tn/a\n"
