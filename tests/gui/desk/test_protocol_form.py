"""A protocol of the clinic's own: asked for, explained, simulated, written, and run."""

from __future__ import annotations

from pathlib import Path

import pytest
from accessible import problems
from desk_walk import CONTROL, Key, ShortServices, Walk

from neurofeedback.app.own.form import GOALS, Answers, protocol_of, save_protocol
from neurofeedback.app.own.protocols import FOLDER, own_protocols
from neurofeedback.errors import UserError
from neurofeedback.gui.desk.protocol_page import ProtocolPage
from neurofeedback.gui.forms.protocol_form import ProtocolForm
from neurofeedback.protocols.file.reading import load_protocol


@pytest.fixture
def walk(qapp, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = Walk(ShortServices(tmp_path / "here"))
    yield made
    made.release()


@pytest.mark.parametrize("goal", [goal.key for goal in GOALS])
def test_every_goal_comes_to_a_protocol_that_is_read_again(tmp_path: Path, goal: str) -> None:
    proposed = next(one.proposed for one in GOALS if one.key == goal)
    answers = Answers(title=f"Our {goal}", goal=goal).model_copy(update=proposed)
    path = save_protocol(answers, tmp_path)
    assert load_protocol(str(path)) == protocol_of(answers)
    assert own_protocols(tmp_path)[0].keys() == {str(path)}
    with pytest.raises(UserError, match="already"):
        save_protocol(answers, tmp_path)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": "  "}, "title"), ({"title": "x", "low": 12.0, "high": 8.0}, "band"),
        ({"title": "x", "sites": ""}, "channels"), ({"title": "\u03b1"}, "title"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(tmp_path: Path, wrong, said) -> None:
    with pytest.raises(UserError, match=said):
        save_protocol(Answers(**wrong), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_refused_is_named_and_the_others_are_offered(tmp_path: Path) -> None:
    save_protocol(Answers(title="Good"), tmp_path)
    (tmp_path / "bad.toml").write_text("version = 7\n")
    found, refused = own_protocols(tmp_path)
    assert len(found) == 1
    assert "bad.toml" in refused[0]


def shown(walk: Walk, kind: type):
    """Return the page once it is of that kind: a button's key presses it for a moment first."""
    walk.until(lambda: isinstance(walk.desk.pages.stack.currentWidget(), kind), what=kind.__name__)
    return walk.desk.pages.stack.currentWidget()


def test_by_keyboard_from_the_protocols_and_back_with_the_new_one(walk, tmp_path: Path) -> None:
    walk.press("P07", Key.Key_Return, Key.Key_Return)
    walk.press(Key.Key_N, modifier=CONTROL)
    form = shown(walk, ProtocolForm)
    assert "Give the protocol a title" in form.message.text()
    assert not form.save.isEnabled()
    walk.press("Alpha at Pz")
    walk.until(form.save.isEnabled, what="the protocol")
    form.seconds.setValue(20)
    form.baseline.setValue(20)
    walk.press(Key.Key_R, modifier=CONTROL)
    walk.until(lambda: bool(form.outcome.text()), what="the simulation")
    lines = form.outcome.text().splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "A synthetic participant who learns", "The same one, who does not learn",
    ]  # fmt: skip
    walk.press(Key.Key_S, modifier=CONTROL)
    page = shown(walk, ProtocolPage)
    assert page.name == str(tmp_path / "config/neurofeedback" / FOLDER / "alpha-at-pz.toml")
    assert page.spec.title == "Alpha at Pz"
    again = ShortServices(tmp_path / "there")
    assert again.may_add_protocols


def test_the_form_is_named_and_reached(walk) -> None:
    walk.press("P07", Key.Key_Return, Key.Key_Return)
    walk.press(Key.Key_N, modifier=CONTROL)
    shown(walk, ProtocolForm)
    assert problems(walk.desk) == []
