"""What the table of sound counts: breaks that can be heard, clicks, and how loud it was."""

import numpy as np

from neurofeedback.gui.participant.tones import RATE, Chord
from reliability.sound import Heard

QUIET = np.zeros(1000)
TONE = 0.08 * Chord(RATE).hop(0, np.full(256, 0.5))[:, 0]  # its value 0.5; begins loud


def test_a_break_in_a_tone_is_heard_and_one_in_silence_is_not() -> None:
    heard = Heard()
    heard.take(QUIET, 480)
    assert heard.breaks == []
    heard.take(TONE, 480)
    heard.take(np.zeros(0), 4800)  # still the same break
    assert heard.breaks == [480 / RATE]
    assert heard.n_samples == 1256


def test_a_tone_has_no_click_in_it_and_a_cut_one_has() -> None:
    heard = Heard()
    faded = np.tile(0.08 * np.sin(2 * np.pi * 220 * np.arange(RATE) / RATE), 2)
    for part in np.array_split(faded, 7):
        heard.take(part, 0)
    assert heard.clicks == 0
    heard.take(QUIET + 0.08, 0)
    assert heard.clicks > 0


def test_how_loud_it_was_is_counted_from_when_one_listens() -> None:
    heard = Heard()
    heard.take(TONE, 0)
    assert heard.loudest > 0.01
    heard.listen()
    heard.take(QUIET, 0)
    assert heard.loudest == 0.0
