import pytest
from recorded_session import record_session

from neurofeedback.errors import UserError
from neurofeedback.export.sessions import sessions_at


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for participant in ("P02", "P01", "P01"):
        record_session(folder, participant)
    return folder


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".", ["sub-P01_ses-01", "sub-P01_ses-02", "sub-P02_ses-01"]),
        ("sub-P01", ["sub-P01_ses-01", "sub-P01_ses-02"]),
        ("sub-P01/ses-02", ["sub-P01_ses-02"]),
        ("derivatives/neurofeedback/sub-P02/ses-01", ["sub-P02_ses-01"]),
        ("sub-P02/ses-01/eeg", ["sub-P02_ses-01"]),
    ],
)
def test_a_path_means_the_sessions_below_it(root, path, expected):
    assert [layout.stem[:14] for layout in sessions_at(root / path)] == expected


def test_where_there_is_none_it_is_said(root, tmp_path):
    with pytest.raises(UserError, match="is not a session"):
        sessions_at(tmp_path)
    with pytest.raises(UserError, match="no such file or folder"):
        sessions_at(root / "sub-P09")
    (tmp_path / "derivatives" / "neurofeedback").mkdir(parents=True)
    with pytest.raises(UserError, match="contains no session"):
        sessions_at(tmp_path)
