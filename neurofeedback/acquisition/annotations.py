"""At which sample an annotation of a recording lies.

Responsible for placing what a file says on the samples that it holds, and for what is said of
annotations that lie nowhere. Not responsible for reading them (`edf`, `readers`, `xdf`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np

from neurofeedback.acquisition.recorded import Annotation, Recording, is_break
from neurofeedback.frames import Annotated, FloatArray, IntArray
from neurofeedback.words.message import Message

_TOLERANCE = 1.001  # samples before the first and after the last of a stretch without a gap

Placed = deque[tuple[int, Annotation]]


def place(recording: Recording) -> tuple[Placed, list[Annotation]]:
    """Find the sample nearest to the onset of each annotation.

    Parameters
    ----------
    recording : Recording

    Returns
    -------
    placed : deque of (int, Annotation)
        In order of sample. What marks a gap is not among them: the gap itself is known.
    lost : list of Annotation
        Those at whose onset nothing was recorded.
    """
    if not recording.annotations:
        return deque(), []
    onsets = np.array([a.onset for a in recording.annotations])
    samples = _nearest(onsets, recording)
    placed, lost = [], []
    edges = {0, *(gap.sample for gap in recording.gaps)}
    for sample, annotation in zip(samples.tolist(), recording.annotations, strict=True):
        if is_break(annotation.text) and edges & {sample, sample + 1}:
            continue
        if sample < 0:
            lost.append(annotation)
        else:
            placed.append((sample, annotation))
    return deque(sorted(placed, key=lambda pair: pair[0])), lost


def take(placed: Placed, first: int, stop: int) -> tuple[Annotated, ...]:
    """Take off `placed` what is said of samples before `stop`; return what is from `first` on."""
    taken = []
    while placed and placed[0][0] < stop:
        sample, a = placed.popleft()
        if sample >= first:
            taken.append(Annotated(sample - first, a.text, a.duration))
    return tuple(taken)


def note_on_lost(lost: Sequence[Annotation], where: str) -> Iterable[Message]:
    """Yield the sentence that is to be said of annotations that lie nowhere, if there are any."""
    if lost:
        yield Message(
            "{where}: annotations that cannot be placed, since nothing was recorded then: {n}; "
            "the first is {text!r} at {onset:.3f} s.",
            where=where, n=len(lost), text=lost[0].text, onset=lost[0].onset,
        )  # fmt: skip


def _nearest(onsets: FloatArray, recording: Recording) -> IntArray:
    """Return the sample nearest to each onset; -1 for none, where a gap is or nothing at all."""
    best = np.full(onsets.shape, -1, dtype=np.int64)
    distance = np.full(onsets.shape, np.inf)
    reach = _TOLERANCE / recording.info.sfreq
    begins, latest = {gap.sample for gap in recording.gaps}, -np.inf
    for part in recording.stretches():
        # Stamps of a stream may jitter backwards by a little; behind a gap they may jump.
        latest = -np.inf if part.start in begins else latest
        times = np.maximum(np.maximum.accumulate(recording.times[part]), latest)
        latest = times[-1]
        after = np.clip(np.searchsorted(times, onsets), 1, max(1, times.size - 1))
        before = after - 1
        after = np.minimum(after, times.size - 1)
        nearer = np.where(onsets - times[before] <= times[after] - onsets, before, after)
        away = np.abs(times[nearer] - onsets)
        inside = (onsets >= times[0] - reach) & (onsets <= times[-1] + reach)
        better = inside & (away < distance)
        best[better] = part.start + nearer[better]
        distance[better] = away[better]
    return best
