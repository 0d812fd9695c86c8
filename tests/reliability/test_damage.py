"""A few cases of each kind of damage; ``python -m reliability --only damage`` does all of them."""

import random

import pytest

from neurofeedback.recording.repair import salvage
from reliability.damage import GROWING, Court, Damage, cases, zeros
from reliability.sessions import small_session

N_CASES = 8


@pytest.fixture(scope="module", params=[True, False], ids=["finished", "killed"])
def court(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damage")
    session = small_session(folder / "data", finish=request.param)
    session.recorder.abandon()
    return Court(session.recorder.layout, folder / "copy")


@pytest.mark.parametrize("kind", range(4), ids=["cut", "bit", "zeros", "blocks"])
def test_damage_is_found_and_everything_before_it_is_kept(court, kind):
    found = list(cases(court.layout, quick=True).values())[kind]
    for damage in random.Random(kind).sample(found, N_CASES):
        assert court.is_found(damage), damage
        assert court.judge(damage) == [], damage


def test_markers_that_the_file_system_zeroed_are_found(court):
    for damage in zeros(court.layout, "vmrk", 1000, 0):
        if damage.at % 7 == 0:
            assert court.is_found(damage), damage


@pytest.mark.parametrize("file", GROWING)
def test_a_file_that_is_gone_is_found_and_costs_no_more_than_it_held(court, file):
    damage = Damage(file, "cut", 0, lambda data: b"")
    assert court.is_found(damage) or not court.finished
    assert court.judge(damage) == []


@pytest.mark.parametrize(
    ("spoil", "says"),
    [(lambda rows: rows[:-1], "were kept"), (lambda rows: [*rows, rows[-1]], "was invented")],
    ids=["lost", "invented"],
)
def test_the_court_would_notice(court, monkeypatch, spoil, says):
    true = salvage._rows
    monkeypatch.setattr(salvage, "_rows", lambda *given: spoil(true(*given)))
    damage = Damage("log", "bit", 5000, lambda data: data[:5000] + b"\0" + data[5001:])
    assert any(says in wrong for wrong in court.judge(damage))
