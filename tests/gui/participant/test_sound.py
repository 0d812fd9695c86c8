"""Sound on the windows of a session; the audio device is one held in memory."""

from __future__ import annotations

import sys
import threading
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scene_parts import settled
from scipy.io import wavfile

from neurofeedback.gui._qt import Qt, QtCore
from neurofeedback.gui.participant.clinic_media import ClinicMedia
from neurofeedback.gui.participant.feeder import FROZEN, Feeder
from neurofeedback.gui.participant.sound import SessionSound
from neurofeedback.gui.participant.speaker import BUFFER, DEEPEST, STALLED, Speaker
from neurofeedback.gui.participant.tones import FADE, RATE, Samples
from neurofeedback.gui.windows import SessionWindows
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.status import RunState
from reliability.sound import NullSpeaker

TICK = 0.016


class Memory:
    """Takes samples as time passes, as a device does; a test may unplug it."""

    def __init__(self, problem: str | None = None) -> None:
        self.rate, self.latency = RATE, BUFFER
        self.n_free = round(BUFFER * RATE)
        self.wrong = problem
        self.opened = 0
        self.heard: list[Samples] = []

    @property
    def ran_dry(self) -> bool:
        return self.n_free == round(BUFFER * RATE)

    def open(self) -> str | None:
        self.opened += 1
        self.n_free = round(BUFFER * RATE)
        return self.wrong

    def push(self, samples: Samples) -> None:
        assert len(samples) == self.n_free
        self.heard.append(samples)
        self.n_free = 0

    def problem(self) -> str | None:
        return self.wrong

    def close(self) -> None:
        self.n_free = 0

    def newest(self, seconds: float) -> Samples:
        return np.concatenate(self.heard)[-round(seconds * RATE) :]


def with_sound(kind: str) -> ProtocolSpec:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["display"]["sound"] = kind
    return ProtocolSpec.model_validate(fields)


@pytest.fixture
def by_hand(monkeypatch) -> None:
    """The feeder has no thread: the test says when it looks at the device."""
    monkeypatch.setattr(Feeder, "start", Feeder.step)


@pytest.fixture
def open_windows(qtbot, session, by_hand):
    opened = []

    def make(kind="tone", output=None, **settings) -> tuple[SessionWindows, Memory]:
        session.spec = with_sound(kind)
        output = output or Memory()
        windows = SessionWindows(
            session, session.clock, media=ClinicMedia(**settings), output=output
        )
        with qtbot.waitActive(windows.operator):
            windows.show()
        windows.bridge.stop()
        opened.append(windows)
        return windows, output

    yield make
    for windows in opened:
        windows.release()


def run(windows: SessionWindows, session, output: Memory, seconds: float, **fields) -> None:
    """Let frames arrive and time pass."""
    for i in range(round(seconds / TICK)):
        if i % 2 == 0 and fields:
            session.frame(**fields)
        session.now += TICK
        windows.bridge.tick()
        windows.sound.feeder.step()
        output.n_free = round(TICK * RATE)


def rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples.astype(np.float64)))))


def test_the_tone_follows_the_value_that_is_displayed(open_windows, session) -> None:
    windows, output = open_windows()
    levels = []
    for value in (0.1, 0.5, 0.9):
        run(windows, session, output, 1.5, value=value)
        assert windows.participant.picture.value == pytest.approx(value, abs=0.01)
        levels.append(rms(output.newest(0.3)))
    assert levels[0] > 0
    assert levels[1] > 2 * levels[0]
    assert levels[2] > 2 * levels[1]


@pytest.mark.parametrize(
    "fields",
    [
        {"held": "paused"},
        {"held": "stale"},
        {"phase": "rest"},
        {"phase": "transfer"},
        {"phase": "baseline"},
    ],
)
def test_what_is_no_feedback_is_silent(open_windows, session, fields) -> None:
    windows, output = open_windows()
    run(windows, session, output, 1.0, value=0.8)
    assert rms(output.newest(0.3)) > 0
    run(windows, session, output, 0.5, value=0.8, **fields)
    assert not output.newest(0.5 - FADE - 3 * TICK).any()
    run(windows, session, output, 1.0, value=0.8)
    assert rms(output.newest(0.3)) > 0


