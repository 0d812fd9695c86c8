"""Markers of XDF files: their texts, and their time on the clock of the EEG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurofeedback.acquisition.files.xdf_markers import markers_of
from neurofeedback.acquisition.replay import ReplaySource

CASES = Path(__file__).parents[3] / "shared" / "cases" / "xdf"
EEG_OFFSET, MARKER_OFFSET = -500.0, 7000.0  # to the recorder's clock, s


def stream(
    kind: str, host: str, times: Any, values: Any, channel_format: str, offsets: Any = ()
) -> dict[str, Any]:
    """Return a stream as pyxdf does, the sender asked for its clock every 5 s."""
    info = {"name": [kind], "type": [kind], "hostname": [host], "nominal_srate": ["0"],
            "channel_format": [channel_format], "desc": [None]}  # fmt: skip
    at = times[0] + 5.0 * np.arange(len(offsets))
    return {"info": info, "time_stamps": np.asarray(times), "time_series": values,
            "clock_times": list(at), "clock_values": list(offsets)}  # fmt: skip


def eeg(offsets: Any = ()) -> dict[str, Any]:
    found = stream("EEG", "pc", [1000.0], np.zeros((1, 1)), "float32", offsets)
    found["info"]["nominal_srate"] = ["250"]
    return found


@pytest.mark.parametrize(
    ("kind", "channel_format", "values", "texts"),
    [
        ("Markers", "string", [["start"], ["a\tb"]], ["start", "a\tb"]),
        ("Markers", "int32", np.array([[1], [255]], np.int32), ["1", "255"]),
        ("Trigger", "float32", np.array([[2.0], [0.5]], np.float32), ["2", "0.5"]),
        ("Gaze", "float32", np.array([[2.0], [0.5]], np.float32), []),
    ],
)
def test_texts_and_numbers(kind: str, channel_format: str, values: Any, texts: list[str]) -> None:
    chosen = eeg()
    streams = [chosen, stream(kind, "pc", [1010.0, 1020.0], values, channel_format)]
    found, notes = markers_of("a.xdf", streams, chosen)
    assert [a.text for a in found] == texts
    assert [a.onset for a in found] == [1010.0, 1020.0][: len(texts)]
    assert notes == []


def test_another_computer_is_placed_by_the_offsets_of_both_clocks() -> None:
    """Both clocks drift, and one answer of the network in ten comes late."""
    rng = np.random.default_rng(3)
    n, drift = 60, 50e-6
    truth = np.array([500.0 + 3.0, 500.0 + 100.0, 500.0 + 250.0])  # on the recorder's clock
    late = np.where(np.arange(n) % 10 == 4, 0.05, 0.0)
    offsets = EEG_OFFSET + drift * 5.0 * np.arange(n) + 1e-5 * rng.standard_normal(n)
    chosen = eeg(offsets + late)
    times = truth - MARKER_OFFSET
    marks = stream("Markers", "stim", times, [["a"], ["b"], ["c"]], "string",
                   np.full(n, MARKER_OFFSET) + late[::-1])  # fmt: skip
    found, [note] = markers_of("a.xdf", [chosen, marks], chosen)
    wanted = truth - (EEG_OFFSET + drift * (truth - 500.0))
    assert [a.onset for a in found] == pytest.approx(wanted, abs=0.001)
    assert "come from another computer, 'stim'" in note


def test_a_clock_that_nobody_compared_is_said() -> None:
    chosen = eeg()
    marks = stream("Markers", "stim", [1.0, 2.0], [["a"], ["b"]], "string")
    found, [note] = markers_of("a.xdf", [chosen, marks], chosen)
    assert found == []
    assert str(note).endswith("not compared with that of the EEG: 2.")


@pytest.mark.parametrize(
    ("name", "at", "said"),
    [
        ("otherhost", [2500, 5000], "placed by the clock offsets"),
        ("epoch", [], "cannot be placed, since nothing was recorded then: 2"),
        ("badfooter", [2500, 5000], ""),
    ],
)
def test_files_of_the_field(name: str, at: list[int], said: str) -> None:
    if not CASES.is_dir():
        pytest.skip(f"the files are missing: {CASES}")
    source = ReplaySource(CASES / f"{name}.xdf")
    source.open()
    found = []
    while (chunk := source.read(0.0)) is not None:
        found += [chunk.first_sample + a.at for a in chunk.annotations]
    assert found == at
    assert any(said in note for note in source.notes) or not said
