"""Theta of cingulate regions in `measure`: power by its definition, leakage in words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import welch

from neurofeedback.acquisition.replay import load_recording
from neurofeedback.errors import UserError
from neurofeedback.report.roi import roi_section
from neurofeedback.report.sections import Reading
from neurofeedback.signal.region.kernel import make_roi_kernel


def test_power_of_a_region_is_what_its_kernel_gives(data_dir: Path) -> None:
    recording = load_recording(data_dir / "rest/H_S2_EC.edf")
    section = roi_section(Reading(recording))
    value = {n.name: n.value for n in section.numbers}
    eeg = list(recording.info.eeg)
    kernel = make_roi_kernel([recording.info.ch_names[i] for i in eeg], "pgACC")
    sources = recording.data[:, eeg] @ kernel.matrix.T * 1e9
    freqs, psd = welch(sources, recording.info.sfreq, nperseg=512, axis=0)
    inside = (freqs >= 4) & (freqs <= 8)
    expected = psd[inside].mean(axis=0).reshape(2, 3).sum(axis=1).mean()
    assert value["pgACC theta, not logarithmic"] == pytest.approx(expected, rel=1e-9)
    assert value["pgACC theta"] == pytest.approx(np.log(expected))


def test_the_words_and_the_panel_travel_along(data_dir: Path) -> None:
    section = roi_section(Reading(load_recording(data_dir / "rest/H_S2_EC.edf")))
    text = " ".join(section.sentences)
    assert "at least as strongly to other frontal cortex as to the sgACC" in text
    assert "sgACC theta (experimental)" in [n.name for n in section.numbers]
    details = json.loads(json.dumps(section.to_dict(), allow_nan=False))["details"]
    assert details["sgACC"]["leakage"]["gain_ratio"] < 1
    assert details["sgACC"]["experimental"]


def test_the_reference_does_not_matter(data_dir: Path) -> None:
    recording = load_recording(data_dir / "bdf/S001R01_EO.bdf")
    one, other = roi_section(Reading(recording)), roi_section(Reading(recording, ("Cz",)))
    assert one.numbers == other.numbers


def test_too_few_electrodes_are_refused(real_data_dir: Path) -> None:
    path = real_data_dir / "openbci/OpenBCI_GUI-v6-blinks-jawClench-alpha.txt"
    with pytest.raises(UserError, match="19"):
        roi_section(Reading(load_recording(path)))
