"""SHA-256 of every file that a replay at full speed writes, without what differs every time.

``python -m tests.golden.replay_digest`` writes replay.json anew; when that may be done stands in
README.md.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from datetime import date, time
from pathlib import Path

import edfio
import numpy as np

import neurofeedback
from tests.golden.readings import HERE, command, machine

REPLAY = HERE / "replay.json"
REAL = HERE.parents[2] / "shared" / "data" / "edf" / "S001R01.edf"
NAMES = (
    "Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz",
    "C4", "T8", "P7", "P3", "Pz", "P4", "P8", "O1", "O2",
)  # fmt: skip
SFREQ, SECONDS = 160, 60

# When it was recorded and by what, and checksums of lines and files with such in them.
MASKS = (
    (re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(Z|[+-]\d\d:\d\d)?"), b"DATE"),
    (re.compile(rb"(New Segment,,.*),\d{20}$", re.M), rb"\1,DATE"),
    (re.compile(rb'"(versions|files)": \{[^}]*\}'), rb'"\1": {}'),
    (re.compile(rb'"SoftwareVersions": "[^"]*"'), b'"SoftwareVersions": ""'),
    (re.compile(rb'"line_crc32": "\w{8}"'), b'"line_crc32": ""'),  # goes on from line to line
)


def write_edf(path: Path) -> None:
    """Write a minute of pink noise with alpha and blinks, always the same."""
    rng = np.random.default_rng(20260301)
    n = SFREQ * SECONDS
    spectrum = rng.standard_normal((n // 2 + 1, len(NAMES), 2)) @ (1.0, 1j)
    spectrum /= np.sqrt(np.maximum(np.arange(n // 2 + 1), SECONDS))[:, None]
    noise = np.fft.irfft(spectrum, n, axis=0)
    seconds = np.arange(n) / SFREQ
    alpha = np.sin(2 * np.pi * 10 * seconds) * (1 + 0.5 * np.sin(2 * np.pi * seconds / 7))
    blinks = sum(np.exp(-(((seconds - at) / 0.12) ** 2)) for at in np.arange(3.3, SECONDS, 5.7))
    signals = []
    for i, name in enumerate(NAMES):
        frontal = {"Fp": 150.0, "F3": 25.0, "F4": 25.0, "Fz": 25.0}
        eye = frontal.get(name[:2], 0.0)
        volts = 10 * noise[:, i] / noise[:, i].std() + (4 + i % 5) * alpha + eye * blinks
        signals.append(
            edfio.EdfSignal(
                np.round(volts, 1), SFREQ, label=name, physical_dimension="uV",
                physical_range=(-800.0, 800.0),
            )
        )  # fmt: skip
    recording = edfio.Recording(startdate=date(2026, 3, 1))
    edfio.Edf(signals, starttime=time(9, 30), recording=recording).write(path)


def replayed(edf: Path, folder: Path) -> dict[str, str]:
    """Replay a recording as a session; return the digest of each file it wrote.

    Parameters
    ----------
    folder : Path
        Dataset folder, not there yet.
    """
    command("replay", edf, "-p", "faa-up", "--speed", "max", "--headless", "-u", "golden",
            "--out", folder, "--second-out", folder.with_name("second"))  # fmt: skip
    written = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {p.relative_to(folder).as_posix(): masked_digest(p, edf) for p in written}


def masked_digest(path: Path, edf: Path) -> str:
    return hashlib.sha256(masked(path, edf)).hexdigest()


def masked(path: Path, edf: Path) -> bytes:
    """Return a file without dates, versions, places and what follows from them."""
    content = path.read_bytes()
    if path.suffix in (".eeg", ".f64"):
        return content
    if path.name.endswith("_chunks.tsv"):
        # The last column is the checksum of a line with the moment of arrival.
        rows = [line.split(b"\t") for line in content.splitlines()]
        arrival = rows[0].index(b"arrival")
        return b"\n".join(b"\t".join(row[:arrival] + row[arrival + 1 : -1]) for row in rows)
    content = content.replace(str(edf.parent).encode(), b"PLACE")
    for pattern, mask in MASKS:
        content = pattern.sub(mask, content)
    return content.replace(neurofeedback.__version__.encode(), b"VERSION")


def main() -> None:
    golden: dict[str, object] = {"made-on": machine()}
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.edf"
        write_edf(made)
        golden["made.edf"] = replayed(made, Path(folder) / "made" / "data")
        golden[REAL.name] = replayed(REAL, Path(folder) / "real" / "data")
    REPLAY.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
