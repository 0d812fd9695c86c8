"""What can be told of the arms without a key, from what lies open on the disk."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.protocols.run.control import FED, Arm
from neurofeedback.session.prepare import prepare_study_session
from neurofeedback.study.allocation import Place, make_allocation
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key
from tests.study.conftest import NOW, PASSPHRASE, some_donor

N_DONORS = 5


def uneven(number: int) -> object:
    """Return a donor whose length is its own."""
    donor = some_donor(f"sub-D{number}_ses-01", number)
    n = 2000 + 40 * number
    values = np.random.default_rng(number).standard_normal((n, 1))
    return replace(donor, values=values, joints=np.arange(n) % 100 == 0)


def test_the_size_of_what_is_sealed_does_not_tell_the_donor(
    make_study: Callable[..., Study], station_key: Callable[[], bytes], tmp_path: Path
) -> None:
    study = make_study("yoked", size=8)
    for number in range(N_DONORS):
        donor = replace(uneven(number), frame_seconds=0.03125, seconds=200.0)
        study.add_donor(donor, operator="op", now=NOW)
    sizes = set()
    for i in range(8):
        source = SyntheticSource(ch_names=("F3", "F4", "C3", "C4"), sfreq=128.0, speed=math.inf)
        session = prepare_study_session(
            source, study, root=tmp_path / "data", participant=f"P{i}", started=NOW,
            station_key=station_key(),
        )  # fmt: skip
        session.recorder.finalize("completed")
        session.source.close()
        (sealed,) = session.recorder.path.parents[1].rglob(f"sub-P{i}_*sealed.bin")
        sizes.add(sealed.stat().st_size)
    assert len(sizes) == 1
    opened = study.unblind(
        load_private_key(tmp_path / "keeper" / "unblinding.pem", PASSPHRASE),
        who="t",
        reason="t",
        now=NOW,
    )
    assert len({donors for place in opened for donors in place.donors}) == N_DONORS


def consistent(turns: list[int], arms: list[Arm]) -> bool:
    """Whether the donors of each arm follow on each other, as if each arm had its own counter."""
    return all(
        np.all(np.diff([t for t, a in zip(turns, arms, strict=True) if a is arm]) == 1)
        for arm in FED
    )


def test_who_knows_all_donors_cannot_sort_people_by_arm() -> None:
    lists = [make_allocation(["a"], 16, [4, 6], seed) for seed in range(40)]
    betrayed = [consistent([p.turn for p in each], [p.arm for p in each]) for each in lists]
    assert not any(betrayed)
    for each in lists:  # one stream: the donors would be the same whatever the arms
        assert np.all(np.diff([p.turn for p in each]) == 1)
        assert len({p.stream for p in each}) == 1


def test_donors_are_drawn_evenly_and_not_in_the_order_of_their_names(
    make_study: Callable[..., Study], station_key: Callable[[], bytes]
) -> None:
    study = make_study("yoked", size=20)
    names = [some_donor(f"sub-D{number}_ses-01", number).name for number in range(N_DONORS)]
    for number in range(N_DONORS):
        study.add_donor(some_donor(names[number], number), operator="op", now=NOW)
    fed = []
    for i in range(20):
        with study.enrol(
            f"P{i}", station_key=station_key(), stratum=None, operator="op", now=NOW, claims={}
        ) as entry:
            entry.take("sub/ses")
            fed.append(entry.enrolment.assignment.donor.name)
    for cycle in range(0, 20, N_DONORS):
        assert sorted(fed[cycle : cycle + N_DONORS]) == names
    steps = np.diff([names.index(name) for name in fed]) % N_DONORS
    assert set(steps.tolist()) != {1}


def test_a_place_of_before_is_read_with_its_counter() -> None:
    assert Place("a", 1, Arm.REAL, 1, 5).stream is None