def test_a_blink_leaves_the_tone_as_it_is_and_a_longer_hold_silences_it(
    open_windows, session
) -> None:
    windows, output = open_windows()
    run(windows, session, output, 1.5, value=0.8)
    usual = rms(output.newest(0.3))
    run(windows, session, output, 1.0, value=0.1, held="amplitude F3")
    assert rms(output.newest(0.3)) == pytest.approx(usual, rel=0.05)
    run(windows, session, output, 1.5, value=0.1, held="amplitude F3")
    assert not output.newest(0.5 - FADE - 3 * TICK).any()
    run(windows, session, output, 1.0, value=0.8)
    assert rms(output.newest(0.3)) > 0


def test_a_device_that_was_gone_is_heard_again_by_itself(open_windows, session) -> None:
    windows, output = open_windows()
    run(windows, session, output, 0.5, value=0.8)
    output.wrong = "gone"
    run(windows, session, output, 5.0, value=0.8)
    assert session.calls == [("note", "gone")]
    assert output.opened == 3
    assert "gone" in windows.operator.banner.text
    output.wrong = None
    run(windows, session, output, 2.5, value=0.8)
    assert rms(output.newest(0.1)) > 0
    assert session.calls == [("note", "gone"), ("note", "The sound is back.")]
    windows.operator.show_status(session.status_value)
    assert "gone" not in windows.operator.banner.text


class Sink:
    """A device's buffer of 0.24 s, as QAudioSink shows it."""

    def __init__(self) -> None:
        self.waiting = 0

    def bufferSize(self) -> int:  # noqa: N802
        return round(DEEPEST * RATE) * 8

    def bytesFree(self) -> int:  # noqa: N802
        return self.bufferSize() - self.waiting

    def write(self, data: bytes) -> int:
        self.waiting += len(data)
        return len(data)


def a_speaker(**settings) -> tuple[Speaker, Sink]:
    speaker, sink = Speaker(**settings), Sink()
    speaker._sink = speaker._device = sink
    speaker._set_depth(BUFFER)
    return speaker, sink


def depths_after_breaks(speaker: Speaker, sink: Sink, loud: float) -> list[float]:
    depths = []
    for _ in range(8):
        assert speaker.n_free == round(speaker.latency * RATE)
        speaker.push(np.full((speaker.n_free, 2), loud, dtype=np.float32))
        depths.append(speaker.latency)
        sink.waiting = 0  # nobody pushed in time
    return depths


def test_the_buffer_is_shallow_until_there_are_breaks() -> None:
    speaker, sink = a_speaker()
    depths = depths_after_breaks(speaker, sink, 0.1)
    assert depths[0] == BUFFER
    assert depths[-1] == DEEPEST
    assert depths == sorted(depths)
    sink.waiting = speaker._n_whole * 4
    assert not speaker.ran_dry


def test_a_break_in_silence_is_none() -> None:
    assert set(depths_after_breaks(*a_speaker(), loud=0.0)) == {BUFFER}


def test_the_usual_buffer_outlasts_the_breaks_of_a_busy_computer() -> None:
    """Windows that were not painted for up to 86 ms were heard as clicks."""
    speaker, sink = a_speaker()
    for stalled in (0.016, 0.086, 0.033, 0.095):
        speaker.push(np.full((speaker.n_free, 2), 0.1, dtype=np.float32))
        sink.waiting -= round(stalled * RATE) * 8
        assert not speaker.ran_dry
    assert speaker.latency == BUFFER


