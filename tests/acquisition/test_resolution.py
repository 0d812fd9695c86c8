"""An offset on which stored samples become coarse is said, in files and live."""

from contextlib import suppress
from pathlib import Path

import mne
import numpy as np
import pytest
from session_parts import ManualClock

from neurofeedback.acquisition.interpretation import settle
from neurofeedback.acquisition.recorded import RawRecording
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.acquisition.samples import RegularTimes
from neurofeedback.errors import UserError
from neurofeedback.events import EventKind
from neurofeedback.frames import Chunk, StreamInfo, from_storage, to_storage
from neurofeedback.session.live.checks import LiveChecks

RATE, N = 250.0, 5000
NAMES = ("F3", "F4", "Cz", "Pz")
INFO = StreamInfo("amp", "", RATE, NAMES, ("eeg",) * 4, ("V",) * 4, "V", "lsl")
NOISE = 1e-5 * np.random.default_rng(0).standard_normal((N, 4))


@pytest.mark.parametrize(
    ("offset", "said"), [(0.0, False), (0.187, False), (-0.262, False), (1.0, True), (-1.0, True)]
)
def test_a_file_says_what_its_offset_costs(offset: float, said: bool) -> None:
    values = NOISE + np.array([0.0, offset, 0.0, 0.0])
    raw = RawRecording(
        "x.csv", RATE, list(NAMES), [""] * 4, ["V"] * 4, values, RegularTimes(N, RATE)
    )
    found = settle(raw, unit=None, where="x.csv")
    notes = [note for note in found.notes if "offset" in note]
    assert bool(notes) == said
    if said:
        assert f"Channel F4 of 'x.csv' has an offset of {1e3 * offset:.3g} mV" in notes[0]
        assert "steps of 0.062 uV" in notes[0]
        assert "switch on the highpass" in notes[0]
    scale = found.info.storage_scale
    assert np.array_equal(from_storage(to_storage(found.data, scale), scale), found.data)


def test_a_file_of_doubles_says_it(tmp_path: Path) -> None:
    raw = mne.io.RawArray(NOISE.T + 1.0, mne.create_info(list(NAMES), RATE, "eeg"), verbose="error")
    raw.save(tmp_path / "x_raw.fif", fmt="double", verbose="error")
    notes = load_recording(tmp_path / "x_raw.fif").notes
    assert any("has an offset of 1e+03 mV" in note for note in notes)


@pytest.mark.parametrize(("column", "alarmed"), [(1, True), (3, False)])
def test_a_live_stream_raises_an_alarm_where_it_is_trained(column: int, alarmed: bool) -> None:
    clock = ManualClock()
    checks = LiveChecks(INFO, [0, 1], clock)
    values = NOISE.copy()
    values[:, column] += 1.0
    kinds = []
    for first in range(0, N, 10):
        times = (np.arange(10) + first) / RATE
        chunk = Chunk(values[first : first + 10].copy(), times, first, arrival=times[-1] + 0.02)
        holds, doubts = checks.look(chunk, 0.0)
        kinds += [(kind, details["cause"]) for kind, details in doubts]
        clock.now += 10 / RATE
    assert ((EventKind.STREAM_DOUBTED, "offset") in kinds) == alarmed
    assert ("F4 of 'amp' has an offset" in (checks.alarm or "")) == alarmed
    assert kinds.count((EventKind.STREAM_DOUBTED, "offset")) == alarmed


def test_no_real_recording_is_said_to_be_coarse(real_data_dir: Path) -> None:
    kinds = (".edf", ".bdf", ".vhdr", ".fif", ".set", ".gdf", ".xdf", ".txt")
    for path in sorted(real_data_dir.rglob("*")):
        if path.suffix in kinds and "empty" not in path.name and "prior" not in path.parts:
            with suppress(UserError):  # some are there to be refused
                notes = load_recording(path, as_it_is=True).notes
                assert not [note for note in notes if "has an offset" in note], path
