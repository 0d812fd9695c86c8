"""Live streams over a real loopback, from this library's outlet and from another's."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pylsl
import pytest
from mne_lsl.player import PlayerLSL

from neurofeedback.acquisition.given_names import parse_channels
from neurofeedback.acquisition.lsl import LslSource, find_streams
from neurofeedback.acquisition.lsl.comeback import GONE_SECONDS
from neurofeedback.acquisition.lsl.source import SILENT_SECONDS
from neurofeedback.acquisition.outlet import StreamOutletThread
from neurofeedback.acquisition.recorded import Gap, Recording
from neurofeedback.acquisition.replay import ReplaySource, load_recording
from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.errors import UserError
from neurofeedback.frames import Chunk, FloatArray, StreamInfo, from_storage, to_storage
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.session.engine import SessionEngine
from reliability.live_sender import Sender

pytestmark = pytest.mark.lsl

SENDER = Path(__file__).with_name("lsl_sender.py")


def receive(
    source: LslSource, until: Callable[[list[Chunk]], bool], seconds: float = 20.0
) -> list[Chunk]:
    """Read until something holds; a test that never gets there fails here."""
    chunks: list[Chunk] = []
    deadline = time.monotonic() + seconds
    while not until(chunks):
        assert time.monotonic() < deadline, "it did not happen in time"
        started = time.monotonic()
        chunk = source.read(0.05)
        assert time.monotonic() - started < 1.0, "read kept its caller waiting"
        if chunk is not None:
            assert chunk.n_times > 0
            chunks.append(chunk)
    return chunks


def total(chunks: list[Chunk]) -> int:
    return sum(c.n_times for c in chunks)


def joined(chunks: list[Chunk]) -> FloatArray:
    assert [c.first_sample for c in chunks[1:]] == [c.stop_sample for c in chunks[:-1]]
    return np.concatenate([c.data for c in chunks])


@pytest.fixture
def source() -> Iterator[Callable[..., LslSource]]:
    """Make sources that are closed at the end."""
    made: list[LslSource] = []

    def make(*args: Any, **kwargs: Any) -> LslSource:
        made.append(LslSource(*args, **kwargs))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def sender() -> Iterator[Callable[..., Sender]]:
    """Start senders that are stopped at the end."""
    running: list[Sender] = []

    def start(
        name: str,
        *,
        sfreq: float = 200,
        labels: str = "F3,F4",
        unit: str = "uV",
        identity: str = "",
    ) -> Sender:
        info = described(name, labels, sfreq=sfreq, unit=unit, identity=identity)
        running.append(Sender(info, rate=sfreq))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def mortal() -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start a sender in a process of its own, to be killed."""
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        args = [sys.executable, str(SENDER), "mortal", "id-mortal", "200", "F3,F4", "uV"]
        running.append(subprocess.Popen(args))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def described(
    name: str,
    labels: str = "F3,F4",
    *,
    sfreq: float = 100.0,
    unit: str = "",
    kind: str = "EEG",
    identity: str = "",
) -> pylsl.StreamInfo:
    """Describe a stream without channel types."""
    names = labels.split(",")
    source_id = identity or f"id-{name}"
    info = pylsl.StreamInfo(name, kind, len(names), sfreq, pylsl.cf_double64, source_id)
    channels = info.desc().append_child("channels")
    for label in names:
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        if unit:
            channel.append_child_value("unit", unit)
    return info


def outlet_of(name: str, *, unit: str = "", kind: str = "EEG") -> Any:
    """Return an outlet of two channels."""
    return pylsl.StreamOutlet(described(name, unit=unit, kind=kind))


def push(outlet: Any, first: int, n_times: int, *, start: float, scale: float = 1.0) -> None:
    numbers = np.arange(first, first + n_times, dtype=float)
    times = start + numbers / 100.0
    values = 10.0 * np.sin(numbers)[:, None] * np.ones(2) * scale
    outlet.push_chunk(np.ascontiguousarray(values), times.tolist())


