"""The same signals written in many formats, by other people's writers where there are any.

A writer takes a path without ending, labels, samples in volts of shape (n_channels, n_times) and a
whole rate in Hz; it returns the file to open and the resolution of what it wrote, V.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from second_readers import FLOAT32

Samples = NDArray[np.float64]
Written = tuple[Path, float]
TOP = 3200.0  # uV, beyond any sample


def edf_by_edfio(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    import edfio

    signals = [
        edfio.EdfSignal(row * 1e6, rate, label=label, physical_dimension="uV",
                        physical_range=(-TOP, TOP))
        for label, row in zip(labels, volts, strict=True)
    ]  # fmt: skip
    edfio.Edf(signals).write(path := stem.with_suffix(".edf"))
    return path, 2 * TOP / 65535 * 1e-6


def edf_by_pyedflib(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    return _pyedflib(stem.with_suffix(".edf"), labels, volts, rate, 15)


def bdf_by_pyedflib(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    return _pyedflib(stem.with_suffix(".bdf"), labels, volts, rate, 23)


def _pyedflib(path: Path, labels: Sequence[str], volts: Samples, rate: int, bits: int) -> Written:
    import pyedflib

    kind = pyedflib.FILETYPE_BDFPLUS if bits == 23 else pyedflib.FILETYPE_EDFPLUS
    heads = [
        {"label": label, "dimension": "uV", "sample_frequency": rate, "physical_min": -TOP,
         "physical_max": TOP, "digital_min": -(2**bits), "digital_max": 2**bits - 1,
         "transducer": "", "prefilter": ""}
        for label in labels
    ]  # fmt: skip
    with pyedflib.EdfWriter(str(path), len(labels), file_type=kind) as file:
        file.setSignalHeaders(heads)
        file.writeSamples([np.ascontiguousarray(row * 1e6) for row in volts])
    return path, 2 * TOP / (2 ** (bits + 1) - 1) * 1e-6


def brainvision_integers(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    return _pybv(stem, labels, volts, rate, "int16", 0.1)


def brainvision_floats(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    path, _ = _pybv(stem, labels, volts, rate, "float32", 1.0)
    return path, float(np.abs(volts).max()) * FLOAT32


def _pybv(
    stem: Path, labels: Sequence[str], volts: Samples, rate: int, kind: str, resolution: float
) -> Written:
    import pybv

    pybv.write_brainvision(
        data=volts, sfreq=rate, ch_names=list(labels), fname_base=stem.name, folder_out=stem.parent,
        resolution=resolution, unit="\u00b5V", fmt=f"binary_{kind}",
    )  # fmt: skip
    return stem.with_suffix(".vhdr"), resolution * 1e-6


def fif_by_mne(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    import mne

    info = mne.create_info(list(labels), rate, "eeg")
    raw = mne.io.RawArray(volts, info, verbose="error")
    raw.save(path := stem.with_name(f"{stem.name}_raw.fif"), verbose="error")
    return path, float(np.abs(volts).max()) * FLOAT32


def set_by_eeglabio(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    from eeglabio.raw import export_set

    path = stem.with_suffix(".set")
    export_set(str(path), volts, float(rate), list(labels))
    return path, float(np.abs(volts).max()) * FLOAT32


def set_of_matlab_73(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    """Write what MATLAB's ``save -v7.3`` makes of EEGLAB's structure, as far as it is read."""
    import h5py

    path = stem.with_suffix(".set")
    with h5py.File(path, "w", userblock_size=512) as file:
        eeg = file.create_group("EEG")
        eeg.attrs["MATLAB_class"] = np.bytes_("struct")
        refs = file.create_group("#refs#")

        def put(name: str, value: NDArray[np.generic], kind: str = "double") -> None:
            eeg[name] = value
            eeg[name].attrs["MATLAB_class"] = np.bytes_(kind)

        def text(value: str) -> NDArray[np.uint16]:
            return np.array([[ord(c)] for c in value], dtype=np.uint16)

        n_channels, n_times = volts.shape
        for name, number in (
            ("nbchan", n_channels), ("pnts", n_times), ("trials", 1), ("srate", rate),
            ("xmin", 0), ("xmax", (n_times - 1) / rate),
        ):  # fmt: skip
            put(name, np.array([[float(number)]]))
        put("setname", text("x"), "char")
        put("data", (volts * 1e6).astype(np.float32).T, "single")
        for name in ("event", "urevent", "epoch", "icawinv", "icaweights", "icasphere"):
            put(name, np.zeros(2, dtype=np.uint64))
            eeg[name].attrs["MATLAB_empty"] = np.uint8(1)
        places = eeg.create_group("chanlocs")
        places.attrs["MATLAB_class"] = np.bytes_("struct")
        at = []
        for i, label in enumerate(labels):
            refs[f"l{i}"] = text(label)
            refs[f"l{i}"].attrs["MATLAB_class"] = np.bytes_("char")
            at.append([refs[f"l{i}"].ref])
        places["labels"] = np.array(at, dtype=h5py.ref_dtype)
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(116).ljust(124, b"\0") + b"\x00\x02IM")
    return path, float(np.abs(volts).max()) * FLOAT32


def gdf(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    """Write GDF 2.20 of integers of 16 bits in records of a second."""
    n, n_times = volts.shape
    n_records = n_times // rate
    fixed = bytearray(256)
    fixed[:8] = b"GDF 2.20"
    fixed[8:74] = b"X X".ljust(66, b"\0")
    struct.pack_into("<H", fixed, 184, n + 1)
    struct.pack_into("<q", fixed, 236, n_records)
    struct.pack_into("<II", fixed, 244, 1, 1)
    struct.pack_into("<H", fixed, 252, n)

    def column(cells: Sequence[bytes], width: int) -> bytes:
        return b"".join(c.ljust(width, b"\0") for c in cells)

    def same(kind: str, value: float) -> bytes:
        return np.full(n, value, kind).tobytes()

    head = b"".join([
        bytes(fixed), column([label.encode() for label in labels], 16), bytes(80 * n),
        column([b"uV"] * n, 6), same("<u2", 4256 + 19), same("<f8", -TOP), same("<f8", TOP),
        same("<f8", -32768), same("<f8", 32767), bytes(80 * n), same("<u4", rate),
        same("<u4", 3), bytes(32 * n),
    ])  # fmt: skip
    step = 2 * TOP / 65535
    stored = np.round((volts * 1e6 + TOP) / step - 32768).astype("<i2")
    records = stored.reshape(n, n_records, rate).transpose(1, 0, 2)
    path = stem.with_suffix(".gdf")
    path.write_bytes(head + np.ascontiguousarray(records).tobytes())
    return path, step * 1e-6


def xdf(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    path = stem.with_suffix(".xdf")
    channels = "".join(
        f"<channel><label>{label}</label><unit>microvolts</unit><type>EEG</type></channel>"
        for label in labels
    )
    path.write_bytes(
        xdf_bytes((volts * 1e6).astype(np.float32).T, rate=rate, desc=channels)
    )  # fmt: skip
    return path, float(np.abs(volts).max()) * FLOAT32


def ant_by_antio(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    """Write what holds no date of birth, as files do from which it was taken away."""
    from antio.libeep import pyeep

    path, channels = stem.with_suffix(".cnt"), pyeep.create_channel_info()
    for label in labels:
        pyeep.add_channel(channels, label, "CPz", "uV")
    file = pyeep.write_cnt(str(path), rate, channels, 0)
    pyeep.add_samples(file, (volts.T * 1e6).astype(np.float32).ravel().tolist(), len(labels))
    pyeep.close(file)
    return path, 1e-6 / 128


def mff_by_mffpy(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    """Write as many channels as the net has; those after `volts` are zero."""
    from datetime import UTC, datetime

    from mffpy.bin_writer import BinWriter
    from mffpy.writer import Writer

    path, data = stem.with_suffix(".mff"), np.zeros((129, volts.shape[1]), np.float32)
    data[: len(volts)] = volts * 1e6
    writer = Writer(str(path))
    writer.addxml("fileInfo", recordTime=datetime(2026, 1, 1, tzinfo=UTC))
    writer.add_coordinates_and_sensor_layout("HydroCel GSN 128 1.0")
    binary = BinWriter(sampling_rate=rate, data_type="EEG")
    binary.add_block(data)
    writer.addbin(binary)
    writer.write()
    return path, float(np.abs(volts).max()) * FLOAT32


XDF_FORMATS = {"f4": "float32", "f8": "double64", "i1": "int8", "i2": "int16", "i4": "int32",
               "i8": "int64"}  # fmt: skip


def xdf_bytes(
    samples: NDArray[np.generic],
    *,
    rate: float,
    desc: str = "",
    stamps: NDArray[np.float64] | None = None,
    nominal: str | None = None,
    footer: bool = True,
    n_chunk: int = 32,
) -> bytes:
    """Return an XDF file of one stream, of any numeric type, shape (n_times, n_channels)."""
    stamps = 100.0 + np.arange(len(samples)) / rate if stamps is None else stamps
    kind = samples.dtype.newbyteorder("<")

    def chunk(tag: int, content: bytes) -> bytes:
        body = struct.pack("<H", tag) + content
        return b"\x04" + struct.pack("<I", len(body)) + body

    info = (
        "<?xml version='1.0'?><info><name>amp</name><type>EEG</type>"
        f"<channel_count>{samples.shape[1]}</channel_count>"
        f"<nominal_srate>{nominal or f'{rate:g}'}</nominal_srate>"
        f"<channel_format>{XDF_FORMATS[kind.str[1:]]}</channel_format>"
        f"<source_id>s</source_id><hostname>here</hostname><uid>{uuid.UUID(int=0)}</uid>"
        f"<desc><channels>{desc}</channels></desc></info>"
    )
    one = struct.pack("<I", 1)
    parts = [b"XDF:", chunk(1, b"<?xml version='1.0'?><info><version>1.0</version></info>")]
    parts.append(chunk(2, one + info.encode()))
    for at in range(0, len(samples), n_chunk):
        rows, times = samples[at : at + n_chunk].astype(kind), stamps[at : at + n_chunk]
        body = b"".join(
            b"\x08" + struct.pack("<d", t) + row.tobytes()
            for t, row in zip(times, rows, strict=True)
        )
        parts.append(chunk(3, one + b"\x04" + struct.pack("<I", len(rows)) + body))
    if footer:
        end = (
            f"<?xml version='1.0'?><info><first_timestamp>{stamps[0]}</first_timestamp>"
            f"<last_timestamp>{stamps[-1]}</last_timestamp>"
            f"<sample_count>{len(samples)}</sample_count></info>"
        )
        parts.append(chunk(6, one + end.encode()))
    return b"".join(parts)


def openbci_text(stem: Path, labels: Sequence[str], volts: Samples, rate: int) -> Written:
    """Write as OpenBCI's GUI does; channels have its names, whatever their labels."""
    n, n_times = volts.shape
    columns = ["Sample Index", *(f"EXG Channel {i}" for i in range(n)), "Timestamp"]
    lines = ["%OpenBCI Raw EXG Data", f"%Number of channels = {n}", f"%Sample Rate = {rate} Hz",
             "%Board = OpenBCI_GUI$BoardCytonSerialDaisy", ", ".join(columns)]  # fmt: skip
    for i, row in enumerate(volts.T * 1e6):
        cells = [f"{i % 256:.1f}", *(f"{v:.6f}" for v in row), f"{1.7e9 + i / rate:.6f}"]
        lines.append(", ".join(cells))
    path = stem.with_suffix(".txt")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, float(np.abs(volts).max()) * FLOAT32


WRITERS: dict[str, Callable[[Path, Sequence[str], Samples, int], Written]] = {
    w.__name__: w
    for w in (
        edf_by_edfio, edf_by_pyedflib, bdf_by_pyedflib, brainvision_integers, brainvision_floats,
        fif_by_mne, set_by_eeglabio, set_of_matlab_73, gdf, xdf, openbci_text,
    )
}  # fmt: skip
