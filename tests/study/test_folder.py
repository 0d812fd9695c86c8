import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Arm
from neurofeedback.study.enrolment import Enrolment
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key, load_station_key, write_station_key
from tests.study.conftest import NOW, PASSPHRASE, some_donor, trial

MakeStudy = Callable[..., Study]
StationKey = Callable[[], bytes]


def enrol(
    study: Study,
    participant: str,
    key: bytes,
    *,
    stratum: str | None = None,
    claims: dict[tuple[str, int], str] | None = None,
    folder: str | None = "sub/ses",
) -> Enrolment:
    with study.enrol(
        participant,
        station_key=key,
        stratum=stratum,
        operator="op",
        now=NOW,
        claims=claims or {},
    ) as entry:
        if folder is not None:
            entry.take(folder)
        return entry.enrolment


def test_participants_get_places_in_order_and_keep_them(
    make_study: MakeStudy, station_key: StationKey, tmp_path: Path
) -> None:
    study = make_study("phase-scrambled")
    first = [enrol(study, f"P{i}", station_key()) for i in range(4)]
    again = enrol(Study(study.folder), "P1", station_key())
    assert [e.place for e in first] == [1, 2, 3, 4]
    assert sorted(e.assignment.arm for e in first) == [Arm.CONTROL] * 2 + [Arm.REAL] * 2
    assert (again.place, again.session) == (2, 1)
    assert again.assignment.arm is first[1].assignment.arm
    assert again.assignment.seed != first[1].assignment.seed
    opened = study.unblind(
        load_private_key(tmp_path / "keeper" / "unblinding.pem", PASSPHRASE),
        who="A. Nalyst",
        reason="end of the trial",
        now=NOW,
    )
    assert [o.arm for o in opened] == [str(e.assignment.arm) for e in first]
    assert opened[1].sessions == ("sub/ses", "sub/ses")
    (logged,) = study.status()["unblindings"]
    assert (logged["who"], logged["reason"]) == ("A. Nalyst", "end of the trial")


def test_a_place_that_was_not_taken_is_given_to_the_next(
    make_study: MakeStudy, station_key: StationKey
) -> None:
    study = make_study("phase-scrambled")
    enrol(study, "P1", station_key(), folder=None)
    assert enrol(study, "P2", station_key()).place == 1
    assert study.status()["sessions"] == 1


def test_a_full_or_unknown_stratum_is_refused(
    make_study: MakeStudy, station_key: StationKey
) -> None:
    study = make_study("phase-scrambled", strata=["f", "m"], size=4, blocks=[4])
    enrol(study, "P1", station_key(), stratum="f")
    for code in ("P2", "P4", "P5"):
        enrol(study, code, station_key(), stratum="f")
    with pytest.raises(UserError, match="All 4 places of stratum 'f'"):
        enrol(study, "P3", station_key(), stratum="f")
    with pytest.raises(UserError, match="has the strata f, m"):
        enrol(study, "P3", station_key())
    with pytest.raises(UserError, match="not in 'm'"):
        enrol(study, "P1", station_key(), stratum="m")
    assert enrol(study, "P1", station_key(), stratum="f").place == 1  # the same as before
    assert enrol(study, "P3", station_key(), stratum="m").place == 1


def test_a_list_that_was_used_before_is_refused(
    make_study: MakeStudy, station_key: StationKey
) -> None:
    study = make_study("phase-scrambled")
    with pytest.raises(UserError, match="no place is given twice"):
        enrol(study, "P2", station_key(), claims={("all", 1): "P1"})
    assert enrol(study, "P1", station_key(), claims={("all", 1): "P1"}).place == 1


def test_a_yoked_control_needs_donors_in_both_arms(
    make_study: MakeStudy, station_key: StationKey
) -> None:
    study = make_study()
    with pytest.raises(UserError, match="has none for P1"):
        enrol(study, "P1", station_key())
    study.add_donor(some_donor("sub-P1_ses-01"), operator="op", now=NOW)
    with pytest.raises(UserError, match="has none for P1"):
        enrol(study, "P1", station_key())
    study.add_donor(some_donor("sub-D_ses-01", 1), operator="op", now=NOW)
    enrolled = [enrol(study, f"P{i}", station_key()) for i in range(1, 5)]
    donors = [e.assignment.donor for e in enrolled]
    assert all(d is not None for d in donors)
    assert donors[0] is not None
    assert donors[0].name == "sub-D_ses-01"


def test_donors_are_known_again_when_the_pool_has_grown(
    make_study: MakeStudy, station_key: StationKey, tmp_path: Path
) -> None:
    study = make_study(size=8)
    fed = []
    for i in range(8):
        study.add_donor(some_donor(f"sub-D{(5 * i) % 8}_ses-01", i), operator="op", now=NOW)
        donor = enrol(study, f"P{i}", station_key()).assignment.donor
        assert donor is not None
        fed.append(donor.name)
    key = load_private_key(tmp_path / "keeper" / "unblinding.pem", PASSPHRASE)
    opened = study.unblind(key, who="A", reason="test", now=NOW)
    assert [o.donors for o in opened] == [(name,) for name in fed]