def test_all_samples_arrive_to_the_last_bit_with_all_metadata(
    source: Callable[..., LslSource],
) -> None:
    played = SyntheticSource(seconds=2.0, seed=3)
    same = SyntheticSource(seconds=2.0, seed=3, speed=math.inf)
    parts = []
    while (chunk := same.read(0.0)) is not None:
        parts.append(chunk.data)
    expected = np.concatenate(parts)
    with StreamOutletThread(played, name="bits", wait_for_consumer=10.0) as outlet:
        live = source("bits")
        info = live.open()
        assert info.ch_names == played.open().ch_names
        assert set(info.ch_types) == {"eeg"}
        assert set(info.units) == {"V"}
        assert (info.native_unit, info.origin, info.sfreq) == ("microvolts", "lsl", 250.0)
        assert info.source_id == "neurofeedback-synthetic-3"
        assert live.live
        assert live.connected
        assert not live.exhausted
        assert live.notes == ()
        chunks = receive(live, lambda c: total(c) == len(expected))
        assert outlet.finished
        assert outlet.n_sent == len(expected)
    np.testing.assert_array_equal(joined(chunks), expected)
    times = np.concatenate([c.timestamps for c in chunks])
    np.testing.assert_allclose(np.diff(times), 1 / 250, atol=1e-9)
    assert all(c.gap == 0 for c in chunks)
    assert all(abs(c.clock_offset) < 0.01 for c in chunks)
    late = [c.arrival - c.timestamps[-1] for c in chunks]
    assert np.median(late) < 0.05


def test_another_librarys_player_is_received_without_loss_or_duplicate_and_again(
    data_dir: Path, source: Callable[..., LslSource]
) -> None:
    path = data_dir / "edf/S001R01.edf"
    raw = mne.io.read_raw(path, preload=True, verbose="error")
    whole = load_recording(path)

    def played(live: LslSource) -> list[Chunk]:
        """Receive 2 s and find them in the file: every sample once, in order."""
        chunks = receive(live, lambda c: total(c) >= 320)
        data = joined(chunks)
        (at,) = np.flatnonzero((whole.data == data[0]).all(axis=1))
        rows = (at + np.arange(len(data))) % whole.n_times  # the player begins again at the end
        np.testing.assert_array_equal(data, whole.data[rows])
        assert all(c.gap == 0 for c in chunks[1:])
        return chunks

    def player() -> PlayerLSL:
        return PlayerLSL(raw, chunk_size=8, name="player", annotations=False)

    with player():
        live = source("player")
        info = live.open()
        assert info.ch_names == whole.info.ch_names
        assert (info.native_unit, set(info.units), set(info.ch_types)) == ("0", {"V"}, {"eeg"})
        first = played(live)
        assert first[0].gap == 0
    rest = receive(live, lambda _: not live.connected)
    with player():
        second = played(live)
        assert second[0].gap > 0
        assert second[0].first_sample == (first + rest)[-1].stop_sample


def test_a_killed_sender_is_noticed_and_the_same_stream_goes_on_after_a_gap(
    source: Callable[..., LslSource], mortal: Callable[[], subprocess.Popen[bytes]]
) -> None:
    first = mortal()
    live = source("mortal", timeout=15.0)
    live.open()
    before = receive(live, lambda c: total(c) >= 100)
    first.kill()
    first.wait()
    killed = time.monotonic()
    before += receive(live, lambda _: not live.connected)
    assert time.monotonic() - killed < 1.0
    counted = joined(before)[:, 0] * 1e6
    np.testing.assert_allclose(np.diff(counted), 1.0)

    mortal()
    after = receive(live, lambda c: total(c) >= 100)
    assert live.connected
    assert live.refused is None
    assert after[0].first_sample == before[-1].stop_sample
    missing = after[0].timestamps[0] - before[-1].timestamps[-1] - 1 / 200
    assert after[0].gap == pytest.approx(missing)
    assert 0.2 < after[0].gap < 20
    assert all(c.gap == 0 for c in after[1:])
    np.testing.assert_allclose(np.diff(joined(after)[:, 0] * 1e6), 1.0)


