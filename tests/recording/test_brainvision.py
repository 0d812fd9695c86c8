import string
from datetime import UTC, datetime, timedelta, timezone

import mne
import pytest
from by_mne import read_brainvision
from effort import examples
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from neurofeedback.frames import StreamInfo
from neurofeedback.recording.brainvision import (
    channel_labels,
    header_text,
    marker_line,
    markers_head,
)

STARTED = datetime(2026, 3, 1, 9, 30, 15, 250000, tzinfo=timezone(timedelta(hours=2)))


def stream(names, sfreq=250.0):
    n = len(names)
    return StreamInfo("s", "", sfreq, tuple(names), ("eeg",) * n, ("V",) * n)


def write(folder, info, n_times=3):
    (folder / "a.vhdr").write_text(header_text(info, "a.eeg", "a.vmrk"), encoding="utf-8")
    (folder / "a.vmrk").write_text(markers_head("a.eeg", STARTED), encoding="utf-8")
    (folder / "a.eeg").write_bytes(bytes(4 * n_times * info.n_channels))
    return folder / "a.vhdr"


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.text(max_size=12), min_size=1, max_size=6, unique=True))
@example(["", " ", "Ch1", "Ch2", "Ch1_2"])
@example(["[Comment]", "[Common Infos]", "Codepage=ANSI", "DataFile=/etc/passwd", "%(x)s"])
@example(["a,b", "a\\1b", ";", "#", "a=b", "a:b"])
@example(["a\tb", "a\nb", "a_b", "a b", "\ufeffa", "\x00"])
def test_no_channel_name_breaks_the_header(tmp_path_factory, names):
    info = stream(names)
    labels = channel_labels(info)
    assert len(set(labels)) == len(names)
    assert all(label and label == label.strip() and "\t" not in label for label in labels)
    path = write(tmp_path_factory.mktemp("bv"), info)
    assert mne.io.read_raw_brainvision(path, verbose="error").ch_names == list(labels)


@given(st.lists(st.text(string.ascii_letters + string.digits + ".-,'+ µ", min_size=1)
       .map(str.strip).filter(lambda name: name and name[0] not in "-+"),
       min_size=1, unique=True))  # fmt: skip
def test_usual_names_stay_as_they_are(names):
    assert channel_labels(stream(names)) == tuple(names)


@pytest.mark.parametrize("sfreq", [100.0, 125.0, 128.0, 250.0, 256.0, 300.0, 512.0, 2048.0, 999.7])
def test_the_rate_comes_back(tmp_path, sfreq):
    raw = mne.io.read_raw_brainvision(write(tmp_path, stream(["F3"], sfreq)), verbose="error")
    assert raw.info["sfreq"] == pytest.approx(sfreq, rel=1e-15)


def test_the_start_is_written_in_utc(tmp_path):
    raw = mne.io.read_raw_brainvision(write(tmp_path, stream(["F3"])), verbose="error")
    assert raw.info["meas_date"] == STARTED.astimezone(UTC)


def test_markers_count_samples_from_one_and_escape_commas(tmp_path):
    assert marker_line(2, "Comment", "a,b", 0) == "Mk2=Comment,a\\1b,1,1,0\n"
    path = write(tmp_path, stream(["F3"]))
    with open(tmp_path / "a.vmrk", "a", encoding="utf-8") as file:
        file.write(marker_line(2, "Comment", "a,b", 2))
    [mark] = read_brainvision(path).annotations
    assert (mark["description"], mark["onset"]) == ("Comment/a,b", 2 / 250)


def test_a_marker_that_is_being_written_is_no_marker_yet(tmp_path):
    path = write(tmp_path, stream(["F3"]))
    whole = (tmp_path / "a.vmrk").read_bytes()
    line = b";" + marker_line(2, "Comment", "Reward", 2).encode()[1:]
    for torn in range(len(line) + 1):
        (tmp_path / "a.vmrk").write_bytes(whole + line[:torn])
        assert len(read_brainvision(path).annotations) == 0
