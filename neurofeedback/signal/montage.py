"""Which signals a protocol needs on a stream, and how they come from its channels.

Responsible for choosing among alternative channels, for picks, reference and regions as the rows of
one matrix, and for refusing a stream that cannot serve. Not responsible for applying the matrix
(`readout`) nor for what is computed from the signals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray, IntArray, StreamInfo
from neurofeedback.signal.asr.calibration import asr_columns
from neurofeedback.signal.features import FeatureKind
from neurofeedback.signal.hops import hop_length
from neurofeedback.signal.ocular import ocular_sources
from neurofeedback.signal.passband import check_band, weakened
from neurofeedback.signal.power.prior import Prior, older
from neurofeedback.signal.power.spatial import LEAST_CHANNELS
from neurofeedback.signal.reference import AnyReference, describe, reference_matrix
from neurofeedback.signal.region.head_model import HeadModel
from neurofeedback.signal.region.kernel import RoiKernel, row_names
from neurofeedback.signal.settings import PipelineSettings
from neurofeedback.words.message import Message, joined

MIN_HOP = 2  # samples; of one sample nobody can say whether it is flat
MAX_HOP_SECONDS = 0.04
NAMED = 24  # channels of a stream that are told


@dataclass(frozen=True, slots=True, eq=False)
class Montage:
    """What a protocol takes from a stream.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    bads : tuple of str
        Channels marked bad.
    reference : str or tuple of str
    features : tuple of FeatureKind
        As declared, on the channels that the stream has.
    notes : dict of str to Message
        By feature, a sentence where its first choice of channels is not the one in use.
    filtered : dict of str to Message
        By feature, a sentence where filters before the recording took a part of its band.
    picks : tuple of str
        Single channels that features need.
    rows : ndarray, shape (n_picks, n_channels)
        The picks, referenced.
    heads : dict of str to HeadModel
        Those that kernels are made from, by their kind.
    kernels : dict of str to RoiKernel
        By feature that is a region; of a method that needs the baseline, what stands in for it.
    eyes : tuple of str
        Channels that eye activity is to be regressed on.
    cleaned : tuple of str
        Channels that artifact subspace reconstruction is to clean.
    context : tuple of str
        Channels that the estimator `spatial` may learn from; none where it does not serve.
    context_rows : ndarray, shape (n_context, n_channels)
        The same, referenced.
    prior : Prior or None
        Whose spectrum stands in for a pick's own without a baseline; None for none.
    """

    info: StreamInfo
    bads: tuple[str, ...]
    reference: AnyReference
    features: tuple[FeatureKind, ...]
    notes: dict[str, Message]
    filtered: dict[str, Message]
    picks: tuple[str, ...]
    rows: FloatArray
    heads: dict[str, HeadModel]
    kernels: dict[str, RoiKernel]
    eyes: tuple[str, ...]
    cleaned: tuple[str, ...]
    context: tuple[str, ...]
    context_rows: FloatArray
    prior: Prior | None

    def matrix(self, kernels: Mapping[str, RoiKernel]) -> FloatArray:
        """Return picks and regions as rows, shape (n_signals, n_channels)."""
        return np.concatenate([self.rows, *(kernel.matrix for kernel in kernels.values())])

    def signals(self, kernels: Mapping[str, RoiKernel]) -> list[str]:
        """Return the name of each row of `matrix`."""
        regions = [row for name, kernel in kernels.items() for row in row_names(name, kernel)]
        return [*self.picks, *regions]

    @property
    def needed(self) -> IntArray:
        """Channels of the stream that have a part in any signal."""
        return np.flatnonzero(np.abs(self.matrix(self.kernels)).any(axis=0))

    @property
    def used(self) -> IntArray:
        """The same with the eyes' and those to be cleaned."""
        more = np.flatnonzero(np.isin(self.info.ch_names, [*self.eyes, *self.cleaned]))
        return np.union1d(self.needed, more)

    @property
    def volts(self) -> bool:
        """Whether the picks' signals are in volts."""
        return self.reference != "csd"

    @property
    def unit(self) -> str:
        """Unit of the picks' power."""
        return "V^2" if self.volts else "(V/m^2)^2"

    @property
    def reference_words(self) -> Message:
        """The reference in words."""
        return describe(self.reference, self.info, self.bads)


def make_montage(
    info: StreamInfo,
    settings: PipelineSettings,
    bads: Sequence[str],
    prior: Prior | None = None,
) -> Montage:
    """Find out what a protocol takes from a stream.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    settings : PipelineSettings
    bads : sequence of str
        Channels marked bad.
    prior : Prior or None
        What was learned from other people; None for nothing.

    Raises
    ------
    UserError
        If the stream lacks a channel, its rate is too low for a band, or filters have taken it.
    """
    features, notes = _chosen(info, settings.features)
    _check_rate(info, features, hop_length(info.sfreq, settings.montage.hop))
    picks = tuple(dict.fromkeys(c for f in features for c in f.channels))
    reference = settings.montage.reference
    rows = reference_matrix(info, picks, reference, bads)
    _check_signals(rows, picks, info)
    heads: dict[str, HeadModel] = {}
    made = {f.name: f.make_kernel(info, bads, heads) for f in features}
    kernels = {name: kernel for name, kernel in made.items() if kernel is not None}
    filtered = _check_bands(info, features, kernels)
    eyes = ocular_sources(info, settings.ocular, bads) if settings.ocular else ()
    columns = asr_columns(info, bads) if settings.asr else ()
    cleaned = tuple(info.ch_names[i] for i in columns)
    context = () if prior is None else _context(info, reference, features, bads, prior)
    context_rows = reference_matrix(info, context, reference, bads)
    return Montage(
        info, tuple(bads), reference, features, notes, filtered, picks, rows, heads, kernels, eyes,
        cleaned, context, context_rows, prior if reference == "average" else None,
    )  # fmt: skip