def test_no_file_tells_the_arm(
    make_study: MakeStudy, station_key: StationKey, tmp_path: Path
) -> None:
    study = make_study("phase-scrambled", size=40)
    for i in range(40):
        enrol(study, f"P{i:02d}", station_key())
    for path in study.folder.rglob("*"):
        if path.is_file() and path.name != "study.json":
            text = path.read_bytes()
            assert b'"arm"' not in text
            assert b"control" not in text
            assert b"real" not in text
    sealed = json.loads((study.folder / "allocation.json").read_text())["places"]
    assert len({len(place["sealed"]) for place in sealed}) == 1
    lines = (study.folder / "places.jsonl").read_text().splitlines()
    assert len({len(line) for line in lines[2::2]}) <= 3  # as long as their numbers have digits
    for name in ("station.key", "keeper/unblinding.pem"):
        assert stat.S_IMODE(os.stat(tmp_path / name).st_mode) == 0o600


def test_a_changed_list_or_ledger_is_refused(
    make_study: MakeStudy, station_key: StationKey
) -> None:
    study = make_study("phase-scrambled")
    for i in range(3):
        enrol(study, f"P{i}", station_key())
    ledger = study.folder / "places.jsonl"
    whole = ledger.read_text()
    lines = whole.splitlines(keepends=True)
    for changed in (
        "".join(lines[1:]),
        "".join([lines[0], lines[2], lines[1], *lines[3:]]),
        whole.replace("P1", "P9"),
        whole.replace('"place": 2', '"place": 3'),
    ):
        ledger.write_text(changed)
        with pytest.raises(UserError, match="was changed, moved or removed"):
            enrol(study, "P4", station_key())
    ledger.write_text(whole)
    path = study.folder / "allocation.json"
    path.write_text(path.read_text().replace('"number": 1,', '"number": 9,'))
    with pytest.raises(UserError, match="was changed since"):
        Study(study.folder)


def test_other_keys_open_nothing(
    make_study: MakeStudy, station_key: StationKey, tmp_path: Path
) -> None:
    study = make_study("phase-scrambled")
    with pytest.raises(UserError, match="belongs to another study"):
        enrol(study, "P1", bytes(32))
    with pytest.raises(UserError, match="passphrase is wrong"):
        load_private_key(tmp_path / "keeper" / "unblinding.pem", "something else")
    with pytest.raises(UserError, match="the passphrase is wrong, or it is not the file"):
        load_private_key(tmp_path / "station.key", PASSPHRASE)
    with pytest.raises(UserError, match="not a station key"):
        load_station_key(tmp_path / "keeper" / "unblinding.pem")
    with pytest.raises(UserError, match="never overwritten"):
        write_station_key(tmp_path / "station.key", bytes(32))


def test_unblinding_one_participant_leaves_the_others_closed(
    make_study: MakeStudy, station_key: StationKey, tmp_path: Path
) -> None:
    study = make_study("phase-scrambled")
    for i in range(3):
        enrol(study, f"P{i}", station_key())
    key = load_private_key(tmp_path / "keeper" / "unblinding.pem", PASSPHRASE)
    opened = study.unblind(key, who="Dr. B", reason="emergency", now=NOW, participant="P1")
    assert [o.participant for o in opened] == ["P1"]
    with pytest.raises(UserError, match="No participant with the code"):
        study.unblind(key, who="Dr. B", reason="x", now=NOW, participant="P7")
    with pytest.raises(UserError, match="give the name"):
        study.unblind(key, who=" ", reason="x", now=NOW)
    assert len(study.status()["unblindings"]) == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"passphrase": "short"}, "too short"),
        ({"blocks": [3]}, "multiples of 2"),
        ({"strata": ["a b"]}, "stratum 'a b' is refused"),
    ],
)
def test_a_study_that_is_refused_leaves_nothing(
    make_study: MakeStudy, tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    with pytest.raises(UserError, match=says):
        make_study("phase-scrambled", **changes)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_baseline_shorter_than_the_shift_makes_no_study(
    make_study: MakeStudy, tmp_path: Path
) -> None:
    """What would be fed back is of less time before than the protocol says."""
    with pytest.raises(UserError, match="at least as long as control.shift"):
        make_study("time-shifted", shift=60.0)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    make_study("time-shifted", shift=10.0)


def test_keys_do_not_lie_with_the_study(make_study: MakeStudy, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="keep keys elsewhere"):
        make_study("phase-scrambled", station_key=tmp_path / "study" / "station.key")


def test_what_is_no_study_is_refused(make_study: MakeStudy, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no study"):
        Study(tmp_path / "nowhere")
    study = make_study("phase-scrambled")
    with pytest.raises(UserError, match="not an empty folder"):
        Study.create(
            study.folder,
            "again",
            trial("phase-scrambled"),
            strata=[],
            size=2,
            blocks=[4],
            seed=None,
            station_key=tmp_path / "s2",
            unblinding_key=tmp_path / "keeper" / "u2",
            passphrase=PASSPHRASE,
            now=NOW,
        )
    for text in ("", "[]", "{}", '{"format": 2}', "{" * 100_000):
        (study.folder / "study.json").write_text(text)
        with pytest.raises(UserError, match=r"not a study|not that of a study|format 2"):
            Study(study.folder)


@pytest.mark.parametrize(
    "last", [{"what": "withdrawal"}, {"what": "place", "participant": 3}, {"what": ["session"]}]
)
def test_a_last_entry_that_lacks_what_its_kind_needs_is_found(make_study, station_key, last):
    study = make_study()
    study.enrol_without_session(
        "p1", station_key=station_key(), stratum=None, operator="x", now=NOW, claims={}
    )
    path = study.folder / "places.jsonl"
    before = json.loads(path.read_text().splitlines()[-1])["before"]
    path.write_text(json.dumps({**last, "before": before}) + "\n")
    with pytest.raises(UserError, match="line 1: an entry was changed"):
        Study(study.folder).status()