class Multimedia:
    """QtMultimedia as far as the speaker uses it, with one device that a test may take away.

    It plays as the clock goes on.
    """

    def __init__(self, real) -> None:
        self.QtAudio, self.QAudioFormat = real.QtAudio, real.QAudioFormat
        self.now, self.present = 0.0, True
        self.played: list[Samples] = []
        self.sinks: list[Multimedia.Device] = []
        self.QMediaDevices, self.QAudioSink = self, self._open

    def defaultAudioOutput(self):  # noqa: N802
        return self

    def isNull(self) -> bool:  # noqa: N802
        return not self.present

    def isFormatSupported(self, wanted) -> bool:  # noqa: N802
        return True

    def _open(self, output, wanted):
        self.sinks.append(Multimedia.Device(self))
        return self.sinks[-1]

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for sink in self.sinks[-1:]:
            sink.play(round(seconds * RATE))

    class Device:
        def __init__(self, world: Multimedia) -> None:
            self.world, self.queue, self.gone = world, np.zeros((0, 2), np.float32), False

        def setBufferSize(self, n: int) -> None:  # noqa: N802
            self.size = n

        def bufferSize(self) -> int:  # noqa: N802
            return self.size

        def bytesFree(self) -> int:  # noqa: N802
            return self.size - 8 * len(self.queue)

        def start(self):
            return self

        def stop(self) -> None:
            self.queue = self.queue[:0]

        def deleteLater(self) -> None:  # noqa: N802
            pass

        def error(self):
            errors = self.world.QtAudio.Error
            self.gone = self.gone or not self.world.present
            return errors.FatalError if self.gone else errors.NoError

        def write(self, data: bytes) -> int:
            self.queue = np.concatenate(
                [self.queue, np.frombuffer(data, np.float32).reshape(-1, 2)]
            )
            return len(data)

        def play(self, n: int) -> None:
            silence = np.zeros((max(0, n - len(self.queue)), 2), np.float32)
            self.world.played.append(np.concatenate([self.queue[:n], silence]))
            self.queue = self.queue[n:]


@pytest.fixture
def devices(qapp, monkeypatch, by_hand) -> Multimedia:
    real = pytest.importorskip("PySide6.QtMultimedia", exc_type=ImportError)
    import PySide6

    world = Multimedia(real)
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", world)
    monkeypatch.setattr(PySide6, "QtMultimedia", world)
    return world


def follow(sound: SessionSound, devices: Multimedia, seconds: float, tick=TICK) -> None:
    for _ in range(round(seconds / tick)):
        devices.pass_time(tick)
        feed(sound, settled_at_seven_tenths(), 0)


def feed(sound: SessionSound, picture, glows: int) -> None:
    """Let the window paint, and the feeder look at its device."""
    sound.follow(picture, glows)
    sound.feeder.step()


def opened_on(devices: Multimedia, kind: str, tell=[].append) -> SessionSound:
    sound = SessionSound(kind, ClinicMedia(), tell, clock=lambda: devices.now)
    sound.start()
    assert sound.playing
    return sound


@cache
def settled_at_seven_tenths():
    return settled(0.7)


