"""Streams and protocols of any size, made in memory."""

from __future__ import annotations

import numpy as np

from neurofeedback.acquisition.electrodes import standard_montage
from neurofeedback.frames import Chunk, FloatArray, StreamInfo, from_storage, to_storage
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec

FRONTAL = ("F3", "F4", "F7", "F8", "F1", "F2", "F5", "F6")


def stream(n_channels: int, sfreq: float) -> StreamInfo:
    """Return a stream of `n_channels` EEG channels; 8 or more hold the frontal ones."""
    placed = standard_montage(n_channels) if n_channels >= 64 else FRONTAL
    names = (*placed, *(f"E{i}" for i in range(n_channels)))[:n_channels]
    n = len(names)
    return StreamInfo("benchmark", "", sfreq, names, ("eeg",) * n, ("V",) * n)


def noise(info: StreamInfo, seconds: float, seed: int = 0) -> FloatArray:
    """Return white noise of 10 microvolts, shape (n_times, n_channels), as float32 stores it."""
    rng = np.random.default_rng(seed)
    data = rng.standard_normal((round(seconds * info.sfreq), info.n_channels)) * 1e-5
    return from_storage(to_storage(data, info.storage_scale), info.storage_scale)


def chunks(data: FloatArray, info: StreamInfo, n_times: int, seconds: float) -> list[Chunk]:
    """Cut `data`, repeated up to `seconds`, into chunks of `n_times` samples."""
    total = round(seconds * info.sfreq)
    offsets = np.arange(n_times) / info.sfreq
    found = []
    for first in range(0, total - n_times + 1, n_times):
        at = first % (len(data) - n_times + 1)
        times = first / info.sfreq + offsets
        found.append(Chunk(data[at : at + n_times], times, first))
    return found


def endless(name: str = "faa-up", **signal: object) -> ProtocolSpec:
    """Return a protocol of the library that trains for hours, so that every frame is evaluated.

    Its blocks are of a length that occurs: the clean frames of a block are kept to its end, since
    the threshold is set anew from them.
    """
    fields = load_protocol(name).model_dump(mode="json")
    fields["blocks"] = [
        {"kind": "baseline", "seconds": 30.0},
        {"kind": "train", "seconds": 600.0, "repeat": 100},
    ]
    fields["signal"].update(signal)
    return ProtocolSpec.model_validate(fields)


def features(n: int) -> list[dict[str, object]]:
    """Return `n` declared features: asymmetries and band powers in different bands."""
    found: list[dict[str, object]] = []
    for i in range(n):
        low = 4.0 + i % 8
        envelope = {"band": [low, low + 4.0], "delay": 0.04, "length": 0.5, "smoothing": 0.25}
        left, right = FRONTAL[2 * (i % 4)], FRONTAL[2 * (i % 4) + 1]
        name = "faa" if i == 0 else f"f{i}"
        pair = {"kind": "asymmetry", "name": name, "left": [left], "right": [right]}
        power = {"kind": "power", "name": name, "channels": [left]}
        found.append({**(power if i % 2 else pair), "envelope": envelope})
    return found
