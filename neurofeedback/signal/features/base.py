"""What every kind of feature can do.

Responsible for the methods by which montage, pipeline, protocols and words use a feature without
knowing its kind, and for what most kinds have in common. Not responsible for any one kind.

A kind declares, as fields of its own, ``kind`` (a literal), ``name`` and at least one
`EnvelopeSettings`, the main one called ``envelope``. It has to say how powers become values
(`combination`), what each value is (`describe`), and itself in words (`in_words`, `declared`,
`meaning_of_noise`); what it does not override here is as of a plain power.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from neurofeedback.frames import FeatureDescriptor, FloatArray, IntArray, StreamInfo
from neurofeedback.signal.power.settings import EnvelopeSettings
from neurofeedback.signal.settings_base import Settings
from neurofeedback.words.message import Message

if TYPE_CHECKING:  # a protocol is read without what computes it
    from neurofeedback.signal.power.latency_noise import Figures
    from neurofeedback.signal.region.explained_variance import RegionShare
    from neurofeedback.signal.region.head_model import HeadModel
    from neurofeedback.signal.region.kernel import RoiKernel

Column = tuple[str, EnvelopeSettings]  # a signal, and how its power is estimated
BandWords = Callable[[EnvelopeSettings], Message]


@dataclass(frozen=True, slots=True)
class Combination:
    """How a feature follows from its columns of power.

    Parameters
    ----------
    means : ndarray, shape (n_means, n_columns)
        Weights of powers in means, whose natural logarithms are taken.
    values : ndarray, shape (n_values, n_means)
        Weights of those logarithms in the values, the one that may be trained first.
    """

    means: FloatArray
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Wording:
    """What is the same for all values of a pipeline, or known of single features.

    Parameters
    ----------
    reference : Message
        The reference in words.
    unit : str
        Unit of the channels' power.
    bands : mapping of str to Message
        By feature, the band in words.
    notes : mapping of str to sequence of Message
        By feature, sentences for the note.
    fitted : bool
        Whether the spectrum is that of the baseline.
    """

    reference: Message
    unit: str
    bands: Mapping[str, Message]
    notes: Mapping[str, Sequence[Message]]
    fitted: bool


@dataclass(frozen=True, slots=True, eq=False)
class BaselineChannels:
    """The channels of a finished baseline.

    Parameters
    ----------
    info : StreamInfo
        The stream.
    used : ndarray of int, shape (n_used,)
        Channels of the stream that were kept.
    kept : ndarray, shape (n_hops, hop, n_used)
        V.
    bad : ndarray of bool, shape (n_hops,)
        Hops that must not count.
    correction : ndarray, shape (n_used, n_used), or None
        ``corrected = kept @ correction.T``; None for none.
    """

    info: StreamInfo
    used: IntArray
    kept: FloatArray
    bad: NDArray[np.bool_]
    correction: FloatArray | None


class FeatureKind(Settings):
    """A feature as declared: settings, and what follows from them."""

    # Fields of each kind, which stand in its own order in files; here for type checkers alone.
    if TYPE_CHECKING:

        @property
        def kind(self) -> str:
            """Which kind it is."""

        @property
        def name(self) -> str:
            """How it is called in its protocol."""

        @property
        def envelope(self) -> EnvelopeSettings:
            """How its main band power is estimated."""

        @property
        def channels(self) -> tuple[str, ...]:
            """Single channels that it needs."""

    # Bands

    @property
    def envelopes(self) -> dict[str, EnvelopeSettings]:
        """Every band power that it needs, by key."""
        return {key: value for key, value in self if isinstance(value, EnvelopeSettings)}

    def with_alpha(self, peak: float | None) -> Self:
        """Return it with the bands in Hz that an IAF in Hz (None: no peak) gives."""
        return self.model_copy(update={k: e.with_alpha(peak) for k, e in self.envelopes.items()})

    def with_lag(self, lag: float) -> Self:
        """Return it as it was `lag` s before."""
        update = {"envelope": self.envelope.model_copy(update={"lag": lag})}
        return self.model_copy(update=update)

    @property
    def is_individual(self) -> bool:
        """Whether a band goes with the participant's alpha peak."""
        return any(e.individual is not None for e in self.envelopes.values())

    @property
    def needs_fit(self) -> bool:
        """Whether anything of it is to be learned from a baseline."""
        fitted = any(e.estimator != "cfir" for e in self.envelopes.values())
        return fitted or self.is_individual or self.needs_channels

    @property
    def needs_channels(self) -> bool:
        """Whether a baseline must be kept as channels for that, not only as its signals."""
        return False

    # Signals

    @property
    def choices(self) -> tuple[Self, ...]:
        """The feature on its channels, then on those of each alternative."""
        return (self,)

    @property
    def sides(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Channels that are shown as the left and the right of what it compares."""
        return self.channels, ()

    def make_kernel(
        self, info: StreamInfo, bads: Sequence[str], heads: dict[str, HeadModel]
    ) -> RoiKernel | None:
        """Make the spatial rows that it needs besides single channels; None for none.

        Parameters
        ----------
        info : StreamInfo
            The stream.
        bads : sequence of str
            Channels marked bad.
        heads : dict of str to HeadModel
            Heads made before, by their kind; one that is made is added.

        Raises
        ------
        UserError
            If the stream does not serve.
        """
        return None

    def fit_kernel(
        self, kernel: RoiKernel, heads: Mapping[str, HeadModel], baseline: BaselineChannels
    ) -> tuple[RoiKernel, float, Message] | None:
        """Make the rows that take a baseline.

        Returns
        -------
        (RoiKernel, float, Message) or None
            The rows in use from now on, the clean data that there were in s, and what came of it
            in a sentence; None where the rows do not depend on a baseline.
        """
        return None

    def share(
        self, kernel: RoiKernel, spatial: FloatArray, sfreq: float, hop: int
    ) -> RegionShare | None:
        """Return what watches whether it explains enough of the data; None for nothing."""
        return None

    def columns(self, kernel: RoiKernel | None) -> tuple[Column, ...]:
        """Return the powers that it needs, of channels or of the rows of its kernel."""
        return tuple((channel, self.envelope) for channel in self.channels)

    # Values

    def combination(self, n_columns: int) -> Combination:
        """Return how its values follow from its columns of power."""
        raise NotImplementedError

    def finish(self, values: FloatArray) -> None:
        """Turn values, shape (n_frames, n_values), into what is fed back, in place."""

    def describe(
        self,
        base: FeatureDescriptor,
        figures: Sequence[Figures],
        wording: Wording,
        kernel: RoiKernel | None,
    ) -> list[FeatureDescriptor]:
        """Describe its values.

        Parameters
        ----------
        base : FeatureDescriptor
            Of its name; the band as label, delay and window, notes, and the unit of ln power.
        figures : sequence of Figures
            Of each column of power.
        wording : Wording
        kernel : RoiKernel or None
            Its rows.
        """
        raise NotImplementedError

    def chance_noise(self, figures_of: Callable[[EnvelopeSettings], Figures]) -> float:
        """Return its standard deviation while the brain does not change.

        Parameters
        ----------
        figures_of : callable
            Gives the figures of one power.
        """
        return figures_of(self.envelope).log_sd

    # Words

    def bands_in_words(self, words: BandWords) -> Message:
        """Say its band or bands, each by `words`."""
        return words(self.envelope)

    @property
    def band(self) -> Message:
        """Its band or bands as they are declared."""
        return self.bands_in_words(lambda envelope: envelope.band_in_words)

    @property
    def in_words(self) -> Message:
        """What it measures in a few words, e.g. ``power at Fz, 4-8 Hz``."""
        raise NotImplementedError

    @property
    def declared(self) -> Message:
        """What is measured where, before there is any montage, e.g. ``power of Fz; else Cz``."""
        raise NotImplementedError

    @property
    def declared_in_words(self) -> Message:
        """What it is before there is any montage, with band, delay and smoothing."""
        said = Message(
            "{feature}, {band}, filter for a delay of {delay:g} ms, power averaged over "
            "{smoothing:g} s",
            feature=self.declared,
            band=self.band,
            delay=self.envelope.delay * 1000,
            smoothing=self.envelope.smoothing,
        )
        if not self.envelope.lag:
            return said
        return Message("{said}, as it was {ms:g} ms ago", said=said, ms=1e3 * self.envelope.lag)

    @property
    def channels_in_words(self) -> str:
        """Its channels and their alternatives, e.g. ``FCz; else Fz, Cz``."""
        first, *others = [", ".join(choice.channels) for choice in self.choices]
        return reduce(
            lambda said, other: Message("{channels}; else {other}", channels=said, other=other),
            others,
            first,
        )

    def meaning_of_noise(self, noise: float, noise_30: float) -> Message:
        """Say what standard deviations by chance, of moments and over 30 s, mean."""
        raise NotImplementedError

    def notes(self, kernel: RoiKernel | None) -> list[Message]:
        """Return what is to be known of it, before a fit and after."""
        return []

    def notes_before_fit(self, kernel: RoiKernel | None) -> list[Message]:
        """Return what is to be known of it until the baseline is over."""
        return []

    @property
    def held_while(self) -> list[Message]:
        """When feedback is held on its account."""
        return []

    @property
    def caveat(self) -> Message | None:
        """What its value does not show, though people may think so; None for nothing."""
        return None

    @property
    def warning(self) -> Message | None:
        """Why it may be offered as an experiment only; None for no reason."""
        return None

    # A synthetic participant

    def scalp_patterns(self, ch_names: Sequence[str]) -> dict[str, list[float]]:
        """Return how activity that is not under its channels is seen on the scalp, by name."""
        return {}
