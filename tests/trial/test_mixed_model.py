import sys

import pytest

from neurofeedback.errors import UserError
from neurofeedback.trial.mixed_model import mixed_model
from neurofeedback.trial.simulated import Planted, null, simulated_trial


def test_the_planted_interaction_is_found_and_its_assumptions_are_told():
    pytest.importorskip("statsmodels")
    model = mixed_model(simulated_trial(Planted(gain=0.5), 1).tables["sessions"], "up")
    effects = {e.name: e for e in model.effects}
    assert effects["session x arm real"].low > 0.0
    assert model.n_people == 40
    assert len(model.assumptions) >= 7
    assert any("Shapiro" in text for text in model.assumptions)
    down = mixed_model(simulated_trial(Planted(gain=0.5), 1).tables["sessions"], "down")
    assert {e.name: e for e in down.effects}["session x arm real"].high < 0.0


def test_without_learners_it_is_not():
    pytest.importorskip("statsmodels")
    model = mixed_model(simulated_trial(null(Planted()), 2).tables["sessions"], "up")
    effect = {e.name: e for e in model.effects}["session x arm real"]
    assert effect.low < 0.0 < effect.high


def test_too_few_people_are_refused():
    pytest.importorskip("statsmodels")
    with pytest.raises(UserError, match="at least 5 participants each"):
        mixed_model(simulated_trial(Planted(people=3), 2).tables["sessions"], "up")


def test_without_statsmodels_one_sentence_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.regression.mixed_linear_model", None)
    with pytest.raises(UserError, match=r"neurofeedback\[stats\]"):
        mixed_model(simulated_trial(Planted(), 2).tables["sessions"], "up")
