import numpy as np
import pytest

from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.signal.reference import describe, spatial_matrix

NAMES = ("F3", "F4", "Cz", "M1", "M2", "HEOG", "X")
TYPES = ("eeg", "eeg", "eeg", "eeg", "eeg", "eog", "eeg")
UNITS = ("V",) * 6 + ("n/a",)
INFO = StreamInfo("amp", "", 250.0, NAMES, TYPES, UNITS)


def test_average_reference_takes_good_eeg_channels_only() -> None:
    matrix = spatial_matrix(INFO, ["F3"], "average", bads=["M2"])
    expected = np.zeros(7)
    expected[:4] = -1 / 4
    expected[0] += 1
    np.testing.assert_allclose(matrix[0], expected)


@pytest.mark.parametrize("reference", ["average", ("Cz",), ("M1", "M2")])
def test_what_all_channels_share_is_removed(reference: object) -> None:
    matrix = spatial_matrix(INFO, ["F3", "F4"], reference)  # type: ignore[arg-type]
    np.testing.assert_allclose(matrix.sum(axis=1), 0, atol=1e-15)


def test_as_recorded_is_the_channel_itself() -> None:
    matrix = spatial_matrix(INFO, ["F4"], "as-recorded")
    assert matrix.tolist() == [[0, 1, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("picks", "reference", "bads", "says"),
    [
        (["F7"], "average", [], "no channel F7.*It has F3, F4"),
        (["F3"], ("A1",), [], "no channel A1"),
        (["F3"], "average", ["F3"], "F3.*marked bad"),
        (["F3"], ("Cz",), ["Cz"], "Cz.*marked bad"),
        (["X"], "as-recorded", [], "no voltage unit"),
        (["F3", "F4"], "average", ["Cz", "M1", "M2"], "at least three good EEG channels.* has 2"),
        (["F3"], "average", ["Oz"], "Oz"),
        (["F3"], "average", ["F4", "Cz", "M1", "M2"], "at least three"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    picks: list[str], reference: object, bads: list[str], says: str
) -> None:
    with pytest.raises(UserError, match=says):
        spatial_matrix(INFO, picks, reference, bads)  # type: ignore[arg-type]


def test_description() -> None:
    assert describe("average", INFO, ["M2"]) == "average of 4"
    assert describe(("C3", "C4"), INFO) == "C3 + C4"
