from __future__ import annotations

import math

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from neurofeedback.acquisition.electrodes import positions, standard_montage
from neurofeedback.frames import StreamInfo
from neurofeedback.gui._qt import QtCore
from neurofeedback.gui.operator.electrode_map import ElectrodeMap, head_place
from neurofeedback.gui.operator.electrode_words import (
    _WORDS,
    count_line,
    figures,
    next_fix,
    worst_first,
)
from neurofeedback.gui.operator.electrodes import ElectrodeCard, ElectrodeList
from neurofeedback.signal.quality import ChannelState, assess

SFREQ = 250.0


def good(name: str) -> ChannelState:
    return ChannelState(name, "good", "", 12e-6, 1e-6, 0.9)


def poor(name: str, light: str = "bad", reason: str = "flat") -> ChannelState:
    return ChannelState(name, light, reason, 30e-6, math.nan, math.nan)  # type: ignore[arg-type]


HEAD = [good(name) for name in standard_montage(19)]


def with_states(*changed: ChannelState) -> list[ChannelState]:
    by_name = {s.name: s for s in changed}
    return [by_name.get(s.name, s) for s in HEAD]


@pytest.mark.parametrize(
    ("states", "says"),
    [
        ([], "Electrodes are checked once 4 s have arrived."),
        (HEAD, "All 19 electrodes are good."),
        (with_states(poor("Pz")), "Next: Pz is flat: press it down, add gel, check the lead."),
        (
            with_states(poor("Pz"), poor("F4", reason="line noise")),
            "Next: F4, used for reward, picks up the mains: add gel and keep the leads away "
            "from power cords. Then 1 more.",
        ),
        (
            with_states(poor("F3", "fair", "line noise"), poor("Pz"), poor("O1"), poor("Fp1")),
            "Next: Fp1, Pz and O1 are flat: press it down, add gel, check the lead. Then 1 more.",
        ),
        (
            with_states(*(poor(name) for name in ("Fp1", "Fp2", "F7", "Fz", "F8"))),
            "Next: Fp1, Fp2, F7 and 2 more are flat: press it down, add gel, check the lead.",
        ),
        (
            [poor(s.name, reason="line noise") if i < 12 else s for i, s in enumerate(HEAD)],
            "Next: 12 of 19 electrodes pick up the mains; check ground and reference first.",
        ),
        (with_states(poor("Pz", "fair", "melting")), "Next: Pz is fair (melting): check contact."),
    ],
)
def test_the_next_thing_to_mend_is_told_in_one_sentence(states, says) -> None:
    assert next_fix(states, ("F3", "F4")) == says


def test_the_worst_come_first_and_among_equals_those_that_decide() -> None:
    states = with_states(poor("O1", "fair", "line noise"), poor("P4"), poor("F3"))
    assert [s.name for s in worst_first(states, ("F3",))][:4] == ["F3", "P4", "O1", "Fp1"]
    assert count_line(states) == "16 good, 1 fair, 2 bad"
    assert count_line([]) == ""


def test_every_reason_that_is_given_has_words_of_its_own() -> None:
    """Each fault put on one electrode of otherwise good EEG."""
    names = standard_montage(19)
    rng = np.random.default_rng(0)
    times = np.arange(round(8 * SFREQ)) / SFREQ
    shared = np.cumsum(rng.standard_normal((times.size, 3)), axis=0)
    shared -= np.linspace(0, 1, times.size)[:, None] * shared[-1]
    place = np.array([positions()[n] for n in names])
    clean = 1e-6 * shared @ place.T + 1e-6 * rng.standard_normal((times.size, 19))
    noise = rng.standard_normal(times.size)
    hum = np.sin(2 * np.pi * 50 * times)
    own, strength = clean[:, 3], np.geomspace(1e-6, 100e-6, 12)
    slow = np.convolve(noise, np.ones(60) / 60, "same")
    faults = [
        np.full(times.size, np.nan),
        np.zeros(times.size),
        np.where(times % 1 < 0.4, 3e-3, own),
        *(own + by * noise for by in strength),
        *(own + by * hum for by in strength),
        *(own + by * slow for by in np.geomspace(1e-6, 1e-3, 60)),
    ]
    info = StreamInfo("amp", "", SFREQ, names, ("eeg",) * 19, ("V",) * 19)
    given = set()
    for fault in faults:
        data = clean.copy()
        data[:, 3] = fault
        given.add(assess(data, info, positions=positions())[3].reason.partition(" for ")[0])
    assert given == {"", *_WORDS}


