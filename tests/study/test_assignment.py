from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurofeedback.errors import UserError
from neurofeedback.protocols.run.control import Arm, Assignment
from neurofeedback.study.assignment import assignment_from_text, assignment_to_text
from neurofeedback.study.donors import DonorPool
from tests.study.conftest import some_donor

DONOR = some_donor("sub-D_ses-01")


@pytest.fixture
def pool(tmp_path: Path) -> DonorPool:
    kept = DonorPool(tmp_path)
    kept.add(DONOR)
    return kept


@pytest.mark.parametrize("arm", list(Arm))
@pytest.mark.parametrize("seed", [None, 0, 2**64 - 1])
def test_an_assignment_reads_back_to_the_same_bits(
    arm: Arm, seed: int | None, pool: DonorPool
) -> None:
    back = assignment_from_text(assignment_to_text(Assignment(arm, seed, DONOR)), pool)
    assert (back.arm, back.seed) == (arm, seed)
    assert back.donor is not None
    for name in ("name", "measures", "frame_seconds", "seconds"):
        assert getattr(back.donor, name) == getattr(DONOR, name)
    for name in ("baseline", "values", "joints"):
        np.testing.assert_array_equal(getattr(back.donor, name), getattr(DONOR, name))
    assert assignment_from_text(assignment_to_text(Assignment(arm, seed))).donor is None


def test_of_a_donor_only_name_and_hash_are_written() -> None:
    longer = replace(
        DONOR, values=np.zeros((9000, 1)), joints=np.zeros(9000, dtype=bool), seconds=288.0
    )
    texts = [assignment_to_text(Assignment(Arm.REAL, 7, donor)) for donor in (DONOR, longer)]
    assert len(texts[0]) == len(texts[1]) < 300
    assert texts[0] != texts[1]


def test_a_donor_that_is_missing_or_another_is_one_sentence(
    pool: DonorPool, tmp_path: Path
) -> None:
    text = assignment_to_text(Assignment(Arm.CONTROL, 7, DONOR))
    with pytest.raises(UserError, match="sub-D_ses-01, which the study's folder keeps; name"):
        assignment_from_text(text)
    (tmp_path / "sub-D_ses-01.npz").unlink()
    with pytest.raises(UserError, match="cannot be read .no such file"):
        assignment_from_text(text, pool)
    values = np.array(DONOR.values)
    values[5, 0] += 1e-12
    pool.add(replace(DONOR, values=values))
    with pytest.raises(UserError, match="not the one that was assigned"):
        assignment_from_text(text, pool)


def test_a_name_leads_nowhere_else(pool: DonorPool) -> None:
    text = assignment_to_text(Assignment(Arm.CONTROL, 7, replace(DONOR, name="../sub-D_ses-01")))
    with pytest.raises(UserError, match="not the name of a donor"):
        assignment_from_text(text, pool)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"arm": "x", "seed": "", "donor": null}'])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="cannot be understood"):
        assignment_from_text(text)
