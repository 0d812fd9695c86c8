"""Any BrainVision header: what is read is what made the file, or a sentence says what is not.

Two things cannot be told by any reader: another sampling interval, and another order of samples.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from truth import Truth, true_or_said

from neurofeedback.acquisition.replay import load_recording

NAMES = ("Fp1", "Fp2", "F3", "F4", "Cz", "Pz", "O1", "O2")
UNITS = {
    "\u00b5V": 1e-6, "\u03bcV": 1e-6, "uV": 1e-6, "UV": 1e-6, "microvolts": 1e-6, "uVolt": 1e-6,
    "": 1e-6, "mV": 1e-3, "V": 1.0, "nV": 1e-9, "\u00c2\u00b5V": 1e-6,
}  # fmt: skip
KINDS = {"INT_16": "<i2", "INT_32": "<i4", "IEEE_FLOAT_32": "<f4"}
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "ANSI", "latin-1": "ISO-8859-1",
             "utf-16": "UNICODE"}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A recording of three files, before it is written."""

    n_channels: int = 4
    n_times: int = 2000
    rate: int = 250
    unit: str = "\u00b5V"
    kind: str = "INT_16"
    resolution: float = 0.1
    vectorized: bool = False
    encoding: str = "utf-8"
    newline: str = "\r\n"
    points: bool = True
    comment: str = ""
    seed: int = 0
    decimal: str = "."

    @property
    def stored(self) -> np.ndarray:
        rng = np.random.default_rng(self.seed)
        size = 20e-6 / (self.resolution * UNITS[self.unit])
        data = rng.normal(0, size, (self.n_channels, self.n_times))
        kind = np.dtype(KINDS[self.kind])
        return (data if kind.kind == "f" else np.round(data)).astype(kind)

    @property
    def truths(self) -> list[Truth]:
        bit = self.resolution * UNITS[self.unit]
        return [
            Truth(name, row * bit, bit, self.rate)
            for name, row in zip(NAMES, self.stored.astype(np.float64), strict=False)
        ]

    @property
    def header(self) -> str:
        resolution = f"{self.resolution:.10g}".replace(".", self.decimal)
        lines = [
            "Brain Vision Data Exchange Header File Version 1.0", "; made for a test",
            "[Common Infos]", f"Codepage={ENCODINGS[self.encoding]}", "DataFile=x.eeg",
            "MarkerFile=x.vmrk", "DataFormat=BINARY",
            f"DataOrientation={'VECTORIZED' if self.vectorized else 'MULTIPLEXED'}",
            f"NumberOfChannels={self.n_channels}", *([f"DataPoints={self.n_times}"] * self.points),
            f"SamplingInterval={1e6 / self.rate:.10g}".replace(".", self.decimal),
            "[Binary Infos]", f"BinaryFormat={self.kind}", "[Channel Infos]",
            *(f"Ch{i + 1}={name},,{resolution}" + (f",{self.unit}" if self.unit else "")
              for i, name in enumerate(NAMES[: self.n_channels])),
            self.comment,
        ]  # fmt: skip
        return self.newline.join(lines)

    def write(self, folder: Path) -> Path:
        path = folder / "x.vhdr"
        path.write_bytes(self.header.encode(self.encoding))
        stored = self.stored if self.vectorized else self.stored.T
        (folder / "x.eeg").write_bytes(np.ascontiguousarray(stored).tobytes())
        marks = self.newline.join([
            "Brain Vision Data Exchange Marker File, Version 1.0", "[Common Infos]",
            f"Codepage={ENCODINGS[self.encoding]}", "DataFile=x.eeg", "[Marker Infos]",
            "Mk1=New Segment,,1,1,0,20260101000000000000", "Mk2=Comment,\u00dcbung,501,1,0", "",
        ])  # fmt: skip
        (folder / "x.vmrk").write_bytes(marks.encode(self.encoding))
        return path


def encodable(made: Made) -> bool:
    try:
        made.header.encode(made.encoding)
    except UnicodeEncodeError:
        return False
    return True


COMMENTS = ["", "[Comment]", "[Comment]\nA m p l i f i e r\n[Comment] twice",
            "[Comment]\nChannels\n--------\n#     Name      Phys. Chn.    Resolution / Unit",
            "[Coordinates]\nCh1=0,0,0\nCh2=1,-46,45",
            "[Comment]\nImpedance [kOhm] at 25:61:00 :\nFp1: ???"]  # fmt: skip

recordings = st.builds(
    Made,
    n_channels=st.integers(1, len(NAMES)),
    n_times=st.integers(300, 900),
    rate=st.sampled_from([128, 160, 250, 256, 500]),
    unit=st.sampled_from(list(UNITS)),
    kind=st.sampled_from(list(KINDS)),
    resolution=st.sampled_from([0.1, 0.5, 0.0488281, 1.0, 1e-3]),
    vectorized=st.booleans(),
    encoding=st.sampled_from(list(ENCODINGS)),
    newline=st.sampled_from(["\n", "\r\n"]),
    points=st.booleans(),
    comment=st.sampled_from(COMMENTS),
    seed=st.integers(0, 99),
    decimal=st.sampled_from([".", ","]),
).filter(encodable)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recordings)
def test_any_writer(made: Made) -> None:
    if made.kind == "INT_16" and made.resolution * UNITS[made.unit] < 1e-8:
        made = replace(made, kind="INT_32")
    if made.resolution * UNITS[made.unit] > 2e-6:  # nothing is left of EEG at so few bits
        made = replace(made, kind="IEEE_FLOAT_32")
    with tempfile.TemporaryDirectory() as folder:
        path = made.write(Path(folder))
        assert true_or_said(path, made.truths) == ""
        (remark,) = [a for a in load_recording(path).annotations if "bung" in a.text]
        assert remark.text == "\u00dcbung"
        assert remark.onset == pytest.approx(500 / made.rate)


