"""Discontinuous and broken EDF and BDF files."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.acquisition.replay import Annotation, Gap, ReplaySource, load_recording
from neurofeedback.errors import UserError
from neurofeedback.words.message import Message

MakeEdf = Callable[..., bytes]


@pytest.mark.parametrize("bdf", [False, True])
def test_gaps_of_discontinuous_files_are_kept_and_never_joined(
    make_edf: MakeEdf, tmp_path: Path, bdf: bool
) -> None:
    path = tmp_path / ("gaps.bdf" if bdf else "gaps.edf")
    onsets = (0.5, 1.5, 4.5, 5.5, 5.75 + 1)
    path.write_bytes(
        make_edf(onsets=onsets, plus="D", bdf=bdf, remarks=[(1, 0, "a"), (4.75, 1, "late")])
    )
    recording = load_recording(path)
    assert recording.info.ch_names == ("F3", "F4", "Cz")
    assert recording.gaps == (Gap(2 * 64, 2.0), Gap(4 * 64, 0.25))
    expected = np.concatenate([np.arange(64) / 64 + onset - 0.5 for onset in onsets])
    np.testing.assert_allclose(recording.timestamps, expected)
    assert recording.annotations == (Annotation(0.5, 0.0, "a"), Annotation(4.25, 1.0, "late"))
    assert "2 gaps" in recording.notes[0]

    source = ReplaySource(path, chunk_seconds=1.5)
    source.open()
    chunks = []
    while (chunk := source.read(0.0)) is not None:
        chunks.append(chunk)
    assert [(c.first_sample, c.n_times, c.gap) for c in chunks] == [
        (0, 96, 0.0),
        (96, 32, 0.0),
        (128, 96, 2.0),
        (224, 32, 0.0),
        (256, 64, 0.25),
    ]
    np.testing.assert_array_equal(np.concatenate([c.data for c in chunks]), recording.data)


@pytest.mark.parametrize("plus", ["", "C", "D"])
def test_the_same_samples_whether_or_not_gaps_are_declared(
    make_edf: MakeEdf, tmp_path: Path, plus: str
) -> None:
    path = tmp_path / "one.edf"
    path.write_bytes(make_edf(plus=plus))
    recording = load_recording(path)
    assert recording.gaps == ()
    assert recording.info.native_unit == "uV"
    signal = np.frombuffer(make_edf()[256 * 5 :], dtype="<i2").reshape(3, -1)
    expected = signal[:, : 3 * 64].reshape(3, 3, 64).transpose(0, 2, 1).reshape(-1, 3)
    np.testing.assert_allclose(recording.data, expected * 1e-6, rtol=1e-6, atol=1e-15)


@pytest.mark.parametrize(
    ("unit", "native", "scale"),
    [("mV", "mV", 1e-3), ("", "microvolts (assumed, none declared)", 1e-6), ("V", "V", 1.0)],
)
def test_units_of_the_header_are_believed_and_missing_ones_assumed_aloud(
    make_edf: MakeEdf, tmp_path: Path, unit: str, native: str, scale: float
) -> None:
    path = tmp_path / "unit.edf"
    path.write_bytes(make_edf(unit=unit))
    recording = load_recording(path, as_it_is=True)
    assert recording.info.native_unit == native
    assert recording.data.std() == pytest.approx(46 * scale, rel=0.1)
    assert ["is assumed" in note for note in recording.notes] == [unit == ""]


def test_a_unit_that_is_not_understood_is_asked_for(make_edf: MakeEdf, tmp_path: Path) -> None:
    path = tmp_path / "unit.edf"
    path.write_bytes(make_edf(unit="bananas"))
    with pytest.raises(UserError, match="bananas"):
        load_recording(path)
    assert load_recording(path, unit="uV").data.std() == pytest.approx(46e-6, rel=0.1)


def test_a_recording_that_was_never_closed_is_read_as_far_as_it_goes(
    make_edf: MakeEdf, tmp_path: Path
) -> None:
    path = tmp_path / "open.edf"
    path.write_bytes(make_edf(n_records=-1, plus=""))
    recording = load_recording(path)
    assert recording.n_times == 3 * 64
    assert "never closed" in recording.notes[0]


def test_a_file_of_annotations_alone_is_refused(make_edf: MakeEdf, tmp_path: Path) -> None:
    path = tmp_path / "remarks.edf"
    path.write_bytes(make_edf(labels=()))
    with pytest.raises(UserError, match="remarks.edf"):
        load_recording(path)


def damaged(good: bytes, at: int, new: bytes) -> bytes:
    return good[:at] + new + good[at + len(new) :]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda b: b[:100], "only 100 bytes"),
        (lambda b: b[:700], "within its header"),
        (lambda b: b[:-1], "cut short"),
        (lambda b: b + b"x", "announces"),
        (lambda b: damaged(b, 0, b"7"), "does not begin"),
        (lambda b: damaged(b, 184, b"9999"), "a header of"),
        (lambda b: damaged(b, 236, b"0 "), "empty"),
        (lambda b: damaged(b, 236, b"x "), "number of records"),
        (lambda b: damaged(b, 244, b"-1"), "records of -1"),
        (lambda b: damaged(b, 252, b"0   "), "0 signals"),
        (lambda b: damaged(b, 256 + 4 * 120, b"32767   "), "the digital range of"),
        (lambda b: b[:1280].replace(b"64 ", b"1.5") + b[1280:], "samples in a record"),
        (lambda b: b.replace(b"+1\x14\x14", b"?1\x14\x14"), "does not say when"),
        (lambda b: b.replace(b"+1\x14\x14", b"+9\x14\x14"), "order of time"),
        (lambda b: b.replace(b"EDF Annotations", b"EDF Remembrance"), "they start|understood"),
    ],
)
def test_broken_files_are_refused_in_words(
    make_edf: MakeEdf, tmp_path: Path, damage: Callable[[bytes], bytes], message: str
) -> None:
    path = tmp_path / "broken.edf"
    path.write_bytes(damage(make_edf(plus="D")))
    with pytest.raises(UserError, match=message) as refused:
        load_recording(path, strict=True)
    what = refused.value.message.fields.get("what", Message(""))
    assert isinstance(what, Message)  # so that it can be shown in a language


@pytest.mark.parametrize(
    ("damage", "n_times", "note"),
    [
        (lambda b: b[:-1], 2 * 64, "cut short"),
        (lambda b: b + b"x", 3 * 64, "announces"),
        (lambda b: damaged(b, 236, b"9 "), 3 * 64, "its 3 whole records"),
        (lambda b: damaged(b, 256 + 4 * 120, b"32767   "), 3 * 64, "'EEG F3-LE' is left out"),
        (lambda b: damaged(b, 256 + 4 * 104, b"rubbish "), 3 * 64, "is 'rubbish'"),
    ],
)
def test_what_is_there_of_a_broken_file_is_read_and_the_rest_is_named(
    make_edf: MakeEdf, tmp_path: Path, damage: Callable[[bytes], bytes], n_times: int, note: str
) -> None:
    path, whole = tmp_path / "broken.edf", tmp_path / "whole.edf"
    whole.write_bytes(make_edf())
    path.write_bytes(damage(whole.read_bytes()))
    recording, expected = load_recording(path), load_recording(whole)
    assert note in recording.notes[0]
    kept = [expected.info.ch_names.index(name) for name in recording.info.ch_names]
    np.testing.assert_array_equal(recording.data, expected.data[:n_times, kept])
    with pytest.raises(UserError, match=note):
        load_recording(path, strict=True)


def test_decimals_may_follow_a_comma(make_edf: MakeEdf, tmp_path: Path) -> None:
    path, comma = tmp_path / "point.edf", tmp_path / "comma.edf"
    content = make_edf()
    path.write_bytes(
        content.replace(b"-32768  ", b"-3276.8 ", 3).replace(b"32767   ", b"3276.7  ", 3)
    )
    comma.write_bytes(
        content.replace(b"-32768  ", b"-3276,8 ", 3).replace(b"32767   ", b"3276,7  ", 3)
    )
    np.testing.assert_array_equal(load_recording(comma).data, load_recording(path).data)


@settings(max_examples=examples(150), deadline=None)
@given(
    flips=st.lists(st.tuples(st.integers(0, 1400), st.integers(0, 255)), min_size=1, max_size=4),
    plus=st.sampled_from(["", "C", "D"]),
    bdf=st.booleans(),
    cut=st.one_of(st.none(), st.integers(0, 1500)),
)
def test_any_damage_either_loads_or_is_refused_in_words(
    make_edf: MakeEdf, flips: list[tuple[int, int]], plus: str, bdf: bool, cut: int | None
) -> None:
    content = bytearray(make_edf(plus=plus, bdf=bdf, onsets=(0, 2)))
    for at, value in flips:
        content[at] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("x.bdf" if bdf else "x.edf")
        path.write_bytes(bytes(content[:cut]))
        with contextlib.suppress(UserError):
            assert load_recording(path).n_times > 0


def test_onsets_of_records_tell_the_rate_of_a_continuous_file(
    make_edf: MakeEdf, tmp_path: Path
) -> None:
    path = tmp_path / "slow.edf"
    path.write_bytes(make_edf(onsets=np.arange(20) * 1.25))
    recording = load_recording(path)
    assert recording.info.sfreq == pytest.approx(64 / 1.25)
    assert "64 Hz" in recording.notes[0]
    assert recording.timestamps[-1] == pytest.approx(25, abs=0.02)
    assert recording.gaps == ()


def test_a_continuous_file_whose_records_do_not_follow_on_has_gaps(
    make_edf: MakeEdf, tmp_path: Path
) -> None:
    path = tmp_path / "jump.edf"
    path.write_bytes(make_edf(onsets=[0, 1, 2, 3, 4, 9, 10, 11, 12, 13]))
    recording = load_recording(path)
    assert recording.gaps == (Gap(5 * 64, 4.0),)
    assert recording.timing is not None
    assert recording.timing.n_lost == pytest.approx(4 * 64)
    assert "were lost" in recording.notes[0]


def test_a_signal_without_samples_is_left_out(make_edf: MakeEdf, tmp_path: Path) -> None:
    path = tmp_path / "none.edf"
    content = make_edf(plus="", labels=("F3", "F4"), onsets=range(6))
    at = 256 + 3 * (16 + 80 + 8 + 4 * 8 + 80) + 8  # the number of samples of F4
    kept = [content[1024 + i * 336 :][:336] for i in range(6)]
    content = damaged(content, at, b"0       ")[:1024]
    path.write_bytes(content + b"".join(r[:128] + r[256:] for r in kept))
    recording = load_recording(path)
    assert recording.info.ch_names == ("F3",)
    assert recording.n_times == 6 * 64
    assert "'F4' is left out, since its records hold no samples of it" in recording.notes[0]
