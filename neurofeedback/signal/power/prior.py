"""What was learned from other people's recordings, and comes with the program.

Responsible for the content of a prior, for reading it from its file and for saying what it serves
for. Not responsible for learning one (`scripts/train_prior.py`) nor for the estimators that use it
(`signal.power.ridge`, `signal.power.spatial`).
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofeedback.errors import UserError
from neurofeedback.frames import FloatArray
from neurofeedback.signal.power.settings import EnvelopeSettings
from neurofeedback.signal.power.stack import StackPrior
from neurofeedback.words.message import Message

VERSION = 2
KNOWN_VERSIONS = (1, VERSION)  # the first had no stack
ALIASES = {"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}
NEWEST = "prior-2.npz"
WORDS = ("attribution", "script")  # of what a prior says about itself; the first had the script's
MAINS_FROM, MAINS_SHARE = 45.0, 0.3  # Hz, and share of the density in the band; see `Prior.density`
# What a session's start says beside the hash since the spectrum serves without a baseline too.
BEFORE_BASELINE = ("before_baseline", "pooled spectrum")


@dataclass(frozen=True, slots=True, eq=False)
class SpatialPrior:
    """What all electrodes told of a pair, at one delay.

    Parameters
    ----------
    gram : ndarray of complex128, shape (n, n)
        Weighted mean of ``conj(m) m'`` over the outputs m of all channels' filters; channel within
        delay.
    cross : ndarray of complex128, shape (n, n_targets)
        The same with the targets: the pair's band signal at each instant of the window, left first.
    power : ndarray, shape (n_targets,)
        Weighted mean power of the targets.
    weight : float
        Mean weight of a moment.
    ridge : ndarray, shape (n_columns,)
        Weights of the columns, those of `ridge` first.
    stack : StackPrior or None
        Weights beside posterior power; None in priors of before, which had all or nothing.
    """

    gram: NDArray[np.complex128]
    cross: NDArray[np.complex128]
    power: FloatArray
    weight: float
    ridge: FloatArray
    stack: StackPrior | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What was learned from other people's recordings.

    Parameters
    ----------
    hash : str
        See `identity`.
    about : mapping
        Attribution, counts of people, a hash of the list of recordings, figures.
    channels : tuple of str
        Channels of the 10-20 system, in the older names (T3, not T7).
    band : (float, float)
        Hz.
    freqs : ndarray, shape (n_freqs,)
        Hz.
    shape : ndarray, shape (n_freqs, n_channels)
        Mean ln of the power density, each spectrum divided by its power in the band.
    ridge : dict
        Weights of the columns of `signal.power.ridge`, by window in s and lag in s.
    spatial : dict
        `SpatialPrior` by pair of channels, and then by lag in s; windows of 1 s.
    expected : dict of str to float
        r of each estimator, at no lag, on people who were left out.
    without_baseline : bool
        Whether its spectrum serves without a baseline: not so in sessions of before.
    """

    hash: str
    about: dict[str, Any]
    channels: tuple[str, ...]
    band: tuple[float, float]
    freqs: FloatArray
    shape: FloatArray
    ridge: dict[float, dict[float, FloatArray]]
    spatial: dict[tuple[str, str], dict[float, SpatialPrior]]
    expected: dict[str, float]
    without_baseline: bool = True

    def starts(self, envelope: EnvelopeSettings) -> bool:
        """Whether its spectrum serves for an envelope without a baseline."""
        wanted = self.without_baseline and envelope.estimator != "cfir"
        return wanted and envelope.reach[1] <= MAINS_FROM

    def serves(self, envelope: EnvelopeSettings) -> bool:
        """Whether it was learned for this band and window."""
        fits = envelope.individual is None and envelope.band == self.band
        return fits and envelope.window in self.ridge

    def ridge_for(self, envelope: EnvelopeSettings) -> FloatArray:
        """Return the weights for the lag nearest to the declared one."""
        cases = self.ridge[envelope.window]
        return cases[_nearest(cases, envelope.lag)]

    def spatial_for(self, envelope: EnvelopeSettings, pair: tuple[str, str]) -> SpatialPrior | None:
        """Return what all channels tell of a pair; None where that was not learned."""
        cases = self.spatial.get((older(pair[0]), older(pair[1])), {})
        if envelope.window != 1.0 or not cases:
            return None
        lag = _nearest(cases, envelope.lag)
        return cases[lag] if abs(lag - envelope.lag) <= 0.1 else None

    def expected_at(self, estimator: str, envelope: EnvelopeSettings) -> float | None:
        """Return r that others lead to expect at a lag; None where that is not known.

        It was measured at F3 and F4, on people who were left out.
        """
        if not self.serves(envelope):
            return None
        known = self._figures(estimator, envelope.window)
        if estimator == "spatial" and known:  # beyond its last lag `ridge` stands in for it
            ridge = self._figures("ridge", envelope.window)
            known |= {lag: r for lag, r in ridge.items() if lag > max(known)}
        if not known:
            return None
        lags = sorted(known)
        return float(np.interp(envelope.lag, lags, [known[lag] for lag in lags]))

    def expected_gain(self, estimator: str, simpler: str, envelope: EnvelopeSettings) -> float:
        """Return by how much others lead to expect one to be better, of Fisher's z."""
        one, other = (self.expected_at(name, envelope) for name in (estimator, simpler))
        return 0.0 if one is None or other is None else math.atanh(one) - math.atanh(other)

    def _figures(self, estimator: str, window: float) -> dict[float, float]:
        """Return r by lag as the training script found it."""
        name = estimator if estimator in ("cfir", "wiener", "posterior") else f"{estimator}, F3/F4"
        return {
            line["lag"]: line[name]
            for line in self.about["figures"]
            if name in line and line.get("window", 1.0) == window
        }

    def density(self, channel: str) -> FloatArray:
        """Return the pooled spectrum of a channel at `freqs`, as power density in no unit.

        Mains hum is another at each place, and beyond `MAINS_FROM` these people had next to
        nothing: a filter for that alone would let the hum of others through. So there is expected
        to be some.
        """
        density = np.exp(self.log_shape(channel, self.freqs))
        inside = (self.freqs >= self.band[0]) & (self.freqs <= self.band[1])
        hum = np.where(self.freqs >= MAINS_FROM, MAINS_SHARE * density[inside].mean(), 0.0)
        return np.asarray(np.maximum(density, hum))

    def log_shape(self, channel: str, freqs: FloatArray) -> FloatArray:
        """Return the pooled ln spectrum of a channel of the 10-20 system at frequencies in Hz.

        For any other channel it is the mean over all.
        """
        name = older(channel)
        if name in self.channels:
            own = self.shape[:, self.channels.index(name)]
        else:
            own = self.shape.mean(axis=1)
        return np.asarray(np.interp(freqs, self.freqs, own))


