"""The values that flow through the program: stream description, samples, features, feedback.

Responsible for the shape, unit and immutability of everything passed between packages.
Not responsible for producing, storing or showing any of it.

Every array held by these classes is read-only. Times come first: ``(n_times, n_channels)``.

Longer than most modules: values alone, mostly the docstrings of their fields.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofeedback.words.message import Message

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MICROVOLTS_PER_VOLT = 1e6
SETTLING = Message("settling")  # why a frame is held that something bad, now past, still reaches


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return `array` itself with its write flag cleared.

    Parameters
    ----------
    array : ndarray
        The array, owned by the caller and not written again.

    Returns
    -------
    ndarray
        The same object.
    """
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known of a stream before its first sample.

    Parameters
    ----------
    name : str
        Name the stream gives itself, or the file's name.
    source_id : str
        Identity that the sender keeps across restarts; may be empty.
    sfreq : float
        Sampling rate in Hz, positive.
    ch_names : tuple of str
        Channel names in the field's spelling (``Fp1``, ``F3``, ``Cz``), unique.
    ch_types : tuple of str
        One of ``eeg, eog, ecg, emg, stim, misc`` for each channel.
    units : tuple of str
        ``V`` for a channel whose values are volts, ``n/a`` for one without a known unit.
    native_unit : str
        The unit as the sender or file wrote it, for the operator to see (``microvolts``, ``-6``,
        or empty when nothing was declared).
    origin : str
        ``lsl``, ``brainflow``, ``file`` or ``synthetic``.
    labels : tuple of str
        What the sender or file calls the channels, where the user has named them; else empty.
    reference : str
        What the EEG is recorded against, where all its labels say the same; else empty.
    highpass, lowpass : tuple of (float or None)
        Corners in Hz of the filters that each channel went through before it came here, as its file
        says; None where that says nothing of a channel. Empty where it says nothing of any.

    Raises
    ------
    ValueError
        If lengths differ, names repeat, the rate is not positive or there is no channel.
    """

    name: str
    source_id: str
    sfreq: float
    ch_names: tuple[str, ...]
    ch_types: tuple[str, ...]
    units: tuple[str, ...]
    native_unit: str = ""
    origin: str = "file"
    labels: tuple[str, ...] = ()
    reference: str = ""
    highpass: tuple[float | None, ...] = ()
    lowpass: tuple[float | None, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.ch_names)
        if n == 0:
            raise ValueError(f"Stream {self.name!r} has no channels.")
        if len(self.ch_types) != n or len(self.units) != n:
            raise ValueError(f"Stream {self.name!r}: names, types and units differ in length.")
        if len(self.highpass) not in (0, n) or len(self.lowpass) not in (0, n):
            raise ValueError(f"Stream {self.name!r}: names and filters differ in length.")
        if not all(c is None or c > 0 for c in (*self.highpass, *self.lowpass)):
            raise ValueError(f"Stream {self.name!r} has a filter without a corner above 0 Hz.")
        if len(set(self.ch_names)) != n:
            twice = sorted({c for c in self.ch_names if self.ch_names.count(c) > 1})
            raise ValueError(f"Stream {self.name!r} has channels of the same name: {twice}.")
        if not (math.isfinite(self.sfreq) and self.sfreq > 0):
            raise ValueError(f"Stream {self.name!r} has no usable sampling rate ({self.sfreq}).")

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return len(self.ch_names)

    @property
    def eeg(self) -> tuple[int, ...]:
        """Indices of the EEG channels, in stream order."""
        return tuple(i for i, kind in enumerate(self.ch_types) if kind == "eeg")

    @property
    def storage_scale(self) -> FloatArray:
        """Factor from a value in `Chunk.data` to the stored float32 value, shape (n_channels,).

        Microvolts are stored for voltage channels; other channels are stored as they are.
        """
        return np.array([MICROVOLTS_PER_VOLT if u == "V" else 1.0 for u in self.units])

    def passband(self, names: Collection[str]) -> tuple[float, float]:
        """Return between which frequencies all of some channels have their signal, as far as told.

        Parameters
        ----------
        names : collection of str

        Returns
        -------
        low, high : float
            Hz; 0 and infinity where nothing is told.
        """
        picks = [i for i, name in enumerate(self.ch_names) if name in names]
        low = (self.highpass[i] for i in picks if self.highpass)
        high = (self.lowpass[i] for i in picks if self.lowpass)
        return (
            max((corner for corner in low if corner is not None), default=0.0),
            min((corner for corner in high if corner is not None), default=math.inf),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the description as plain JSON types; what is not known of it is left out."""
        fields: dict[str, Any] = {
            "name": self.name,
            "source_id": self.source_id,
            "sfreq": self.sfreq,
            "ch_names": list(self.ch_names),
            "ch_types": list(self.ch_types),
            "units": list(self.units),
            "native_unit": self.native_unit,
            "origin": self.origin,
        }
        if self.labels:
            fields["labels"] = list(self.labels)
        if self.reference:
            fields["reference"] = self.reference
        if self.highpass or self.lowpass:
            fields |= {"highpass": list(self.highpass), "lowpass": list(self.lowpass)}
        return fields

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> StreamInfo:
        """Rebuild a description from what `to_dict` returned."""
        as_tuples: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()
        }
        return cls(**as_tuples)