def test_all_about_an_electrode() -> None:
    assert figures(good("F3")) == (
        "F3: good \u00b7 SD 12 \u00b5V \u00b7 mains 1 \u00b5V \u00b7 correlation with its "
        "neighbours r = 0.90"
    )
    assert figures(poor("F3")) == "F3: bad, flat \u00b7 SD 30 \u00b5V"


@pytest.mark.parametrize("name", list(positions()))
def test_every_known_electrode_lies_on_the_map(name: str) -> None:
    place = head_place(name)
    assert place is not None
    assert math.hypot(*place) <= 1.25


def test_the_map_is_seen_from_above_with_the_nose_up() -> None:
    assert head_place("Cz") == (0.0, 0.0)
    left, right, front = head_place("C3"), head_place("C4"), head_place("Fz")
    assert left[0] < -0.2 < 0.2 < right[0]
    assert front[1] < -0.2
    assert head_place("E17") is None


@pytest.fixture
def card(qtbot: QtBot):
    made = []

    def make(names, size=(340, 220), **options) -> ElectrodeCard:
        shown = ElectrodeCard(names, ("F3", "F4"), **options)
        qtbot.addWidget(shown)
        shown.resize(*size)
        shown.show()
        made.append(shown)
        return shown

    return make


@pytest.mark.parametrize("size", [(320, 180), (700, 420), (1200, 700)])
@pytest.mark.parametrize(
    "names",
    [standard_montage(64), standard_montage(2), tuple(f"E{i}" for i in range(256)),
     (*standard_montage(19), "X1", "X2")],
)  # fmt: skip
def test_every_electrode_has_a_place_of_its_own_inside_the_map(card, names, size) -> None:
    shown = card(names, size)
    spots = shown.map.spots
    assert set(spots) == set(names)
    inside = QtCore.QRectF(shown.map.rect())
    assert all(inside.contains(at) for at in spots.values())
    assert len({(round(at.x(), 3), round(at.y(), 3)) for at in spots.values()}) == len(names)
    for name in names[:20]:
        assert shown.map.nearest(spots[name]) == name
    assert shown.map.nearest(QtCore.QPointF(-50, -50)) == ""


def colours(map_: ElectrodeMap, name: str) -> set[str]:
    """Colours painted where an electrode is."""
    image, at = map_.grab().toImage(), map_.spots[name]
    return {
        image.pixelColor(round(at.x() + dx), round(at.y() + dy)).name()
        for dx in range(-3, 4)
        for dy in range(-3, 4)
    }


def test_lights_differ_in_colour_and_shape(card) -> None:
    shown = card(standard_montage(19))
    shown.show_states(with_states(poor("Pz"), poor("O1", "fair", "line noise")))
    assert "#2fb890" in colours(shown.map, "Cz")
    assert "#e8702a" in colours(shown.map, "Pz")
    assert "#e69f00" in colours(shown.map, "O1")
    assert len({"#2fb890", "#e8702a", "#e69f00"} & colours(shown.map, "Pz")) == 1
    assert shown.map.accessibleDescription() == "17 good, 1 fair, 1 bad"
    assert shown.list.accessibleDescription() == "Pz flat, O1 mains"


def test_the_list_says_how_many_it_leaves_out(qtbot) -> None:
    shown = ElectrodeList()
    qtbot.addWidget(shown)
    shown.resize(140, 80)
    shown.show_states(with_states(poor("Pz")))
    states, n_more = shown.shown()
    assert [s.name for s in states] == ["Pz", "Fp1", "Fp2"]
    assert n_more == 16
    shown.resize(700, 400)
    assert shown.shown() == (shown._states, 0)


def test_the_corner_lists_only_what_is_not_good(card) -> None:
    states = with_states(poor("Pz"))
    small, page = card(standard_montage(19)), card(standard_montage(19), whole=True)
    for shown in (small, page):
        shown.show_states(states)
    assert [s.name for s in small.list.shown()[0]] == ["Pz"]
    assert len(page.list._states) == 19
