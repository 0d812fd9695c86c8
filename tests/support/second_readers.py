"""A second reader for each format, which shares nothing with the one of the program.

Each returns the signals of a file by label, in volts, and what one bit of the file is in volts.
EDF and BDF are read by pyedflib, the rest by a few lines on the format's own definition; none copes
with a file that is odd.
"""

from __future__ import annotations

import configparser
import csv
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

Signals = dict[str, tuple[NDArray[np.float64], float]]  # label: samples and resolution, V
VOLTS = {"uV": 1e-6, "\u00b5V": 1e-6, "mV": 1e-3, "V": 1.0, "nV": 1e-9, "-6": 1e-6}
FLOAT32 = 2.0**-23


def read_edf(path: Path) -> Signals:
    import pyedflib

    found: Signals = {}
    with pyedflib.EdfReader(str(path)) as file:
        for i, header in enumerate(file.getSignalHeaders()):
            span = header["physical_max"] - header["physical_min"]
            bit = abs(span / (header["digital_max"] - header["digital_min"]))
            volts = VOLTS.get(header["dimension"], 1.0)
            found[header["label"]] = file.readSignal(i) * volts, bit * volts
    return found


def read_brainvision(path: Path) -> Signals:
    text = path.read_text(encoding="utf-8").partition("[Comment]")[0].partition("\n")[2]
    header = configparser.ConfigParser(interpolation=None, comment_prefixes=(";",), strict=False)
    header.read_string(text)
    common, kind = header["Common Infos"], header["Binary Infos"]["BinaryFormat"]
    width = {"INT_16": "<i2", "INT_32": "<i4", "IEEE_FLOAT_32": "<f4"}[kind]
    n = int(common["NumberOfChannels"])
    stored = np.fromfile(path.parent / common["DataFile"], width).astype(np.float64)
    data = stored.reshape(-1, n).T if common["DataOrientation"] == "MULTIPLEXED" else (
        stored.reshape(n, -1)
    )  # fmt: skip
    found: Signals = {}
    for i, row in enumerate(data):
        name, _, resolution, unit = [*header["Channel Infos"][f"Ch{i + 1}"].split(","), ""][:4]
        bit = float(resolution or 1) * VOLTS[unit or "\u00b5V"]
        scale = float(np.abs(row).max()) * FLOAT32 if kind == "IEEE_FLOAT_32" else 1.0
        found[name.replace("\\1", ",")] = row * bit, bit * scale
    return found


def read_fif(path: Path) -> Signals:
    """Read the raw buffers of a FIF file that holds nothing but one recording."""
    content, at, channels, parts = path.read_bytes(), 0, [], []
    kinds = {3: ">i4", 4: ">f4", 5: ">f8", 2: ">i2", 16: ">i2"}
    while at + 16 <= len(content):
        kind, form, size, following = struct.unpack(">iiii", content[at : at + 16])
        data = content[at + 16 : at + 16 + size]
        if kind == 203:  # a channel
            scale, calibration = struct.unpack(">ff", data[12:20])
            channels.append((data[80:96].split(b"\0")[0].decode(), scale * calibration))
        elif kind == 300:  # a buffer of samples
            parts.append(np.frombuffer(data, kinds[form]).astype(np.float64))
        at = at + 16 + size if following == 0 else following
        if following == -1:
            break
    table = np.concatenate([part.reshape(-1, len(channels)) for part in parts])
    return {
        name: (column * factor, float(np.abs(column * factor).max()) * FLOAT32)
        for (name, factor), column in zip(channels, table.T, strict=True)
    }


def read_set(path: Path) -> Signals:
    if path.read_bytes()[:4] == b"MATL" and b"7.3" in path.read_bytes()[:128]:
        return _read_set_hdf5(path)
    from scipy.io import loadmat

    held = loadmat(path, squeeze_me=True, struct_as_record=False)
    eeg: Any = held.get("EEG", type("Held", (), held))
    data = eeg.data
    if isinstance(data, str):
        data = np.fromfile(path.with_name(data), "<f4").reshape(-1, int(eeg.nbchan)).T
    return _microvolts([str(c.labels) for c in np.atleast_1d(eeg.chanlocs)], np.asarray(data))


def _read_set_hdf5(path: Path) -> Signals:
    import h5py

    with h5py.File(path) as file:
        eeg = file["EEG"] if "EEG" in file else file
        labels = [
            "".join(map(chr, file[at][()].ravel())) for at in eeg["chanlocs"]["labels"][()].ravel()
        ]
        return _microvolts(labels, eeg["data"][()].T)


