from datetime import datetime

import edfio
import mne
import numpy as np
import pytest
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from recorded_session import STARTED, record_samples, record_session

from neurofeedback.acquisition.files.edf import read_header
from neurofeedback.errors import UserError
from neurofeedback.export.edf import write_bdf, write_edf
from neurofeedback.recording.read.session_data import GAP, read_session

KINDS = {"edf": (write_edf, edfio.read_edf, 16), "bdf": (write_bdf, edfio.read_bdf, 24)}


def silent(done):
    pass


def written(layout, folder, kind="edf"):
    """Write a session and return what the writer says and the file as edfio reads it."""
    write, read, _ = KINDS[kind]
    target = folder / f"out.{kind}"
    target.unlink(missing_ok=True)
    said = write(read_session(layout.protocol), target, silent)
    return said, read(target)


def stored_of(layout):
    n_channels = read_session(layout.protocol).start.stream.n_channels
    return np.fromfile(layout.eeg, "<f4").reshape(-1, n_channels)


def data_of(file, n_times):
    return np.array([signal.data[:n_times] for signal in file.signals]).T


floats = st.floats(-1e6, 1e6, width=32)
small = st.floats(-200, 200, width=32)


@settings(max_examples=examples(25), suppress_health_check=list(HealthCheck))
@given(
    stored=st.integers(1, 60).flatmap(
        lambda n: npst.arrays("<f4", (n, 3), elements=st.one_of(floats, small), fill=st.just(0.1))
    ),
    offset=st.sampled_from([0, 62000, -9e5]),
    sfreq=st.sampled_from([1.0, 3.0, 7.5, 128.0, 250.0]),
    kind=st.sampled_from(sorted(KINDS)),
)
def test_every_sample_comes_back_within_the_stated_rounding(
    tmp_path_factory, stored, offset, sfreq, kind
):
    folder = tmp_path_factory.mktemp("edf")
    stored = (stored + np.float32(offset)).astype("<f4")
    layout = record_samples(folder / "data", stored, sfreq, units=("V", "V", "n/a"))
    said, file = written(layout, folder, kind)
    n_times = len(stored)
    error = np.abs(data_of(file, n_times) - stored)
    assert error[:, :2].max() <= said.rounding
    widths = [s.physical_max - s.physical_min for s in file.signals]
    spread = stored.max(axis=0).astype(float) - stored.min(axis=0)
    for signal, width, needed in zip(file.signals, widths, spread, strict=True):
        whole = width == signal.digital_max - signal.digital_min
        assert whole or width <= needed + 2.0, "a range wider than the samples need"
    assert all(s.sampling_frequency == pytest.approx(sfreq, rel=1e-12) for s in file.signals)
    assert (file.num_data_records * file.signals[0].samples_per_data_record) >= n_times


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_stated_rounding_is_what_the_bits_allow(tmp_path, kind):
    stored = np.linspace(-100, 100, 2000, dtype="<f4")[:, np.newaxis]
    layout = record_samples(tmp_path / "data", stored)
    said, file = written(layout, tmp_path, kind)
    bits = KINDS[kind][2]
    assert said.rounding == pytest.approx(200 / (2**bits - 1) / 2, rel=1e-3)
    (remark,) = said.remarks
    assert remark.startswith("Samples are rounded by at most 0.00")
    assert float(remark.split()[-2]) >= said.rounding
    assert file.signals[0].physical_dimension == "uV"


def test_trigger_codes_are_kept_exactly(tmp_path):
    rng = np.random.default_rng(1)
    stored = np.stack([rng.normal(0, 20, 500), rng.integers(0, 256, 500)], axis=1).astype("<f4")
    layout = record_samples(tmp_path / "data", stored, units=("V", "n/a"), ch_types=("eeg", "stim"))
    said, file = written(layout, tmp_path)
    assert np.array_equal(file.signals[1].data, stored[:, 1])
    assert len(said.remarks) == 1


