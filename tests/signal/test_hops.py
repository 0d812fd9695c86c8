import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.frames import Chunk
from neurofeedback.signal.hops import HopGrid, hop_length


@pytest.mark.parametrize(
    ("sfreq", "hop"), [(125, 4), (160, 5), (250, 8), (512, 16), (1000, 32), (2048, 66), (1, 1)]
)
def test_hop_length(sfreq: float, hop: int) -> None:
    assert hop_length(sfreq, 0.032) == hop


@given(
    first=st.integers(0, 10_000),
    sizes=st.lists(st.integers(0, 40), min_size=1, max_size=20),
    gaps=st.sets(st.integers(1, 19)),
    hop=st.integers(1, 12),
)
def test_every_sample_lands_in_the_hop_of_its_number(
    first: int, sizes: list[int], gaps: set[int], hop: int
) -> None:
    grid = HopGrid(hop, 1)
    start, seen, broken = first, [], set()
    for i, size in enumerate(sizes):
        numbers = np.arange(start, start + size, dtype=float)
        gap = 1.0 if i in gaps else 0.0
        hops = grid.push(Chunk(numbers[:, None].copy(), numbers.copy(), start, gap=gap))
        for k in range(len(hops)):
            expected = np.arange((hops.first + k) * hop, (hops.first + k + 1) * hop)
            np.testing.assert_array_equal(hops.data[k, :, 0], expected)
            assert hops.times[k] == expected[-1]
            seen.append(hops.first + k)
            if hops.broken[k]:
                broken.add(hops.first + k)
        start += size
    assert seen == list(range(-(-first // hop), start // hop))
    starts = first + np.concatenate(([0], np.cumsum(sizes)))
    wanted = {int(starts[i]) // hop for i in gaps if i < len(sizes) and sizes[i]}
    assert broken == wanted & set(seen)


def test_a_chunk_that_does_not_follow_on_is_an_error() -> None:
    grid = HopGrid(4, 1)
    grid.push(Chunk(np.zeros((5, 1)), np.zeros(5), 0))
    with pytest.raises(ValueError, match="expected 5"):
        grid.push(Chunk(np.zeros((5, 1)), np.zeros(5), 6))
    with pytest.raises(ValueError, match="2 channels"):
        grid.push(Chunk(np.zeros((5, 2)), np.zeros(5), 5))