def to_storage(data: FloatArray, scale: FloatArray) -> NDArray[np.float32]:
    """Convert samples to the float32 values that are stored.

    Parameters
    ----------
    data : ndarray, shape (n_times, n_channels)
        Samples in volts (or in a channel's own unit).
    scale : ndarray, shape (n_channels,)
        `StreamInfo.storage_scale`.

    Returns
    -------
    ndarray of float32, shape (n_times, n_channels)
        C-contiguous, little-endian on every supported machine.
    """
    stored = np.empty(data.shape, dtype="<f4")
    with np.errstate(over="ignore", invalid="ignore"):
        np.multiply(data, scale, out=stored, casting="same_kind")  # rounded once, from float64
    return stored


def from_storage(stored: NDArray[np.float32], scale: FloatArray) -> FloatArray:
    """Convert stored float32 values to the samples that the engine computes from.

    This is the only way into `Chunk.data`: a source passes what it received through
    ``from_storage(to_storage(...))``, so that a re-run from disk starts from the same bits.
    ``to_storage(from_storage(x)) == x`` holds exactly for every finite float32.
    """
    return np.divide(stored, scale, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Annotated:
    """What a source says of one of the samples it gives: an annotation of a recorded file.

    Parameters
    ----------
    at : int
        Place of the sample in its chunk, from 0.
    text : str
        What is said.
    duration : float
        For how long it holds, s; 0 for a moment.
    """

    at: int
    text: str
    duration: float = 0.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive samples of one stream.

    Parameters
    ----------
    data : ndarray of float64, shape (n_times, n_channels)
        Volts; each value is exactly what the stored float32 value scales to. May hold NaN or
        infinities where the sender did.
    timestamps : ndarray of float64, shape (n_times,)
        Stream time of each sample in s (the sender's clock; never corrected).
    first_sample : int
        Absolute number of the first sample since the stream was opened; consecutive over chunks.
    gap : float
        Seconds missing immediately before the first sample; 0 where it follows on. Negative when
        the sender's clock jumped back. Any non-zero value is a discontinuity.
    arrival : float
        Local clock (s) when the chunk was taken from its source.
    clock_offset : float
        Sender's clock to local clock, s, as measured last; NaN when unknown.
    annotations : tuple of Annotated
        What the source says of samples of this chunk, in order; it is recorded with them.
    """

    data: FloatArray
    timestamps: FloatArray
    first_sample: int
    gap: float = 0.0
    arrival: float = math.nan
    clock_offset: float = math.nan
    annotations: tuple[Annotated, ...] = ()

    def __post_init__(self) -> None:
        if self.data.ndim != 2 or self.timestamps.shape != (self.data.shape[0],):
            raise ValueError(
                f"Chunk of shape {self.data.shape} with timestamps {self.timestamps.shape}."
            )
        read_only(self.data)
        read_only(self.timestamps)

    @property
    def n_times(self) -> int:
        """Number of samples."""
        return int(self.data.shape[0])

    @property
    def stop_sample(self) -> int:
        """Absolute number of the sample after the last."""
        return self.first_sample + self.n_times

    def split(self, at: int) -> tuple[Chunk, Chunk]:
        """Split into two chunks before the `at`-th sample of this chunk (0 <= at <= n_times)."""
        first = replace(
            self,
            data=self.data[:at],
            timestamps=self.timestamps[:at],
            annotations=tuple(a for a in self.annotations if a.at < at),
        )
        rest = replace(
            self,
            data=self.data[at:],
            timestamps=self.timestamps[at:],
            first_sample=self.first_sample + at,
            gap=self.gap if at == 0 else 0.0,
            annotations=tuple(replace(a, at=a.at - at) for a in self.annotations if a.at >= at),
        )
        return first, rest


@dataclass(frozen=True, slots=True)
class FeatureDescriptor:
    """What one feature column is, in words that travel with it to screen, log and report.

    Parameters
    ----------
    name : str
        Column name, unique within a protocol.
    unit : str
        Unit as a person reads it, e.g. ``ln ratio`` or ``ln V^2``.
    label : str
        One line: formula, channels, band and reference.
    delay : float
        Time in s by which the value lags the brain (filter delay plus half the smoothing window).
    window : float
        Effective averaging window in s.
    note : str
        Honest limits to be shown beside the value; may be empty.
    """

    name: str
    unit: str
    label: str
    delay: float
    window: float
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the descriptor as plain JSON types."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class FeatureFrames:
    """A run of consecutive feature frames, one for each hop.

    Parameters
    ----------
    samples : ndarray of int64, shape (n_frames,)
        Absolute number of the last sample each frame depends on.
    times : ndarray of float64, shape (n_frames,)
        Stream time of that sample, s.
    values : ndarray of float64, shape (n_frames, n_features)
        Feature values; NaN or meaningless where `held` gives a reason.
    held : sequence of (str or None)
        Why the frame must not be used (``settling``, ``amplitude F3``, ...), or None. Length
        n_frames.
    """

    samples: IntArray
    times: FloatArray
    values: FloatArray
    held: Sequence[str | None]

    def __len__(self) -> int:
        return int(self.samples.shape[0])


@dataclass(frozen=True, slots=True)
class FeedbackFrame:
    """What is fed back at one hop; everything downstream (screens, outlets) sees only this.

    Parameters
    ----------
    sample : int
        Absolute number of the sample the frame belongs to.
    time : float
        Stream time of that sample, s.
    value : float
        0..1 as shown; 0.5 lies at the threshold. NaN when the block gives no feedback. While held,
        the last value shown.
    feature : float
        The score as fed back, see `SessionEngine.score`; NaN while held, in rests, and for a
        combination of features before the baseline has ended.
    threshold : float
        Threshold in its unit; NaN before the baseline has ended.
    reward : bool
        A reward starts at this frame.
    success : bool
        The reward condition is met at this frame and no inhibit applies (counts toward the reward
        rate).
    block : int
        Index of the block in the schedule.
    phase : str
        Kind of block: ``baseline, rest, train, transfer, control``.
    held : str or None
        Why feedback is frozen, or None.
    inhibit : str or None
        The inhibit that forbids success: feature and side of its limit, e.g. ``beta above``.
    """

    sample: int
    time: float
    value: float
    feature: float
    threshold: float
    reward: bool
    success: bool
    block: int
    phase: str
    held: str | None = field(default=None)
    inhibit: str | None = field(default=None)
