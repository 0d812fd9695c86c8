"""Rewards that were true: what the brain did when each was given, as it is seen afterwards.

Responsible for judging the rewards of a recorded session by the zero-phase measure, which knows
what came after. Not responsible for words (`app.summary_text`), nor for giving rewards.

Of a session of a blinded study nothing can be told: what was fed back is sealed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofeedback.errors import UserError
from neurofeedback.events import Event, EventKind
from neurofeedback.frames import SETTLING, FloatArray
from neurofeedback.protocols.run.evaluator import PAUSED
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.report.summary_parts import TrueRewards
from neurofeedback.report.summary_rows import Rows
from neurofeedback.signal.feature_map import FeatureMap
from neurofeedback.signal.features import FeatureKind
from neurofeedback.signal.hops import hop_length
from neurofeedback.signal.montage import Montage, make_montage
from neurofeedback.signal.power.baseline import block_length, block_means, bridged, clean_within
from neurofeedback.signal.power.fitting import correlation, true_power

LEAST_REWARDS = 20
LEAST_SECONDS = 60.0
SEGMENT = 10.0  # s; stretches that are taken as independent of each other
SPLITS = 4  # ways in which the other channels are halved
LEAST_OTHERS = 6


def true_rewards(
    reader: SessionReader, spec: ProtocolSpec | None, rows: Rows, events: Sequence[Event]
) -> TrueRewards | None:
    """Judge the rewards of a session.

    Parameters
    ----------
    reader : SessionReader
    spec : ProtocolSpec or None
        None where the protocol cannot be understood.
    rows : Rows
        The frames.
    events : sequence of Event

    Returns
    -------
    TrueRewards or None
        None where it is sealed, where not a single asymmetry or power at electrodes is trained, or
        where there are too few rewards or too little clean training to say anything.
    """
    trained = None if spec is None else spec.trained
    if spec is None or trained is None or reader.start.study is not None:
        return None
    judged = rows.reward & (rows.held == "")
    if int(judged.sum()) < LEAST_REWARDS:
        return None
    montage = make_montage(reader.info, spec.signal, reader.start.bads)
    feature = next(f for f in montage.features if f.name == trained.feature)
    if not feature.channels or feature.name in montage.kernels:
        return None
    feature = _as_fitted(feature, events)
    hop = hop_length(reader.info.sfreq, spec.signal.montage.hop)
    halves = _halves(montage, feature)
    signals, first = _signals(reader, np.concatenate([_rows(montage, feature), *halves]), hop)
    at = (rows.samples + 1) // hop - 1 - first
    there = (at >= 0) & (at < len(signals))
    bad = np.zeros(len(signals), dtype=bool)
    causes = ~np.isin(rows.held, ["", SETTLING, PAUSED])
    bad[at[there & causes]] = True
    truths = _truths(signals, bad, feature, reader.info.sfreq, hop)
    margin = math.ceil((feature.envelope.window / 2 + feature.envelope.lag) / rows.frame_seconds)
    known = np.zeros(len(at), dtype=bool)
    known[there] = clean_within(bad, margin + 1, margin)[at[there]]
    training = _in_training(rows, events)
    usable = known & training & (rows.held == "") & np.isfinite(rows.threshold)
    truth = np.full(len(at), np.nan)
    truth[there] = truths[0][at[there]]
    if usable.sum() * rows.frame_seconds < LEAST_SECONDS or (judged & usable).sum() < LEAST_REWARDS:
        return None
    sign = -1.0 if trained.direction == "down" else 1.0
    past = sign * truth[usable] > sign * rows.threshold[usable]
    given = judged[usable]
    share, chance, error = _share(past, given, rows.samples[usable] / reader.info.sfreq)
    both = [t[at[there]][usable[there]] for t in truths[1:]]
    pairs = [correlation(a, b) for a, b in zip(both[::2], both[1::2], strict=True)]
    return TrueRewards(
        feature=feature.name,
        rewards=int(given.sum()),
        share=share,
        chance=chance,
        error=error,
        r=correlation(rows.features[feature.name][usable], truth[usable]),
        auc=area_under_curve(sign * rows.features[feature.name][usable], past),
        seconds=float(usable.sum()) * rows.frame_seconds,
        lag=feature.envelope.lag,
        reliability=float(np.mean(pairs)) if pairs else None,
    )


def area_under_curve(values: FloatArray, positive: NDArray[np.bool_]) -> float:
    """Return the probability that a positive value exceeds another; NaN without both kinds."""
    n_positive = int(positive.sum())
    n_other = positive.size - n_positive
    if not n_positive or not n_other:
        return math.nan
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[where]
    above = float(ranks[positive].sum()) - n_positive * (n_positive + 1) / 2
    return above / (n_positive * n_other)


def _share(
    past: NDArray[np.bool_], given: NDArray[np.bool_], times: FloatArray
) -> tuple[float, float, float]:
    """Return the share among rewards, the share of all, and the error of their difference.

    The error leaves out one stretch after the other: neighbouring frames are not independent.
    """
    stretch = (times / SEGMENT).astype(int)
    numbers, where = np.unique(stretch, return_inverse=True)
    counts = np.array(
        [
            np.bincount(where, weights=w, minlength=numbers.size)
            for w in (given & past, given, past, np.ones(past.size))
        ]
    )
    total = counts.sum(axis=1)
    rest = total[:, None] - counts
    usable = rest[1] > 0
    left = rest[0, usable] / rest[1, usable] - rest[2, usable] / rest[3, usable]
    n = left.size
    error = math.sqrt((n - 1) / n * float(((left - left.mean()) ** 2).sum())) if n > 1 else math.nan
    return float(total[0] / total[1]), float(total[2] / total[3]), error


def _as_fitted(feature: FeatureKind, events: Sequence[Event]) -> FeatureKind:
    """Return the feature with the band that was in use in the end."""
    for event in reversed(events):
        if event.kind is EventKind.ESTIMATOR_FITTED and event.details["feature"] == feature.name:
            low, high = event.details["band"]
            update = {"declared_band": (float(low), float(high))}
            return feature.model_copy(
                update={"envelope": feature.envelope.model_copy(update=update)}
            )
    return feature.with_alpha(None)


def _rows(montage: Montage, feature: FeatureKind) -> FloatArray:
    return montage.rows[[montage.picks.index(channel) for channel in feature.channels]]


def _halves(montage: Montage, feature: FeatureKind) -> list[FloatArray]:
    """Return the same rows against means of random halves of the other channels, two by two."""
    info = montage.info
    others = [
        i
        for i in info.eeg
        if info.ch_names[i] not in (*feature.channels, *montage.bads) and info.units[i] == "V"
    ]
    if montage.reference != "average" or len(others) < LEAST_OTHERS:
        return []
    picks = np.eye(info.n_channels)[[info.ch_names.index(c) for c in feature.channels]]
    random, found = np.random.default_rng(0), []
    for _ in range(SPLITS):
        mixed = random.permutation(others)
        for half in (mixed[: len(others) // 2], mixed[len(others) // 2 :]):
            mean = np.zeros(info.n_channels)
            mean[half] = 1.0 / half.size
            found.append(picks - mean)
    return found


def _signals(reader: SessionReader, matrix: FloatArray, hop: int) -> tuple[FloatArray, int]:
    """Return hops of linear combinations of the recorded channels, and the number of the first."""
    used = np.flatnonzero(np.abs(matrix).any(axis=0))
    parts: list[FloatArray] = []
    first = start = 0
    for chunk in reader.iter_chunks():
        if not parts:
            first = -(-chunk.first_sample // hop)
            start = first * hop - chunk.first_sample
        parts.append(np.nan_to_num(chunk.data[:, used]) @ matrix[:, used].T)
    if not parts:
        return np.empty((0, hop, len(matrix))), 0
    stream = np.concatenate(parts)[start:]
    n_hops = len(stream) // hop
    return stream[: n_hops * hop].reshape(n_hops, hop, -1), first


def _truths(
    signals: FloatArray, bad: NDArray[np.bool_], feature: FeatureKind, sfreq: float, hop: int
) -> list[FloatArray]:
    """Return the measure at each hop for each group of rows, one for each of its channels."""
    envelope, n = feature.envelope, len(feature.channels)
    block = block_length(sfreq, hop, envelope.band[1])
    means = bridged(block_means(signals, block), bad)
    values = FeatureMap([feature])
    found = []
    for start in range(0, means.shape[2], n):
        group = means[:, :, start : start + n]
        power = true_power(group, envelope.band, envelope.window, sfreq / block, envelope.lag)
        found.append(values.values(power)[:, 0])
    return found


def _in_training(rows: Rows, events: Sequence[Event]) -> NDArray[np.bool_]:
    """Say which frames belong to a block with feedback and reward."""
    trained = {
        event.details.get("block")
        for event in events
        if event.kind is EventKind.BLOCK_STARTED and event.details.get("phase") == "train"
    }
    return np.isin(rows.blocks, [number for number in trained if isinstance(number, int)])


def rewards_of(
    reader: SessionReader, spec: ProtocolSpec | None, rows: Rows, events: Sequence[Event]
) -> TrueRewards | None:
    """Judge the rewards of a session that may be damaged; None where they cannot be."""
    try:
        return true_rewards(reader, spec, rows, events)
    except UserError:  # it is among the damage that the summary tells of
        return None
