from __future__ import annotations

import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofeedback.gui.participant.tones import (
    CEILING,
    FADE,
    HOP,
    RATE,
    SOUND_PEAK,
    Chord,
    Samples,
    Synthesizer,
    chime,
)

# (sample at which it is told, value, sounding, volume, ring)
COURSE = (
    (0, 0.2, True, 1.0, False),
    (3000, 0.9, True, 1.0, True),
    (9001, 0.4, True, 0.3, False),
    (12_000, 0.4, False, 0.3, False),
    (26_000, 1.0, True, 1.0, True),
)
LENGTH = 40_000


def perform(cuts: list[int]) -> Samples:
    """Play the course, asking for samples in blocks that end at the cuts."""
    synthesizer, parts, at = Synthesizer(Chord()), [], 0
    told = {start: rest for start, *rest in COURSE}
    for stop in sorted({*told, *cuts, LENGTH}):
        parts.append(synthesizer.read(stop - at))
        at = stop
        if stop in told:
            value, sounding, volume, ring = told[stop]
            synthesizer.follow(value, sounding=sounding, volume=volume)
            if ring:
                synthesizer.ring()
    return np.concatenate(parts)


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(st.integers(0, LENGTH), max_size=60))
def test_what_is_heard_does_not_depend_on_the_size_of_blocks(cuts: list[int]) -> None:
    np.testing.assert_array_equal(perform(cuts), perform([]))


def steady(value: float, seconds: float = 1.0, volume: float = 1.0) -> Samples:
    """The tone once it has settled."""
    synthesizer = Synthesizer(Chord())
    synthesizer.follow(value, sounding=True, volume=volume)
    synthesizer.read(RATE // 2)
    return synthesizer.read(round(seconds * RATE))


def test_nothing_clicks() -> None:
    loud = np.abs(np.diff(steady(1.0), axis=0)).max()
    bell = np.abs(np.diff(chime())).max()
    steps = np.abs(np.diff(perform([]), axis=0)).max()
    assert 0 < steps < 1.05 * (loud + bell * 0.15)


@pytest.mark.parametrize("change", ["hold", "mute", "jump", "interrupted"])
def test_a_sudden_change_is_no_step(change: str) -> None:
    synthesizer = Synthesizer(Chord())
    synthesizer.follow(1.0, sounding=True, volume=1.0)
    before = synthesizer.read(HOP * 200)
    if change == "interrupted":
        synthesizer.interrupted()
        assert np.abs(synthesizer.read(4)).max() < 0.01
        return
    synthesizer.follow(
        0.0 if change == "jump" else 1.0,
        sounding=change != "hold",
        volume=0.0 if change == "mute" else 1.0,
    )
    after = np.concatenate([before[-1:], synthesizer.read(HOP * 40)])
    assert np.abs(np.diff(after, axis=0)).max() <= 1.05 * np.abs(np.diff(before, axis=0)).max()


def test_a_hold_is_silence() -> None:
    synthesizer = Synthesizer(Chord())
    synthesizer.follow(0.7, sounding=True, volume=1.0)
    synthesizer.read(RATE)
    synthesizer.ring()
    synthesizer.follow(0.7, sounding=False, volume=1.0)
    fading = synthesizer.read(round(FADE * RATE) + 2 * HOP)
    assert np.abs(fading[: RATE // 100]).max() > 0.01
    assert not synthesizer.read(RATE).any()
    synthesizer.ring()
    assert not synthesizer.read(RATE).any()


def test_the_sum_of_all_parts_stays_below_the_ceiling() -> None:
    synthesizer = Synthesizer(Full())
    synthesizer.follow(1.0, sounding=True, volume=5.0)
    highest = 0.0
    for _ in range(400):
        synthesizer.ring()
        highest = max(highest, float(np.abs(synthesizer.read(HOP)).max()))
    assert SOUND_PEAK < highest <= CEILING


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_there_is_no_constant_part(value: float) -> None:
    assert np.abs(steady(value).astype(np.float64).mean(axis=0)).max() < 1e-6
    assert abs(chime().mean()) < 1e-4


def test_the_tone_grows_louder_and_brighter_with_the_value() -> None:
    loud, bright = [], []
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        mono = steady(value)[:, 0].astype(np.float64)
        loud.append(20 * np.log10(np.sqrt(np.mean(mono**2))))
        power = np.abs(np.fft.rfft(mono)) ** 2
        bright.append((power * np.arange(power.size)).sum() / power.sum())
    assert np.all(np.diff(loud) > 5.0)
    assert np.all(np.diff(bright) > 10.0)


def test_the_tone_is_continuous_and_does_not_drift_in_hours() -> None:
    chord, value = Chord(), np.full(HOP, 0.5)
    joined = np.concatenate([chord.hop(start, value) for start in range(0, 40 * HOP, HOP)])
    spectrum = np.abs(np.fft.rfft(joined[: RATE // 10, 0]))
    assert set(np.flatnonzero(spectrum > 1e-3 * spectrum.max())) == {22, 33, 44, 66, 88, 110}
    hour = 3600 * RATE
    np.testing.assert_array_equal(chord.hop(hour + 77, value), chord.hop(77, value))


class Full:
    """Full scale all the time."""

    def hop(self, start: int, value: object) -> Samples:
        return np.ones((HOP, 2), dtype=np.float32)


def test_fading_out_and_fading_in_keep_the_power_even() -> None:
    synthesizer = Synthesizer(Full())
    synthesizer.follow(1.0, sounding=True, volume=1.0)
    synthesizer.read(200 * HOP)
    n = 20 * HOP
    synthesizer.follow(1.0, sounding=False, volume=1.0)
    out = synthesizer.read(n).astype(np.float64)
    synthesizer.follow(1.0, sounding=False, volume=1.0)
    synthesizer.read(200 * HOP)
    synthesizer.follow(1.0, sounding=True, volume=1.0)
    back = synthesizer.read(n).astype(np.float64)
    np.testing.assert_allclose(out**2 + back**2, SOUND_PEAK**2, rtol=1e-5)


def test_volume_is_heard_as_its_square() -> None:
    ratio = np.abs(steady(0.5, volume=0.5)).max() / np.abs(steady(0.5, volume=1.0)).max()
    assert ratio == pytest.approx(0.25, rel=1e-3)
    assert not steady(0.5, volume=0.0)[RATE // 2 :].any()


def test_chimes_do_not_crowd() -> None:
    synthesizer = Synthesizer(None)
    synthesizer.follow(0.5, sounding=True, volume=1.0)
    synthesizer.read(RATE)
    synthesizer.ring()
    synthesizer.ring()
    twice = synthesizer.read(RATE)
    alone = Synthesizer(None)
    alone.follow(0.5, sounding=True, volume=1.0)
    alone.read(RATE)
    alone.ring()
    np.testing.assert_array_equal(twice, alone.read(RATE))