def _context(
    info: StreamInfo,
    reference: AnyReference,
    features: Sequence[FeatureKind],
    bads: Sequence[str],
    prior: Prior,
) -> tuple[str, ...]:
    """Return the good channels that the prior knows, in its order, where a feature may use them."""
    wanted = any(
        envelope.estimator in ("auto", "spatial") and prior.serves(envelope)
        for feature in features
        for envelope in feature.envelopes.values()
    )
    if reference != "average" or not wanted:
        return ()
    good = {
        older(info.ch_names[i]): info.ch_names[i]
        for i in info.eeg
        if info.units[i] == "V" and info.ch_names[i] not in bads
    }
    found = tuple(good[name] for name in prior.channels if name in good)
    return found if len(found) >= LEAST_CHANNELS else ()


def part(info: StreamInfo, columns: IntArray) -> StreamInfo:
    """Describe some channels of a stream."""
    return replace(
        info,
        ch_names=tuple(info.ch_names[i] for i in columns),
        ch_types=tuple(info.ch_types[i] for i in columns),
        units=tuple(info.units[i] for i in columns),
        highpass=tuple(info.highpass[i] for i in columns if info.highpass),
        lowpass=tuple(info.lowpass[i] for i in columns if info.lowpass),
    )


def _check_bands(
    info: StreamInfo, features: Sequence[FeatureKind], kernels: Mapping[str, RoiKernel]
) -> dict[str, Message]:
    """Refuse bands that filters before the recording took; return what is to be said of others."""
    found = {}
    for feature in features:
        names = set(feature.channels)
        if (kernel := kernels.get(feature.name)) is not None:
            names |= {info.ch_names[i] for i in kernel.used}
        what = Message("Feature {feature!r}", feature=feature.name)
        for envelope in feature.envelopes.values():
            check_band(info, names, what, envelope.band)
            if (said := weakened(info, names, envelope.reach)) is not None:
                found[feature.name] = said
    return found


def _chosen(
    info: StreamInfo, features: Sequence[FeatureKind]
) -> tuple[tuple[FeatureKind, ...], dict[str, Message]]:
    """Return each feature on the first of its channels that the stream has, and what to note."""
    chosen: list[FeatureKind] = []
    notes: dict[str, Message] = {}
    volts = {c for c, unit in zip(info.ch_names, info.units, strict=True) if unit == "V"}
    for feature in features:
        choices = feature.choices
        fitting = [c for c in choices if set(c.channels) <= volts]
        if len(choices) > 1 and not fitting:
            tried = joined((_lacking(c.channels, volts) for c in choices), "; ")
            raise UserError(
                "None of the channels that feature {feature!r} may use is complete in "
                "{stream!r}: {tried}. It has {there}.",
                feature=feature.name,
                stream=info.name,
                tried=tried,
                there=_some(info.ch_names),
            )
        taken = fitting[0] if fitting else choices[0]  # what is missing is said with the reference
        if taken is not choices[0] and fitting:
            first = ", ".join(choices[0].channels)
            notes[feature.name] = Message(
                "{channels} instead of {first}, which this stream lacks; values of different "
                "channels do not compare.",
                channels=", ".join(taken.channels),
                first=first,
            )
        chosen.append(taken)
    return tuple(chosen), notes


def _lacking(channels: Sequence[str], there: set[str]) -> Message:
    missing = ", ".join(dict.fromkeys(c for c in channels if c not in there))
    return Message("{channels} (no {missing})", channels=", ".join(channels), missing=missing)


def _some(names: Sequence[str]) -> str:
    listed = ", ".join(names[:NAMED])
    return listed if len(names) <= NAMED else Message("{listed} and more", listed=listed)


def _check_signals(rows: FloatArray, picks: Sequence[str], info: StreamInfo) -> None:
    """Refuse a channel that its own reference leaves nothing of."""
    for name, row in zip(picks, rows, strict=True):
        if not np.abs(row).max() > 1e-12:
            raise UserError(
                "Channel {name} is its own reference in {stream!r}: nothing is left of it. "
                "Choose another reference.",
                name=name,
                stream=info.name,
            )


def _check_rate(info: StreamInfo, features: Sequence[FeatureKind], hop: int) -> None:
    if hop < MIN_HOP:
        raise UserError(
            "The stream {stream!r} has {rate:g} Hz; feedback needs at least {least:g} Hz.",
            stream=info.name,
            rate=info.sfreq,
            least=MIN_HOP / MAX_HOP_SECONDS,
        )
    for feature in features:
        high = max(envelope.reach[1] for envelope in feature.envelopes.values())
        if high >= 0.45 * info.sfreq:
            raise UserError(
                "Feature {feature!r} reaches {high:g} Hz, too high for a stream of {rate:g} "
                "Hz; it must stay below {limit:g} Hz.",
                feature=feature.name,
                high=high,
                rate=info.sfreq,
                limit=0.45 * info.sfreq,
            )
