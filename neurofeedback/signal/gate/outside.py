"""Holds that are decided outside of the signal: late samples, a wrong rate, bridged electrodes.

Responsible for which hops they cover. Not responsible for deciding (`session.live`,
`session.recorded_commands`) nor for what a
hold means (`signal.pipeline`, `protocols.run`).
"""

from __future__ import annotations

from neurofeedback.holds import STALE


class OutsideHolds:
    """Spans of samples that must not be fed back.

    Where several cover a hop, it is `STALE` if one of them is, else what the last of them says.

    Parameters
    ----------
    hop : int
        Samples in a hop.
    """

    def __init__(self, hop: int) -> None:
        self._hop = hop
        self._spans: list[tuple[int, int, str]] = []  # first and last hop, cause

    def add(self, first: int, last: int, cause: str) -> None:
        """Hold every hop that has one of the samples from `first` to `last`."""
        self._spans.append((first // self._hop, last // self._hop, cause))

    def take(self, first: int, n_hops: int) -> dict[int, str]:
        """Return the causes of `n_hops` hops from `first` on, by place; forget what is over."""
        if not self._spans:
            return {}
        causes = ((i, self.cause(first + i)) for i in range(n_hops))
        found = {i: cause for i, cause in causes if cause is not None}
        self._spans = [span for span in self._spans if span[1] >= first + n_hops]
        return found

    def n_alike(self, first: int, n_hops: int) -> int:
        """Return how many hops from `first` on, at most `n_hops`, are all stale or all not."""
        if not self._spans:
            return n_hops
        stale = [self.cause(first + i) == STALE for i in range(n_hops)]
        return stale.index(not stale[0]) if len(set(stale)) > 1 else n_hops

    def cause(self, hop: int) -> str | None:
        """Return why a hop is held; None where it is not."""
        causes = [cause for start, stop, cause in self._spans if start <= hop <= stop]
        return STALE if STALE in causes else causes[-1] if causes else None
