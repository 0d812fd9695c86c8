import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.export.bundle_key import BundleKey, default_key

DAY = date(2026, 3, 1)


def test_a_participant_keeps_code_and_shift(tmp_path):
    path = tmp_path / "keys" / "key.json"
    key = BundleKey(path)
    first = key.disguise("P01", DAY)
    key.save()
    assert path.stat().st_mode & 0o777 == 0o600
    again = BundleKey(path)
    assert again.disguise("P01", date(2027, 1, 1)) == first
    assert again.disguise("P02", DAY).code != first.code


def test_the_code_may_be_chosen_once(tmp_path):
    key = BundleKey(tmp_path / "key.json")
    assert key.disguise("P01", DAY, "S17").code == "S17"
    assert key.disguise("P01", DAY, "S17").code == "S17"
    with pytest.raises(UserError, match="P01 has the code S17 in .*key.json"):
        key.disguise("P01", DAY, "S18")


@pytest.mark.parametrize("code", ["S17", "s17", "P01", "p02", "P02"])
def test_a_code_that_is_somebodys_is_refused(tmp_path, code):
    key = BundleKey(tmp_path / "key.json")
    key.disguise("P01", DAY, "S17")
    with pytest.raises(UserError, match=f"The code {code} is already in use"):
        key.disguise("P02", DAY, code)


def test_a_code_that_is_no_code_is_refused(tmp_path):
    with pytest.raises(UserError, match="letters"):
        BundleKey(tmp_path / "key.json").disguise("P01", DAY, "../x")


@given(st.dates(date(2000, 1, 1), date(2200, 1, 1)))
def test_dates_land_where_they_are_seen_to_be_shifted(tmp_path_factory, day):
    disguise = BundleKey(tmp_path_factory.getbasetemp() / "none.json").disguise("P01", day)
    landed = date.fromordinal(day.toordinal() + 7 * disguise.weeks)
    assert date(1904, 12, 1) < landed < date(1920, 1, 1)
    assert landed.weekday() == day.weekday()


def test_shifts_and_codes_differ(tmp_path):
    drawn = [BundleKey(tmp_path / "key.json").disguise("P01", DAY) for _ in range(20)]
    assert len({d.code for d in drawn}) == 20
    assert len({d.weeks for d in drawn}) > 10


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": 2, "participants": {}}',
        '{"format": 1, "participants": {"P01": {"code": "../..", "weeks": -9}}}',
        '{"format": 1, "participants": {"P01": {"code": "X1", "weeks": "x"}}}',
        '{"format": 1, "participants": {"P01": {"code": "X1", "weeks": 99999999}}}',
        '{"format": 1, "participants": {"P01": 3}}',
    ],
)
def test_a_file_that_is_no_key_is_refused(tmp_path, text):
    path = tmp_path / "key.json"
    path.write_text(text)
    with pytest.raises(UserError):
        BundleKey(path)
    assert path.read_text() == text


def test_a_key_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    key = BundleKey(tmp_path / "key.json")
    key.path = tmp_path / "file" / "key.json"
    with pytest.raises(UserError, match="cannot be written: .*--key"):
        key.save()


def test_the_key_of_a_dataset_is_where_bids_keeps_sources(tmp_path):
    assert default_key(tmp_path) == tmp_path / "sourcedata" / "bundle_key.json"
    key = BundleKey(default_key(tmp_path))
    key.disguise("P01", DAY, "S17")
    key.save()
    known = json.loads(default_key(tmp_path).read_text())["participants"]["P01"]
    assert known["code"] == "S17"