def test_of_a_sender_that_stood_still_and_was_thought_gone_nothing_is_lost(
    source: Callable[..., LslSource], mortal: Callable[[], subprocess.Popen[bytes]]
) -> None:
    sender = mortal()
    live = source("mortal", timeout=15.0)
    live.open()
    chunks = receive(live, lambda c: total(c) >= 100)
    sender.send_signal(signal.SIGSTOP)
    chunks += receive(live, lambda _: not live.connected)
    sender.send_signal(signal.SIGCONT)
    chunks += receive(live, lambda c: total(c) >= 700)
    assert live.connected
    np.testing.assert_allclose(np.diff(joined(chunks)[:, 0] * 1e6), 1.0)
    assert all(c.gap == 0 for c in chunks)


def test_a_silent_sender_that_is_still_there_stays_connected(
    source: Callable[..., LslSource],
) -> None:
    outlet = outlet_of("quiet", unit="uV")
    live = source("quiet")
    live.open()
    push(outlet, 0, 50, start=10.0)
    receive(live, lambda c: total(c) == 50)
    silent_since = time.monotonic()
    long_enough = SILENT_SECONDS + GONE_SECONDS + 0.3
    assert receive(live, lambda _: time.monotonic() - silent_since > long_enough) == []
    assert live.connected
    push(outlet, 50, 50, start=14.0)
    chunks = receive(live, lambda c: total(c) == 50)
    assert chunks[0].gap == pytest.approx(4.0)
    assert live.connected


def test_another_stream_of_the_same_name_is_refused(
    source: Callable[..., LslSource], sender: Callable[..., Sender]
) -> None:
    first = sender("twin")
    live = source("twin", timeout=15.0)
    live.open()
    receive(live, lambda c: total(c) >= 20)
    first.stop()
    receive(live, lambda _: not live.connected)
    sender("twin", sfreq=500, labels="O1,O2")
    assert receive(live, lambda _: bool(live.refused)) == []
    assert "500 Hz instead of 200 Hz" in live.refused
    assert "O1, O2 instead of F3, F4" in live.refused
    assert not live.connected
    sender("twin")
    chunks = receive(live, lambda c: total(c) >= 20)
    assert live.connected
    assert chunks[0].gap != 0


@pytest.mark.parametrize("labels", ["F3,F4", "F4,F3"])
def test_another_source_id_alone_is_offered_and_used_once_accepted(
    source: Callable[..., LslSource], sender: Callable[..., Sender], labels: str
) -> None:
    first = sender("renewed")
    live = source("renewed", timeout=15.0)
    live.open()
    receive(live, lambda c: total(c) >= 20)
    before = dict(live.sender)
    first.stop()
    receive(live, lambda _: not live.connected)
    sender("renewed", identity="new-id", labels=labels)
    assert receive(live, lambda _: bool(live.refused)) == []
    assert "source id 'new-id' instead of 'id-renewed'" in live.refused
    live.accept("another")
    if labels == "F4,F3":
        assert live.offered == ""
        live.accept("new-id")
        assert live.read(0.6) is None
        return
    assert live.read(0.6) is None
    assert live.offered == "new-id"
    live.accept("new-id")
    receive(live, lambda c: total(c) >= 20)
    assert live.refused is None
    assert live.offered == ""
    assert live.sender["source_id"] == "new-id"
    assert live.sender["host"] == before["host"]
    assert live.sender["uid"] != before["uid"]
    assert live.sender["created_at"] > before["created_at"]


def test_a_twin_with_another_source_id_is_not_offered(
    source: Callable[..., LslSource], sender: Callable[..., Sender]
) -> None:
    first = sender("pair")
    live = source("source_id=id-pair", timeout=15.0)
    live.open()
    receive(live, lambda c: total(c) >= 20)
    sender("pair", identity="other")
    receive(live, lambda c: total(c) >= 20)
    first.stop()
    receive(live, lambda _: bool(live.refused))
    assert "it was there before the loss" in live.refused
    assert live.offered == ""


