from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from neurofeedback.errors import UserError
from neurofeedback.gui.participant.music import SEAM, SHORTEST, USED, Loop, read_music
from neurofeedback.gui.participant.tones import HOP, RATE, SOUND_PEAK, Samples, Synthesizer

EVEN = np.ones(HOP)


def played(loop: Loop, seconds: float) -> Samples:
    hops = range(0, round(seconds * RATE), HOP)
    return np.concatenate([loop.hop(start, EVEN) for start in hops])


def sine(hertz: float, seconds: float, rate: int) -> np.ndarray:
    return 0.4 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def write_24_bits(path: Path, samples: np.ndarray, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(3)
        file.setframerate(rate)
        whole = np.round(samples * (2**23 - 1)).astype("<i4")
        file.writeframes(whole.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())


@pytest.mark.parametrize("kind", ["int16", "int32", "float32", "uint8", "24 bits"])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_every_usual_wav_file_is_played_at_its_pitch(tmp_path, kind: str, rate: int) -> None:
    path, samples = tmp_path / "music.wav", sine(440.0, 3.0, rate)
    if kind == "24 bits":
        write_24_bits(path, samples, rate)
    elif kind == "uint8":
        wavfile.write(path, rate, np.round(128 + 127 * samples).astype(np.uint8))
    elif kind == "float32":
        wavfile.write(path, rate, np.stack([samples, -samples], axis=1).astype(np.float32))
    else:
        whole = np.iinfo(kind).max
        wavfile.write(path, rate, np.round(whole * samples).astype(kind))
    heard = played(read_music(path, RATE), 1.0)[:RATE]
    assert heard.shape == (RATE, 2)
    assert np.abs(np.fft.rfft(heard[:, 0])).argmax() == 440
    sign = -1.0 if kind == "float32" else 1.0
    np.testing.assert_allclose(heard[:, 1], sign * heard[:, 0], atol=1e-3)


def test_the_loop_has_no_seam() -> None:
    samples = np.repeat(sine(333.3, 2.7, RATE)[:, None], 2, axis=1)
    heard = played(Loop(samples, RATE), 8.0)
    usual = 2 * np.pi * 333.3 / RATE * np.abs(heard).max()
    assert np.abs(np.diff(heard, axis=0)).max() < 1.1 * usual


def test_noise_is_as_loud_in_the_seam_as_elsewhere() -> None:
    noise = np.random.default_rng(1).standard_normal((4 * RATE, 2))
    seconds = 4.0 - SEAM
    heard = played(Loop(noise, RATE), 2 * seconds).astype(np.float64)
    # It begins after the seam, so the seam is heard at the end of the first round.
    at = round((seconds - SEAM) * RATE)
    seam = heard[at : at + round(SEAM * RATE)]
    assert np.sqrt(np.mean(seam**2) / np.mean(heard**2)) == pytest.approx(1.0, abs=0.03)


def test_loud_music_is_turned_down_and_no_peak_is_cut() -> None:
    square = np.sign(sine(50.0, 3.0, RATE))[:, None].repeat(2, axis=1)
    peaks = sine(50.0, 3.0, RATE)[:, None].repeat(2, axis=1) * 1e-3
    peaks[RATE] = 1.0
    synthesizer = Synthesizer(Loop(square, RATE))
    synthesizer.follow(1.0, sounding=True, volume=1.0)
    heard = synthesizer.read(2 * RATE).astype(np.float64)
    assert np.sqrt(np.mean(heard[RATE:] ** 2)) == pytest.approx(0.25 * SOUND_PEAK, rel=0.1)
    assert np.abs(played(Loop(peaks, RATE), 3.0)).max() == pytest.approx(1.0, abs=0.01)


def test_a_file_of_silence_is_silent() -> None:
    assert not played(Loop(np.zeros((3 * RATE, 2)), RATE), 3.0).any()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        (b"", "not a WAV file"),
        (b"these are no samples at all, but a text", "not a WAV file"),
        (b"RIFF\x00\x00\x00\x00WAVE", "not a WAV file"),
    ],
)
def test_what_cannot_be_played_is_told_in_a_sentence(tmp_path, content, words) -> None:
    path = tmp_path / "music.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=words):
        read_music(path, RATE)


def test_of_a_long_file_the_first_minutes_are_heard(tmp_path) -> None:
    rate, low, high = 8000, sine(200.0, USED, 8000), sine(400.0, 20.0, 8000)
    whole = np.concatenate([low, high])
    wavfile.write(tmp_path / "m.wav", rate, (32767 * whole).astype(np.int16))
    loop = read_music(tmp_path / "m.wav", RATE)
    start = round((USED - 2.0) * RATE)
    heard = np.concatenate([loop.hop(start + at, EVEN) for at in range(0, 4 * RATE, HOP)])
    power = np.abs(np.fft.rfft(heard[:, 0]))
    assert power[round(400 * len(heard) / RATE)] < 1e-3 * power.max()


def test_music_that_is_too_short_is_told(tmp_path) -> None:
    wavfile.write(tmp_path / "m.wav", RATE, np.zeros(int(SHORTEST * RATE / 2), dtype=np.int16))
    with pytest.raises(UserError, match=r"lasts 1\.0 s"):
        read_music(tmp_path / "m.wav", RATE)