def test_annotations_date_and_code_are_in_the_file_as_mne_reads_it(tmp_path):
    layout = record_session(tmp_path / "data", "P07")
    said, file = written(layout, tmp_path)
    raw = mne.io.read_raw_edf(tmp_path / "out.edf", verbose="error")
    session = read_session(layout.protocol)
    assert raw.ch_names == session.raw.ch_names
    assert raw.info["meas_date"] == STARTED.replace(
        microsecond=0, tzinfo=raw.info["meas_date"].tzinfo
    )
    assert file.patient.code == "P07"
    assert file.patient.name == "X"
    assert list(raw.annotations.description) == list(session.raw.annotations.description)
    assert np.allclose(raw.annotations.onset, session.raw.annotations.onset, atol=1e-6)
    assert np.allclose(raw.annotations.duration, session.raw.annotations.duration, atol=1e-6)
    difference = np.abs(raw.get_data() - session.raw.get_data()).max() * 1e6
    assert difference <= said.rounding * (1 + 1e-6)


def test_our_own_reader_accepts_the_file(tmp_path):
    written(record_session(tmp_path / "data"), tmp_path)
    header = read_header(tmp_path / "out.edf")
    assert not header.discontinuous
    assert header.notes == ()
    assert header.n_records == 20


def test_the_last_record_is_filled_up_and_says_so(tmp_path):
    stored = np.arange(300, dtype="<f4").reshape(-1, 1)
    said, file = written(record_samples(tmp_path / "data", stored), tmp_path)
    assert file.num_data_records == 2
    assert np.all(file.signals[0].data[300:] == 299)
    (padding,) = file.annotations
    assert padding == (300 / 250, 200 / 250, f"{GAP} padding")
    assert any("filled up with 0.8 s" in remark for remark in said.remarks)


@pytest.mark.parametrize(("n_channels", "sfreq"), [(256, 2048.0), (64, 1000.0), (1, 249.97)])
def test_records_stay_within_what_the_standard_wants(tmp_path, n_channels, sfreq):
    stored = np.zeros((100, n_channels), "<f4")
    stored[0] = 1.5
    _, file = written(record_samples(tmp_path / "data", stored, sfreq), tmp_path)
    header = read_header(tmp_path / "out.edf")
    assert 2 * sum(header.n_samples) <= 61440
    assert file.signals[0].sampling_frequency == pytest.approx(sfreq, rel=1e-12)


@pytest.mark.parametrize(
    ("value", "sfreq", "sentence"),
    [
        (np.nan, 250.0, "Sample 5 of E1 is not a number"),
        (np.inf, 250.0, "Sample 5 of E1 is not a number"),
        (3e8, 250.0, r"A sample has the value 3e\+08"),
        (1.0, 125.6637, "The sampling rate is 125.6637"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path, value, sfreq, sentence):
    stored = np.ones((10, 64), "<f4") / 3
    stored[5, 1] = value
    layout = record_samples(tmp_path / "data", stored, sfreq)
    with pytest.raises(UserError, match=f"{sentence}.* cannot hold: export to fif"):
        written(layout, tmp_path)
    assert not (tmp_path / "out.edf").exists()


def test_gaps_are_refused(tmp_path):
    layout = record_session(tmp_path / "data", gap=0.5)
    with pytest.raises(UserError, match=r"missing in 1 place\(s\), which EDF\+ and BDF\+ cannot"):
        written(layout, tmp_path)


def test_names_that_do_not_fit_are_changed_and_told(tmp_path):
    names = ("a name of more than 16 letters", "a name of more than 17 letters", "µ", "Cz")
    stored = np.ones((10, 4), "<f4") / 3
    said, file = written(record_samples(tmp_path / "data", stored, ch_names=names), tmp_path)
    labels = [signal.label for signal in file.signals]
    assert labels == ["a name of more t", "Ch2", "_", "Cz"]
    assert any("a name of more than 17 letters is Ch2" in remark for remark in said.remarks)


def test_a_date_that_the_format_does_not_know_is_left_out(tmp_path):
    long_ago = datetime.fromisoformat("1915-03-01T09:30:15+00:00")
    said, file = written(record_session(tmp_path / "data", started=long_ago), tmp_path)
    assert any("dates from 1985 to 2084" in remark for remark in said.remarks)
    with pytest.raises(edfio.AnonymizedDateError):
        _ = file.recording.startdate