def test_closing_while_the_stream_is_lost_ends_the_search(
    source: Callable[..., LslSource], sender: Callable[..., Sender]
) -> None:
    first = sender("gone")
    live = source("gone", timeout=15.0)
    live.open()
    first.stop()
    receive(live, lambda _: not live.connected)
    live.close()
    live.close()
    assert live.exhausted
    assert live.read(0.0) is None


def test_jumps_of_the_time_stamps_split_chunks(source: Callable[..., LslSource]) -> None:
    outlet = outlet_of("jumps", unit="uV")
    live = source("jumps")
    live.open()
    push(outlet, 0, 50, start=1000.0)
    push(outlet, 50, 50, start=1000.05)  # jitter: not a gap
    push(outlet, 100, 50, start=1002.0)
    push(outlet, 150, 50, start=500.0)
    chunks = receive(live, lambda c: total(c) == 200)
    gaps = {c.first_sample: c.gap for c in chunks if c.gap}
    assert gaps == {100: pytest.approx(1.95), 150: pytest.approx(-502.0)}
    np.testing.assert_allclose(joined(chunks)[:, 0], 10e-6 * np.sin(np.arange(200)), rtol=1e-6)


def test_a_gap_of_the_source_can_be_seen_by_the_receiver(
    source: Callable[..., LslSource],
) -> None:
    info = StreamInfo("file", "", 100.0, ("F3", "F4"), ("eeg", "eeg"), ("V", "V"))
    rng = np.random.default_rng(0)
    data = from_storage(
        to_storage(rng.normal(size=(150, 2)) * 1e-5, np.full(2, 1e6)), np.full(2, 1e6)
    )
    gaps = (Gap(50, 0.01), Gap(100, 7.5))
    recording = Recording(info, data, np.arange(150) / 100, gaps)
    with StreamOutletThread(
        ReplaySource(recording, speed=2.0), name="gappy", wait_for_consumer=10.0
    ):
        live = source("gappy")
        live.open()
        chunks = receive(live, lambda c: total(c) == 150)
    np.testing.assert_array_equal(joined(chunks), data)
    found = {c.first_sample: c.gap for c in chunks if c.gap}
    assert found == {50: pytest.approx(0.2), 100: pytest.approx(7.5)}


@pytest.mark.parametrize(
    ("name", "scale", "unit"), [("micro", 1.0, "microvolts"), ("volts", 1e-6, "V")]
)
def test_an_undeclared_unit_is_assumed_aloud_and_no_sample_is_lost(
    source: Callable[..., LslSource], name: str, scale: float, unit: str
) -> None:
    outlet = outlet_of(name)
    live = source(name)
    # The samples that tell the unit are sent while it is being opened.
    sender = _push_when_heard(outlet, scale)
    info = live.open()
    sender.join()
    assert unit in info.native_unit
    assert "assumed" in live.notes[0]
    chunks = receive(live, lambda c: total(c) == 300)
    np.testing.assert_allclose(joined(chunks)[:, 0], 10e-6 * np.sin(np.arange(300)), rtol=1e-6)


def _push_when_heard(outlet: Any, scale: float) -> Any:
    import threading

    def run() -> None:
        if outlet.wait_for_consumers(20.0):
            push(outlet, 0, 300, start=pylsl.local_clock(), scale=scale)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_silent_stream_without_unit_is_refused_unless_told(
    source: Callable[..., LslSource],
) -> None:
    outlet = outlet_of("silent")
    with pytest.raises(UserError, match="give the unit"):
        source("silent", timeout=30.0, clock=lambda: 6 * pylsl.local_clock()).open()
    assert source("silent", unit="uV").open().native_unit == "uV (given by the user)"
    assert outlet.have_consumers()


