"""Concealed sessions that were recorded by some version are verified by this one."""

import re
import tarfile
from pathlib import Path

import pytest

from neurofeedback.recording.layout import SessionLayout
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key

PASSPHRASE = "correct horse"
HERE = Path(__file__).parent


@pytest.fixture(params=["concealed-0.1.0", "concealed", "concealed-4"])
def trial(request, tmp_path):
    with tarfile.open(HERE / f"{request.param}.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path


def key_of(trial):
    (path,) = trial.rglob("unblind.pem")
    return load_private_key(path, PASSPHRASE)


def test_it_verifies_with_and_without_the_key(trial):
    key = key_of(trial)
    study = Study(trial / "study")
    donors, allocated = study.donors, study.allocated(key)
    for code in ("P0", "P1"):
        folder = trial / "data" / f"sub-{code}" / "ses-01"
        without = verify_session(folder)
        having = verify_session(folder, None, key, donors, allocated)
        assert without.problems == []
        assert having.problems == []
        assert without.n_frames == having.n_frames > 250
        assert having.n_displayed > 25


def test_with_the_key_a_change_is_found(trial):
    key = key_of(trial)
    layout = SessionLayout.find(trial / "data" / "sub-P0" / "ses-01")
    data = bytearray(layout.sealed.read_bytes())
    data[-40] ^= 1
    layout.sealed.write_bytes(data)
    found = verify_session(layout.session_dir, None, key, Study(trial / "study").donors)
    assert re.search(r"fails its checksum|not as it was written", " ".join(found.problems))