def _microvolts(labels: list[str], data: NDArray[Any]) -> Signals:
    rows = np.asarray(data, dtype=np.float64) * 1e-6
    return {
        label: (row, float(np.abs(row).max()) * FLOAT32)
        for label, row in zip(labels, rows, strict=True)
    }


def read_gdf(path: Path) -> Signals:
    content = path.read_bytes()
    blocks, n_records = struct.unpack_from("<H", content, 184)[0], struct.unpack_from(
        "<q", content, 236
    )[0]  # fmt: skip
    n = struct.unpack_from("<H", content, 252)[0]
    at = 256

    def column(kind: str, width: int) -> list[Any]:
        nonlocal at
        cells = [content[at + i * width : at + (i + 1) * width] for i in range(n)]
        at += n * width
        return [c if kind == "text" else np.frombuffer(c, kind)[0] for c in cells]

    labels = [c.split(b"\0")[0].decode().strip() for c in column("text", 16)]
    column("text", 80 + 6)
    units = column("<u2", 2)
    low, high, bottom, top = (column("<f8", 8) for _ in range(4))
    column("text", 64 + 4 + 4 + 4 + 4)
    n_samples, kinds = column("<u4", 4), column("<u4", 4)
    types = [{1: "i1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 16: "<f4", 17: "<f8"}[int(k)]
             for k in kinds]  # fmt: skip
    record = np.dtype([(f"s{i}", types[i], (int(n_samples[i]),)) for i in range(n)])
    table = np.frombuffer(content, record, count=n_records, offset=256 * blocks)
    found: Signals = {}
    for i, label in enumerate(labels):
        # Codes of units: 4256 are volts, the low five bits a power of ten.
        volts = {0: 1.0, 18: 1e-3, 19: 1e-6, 20: 1e-9}[int(units[i]) & 31]
        bit = float((high[i] - low[i]) / (top[i] - bottom[i]))
        stored = table[f"s{i}"].ravel().astype(np.float64)
        found[label] = ((stored - bottom[i]) * bit + low[i]) * volts, abs(bit) * volts
    return found


def read_xdf(path: Path) -> Signals:
    """Read the stream of type EEG, whose samples are of one numeric type."""
    content, at = path.read_bytes(), 4
    headers: dict[int, Any] = {}
    rows: dict[int, list[Any]] = {}
    kinds = {"float32": "<f4", "double64": "<f8", "int16": "<i2", "int32": "<i4", "int8": "i1"}

    def length() -> int:
        nonlocal at
        n = content[at]
        at += 1 + n
        return int.from_bytes(content[at - n : at], "little")

    while at < len(content):
        size = length()
        stop = at + size
        (tag,) = struct.unpack_from("<H", content, at)
        (stream,) = struct.unpack_from("<I", content, at + 2) if size >= 6 else (0,)
        at += 6
        if tag == 2:
            headers[stream] = ElementTree.fromstring(content[at:stop].decode())
        elif tag == 3 and headers[stream].findtext("channel_format") in kinds:
            info = headers[stream]
            kind = np.dtype(kinds[info.findtext("channel_format")])
            n = int(info.findtext("channel_count"))
            for _ in range(length()):
                at += 1 + content[at]
                rows.setdefault(stream, []).append(np.frombuffer(content, kind, n, at))
                at += n * kind.itemsize
        at = stop
    (number,) = [k for k, info in headers.items() if info.findtext("type") in ("EEG", "eeg")]
    table = np.array(rows[number], dtype=np.float64)
    found: Signals = {}
    channels = list(headers[number].iter("channel"))
    for i, column in enumerate(table.T):
        channel = channels[i] if i < len(channels) else ElementTree.Element("channel")
        unit = channel.findtext("unit") or "uV"
        volts = VOLTS["uV" if unit == "microvolts" else unit]
        whole = (column == np.round(column)).all()
        bit = volts if whole else float(np.abs(column).max()) * FLOAT32 * volts
        found[channel.findtext("label") or f"channel {i + 1}"] = column * volts, bit
    return found


def read_openbci(path: Path) -> Signals:
    with path.open(newline="", encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith("%")]
    table = list(csv.reader(lines))
    head = [name.strip() for name in table[0]]
    bit = 4.5 / 24 / (2**23 - 1)
    return {
        name: (np.array([float(row[i]) for row in table[1:]]) * 1e-6, bit)
        for i, name in enumerate(head)
        if name.startswith("EXG")
    }


READERS: dict[str, Callable[[Path], Signals]] = {
    ".edf": read_edf, ".bdf": read_edf, ".vhdr": read_brainvision, ".fif": read_fif,
    ".set": read_set, ".gdf": read_gdf, ".xdf": read_xdf, ".txt": read_openbci,
}  # fmt: skip