def test_a_device_that_is_taken_away_and_comes_back_is_heard_again(devices) -> None:
    """Taken away for 6 s; it breaks nothing, says so once, and is back within the next look."""
    told: list[str] = []
    sound = opened_on(devices, "tone", told.append)
    follow(sound, devices, 2.0)
    assert rms(np.concatenate(devices.played)[-RATE // 2 :]) > 0
    devices.present = False
    follow(sound, devices, 6.0)
    assert not sound.playing
    assert sound.problem
    devices.present = True
    follow(sound, devices, 2.0 + 2 * TICK)
    assert sound.playing
    follow(sound, devices, 1.0)
    assert rms(np.concatenate(devices.played)[-RATE // 2 :]) > 0
    assert told == ["The sound has stopped: the audio device is gone.", "The sound is back."]


@pytest.mark.parametrize("seed", range(3))
def test_a_chime_comes_within_120_ms_however_busy_the_computer_was(devices, seed) -> None:
    """Ticks that come late by up to 0.3 s; then a reward is painted."""
    sound = opened_on(devices, "chime")
    rng = np.random.default_rng(seed)
    picture = settled_at_seven_tenths()
    for rewards in range(1, 20):
        for late in rng.choice([0.016, 0.033, 0.3], 12):
            devices.pass_time(float(late))
            feed(sound, picture, rewards - 1)
        for _ in range(round(2.0 / TICK)):  # the chime before has died away
            devices.pass_time(TICK)
            feed(sound, picture, rewards - 1)
        played_before = sum(map(len, devices.played))
        for _ in range(20):
            feed(sound, picture, rewards)
            devices.pass_time(TICK)
        heard = np.concatenate(devices.played)[played_before:]
        assert np.flatnonzero(np.abs(heard[:, 0]) > 1e-5)[0] / RATE < 0.12


def test_a_tone_does_not_break_while_the_computer_is_busy(devices) -> None:
    """Minutes of late ticks; after the first second no sample is missing."""
    sound = opened_on(devices, "tone")
    follow(sound, devices, 1.0)
    devices.played.clear()
    rng = np.random.default_rng(7)
    for late in rng.choice([0.016, 0.033, 0.064, 0.09], 10_000, p=[0.7, 0.2, 0.08, 0.02]):
        sink = devices.sinks[-1]
        assert len(sink.queue) >= round(float(late) * RATE)
        sink.queue = sink.queue[round(float(late) * RATE) :]
        devices.now += float(late)
        feed(sound, settled_at_seven_tenths(), 0)


def test_each_chime_that_is_asked_for_is_rung_once(devices) -> None:
    """However often the window or the feeder comes first; one asked for without a device never."""
    sound = opened_on(devices, "chime")
    rung = []
    sound.feeder._synthesizer.ring = lambda: rung.append(devices.now)
    for asked in (0, 0, 1, 1, 1, 2, 3):
        sound.follow(settled_at_seven_tenths(), asked)
        for _ in range(3):
            devices.pass_time(TICK)
            sound.feeder.step()
    assert len(rung) == 3
    sound.follow(settled_at_seven_tenths(), 4)
    sound.follow(settled_at_seven_tenths(), 4)
    sound.feeder.step()
    assert len(rung) == 4


def test_what_nobody_sees_any_more_is_not_heard_for_ever(devices) -> None:
    sound = opened_on(devices, "tone")
    follow(sound, devices, 1.0)
    for _ in range(round((FROZEN + 1.0) / TICK)):  # the window paints nothing
        devices.pass_time(TICK)
        sound.feeder.step()
    heard = np.concatenate(devices.played)
    at = round((1.0 + FROZEN) * RATE)
    assert rms(heard[at - RATE : at]) > 0
    assert not heard[-RATE // 2 :].any()
    follow(sound, devices, 0.5)
    assert rms(np.concatenate(devices.played)[-RATE // 10 :]) > 0


def until(happened, seconds: float = 30.0) -> None:
    """Wait for what another thread does."""
    latest = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < latest
        time.sleep(0.005)


def test_a_window_that_sleeps_leaves_no_break(qapp) -> None:
    """The device plays by the clock; what matters is that sound is fed without the window.

    A computer that serves nobody for longer than the buffer breaks any sound, so that a break is
    allowed to one sleep, but not to each.
    """
    speaker = NullSpeaker()
    sound = SessionSound("tone", ClinicMedia(), [].append, speaker)
    sound.start()
    until(lambda: sound.playing)
    sleeps = []
    for _ in range(5):
        sound.follow(settled_at_seven_tenths(), 0)
        n_before, n_breaks = speaker.heard.n_samples, len(speaker.heard.breaks)
        time.sleep(1.0)
        sleeps.append(len(speaker.heard.breaks) == n_breaks)
        assert speaker.heard.n_samples > n_before
        if sleeps[-1]:
            break
    sound.stop()
    assert any(sleeps)
    assert speaker.heard.loudest > 0


class Hanging(Memory):
    """A device whose driver does not come back before it is let."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where, self.let = where, threading.Event()
        self.reached, self.closed = threading.Event(), threading.Event()
        self.threads: set[int] = set()

    def hang(self, where: str) -> None:
        self.threads.add(threading.get_ident())
        if where == self.where:
            self.reached.set()
            self.let.wait()

    def open(self) -> str | None:
        self.hang("open")
        return super().open()

    def push(self, samples: Samples) -> None:
        self.hang("push")

    def close(self) -> None:
        self.hang("close")
        self.closed.set()


@pytest.mark.parametrize("where", ["open", "push", "close", ""])
def test_a_device_that_hangs_holds_up_neither_the_window_nor_its_end(qapp, where) -> None:
    output = Hanging(where)
    before = set(threading.enumerate())
    sound = SessionSound("tone", ClinicMedia(), [].append, output)
    sound.start()
    if where in ("open", "push"):
        assert output.reached.wait(30.0)
    else:
        until(lambda: sound.playing)
    sound.follow(settled_at_seven_tenths(), 0)
    sound.stop()  # returns
    assert output.closed.is_set() == (where == "")
    output.let.set()
    assert output.closed.wait(30.0)  # let go as soon as it comes back
    until(lambda: set(threading.enumerate()) <= before)
    assert len(output.threads) == 1
    assert threading.get_ident() not in output.threads


def test_after_it_was_stopped_it_does_not_begin_again(qapp) -> None:
    output = Memory()
    sound = SessionSound("tone", ClinicMedia(), [].append, output)
    sound.stop()
    sound.start()
    assert output.opened == 0


def test_after_the_end_there_is_silence(open_windows, session) -> None:
    windows, output = open_windows()
    run(windows, session, output, 1.0, value=0.8)
    session.change(state=RunState.FINISHED)
    run(windows, session, output, 0.5)
    assert not output.newest(0.1).any()


def test_a_chime_is_heard_with_the_glow_of_a_reward(open_windows, session) -> None:
    windows, output = open_windows("chime")
    run(windows, session, output, 1.0, value=0.8)
    assert not np.concatenate(output.heard).any()
    run(windows, session, output, TICK, value=0.8, reward=True)
    run(windows, session, output, 0.3, value=0.8)
    assert windows.participant.picture.halo > 0.3
    assert rms(output.newest(0.2)) > 0.005


def test_music_is_as_loud_as_the_value(open_windows, session, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).standard_normal(3 * RATE)
    wavfile.write(tmp_path / "sea.wav", RATE, (3000 * noise).astype(np.int16))
    windows, output = open_windows("music", music=tmp_path / "sea.wav")
    run(windows, session, output, 1.0, value=0.2)
    soft = rms(output.newest(0.3))
    run(windows, session, output, 1.0, value=0.9)
    assert rms(output.newest(0.3)) > 4 * soft > 0
    assert session.calls == []


@pytest.mark.parametrize("music", [None, Path("nowhere.wav")])
def test_without_music_a_tone_is_played_and_that_is_told(open_windows, session, music) -> None:
    windows, output = open_windows("music", music=music)
    run(windows, session, output, 1.0, value=0.8)
    assert rms(output.newest(0.3)) > 0
    assert [call[0] for call in session.calls] == ["note"]
    assert "tone is played instead" in session.calls[0][1]


def test_keys_switch_the_sound_and_set_the_volume(open_windows, session, qtbot) -> None:
    windows, output = open_windows(volume=0.5)
    page = windows.operator
    run(windows, session, output, 1.0, value=0.8)
    usual = rms(output.newest(0.2))
    qtbot.keyClick(page, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    run(windows, session, output, 0.5, value=0.8)
    assert rms(output.newest(0.2)) == pytest.approx(usual * 0.64, rel=0.05)
    qtbot.keyClick(page, Qt.Key.Key_S)
    run(windows, session, output, 0.5, value=0.8)
    assert rms(output.newest(0.2)) < 1e-6
    assert "sound off" in windows.operator.trend._sound
    qtbot.keyClick(page, Qt.Key.Key_S)
    for _ in range(9):
        qtbot.keyClick(page, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    run(windows, session, output, 0.5, value=0.8)
    assert windows.sound.volume == 1.0
    assert rms(output.newest(0.2)) == pytest.approx(4 * usual, rel=0.05)
    assert ("note", "sound volume 40 %") in session.calls


def test_a_device_that_is_unplugged_is_told_once_and_asked_for_again_by_key(
    open_windows, session, qtbot
) -> None:
    windows, output = open_windows()
    run(windows, session, output, 0.5, value=0.8)
    output.wrong = "gone"
    run(windows, session, output, 1.0, value=0.8)
    assert session.calls == [("note", "gone")]
    assert windows.operator.side.log.toPlainText().count("gone") == 1
    assert windows.operator.trend._sound == "no sound"
    assert windows.participant.picture.value == pytest.approx(0.8, abs=0.01)
    qtbot.keyClick(windows.operator, Qt.Key.Key_S)
    run(windows, session, output, 2 * TICK, value=0.8)
    assert session.calls == [("note", "gone"), ("note", "gone")]
    output.wrong = None
    qtbot.keyClick(windows.operator, Qt.Key.Key_S)
    run(windows, session, output, 0.5, value=0.8)
    assert rms(output.newest(0.1)) > 0
    assert session.calls[2:] == [("note", "sound on")]


def test_a_machine_without_sound_shows_everything_all_the_same(open_windows, session) -> None:
    windows, output = open_windows(output=Memory("There is no sound."))
    run(windows, session, output, 0.5, value=0.8)
    assert session.calls == [("note", "There is no sound.")]
    assert output.heard == []
    assert session.painted_frames


def test_the_delay_of_the_sound_stands_beside_that_of_the_display(open_windows, session) -> None:
    windows, _ = open_windows()
    session.now += 1.0
    windows.bridge.tick()
    assert windows.operator.trend.about.delay.text().endswith(
        "display 0.07 s, sound 0.13 s after it"
    )


def test_a_protocol_without_sound_opens_no_device(open_windows, session, qtbot) -> None:
    windows, output = open_windows("none")
    run(windows, session, output, 0.3, value=0.8)
    qtbot.keyClick(windows.operator, Qt.Key.Key_S)
    assert output.opened == 0
    assert session.calls == [("note", "This protocol has no sound.")]
    assert "sound" not in windows.operator.trend.about.delay.text()


def test_without_qt_multimedia_there_is_a_sentence(qapp, monkeypatch) -> None:
    import PySide6

    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)
    monkeypatch.delattr(PySide6, "QtMultimedia", raising=False)
    assert "No sound" in str(Speaker().open())


def test_a_real_device_takes_what_it_has_room_for(qapp) -> None:
    multimedia = pytest.importorskip(
        "PySide6.QtMultimedia", reason="QtMultimedia cannot be loaded", exc_type=ImportError
    )
    if multimedia.QMediaDevices.defaultAudioOutput().isNull():
        pytest.skip("there is no audio device")
    told: list[str] = []
    sound = SessionSound("tone", ClinicMedia(volume=0.0), told.append)
    sound.start()
    loop = QtCore.QEventLoop()
    QtCore.QTimer.singleShot(200, loop.quit)
    loop.exec()
    sound.follow(settled_at_seven_tenths(), 0)
    assert sound.playing
    sound.stop()
    assert told == []
    assert BUFFER / 2 < sound.delay < STALLED