def identity(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what was learned and of the data that it was learned from.

    The words of the attribution and of the script have no part in it: whoever learns the same from
    the same recordings has the same prior.

    Parameters
    ----------
    arrays : mapping
    about : mapping
        As `Prior.about`; plain JSON types.
    """
    learned = {name: value for name, value in about.items() if name not in WORDS}
    digest = hashlib.sha256(json.dumps(learned, sort_keys=True).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def older(channel: str) -> str:
    """Return the name of a channel as priors have it: T3 for T7."""
    return ALIASES.get(channel, channel)


def _nearest(cases: dict[float, Any], lag: float) -> float:
    return min(cases, key=lambda known: (abs(known - lag), known))


def read_prior(path: Path) -> Prior:
    """Read a prior.

    Raises
    ------
    UserError
        If there is no such file, or it is damaged or of another kind or version.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(
            "What was learned from other people cannot be read from {path}: {reason}. Estimators "
            "that need it are replaced by posterior power; install the program again.",
            path=path,
            reason=Message(error.strerror or type(error).__name__),
        ) from error
    try:
        return _prior(content)
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, OSError) as error:
        raise UserError(
            "{path} is damaged or not what this version can learn from. Estimators that need it "
            "are replaced by posterior power; install the program again.",
            path=path,
        ) from error


