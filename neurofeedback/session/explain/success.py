"""How exactly the share of successful time can be known from one session.

Responsible for the standard error of a success rate about its target. Not responsible for the rate
(`protocols.run.evaluator` counts it) nor for what is said of it (`session.explain.simulate`).

Two things miss a target by chance. A block is a sample of what its participant does, and so was the
one that its threshold was found from. Where each block sets the threshold of the next, one that was
too easy by chance makes the next too hard, and most of it cancels: what is left are the first and
the last, over the number of blocks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

SEGMENT = 5.0  # s; moments further apart are taken as independent
LEAST_SEGMENTS = 4


def spread_of_success(blocks: Sequence[Sequence[bool]], frame_seconds: float) -> float | None:
    """Return the variance of a success rate, times the seconds that it was counted over.

    Parameters
    ----------
    blocks : sequence of sequence of bool
        Success of each clean frame of each block. Differences between blocks are not counted.
    frame_seconds : float
        Stream time between frames, s.

    Returns
    -------
    float or None
        In s; None where there are fewer than `LEAST_SEGMENTS` segments more than blocks.
    """
    n = max(1, round(SEGMENT / frame_seconds))
    squares, free = 0.0, 0
    for block in blocks:
        n_segments = len(block) // n
        if n_segments > 1:
            rates = np.reshape(block[: n_segments * n], (n_segments, n)).mean(axis=1)
            squares += float(((rates - rates.mean()) ** 2).sum())
            free += n_segments - 1
    return squares / free * SEGMENT if free >= LEAST_SEGMENTS else None


def rate_error(spread: float, baseline: float, lengths: Sequence[float]) -> float:
    """Return the standard error of a success rate over several blocks, about its target.

    Parameters
    ----------
    spread : float
        See `spread_of_success`, s.
    baseline : float
        Clean seconds that the first threshold was found from.
    lengths : sequence of float
        Clean seconds of stretches in order, each of which set the threshold of the next; one,
        where the threshold stayed.
    """
    shares = [length / sum(lengths) for length in lengths]
    variance = shares[0] ** 2 * spread / baseline
    for share, following, length in zip(shares, [*shares[1:], 0.0], lengths, strict=True):
        variance += (share - following) ** 2 * spread / length
    return math.sqrt(variance)
