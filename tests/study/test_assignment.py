import numpy as np
import pytest

from neurofeedback.errors import UserError
from neurofeedback.protocols.control import Arm, Assignment
from neurofeedback.study.assignment import assignment_from_text, assignment_to_text
from tests.study.conftest import some_donor


@pytest.mark.parametrize("arm", list(Arm))
@pytest.mark.parametrize("seed", [None, 0, 2**64 - 1])
def test_an_assignment_reads_back_to_the_same_bits(arm: Arm, seed: int | None) -> None:
    donor = some_donor("sub-D_ses-01")
    back = assignment_from_text(assignment_to_text(Assignment(arm, seed, donor)))
    assert (back.arm, back.seed) == (arm, seed)
    assert back.donor is not None
    for name in ("name", "measures", "frame_seconds", "seconds"):
        assert getattr(back.donor, name) == getattr(donor, name)
    for name in ("baseline", "values", "joints"):
        np.testing.assert_array_equal(getattr(back.donor, name), getattr(donor, name))
    assert assignment_from_text(assignment_to_text(Assignment(arm, seed))).donor is None


def test_arms_take_the_same_room() -> None:
    donor = some_donor("sub-D_ses-01")
    lengths = {len(assignment_to_text(Assignment(arm, 7**n, donor))) for arm in Arm for n in (1, 9)}
    assert len(lengths) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"arm": "x", "seed": "", "donor": null}'])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="cannot be understood"):
        assignment_from_text(text)
