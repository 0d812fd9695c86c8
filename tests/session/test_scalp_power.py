"""Band power of the newest 4 s against SciPy's Welch, and what is left out or waited for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import welch

from neurofeedback.acquisition.electrodes import standard_montage
from neurofeedback.acquisition.ring_buffer import RingBuffer
from neurofeedback.frames import Chunk, FloatArray, StreamInfo
from neurofeedback.session import scalp_power
from neurofeedback.session.scalp_power import ScalpPower, ScalpReading
from neurofeedback.signal.quality import ChannelState, QualityReport

ALPHA = (8.0, 13.0)


class Fed:
    """A ring with noise in it, and the power computed from it."""

    def __init__(
        self, names: tuple[str, ...], sfreq: float = 250.0, first: int = 0, band=ALPHA, **kinds
    ) -> None:
        n = len(names)
        types = tuple(kinds.get(name, "eeg") for name in names)
        self.info = StreamInfo("amp", "", sfreq, names, types, ("V",) * n)
        self.ring = RingBuffer(n, round(20 * sfreq))
        self.power = ScalpPower(self.info, self.ring, band)
        self.all = np.empty((0, n))
        self.first = self.next = first
        self.time = 50.0
        self.rng = np.random.default_rng(7)

    def feed(self, seconds: float, jump: float = 0.0, **scales: float) -> None:
        """Add noise and an offset, channels named in `scales` larger by that."""
        n_times = round(seconds * self.info.sfreq)
        factor = np.array([scales.get(name, 1.0) for name in self.info.ch_names])
        data = self.rng.standard_normal((n_times, len(factor))) * 1e-5 * factor + 5e-3
        self.time += jump
        times = self.time + np.arange(1, n_times + 1) / self.info.sfreq
        self.ring.append(Chunk(data, times, self.next))
        self.next += n_times
        self.time = float(times[-1])
        self.all = np.concatenate([self.all, data])

    def read(self, quality: QualityReport | None = None) -> list[ScalpReading]:
        """Look until there is nothing to do."""
        found = []
        for _ in range(10):
            worked, reading = self.power.poll(quality)
            if reading is not None:
                found.append(reading)
            if not worked:
                return found
        raise AssertionError("there is no end of work")

    def expected(self, used: list[str], band: tuple[float, float]) -> FloatArray:
        """Return dB around their mean by SciPy, over the newest 4 s of whole seconds."""
        step = round(self.info.sfreq)
        stop = self.next // step * step - self.first
        columns = [self.info.ch_names.index(name) for name in used]
        data = self.all[stop - 4 * step : stop, columns]
        data = data - data.mean(axis=1, keepdims=True)
        freqs, psd = welch(
            data, self.info.sfreq, "hann", 2 * step, step, detrend="constant", axis=0
        )
        inside = (freqs >= band[0] - 1e-6) & (freqs <= band[1] + 1e-6)
        power = 10 * np.log10(psd[inside].mean(axis=0))
        return power - power.mean()


def quality(names: tuple[str, ...], **bad: str) -> QualityReport:
    states = [
        ChannelState(n, "bad" if n in bad else "good", bad.get(n, ""), 1e-5, 1e-6, 0.9)
        for n in names
    ]
    return QualityReport(0, 0.0, tuple(states))


@pytest.mark.parametrize(
    ("sfreq", "first", "band"),
    [(250.0, 0, ALPHA), (500.0, 123_457, (4.0, 8.0)), (160.0, 7, (13.0, 30.0)),
     (128.0, 0, (9.3, 11.2))],
)  # fmt: skip
def test_values_are_those_of_welch(sfreq: float, first: int, band: tuple[float, float]) -> None:
    names = standard_montage(19)
    fed = Fed(names, sfreq, first, band)
    fed.feed(6.3, Fz=3.0, O2=0.4)
    (reading,) = fed.read()
    assert reading.used.tolist() == list(range(19))
    assert reading.band == band
    assert abs(reading.decibels.mean()) < 1e-9
    np.testing.assert_allclose(reading.decibels, fed.expected(list(names), band), atol=1e-9)


def test_there_is_one_a_second_each_of_the_newest_four() -> None:
    names = standard_montage(19)
    fed = Fed(names)
    fed.feed(5.1)
    n_readings = 1
    assert len(fed.read()) == 1
    for _ in range(30):
        fed.feed(0.1)
        for reading in fed.read():
            n_readings += 1
            np.testing.assert_allclose(
                reading.decibels, fed.expected(list(names), ALPHA), atol=1e-9
            )
    assert n_readings == 4


def test_a_look_does_one_window_at_most() -> None:
    fed = Fed(standard_montage(19))
    fed.feed(10.0)
    looks = [fed.power.poll(None) for _ in range(4)]
    assert [worked for worked, _ in looks] == [True, True, True, False]
    assert [reading is not None for _, reading in looks] == [False, False, True, False]


def test_many_fast_channels_are_done_in_pieces_and_come_to_the_same(monkeypatch) -> None:
    monkeypatch.setattr(scalp_power, "AT_ONCE", 7 * 500)
    names = standard_montage(19)
    fed = Fed(names)
    fed.feed(6.0, F3=3.0)
    looks = [fed.power.poll(None) for _ in range(10)]
    assert [worked for worked, _ in looks] == [True] * 9 + [False]
    reading = looks[8][1]
    assert reading is not None
    np.testing.assert_allclose(reading.decibels, fed.expected(list(names), ALPHA), atol=1e-9)


def test_a_source_at_o1_has_its_maximum_there() -> None:
    names = standard_montage(19)
    fed = Fed(names)
    fed.feed(5.0, O1=6.0, O2=2.0)
    (reading,) = fed.read()
    assert names[reading.used[reading.decibels.argmax()]] == "O1"


def test_another_band_is_told_at_once() -> None:
    names = standard_montage(19)
    fed = Fed(names)
    fed.feed(6.0)
    fed.read()
    fed.power.choose((13.0, 30.0))
    (reading,) = fed.read()
    assert reading.band == (13.0, 30.0)
    np.testing.assert_allclose(reading.decibels, fed.expected(list(names), (13.0, 30.0)), atol=1e-9)


def test_a_band_narrower_than_the_resolution_is_its_nearest_bin() -> None:
    names = standard_montage(19)
    fed = Fed(names, band=(10.1, 10.3))
    fed.feed(6.0)
    (reading,) = fed.read()
    np.testing.assert_allclose(reading.decibels, fed.expected(list(names), (10.0, 10.0)), atol=1e-9)


def test_bad_electrodes_are_in_neither_values_nor_reference() -> None:
    names = standard_montage(19)
    fed = Fed(names)
    fed.feed(6.0, F3=200.0, Pz=np.nan, O2=0.0)
    (reading,) = fed.read(quality(names, F3="noisy (muscle or poor contact)", O2="flat"))
    assert reading.left_out == (
        ("F3", "noisy (muscle or poor contact)"), ("Pz", "no values"), ("O2", "flat"),
    )  # fmt: skip
    used = [name for name in names if name not in ("F3", "Pz", "O2")]
    assert [names[i] for i in reading.used] == used
    np.testing.assert_allclose(reading.decibels, fed.expected(used, ALPHA), atol=1e-9)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_one_wild_channel_spoils_no_other(value: float) -> None:
    names = standard_montage(19)
    fed = Fed(names)
    fed.feed(6.0, Cz=value)
    (reading,) = fed.read()
    assert np.isfinite(reading.decibels).all()
    assert [name for name, _ in reading.left_out] == ["Cz"]


def test_names_without_a_place_and_other_kinds_are_told_apart() -> None:
    fed = Fed(("F3", "F4", "X1", "Pz", "O1", "EOG"), EOG="eog")
    fed.feed(6.0, X1=500.0, EOG=500.0)
    (reading,) = fed.read()
    assert fed.power.names == ("F3", "F4", "Pz", "O1")
    assert fed.power.unplaced == ("X1",)
    np.testing.assert_allclose(
        reading.decibels, fed.expected(["F3", "F4", "Pz", "O1"], ALPHA), atol=1e-9
    )


@pytest.mark.parametrize("names", [("Cz",), ("E1", "E2", "E3", "E4", "E5"), ("F3", "F4", "Cz")])
def test_too_few_electrodes_are_said_and_nothing_is_computed(names: tuple[str, ...]) -> None:
    fed = Fed(names)
    fed.feed(6.0)
    assert not fed.power.enough
    assert fed.power.poll(None) == (False, None)


def test_too_few_good_ones_give_no_value() -> None:
    names = ("F3", "F4", "Cz", "Pz")
    fed = Fed(names)
    fed.feed(6.0)
    (reading,) = fed.read(quality(names, Cz="flat"))
    assert len(reading.used) == 0
    assert not reading.waiting
    assert reading.left_out == (("Cz", "flat"),)


def test_electrodes_that_all_say_the_same_have_no_power_against_their_average() -> None:
    fed = Fed(("F3", "F4", "Cz", "Pz"))
    fed.feed(6.0, F3=0.0, F4=0.0, Cz=0.0, Pz=0.0)
    (reading,) = fed.read()
    assert len(reading.used) == 0


def test_it_waits_for_four_seconds_without_a_gap() -> None:
    fed = Fed(standard_montage(19))
    assert [r.waiting for r in fed.read()] == [True]
    fed.feed(3.5)
    assert all(r.waiting for r in fed.read())
    fed.feed(1.0)
    assert [r.waiting for r in fed.read()] == [False]
    fed.feed(1.0, jump=2.0)
    assert [r.waiting for r in fed.read()] == [True]
    for _ in range(4):
        fed.feed(1.0)
        last = fed.read()
    assert [r.waiting for r in last] == [False]


def test_after_a_long_time_unseen_only_the_newest_is_computed() -> None:
    names = standard_montage(19)
    fed = Fed(names)
    fed.feed(6.0)
    fed.read()
    fed.feed(15.0)
    fed.feed(15.0)
    (reading,) = fed.read()
    np.testing.assert_allclose(reading.decibels, fed.expected(list(names), ALPHA), atol=1e-9)