def test_the_type_of_the_stream_speaks_for_channels_without_one(
    source: Callable[..., LslSource],
) -> None:
    info = pylsl.StreamInfo("eye", "Gaze", 2, 60.0, pylsl.cf_float32, "eye")
    outlet = pylsl.StreamOutlet(info)
    found = source("eye").open()
    assert found.ch_types == ("misc", "misc")
    assert found.units == ("n/a", "n/a")
    assert found.ch_names == ("channel 1", "channel 2")
    del outlet


def test_no_stream_is_said_with_what_is_there(source: Callable[..., LslSource]) -> None:
    with pytest.raises(UserError, match="No LSL stream of type EEG was found, nor any other"):
        source(timeout=0.5).open()
    outlet = outlet_of("some-gaze", kind="Gaze")
    with pytest.raises(UserError, match="'amp'.*some-gaze"):
        source("amp", timeout=1.0).open()
    with pytest.raises(UserError, match="type EEG was found; there is.*some-gaze"):
        source(timeout=1.0).open()
    found = find_streams(0.7)
    assert [(s.name, s.kind, s.n_channels, s.sfreq) for s in found] == [
        ("some-gaze", "Gaze", 2, 100.0)
    ]
    del outlet


def test_two_streams_are_listed_with_how_to_choose(source: Callable[..., LslSource]) -> None:
    outlets = [outlet_of("left", unit="uV"), outlet_of("right", unit="uV")]
    with pytest.raises(UserError, match="2 LSL streams are of type EEG.*'name=left'.*'name=right'"):
        source().open()
    assert source("name=right").open().name == "right"
    same = [outlet_of("same", unit="uV"), outlet_of("same", unit="uV")]
    with pytest.raises(UserError, match=r"2 LSL streams match 'same'.*uid="):
        source("same").open()
    del outlets, same


def test_an_outlet_ends_with_what_went_wrong() -> None:
    class Broken(SyntheticSource):
        def read(self, timeout: float) -> Chunk | None:
            raise OSError("the amplifier is on fire")

    outlet = StreamOutletThread(Broken(), name="broken")
    outlet.start()
    assert outlet.wait(10.0)
    with pytest.raises(OSError, match="on fire"):
        outlet.stop()
    outlet.stop()


def test_channels_without_names_are_named_as_asked(
    sender: Callable[..., Sender], source: Callable[..., LslSource]
) -> None:
    sender("nameless", labels="EXG 0,EXG 1,EXG 2")
    receiver = source("nameless", given=parse_channels("1=F3,EXG 1=F4"))
    info = receiver.open()
    assert info.ch_names == ("F3", "F4", "EXG 2")
    assert info.ch_types == ("eeg", "eeg", "misc")
    assert info.labels == ("EXG 0", "EXG 1", "EXG 2")
    assert any("channels are named as asked: 1=F3, 2=F4." in note for note in receiver.notes)
    with pytest.raises(UserError, match="has no channel '4'"):
        source("nameless", given=parse_channels("4=F3")).open()


def test_a_stream_without_names_gives_the_features_of_one_with_them_bit_for_bit(
    sender: Callable[..., Sender], source: Callable[..., LslSource]
) -> None:
    names = ("Fp1", "Fp2", "F3", "F4", "Cz", "Pz")
    sender("named", labels=",".join(names))
    sender("nameless", labels=",".join(f"EXG {i}" for i in range(len(names))))
    given = parse_channels(",".join(f"{i}={name}" for i, name in enumerate(names, start=1)))
    infos = source("named").open(), source("nameless", given=given).open()
    rng = np.random.default_rng(0)
    data = from_storage(
        to_storage(rng.normal(0, 1e-5, (2000, len(names))), infos[0].storage_scale),
        infos[0].storage_scale,
    )
    found = []
    for info in infos:
        engine = SessionEngine(info, load_protocol("faa-demo"))
        chunk = Chunk(data.copy(), np.arange(len(data)) / info.sfreq, 0)
        found.append(engine.step(chunk).features)
    np.testing.assert_array_equal(found[0].values, found[1].values)
    assert len(found[0]) > 0
    assert np.isfinite(found[0].values).any()
