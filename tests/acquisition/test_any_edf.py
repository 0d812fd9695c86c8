"""Any header of EDF and BDF: what is read is what made the file, or a sentence says what is not.

A file is made of known signals, its fields spelled as many programs do, and then at most one thing
is broken. Whatever that is: each EEG channel that is read equals the truth to one bit, all are read
and at the true rate; or something is said, or the file is refused.

One thing cannot be told by any reader: a plain EDF that declares another length of its records.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from truth import Truth, true_or_said

NAMES = ("Fp1", "Fp2", "F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2")
OTHERS = (b"ECG", b"Resp", b"EOG left", b"SpO2", b"X1", b"\xc4rger", "Größe".encode(), b"")
UNITS = {
    b"uV": 1e-6, b"uv": 1e-6, b"UV": 1e-6, b"Uv": 1e-6, b"uV\0\0": 1e-6, b"\0\0\0\0\0\0\0\0": None,
    b"\xb5V": 1e-6, b"\xc2\xb5V": 1e-6, b"\xce\xbcV": 1e-6, b"microV": 1e-6, b"uVolt": 1e-6,
    b"uVolts": 1e-6, b" uV": 1e-6, b"mV": 1e-3, b"mv": 1e-3, b"V": 1.0, b"nV": 1e-9, b"": None,
    b"MV": None, b"-6": 1e-6, b"banana": None, b"?V": None, b"\xe6V": None, b"kV": None, b"%": None,
}  # fmt: skip
FIXED = {"version": (0, 8), "patient": (8, 80), "recording": (88, 80), "date": (168, 8),
         "time": (176, 8), "header bytes": (184, 8), "reserved": (192, 44), "records": (236, 8),
         "duration": (244, 8), "signals": (252, 4)}  # fmt: skip
PER_SIGNAL = (("label", 16), ("transducer", 80), ("unit", 8), ("physical min", 8),
              ("physical max", 8), ("digital min", 8), ("digital max", 8), ("prefilter", 80),
              ("samples", 8), ("own", 32))  # fmt: skip


@dataclass(repr=False)
class Signal:
    """A signal as it was recorded: digital values and how they become volts."""

    label: bytes
    rate: int
    unit: bytes
    low: float
    high: float
    bottom: int
    top: int
    stored: NDArray[np.int32]

    def __repr__(self) -> str:
        return f"{self.label!r} {self.rate} {self.unit!r} {self.low}..{self.high} {self.top}"

    @property
    def volts(self) -> NDArray[np.float64]:
        bit = (self.high - self.low) / (self.top - self.bottom)
        return (self.low + (self.stored - self.bottom) * bit) * (UNITS[self.unit] or 1e-6)

    @property
    def bit(self) -> float:
        return abs(self.high - self.low) / (self.top - self.bottom) * (UNITS[self.unit] or 1e-6)


def file_of(signals: list[Signal], n_records: int, width: int, plus: str) -> bytes:
    """Return the bytes of the file; records last a second."""
    name = b"BDF" if width == 3 else b"EDF"
    n = len(signals) + bool(plus)
    heads = [
        [s.label, b"", s.unit, b"%.7g" % s.low, b"%.7g" % s.high, b"%d" % s.bottom, b"%d" % s.top,
         b"", b"%d" % s.rate, b""]
        for s in signals
    ]  # fmt: skip
    top = 2 ** (8 * width - 1)
    if plus:
        heads.append([name + b" Annotations", b"", b"", b"-1", b"1", b"%d" % -top,
                      b"%d" % (top - 1), b"", b"20", b""])  # fmt: skip
    first = b"\xffBIOSEMI" if width == 3 else b"0".ljust(8)
    fixed = [first, b"X X X X".ljust(80), b"Startdate X X X X".ljust(80), b"01.01.0101.00.00",
             b"%-8d" % (256 * (n + 1)), (name + b"+" + plus.encode() if plus else b"").ljust(44),
             b"%-8d" % n_records, b"1".ljust(8), b"%-4d" % n]  # fmt: skip
    parts = fixed + [
        head[k].ljust(size) for k, (_, size) in enumerate(PER_SIGNAL) for head in heads
    ]
    for record in range(n_records):
        for s in signals:
            cut = s.stored[record * s.rate : (record + 1) * s.rate].astype("<i4")
            parts.append(cut.view(np.uint8).reshape(-1, 4)[:, :width].tobytes())
        if plus:
            parts.append(b"+%d\x14\x14\0".ljust(20 * width, b"\0") % record)
    return b"".join(parts)


@st.composite
def recordings(draw: st.DrawFn) -> tuple[list[Signal], int, int, str]:
    """Draw EEG of one rate and calibration beside other signals of any; size as of EEG."""
    width = draw(st.sampled_from([2, 3]))
    n_records = draw(st.integers(4, 12))
    rate = draw(st.sampled_from([100, 128, 200, 256]))
    unit = draw(st.sampled_from([u for u, factor in UNITS.items() if factor or not u.strip(b"\0")]))
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    top = draw(st.sampled_from([2**11, 2**15] if width == 2 else [2**15, 2**23]))
    span = draw(st.sampled_from([400.0, 3276.7, 3200.0])) * 1e-6 / (UNITS[unit] or 1e-6)
    low, high = float(b"%.7g" % -span), float(b"%.7g" % span)
    n_eeg = draw(st.integers(4, len(NAMES)))

    def signal(label: bytes, rate: int, unit: bytes) -> Signal:
        size = rng.uniform(0.005, 0.2) * top  # of the range
        stored = np.clip(rng.normal(0, size, rate * n_records), -top, top - 1).round()
        return Signal(label, rate, unit, low, high, -top, top - 1, stored.astype(np.int32))

    signals = [signal(name.encode(), rate, unit) for name in NAMES[:n_eeg]]
    for label in draw(st.lists(st.sampled_from(OTHERS), max_size=3, unique=True)):
        other = draw(st.sampled_from([1, 32, 100, 128, 256, 512]))
        at = draw(st.integers(0, len(signals)))
        signals.insert(at, signal(label, other, draw(st.sampled_from(list(UNITS)))))
    return signals, n_records, width, draw(st.sampled_from(["", "C"]))


TEXTS = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(list(UNITS)),
    st.sampled_from([b"0", b"-1", b"1", b"1,5", b"1e9", b"nan", b"inf", b"-0", b"1_0", b"0x10",
                     b"9" * 8, b"\0" * 8, b" 100", b"EDF Annotations", b"EDF+D"]),
    st.integers(-40000, 40000).map(lambda n: b"%d" % n),
    st.floats(-4000, 4000).map(lambda x: b"%.6g" % x),
)  # fmt: skip


@st.composite
def damages(draw: st.DrawFn) -> tuple[str, int, bytes]:
    """Draw what is broken: a field and of which signal (as a seed), and what stands there."""
    what = draw(
        st.sampled_from([*FIXED, *(name for name, _ in PER_SIGNAL), "swap", "cut", "tail", "digit"])
    )
    return what, draw(st.integers(0, 10**6)), draw(TEXTS)


def damaged(content: bytes, n: int, damage: tuple[str, int, bytes]) -> bytes:
    what, seed, new = damage
    header = 256 * (n + 1)
    if what == "cut":
        return content[: 256 + seed % (len(content) - 256)]
    if what == "tail":
        return content + new
    if what in FIXED:
        at, size = FIXED[what]
        return content[:at] + new[:size].ljust(size) + content[at + size :]
    if what == "digit":  # one byte of the header
        at = seed % header
        return content[:at] + (new or b"\0")[:1] + content[at + 1 :]
    starts, at = {}, 256
    for name, size in PER_SIGNAL:
        starts[name] = at, size
        at += size * n
    if what == "swap":
        name = ("physical", "digital")[seed % 2]
        (a, size), (b, _) = starts[f"{name} min"], starts[f"{name} max"]
        a, b = (start + size * (seed // 2 % n) for start in (a, b))
        return (content[:a] + content[b : b + size] + content[a + size : b] + content[a : a + size]
                + content[b + size :])  # fmt: skip
    at, size = starts[what]
    at += size * (seed % n)
    return content[:at] + new[:size].ljust(size) + content[at + size :]


def check(content: bytes, signals: list[Signal]) -> str:
    """Compare what is read with the truth; return what was said, or why the file was refused."""
    labels = [content[at : at + 16].strip() for at in range(256, 256 + 16 * len(signals), 16)]
    truths = [
        Truth(s.label.decode(), s.volts, s.bit, s.rate)
        for s, label in zip(signals, labels, strict=True)
        # What is called otherwise is no EEG.
        if s.label.decode("latin-1") in NAMES and label == s.label
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.edf"
        path.write_bytes(content)
        return true_or_said(path, truths)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recordings())
def test_any_units_and_rates_of_a_whole_file(
    made: tuple[list[Signal], int, int, str],
) -> None:
    check(file_of(*made), made[0])


@settings(max_examples=examples(400), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(recordings(), damages())
def test_any_damage_of_one_field(
    made: tuple[list[Signal], int, int, str], damage: tuple[str, int, bytes]
) -> None:
    signals, _, _, plus = made
    n = len(signals) + bool(plus)
    whole = file_of(*made)
    content = damaged(whole, n, damage)
    if not plus and content[244:252] != whole[244:252]:
        return
    check(content, signals)
