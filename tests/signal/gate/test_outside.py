"""Holds that are decided outside of the signal, hop by hop."""

from neurofeedback.holds import STALE
from neurofeedback.signal.gate.outside import OutsideHolds

HOP = 8


def holds(*spans: tuple[int, int, str]) -> OutsideHolds:
    """Hold hops, given as the first and last hop and the cause."""
    found = OutsideHolds(HOP)
    for first, last, cause in spans:
        found.add(first * HOP + HOP - 1, last * HOP, cause)
    return found


def test_a_hop_is_held_whichever_of_its_samples_is() -> None:
    assert holds((10, 12, "late")).take(8, 6) == {2: "late", 3: "late", 4: "late"}


def test_a_hold_lasts_as_long_as_it_says_however_hops_are_taken() -> None:
    whole = holds((10, 13, "late"), (13, 14, "rate")).take(8, 8)
    assert whole == {2: "late", 3: "late", 4: "late", 5: "rate", 6: "rate"}
    for n in (1, 2, 3, 5):
        parts, found = holds((10, 13, "late"), (13, 14, "rate")), {}
        for first in range(8, 16, n):
            taken = parts.take(first, min(n, 16 - first))
            found |= {first - 8 + i: cause for i, cause in taken.items()}
        assert found == whole


def test_stale_samples_outweigh_every_other_cause() -> None:
    assert holds((3, 4, STALE), (3, 5, "rate")).take(3, 3) == {0: STALE, 1: STALE, 2: "rate"}


def test_hops_that_are_alike_end_where_stale_ones_begin_or_end() -> None:
    held = holds((10, 12, STALE), (20, 25, "rate"))
    assert [held.n_alike(first, 8) for first in (1, 8, 10, 12, 13, 20)] == [8, 2, 3, 1, 8, 8]
    assert holds().n_alike(0, 8) == 8
