"""Any XDF file of one stream: what is read is what was sent, or a sentence says what is not."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from truth import Truth, true_or_said
from writers import xdf_bytes

from neurofeedback.acquisition.replay import load_recording

NAMES = ("Fp1", "Fp2", "F3", "F4", "Cz", "Pz", "O1", "O2")
UNITS = {
    "uV": 1e-6, "microvolts": 1e-6, "Microvolt": 1e-6, "microVolts": 1e-6, "\u00b5V": 1e-6,
    "\u03bcV": 1e-6, "mV": 1e-3, "millivolts": 1e-3, "V": 1.0, "volts": 1.0, "nV": 1e-9, "-6": 1e-6,
    "": 1e-6, "none": 1e-6, "counts": 1e-6, "uv ": 1e-6, "MICROVOLTS": 1e-6,
}  # fmt: skip


@settings(max_examples=examples(250), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    n_channels=st.integers(1, len(NAMES)),
    rate=st.sampled_from([100.0, 128.0, 250.0, 256.0, 500.0]),
    kind=st.sampled_from(["f4", "f8", "i1", "i2", "i4", "i8"]),
    unit=st.sampled_from(list(UNITS)),
    odd_unit=st.one_of(st.none(), st.sampled_from(list(UNITS))),
    nominal=st.sampled_from(
        [None, None, "0", "250", "256", "500", "", "fast", "-1", "inf", "1e300"]
    ),
    footer=st.booleans(),
    n_chunk=st.sampled_from([1, 7, 32, 500]),
    lost=st.one_of(st.none(), st.tuples(st.integers(300, 900), st.integers(1, 200))),
    jitter=st.sampled_from([0.0, 0.0, 1e-4, 2e-3]),
    described=st.integers(-1, 1),
    cut=st.one_of(st.none(), st.integers(1, 4000)),
    seed=st.integers(0, 999),
)
def test_any_stream(
    n_channels: int, rate: float, kind: str, unit: str, odd_unit: str | None, nominal: str | None,
    footer: bool, n_chunk: int, lost: tuple[int, int] | None, jitter: float, described: int,
    cut: int | None, seed: int,
) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    volts = rng.normal(0, 20e-6, (round(6 * rate), n_channels))
    units = [unit] * n_channels
    if odd_unit is not None:
        units[-1] = odd_unit
    stored = volts / [UNITS[u] for u in units]
    if kind.startswith("i"):
        stored = np.clip(np.round(stored), np.iinfo(kind).min, np.iinfo(kind).max)
    stored = stored.astype(kind)
    stamps = 1e5 + np.arange(len(stored)) / rate + rng.uniform(0, 1, len(stored)) * jitter / 2
    if lost is not None:
        at, n = lost
        stored, stamps = (
            np.delete(stored, slice(at, at + n), 0),
            np.delete(stamps, slice(at, at + n)),
        )
    names = NAMES[: max(0, n_channels + min(described, 0))] + ("A1",) * max(0, described)
    desc = "".join(
        f"<channel><label>{name}</label><unit>{u}</unit><type>EEG</type></channel>"
        for name, u in zip(names, [*units, ""], strict=False)
    )
    content = xdf_bytes(
        stored, rate=rate, desc=desc, stamps=stamps, nominal=nominal, footer=footer, n_chunk=n_chunk
    )
    truths = [
        Truth(name, stored[:, i].astype(float) * UNITS[u],
              UNITS[u] if kind.startswith("i") else 1e-12, rate)
        for i, (name, u) in enumerate(zip(NAMES, units, strict=False))
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.xdf"
        path.write_bytes(content[: -cut if cut else None])
        true_or_said(path, truths)


@pytest.mark.parametrize(
    "stamps",
    [np.zeros(2000), np.full(2000, 7.0), np.arange(2000)[::-1] / 250, np.r_[np.nan, :1999]],
    ids=["zero", "equal", "backwards", "no number"],
)
def test_time_stamps_that_do_not_run_are_said(tmp_path: Path, stamps: np.ndarray) -> None:
    samples = np.random.default_rng(0).normal(0, 20, (2000, 2)).astype("f4")
    path = tmp_path / "x.xdf"
    path.write_bytes(xdf_bytes(samples, rate=250.0, stamps=stamps))
    recording = load_recording(path, unit="uV")
    assert (recording.info.sfreq, recording.gaps) == (250, ())
    assert any("do not run" in note for note in recording.notes)
    assert (np.diff(recording.timestamps) > 0).all()
