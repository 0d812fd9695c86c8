"""Measures agree with what MNE and SciPy compute from the same samples; see the benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.agreement import SAME, agreement


@pytest.mark.parametrize("name", ["set/S001R02_EC.set", "xdf/eegmmidb_EO.xdf", "edf/S001R01.edf"])
def test_definitions_are_those_of_others(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("BENCHMARK_RECORDINGS", str(data_dir / name))
    (row,) = agreement(True).to_dict()["rows"]
    for measure in ("spectra", "alpha power", "FAA", "FAA CSD", "cordance z", "IAF Hz"):
        assert row[measure] < SAME, measure
    if row["FAA read"] != "-":
        assert row["FAA read"] < SAME
