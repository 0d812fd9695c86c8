"""With --seal-raw the samples of a study's sessions open with the unblinding key alone."""

import mne
import numpy as np
import pytest

from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.study.keys import load_private_key
from tests.cli.test_study import PASSPHRASE, key_of, passphrase, run
from tests.support.short_studies import short_trial

__all__ = ["passphrase"]  # fixtures


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    short_trial(folder, key_of(folder), PASSPHRASE, seal_raw=True)
    return folder


@pytest.fixture
def layout(invoke, eeg_file, study) -> SessionLayout:
    done = run(invoke, eeg_file, study, "P1")
    assert done.exit_code == 0, done.stderr
    return SessionLayout.find(done.stdout.strip())


def test_the_samples_open_with_the_key_alone(invoke, eeg_file, study, layout) -> None:
    private = load_private_key(key_of(study), PASSPHRASE).private
    chunks = list(SessionReader(layout, key=private).iter_chunks())
    recorded = mne.io.read_raw_edf(eeg_file, verbose="error").get_data()
    data = np.concatenate([chunk.data for chunk in chunks])
    np.testing.assert_allclose(data, recorded.T[: len(data)], atol=1e-9)
    kept = np.frombuffer(layout.eeg.read_bytes(), dtype=np.uint8)
    counts = np.bincount(kept, minlength=256)
    assert counts.max() / counts.min() < 1.1  # as of chance
    assert len(kept) == data.size * 4
    with pytest.raises(Exception, match="ASCII"):  # and not taken for noise
        mne.io.read_raw_brainvision(layout.vhdr, verbose="error")


def test_it_is_verified_as_far_as_there_is_a_key(invoke, study, layout) -> None:
    without = invoke("verify", layout.session_dir)
    assert without.exit_code == 0, without.stderr
    assert "samples are sealed" in " ".join(without.stderr.split())
    assert "as far as it goes without the key" in without.stdout
    key = ("--key", key_of(study), "--study", study)
    assert invoke("verify", layout.session_dir, *key).exit_code == 0
    data = bytearray(layout.eeg.read_bytes())
    data[5000] ^= 1
    layout.eeg.write_bytes(data)
    for more in ((), key):
        assert invoke("verify", layout.session_dir, *more).exit_code == 1


@pytest.mark.parametrize("command", ["edf", "bundle", "measure"])
def test_who_wants_samples_is_told_in_a_sentence(invoke, layout, tmp_path, command) -> None:
    more = ("--out", tmp_path / "out", "--to")
    words = {"measure": ("measure", layout.vhdr), "edf": ("export", layout.session_dir, *more),
             "bundle": ("export", layout.session_dir, *more)}[command]  # fmt: skip
    done = invoke(*words, *(() if command == "measure" else (command,)))
    assert done.exit_code == 2
    assert "sealed" in " ".join(done.stderr.split()), done.stderr
    assert not list((tmp_path / "out").rglob("*.e*"))


def test_the_summary_needs_no_samples(invoke, layout) -> None:
    assert invoke("report", layout.session_dir).exit_code == 0