def _prior(content: bytes) -> Prior:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        about = json.loads(str(arrays["about"]))
        if about["version"] not in KNOWN_VERSIONS:
            raise ValueError("another version")
        held = {name: arrays[name] for name in arrays.files if name != "about"}
    if not all(np.isfinite(array).all() for array in held.values()):
        raise ValueError("not finite")
    ridge: dict[float, dict[float, FloatArray]] = {}
    for window, lag, weights in zip(
        held["ridge_window"], held["ridge_lag"], held["ridge"], strict=True
    ):
        ridge.setdefault(float(window), {})[float(lag)] = weights
    pairs = [tuple(pair) for pair in about["pairs"]]
    spatial: dict[tuple[str, str], dict[float, SpatialPrior]] = {}
    for i, lag in enumerate(held["spatial_lag"]):
        for j, (left, right) in enumerate(pairs):
            spatial.setdefault((left, right), {})[float(lag)] = SpatialPrior(
                held["gram"][i].astype(complex),
                held["cross"][i, j].astype(complex),
                held["power"][i, j],
                float(held["weight"][i, j]),
                held["spatial_ridge"][i],
                StackPrior(held["stack"][i], held["stack_gram"][i]) if "stack" in held else None,
            )
    channels, low_high = tuple(about["channels"]), about["band"]
    if held["shape"].shape != (held["freqs"].size, len(channels)):
        raise ValueError("other channels")
    return Prior(
        identity(held, about),
        about,
        channels,
        (float(low_high[0]), float(low_high[1])),
        held["freqs"],
        held["shape"].astype(float),
        ridge,
        spatial,
        {name: float(r) for name, r in about["expected"].items()},
    )


def _folder() -> Path:
    return Path(str(resources.files("neurofeedback.signal.power") / "priors"))


@cache
def shipped_prior() -> Prior:
    """Return the newest prior that comes with the program.

    Raises
    ------
    UserError
        If it is missing or damaged.
    """
    return read_prior(_folder() / NEWEST)


def prior_or_none() -> tuple[Prior | None, Message | None]:
    """Return the newest prior, or None and a sentence that says why there is none."""
    try:
        return shipped_prior(), None
    except UserError as error:
        return None, error.message


def prior_notes() -> tuple[Message, ...]:
    """Return why sessions go without what was learned from other people; empty if they do not."""
    _, note = prior_or_none()
    return () if note is None else (note,)


def recorded_as(prior: Prior | None) -> dict[str, str]:
    """Return what is recorded of a prior among a session's versions; see `recorded_prior`."""
    return {} if prior is None else {"prior": prior.hash, **dict([BEFORE_BASELINE])}


def recorded_prior(versions: Mapping[str, str]) -> Prior | None:
    """Return the prior with which a session was recorded; None where it had none.

    Parameters
    ----------
    versions : mapping
        The versions in the session's start.

    Raises
    ------
    UserError
        If it does not come with this version of the program.
    """
    recorded = versions.get("prior")
    if recorded is None:
        return None
    name, said = BEFORE_BASELINE
    for path in sorted(_folder().glob("*.npz")):
        with suppress(UserError):  # another one may serve
            prior = read_prior(path)
            file = hashlib.sha256(path.read_bytes()).hexdigest()  # what sessions of before recorded
            if recorded in (prior.hash, file):
                return replace(prior, without_baseline=versions.get(name) == said)
    raise UserError(
        "The session was recorded with knowledge of other people ({hash}) that does not come with "
        "this version; take the version that it names.",
        hash=recorded[:12],
    )