def in_header(old: str, new: str) -> Callable[[Path], object]:
    def broken(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8", newline="")

    return broken


def cut(n: int) -> Callable[[Path], object]:
    def broken(path: Path) -> None:
        data = path.with_suffix(".eeg")
        data.write_bytes(data.read_bytes()[:-n] if n > 0 else data.read_bytes() + bytes(-n))

    return broken


DAMAGES = {
    "a channel more": in_header("NumberOfChannels=4", "NumberOfChannels=5"),
    "a channel less": in_header("NumberOfChannels=4", "NumberOfChannels=3"),
    "half of the points": in_header("DataPoints=2000", "DataPoints=1000"),
    "too many points": in_header("DataPoints=2000", "DataPoints=2001"),
    "no channel 2": in_header("Ch2=Fp2", "Ch9=Fp2"),
    "channel 2 twice": in_header("Ch2=Fp2", "Ch1=Fp2"),
    "one name twice": in_header("Ch2=Fp2", "Ch2=Fp1"),
    "no resolution": in_header("F3,,0.1", "F3,,"),
    "resolution 0": in_header("F3,,0.1", "F3,,0"),
    "resolution below 0": in_header("F3,,0.1", "F3,,-0.1"),
    "resolution of words": in_header("F3,,0.1", "F3,,fine"),
    "another resolution": in_header("F3,,0.1", "F3,,0.7"),
    "another format": in_header("INT_16", "INT_32"),
    "unsigned": in_header("INT_16", "UINT_16"),
    "no format": in_header("BinaryFormat=INT_16", ""),
    "an orientation of nobody": in_header("DataOrientation=", "DataOrientation=DIAGONAL"),
    "no interval": in_header("SamplingInterval=4000", "SamplingInterval=0"),
    "a unit of nobody": in_header("F3,,0.1,\u00b5V", "F3,,0.1,banana"),
    "a unit of a thousandth": in_header("F3,,0.1,\u00b5V", "F3,,0.1,nV"),
    "text": in_header("DataFormat=BINARY", "DataFormat=ASCII"),
    "no markers": lambda path: path.with_suffix(".vmrk").unlink(),
    "markers of nothing": lambda path: path.with_suffix(".vmrk").write_bytes(b"\x80\x81"),
    "a sample cut": cut(2),
    "a frame cut": cut(8),
    "half a sample cut": cut(3),
    "bytes behind": cut(-5),
    "segments": in_header("[Binary", "SegmentationType=MARKERBASED\n[Binary"),
    "no samples": lambda path: path.with_suffix(".eeg").write_bytes(b""),
}


@pytest.mark.parametrize("vectorized", [False, True])
@pytest.mark.parametrize("damage", DAMAGES)
def test_any_damage(tmp_path: Path, damage: str, vectorized: bool) -> None:
    made = Made(vectorized=vectorized)
    path = made.write(tmp_path)
    DAMAGES[damage](path)
    said = true_or_said(path, made.truths)
    for advice in ("override", "mne", "pip", "unpack", "convert", "object"):
        assert advice not in said.replace(str(tmp_path), "")


@pytest.mark.parametrize("vectorized", [False, True])
@pytest.mark.parametrize("decimal", [".", ","])
def test_samples_as_text(tmp_path: Path, vectorized: bool, decimal: str) -> None:
    made = Made(vectorized=vectorized, resolution=1.0, kind="IEEE_FLOAT_32")
    path = made.write(tmp_path)
    text = path.read_text(encoding="utf-8").replace("DataFormat=BINARY", "DataFormat=ASCII")
    skip = f"SkipLines={int(not vectorized)}\nSkipColumns={int(vectorized)}"
    path.write_text(
        text.replace("[Binary Infos]", f"[ASCII Infos]\nDecimalSymbol={decimal}\n{skip}")
    )
    rows = [[f"{x:.4f}".replace(".", decimal) for x in row] for row in made.stored]
    if vectorized:
        lines = [" ".join([name, *row]) for name, row in zip(NAMES, rows, strict=False)]
    else:
        lines = [" ".join(NAMES[:4]), *map(" ".join, zip(*rows, strict=True))]
    path.with_suffix(".eeg").write_text("\n".join(lines) + "\n")
    truths = [replace(truth, bit=1e-10) for truth in made.truths]
    assert true_or_said(path, truths) == ""


def test_samples_of_two_bytes_in_the_other_order(tmp_path: Path) -> None:
    made = Made()
    path = made.write(tmp_path)
    in_header("[Channel Infos]", "UseBigEndianOrder=YES\n[Channel Infos]")(path)
    path.with_suffix(".eeg").write_bytes(made.stored.T.astype(">i2").tobytes())
    assert true_or_said(path, made.truths) == ""
