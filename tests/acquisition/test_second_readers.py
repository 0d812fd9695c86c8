"""Samples are those that somebody else's reader finds in the same file, to one bit of the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from second_readers import FLOAT32, READERS, Signals
from writers import WRITERS, ant_by_antio, mff_by_mffpy

from neurofeedback.acquisition.electrodes import standard_montage
from neurofeedback.acquisition.recorded import Recording
from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError

PUBLIC = [
    *(f"bdf/{name}.bdf" for name in ("S001R01_EO", "S001R02_EC")),
    *(f"brainvision/{name}.vhdr" for name in ("S001R01_EO", "S001R02_EC")),
    *(f"edf/{name}.edf" for name in ("S001R01", "S001R02_first60s", "S001R04")),
    *(f"fif/{name}_raw.fif" for name in ("S001R01_EO", "S001R02_EC")),
    *(f"gdf/{name}.gdf" for name in ("S001R01_gdf220", "S001R02_60s_gdf220")),
    *(f"set/{name}.set" for name in ("S001R01_EO", "S001R02_EC")),
    *(f"xdf/{name}.xdf" for name in ("eegmmidb_EO", "eegmmidb_EC", "clock_resets")),
    "openbci/OpenBCI_GUI-v6-blinks-jawClench-alpha.txt",
    *(f"rest/{name}.edf" for name in ("H_S1_EC", "H_S2_EC", "H_S2_EO", "H_S10_EO", "H_S13_EC")),
    *(f"rest/{name}.edf" for name in ("MDD_S1_EC", "MDD_S10_EC", "MDD_S10_EO", "MDD_S12_EO")),
]
RATE, SECONDS = 256, 8


def assert_same(recording: Recording, second: Signals) -> None:
    """Every signal of the file, in its order, differs by one bit at most."""
    assert len(second) == recording.info.n_channels
    for i, (label, (expected, bit)) in enumerate(second.items()):
        found = recording.data[:, i]
        assert found.shape == expected.shape, label
        assert np.abs(found - expected).max() <= bit, label


@pytest.mark.parametrize("name", PUBLIC)
def test_public_files(real_data_dir: Path, name: str) -> None:
    path = real_data_dir / name
    unit = "uV" if "clock_resets" in name else None  # it tells no unit, and holds no EEG
    assert_same(load_recording(path, unit=unit), READERS[path.suffix](path))


@pytest.fixture(scope="module")
def volts() -> np.ndarray:
    """Return 19 channels of noise with offsets and steps, none alike."""
    rng = np.random.default_rng(0)
    data = rng.standard_normal((19, RATE * SECONDS)) * rng.uniform(5, 80, (19, 1))
    data += np.linspace(-1000, 1000, 19)[:, None]
    data[:, RATE : RATE + 5] += 900
    return data * 1e-6


@pytest.mark.parametrize("writer", WRITERS)
def test_nineteen_channels_by_many_writers(tmp_path: Path, volts: np.ndarray, writer: str) -> None:
    labels = standard_montage(19)
    path, bit = WRITERS[writer](tmp_path / "x", labels, volts, RATE)
    recording = load_recording(path)
    assert recording.info.sfreq == RATE
    assert not recording.gaps
    if path.suffix != ".txt":
        assert recording.info.ch_names == labels
    assert len(recording.info.eeg) == 19
    # Some writers cut instead of rounding; what is kept is a float32.
    assert np.abs(recording.data - volts.T).max() <= bit + 2e-3 * FLOAT32
    assert_same(recording, READERS[path.suffix](path))


def test_ant_files_without_a_date_of_birth(tmp_path: Path, volts: np.ndarray) -> None:
    labels = standard_montage(19)
    path, bit = ant_by_antio(tmp_path / "x", labels, volts, RATE)
    recording = load_recording(path)
    assert (recording.info.sfreq, recording.info.ch_names) == (RATE, labels)
    assert recording.info.reference == "CPz"
    assert np.abs(recording.data - volts.T).max() <= bit
    path.write_bytes(path.read_bytes()[:64])
    with pytest.raises(UserError, match="is damaged"):
        load_recording(path)


def test_files_of_a_geodesic_net(
    tmp_path: Path, volts: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    path, bit = mff_by_mffpy(tmp_path / "x", (), volts, RATE)
    recording = load_recording(path)
    assert (recording.info.sfreq, recording.info.ch_names[:2]) == (RATE, ("E1", "E2"))
    assert np.abs(recording.data[:, :19] - volts.T).max() <= bit
    assert not recording.data[:, 19:128].any()
