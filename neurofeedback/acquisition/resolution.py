"""Whether an offset is so large that samples are stored coarsely.

Responsible for what float32 leaves of a small signal on a large constant: the engine computes from
stored values, so what was rounded there is rounded in the feedback, too. Not responsible for
storing (`frames.to_storage`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurofeedback.acquisition.amplitude import PLAUSIBLE
from neurofeedback.acquisition.samples import Rows, any_numbers
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.words.message import Message

# Rounding to a step adds noise of step / sqrt(12): no more than this share of the smallest EEG.
_MOST_NOISE = 0.01
_LOOKED_AT = 24  # samples, spread over a recording


def offsets_of(data: Rows) -> FloatArray:
    """Return the offset of each channel of a recording, shape (n_channels,), V."""
    n_times = data.shape[0]
    places = np.unique(np.linspace(0, n_times - 1, min(n_times, _LOOKED_AT)).astype(int)).tolist()
    with any_numbers():
        values = np.concatenate([data[k : k + 1] for k in places])
        return np.asarray(np.median(values, axis=0))


def coarse(offsets: FloatArray, info: StreamInfo, picks: Sequence[int]) -> Message | None:
    """Return what is to be said of an offset on which small signals are rounded; None for nothing.

    Parameters
    ----------
    offsets : ndarray, shape (n_channels,)
        V.
    info : StreamInfo
    picks : sequence of int
        Channels of which something is to be said; those that are no volts are left out.
    """
    volts = [i for i in picks if info.units[i] == "V" and np.isfinite(offsets[i])]
    if not volts:
        return None
    worst = max(volts, key=lambda i: abs(float(offsets[i])))
    scale = float(info.storage_scale[worst])
    step = float(np.spacing(np.float32(abs(float(offsets[worst])) * scale))) / scale
    if step <= _MOST_NOISE * PLAUSIBLE[0] * np.sqrt(12.0):
        return None
    return Message(
        "Channel {name} of {stream!r} has an offset of {offset:.3g} mV, on which samples are kept "
        "in steps of {step:.2g} uV, so that small signals are rounded: switch on the highpass of "
        "the amplifier.",
        name=info.ch_names[worst], stream=info.name, offset=offsets[worst] * 1e3, step=step * 1e6,
    )  # fmt: skip
