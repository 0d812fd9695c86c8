"""Small EDF and BDF files, byte by byte."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest


def edf_bytes(
    *,
    labels: Sequence[str] = ("EEG F3-LE", "EEG F4-LE", "EEG Cz-LE"),
    unit: str = "uV",
    sfreq: int = 64,
    onsets: Sequence[float] = (0, 1, 2),
    remarks: Sequence[tuple[float, float, str]] = (),
    plus: str = "C",
    bdf: bool = False,
    n_records: int | None = None,
    seed: int = 0,
) -> bytes:
    """Return a file of records of one second, digital values equal to physical ones."""
    width, name = (3, "BDF") if bdf else (2, "EDF")
    top = 2 ** (8 * width - 1) - 1
    n_text = 40
    columns: list[tuple[int, list[Any]]] = [
        (16, [*labels, f"{name} Annotations"]),
        (80, [""] * (len(labels) + 1)),
        (8, [unit] * len(labels) + [""]),
        (8, [-top - 1] * (len(labels) + 1)),
        (8, [top] * (len(labels) + 1)),
        (8, [-top - 1] * (len(labels) + 1)),
        (8, [top] * (len(labels) + 1)),
        (80, [""] * (len(labels) + 1)),
        (8, [sfreq] * len(labels) + [n_text]),
        (32, [""] * (len(labels) + 1)),
    ]
    n_signals = len(labels) + 1
    first = b"\xffBIOSEMI" if bdf else b"0".ljust(8)
    head = [
        first,
        b"X X X X".ljust(80),
        b"Startdate X X X X".ljust(80),
        b"01.01.0101.00.00",
        str(256 * (n_signals + 1)).encode().ljust(8),
        (f"{name}+{plus}" if plus else "").encode().ljust(44),
        str(len(onsets) if n_records is None else n_records).encode().ljust(8),
        b"1".ljust(8),
        str(n_signals).encode().ljust(4),
    ]
    for size, values in columns:
        head += [str(v).encode().ljust(size) for v in values]
    rng = np.random.default_rng(seed)
    records = []
    for i, onset in enumerate(onsets):
        for _ in labels:
            digital = rng.integers(-80, 80, sfreq, dtype=np.int32)
            records.append(digital.view(np.uint8).reshape(-1, 4)[:, :width].tobytes())
        text = f"+{onset:g}\x14\x14\x00"
        if i == 0:
            text += "".join(f"+{a:g}\x15{b:g}\x14{c}\x14\x00" for a, b, c in remarks)
        records.append(text.encode().ljust(n_text * width, b"\x00"))
    return b"".join(head + records)


@pytest.fixture(scope="session")
def make_edf() -> Callable[..., bytes]:
    """Return the maker of small EDF and BDF files."""
    return edf_bytes
