import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.protocols.commands import RANGES, Command, CommandName, hold


@given(st.sampled_from(list(CommandName)), st.data())
def test_a_command_reads_back_from_its_json(name: CommandName, data: st.DataObject) -> None:
    value = None
    if name in RANGES:
        low, high, _ = RANGES[name]
        value = data.draw(st.floats(low, high))
    command = hold(5, 9, "stale") if name is CommandName.HOLD else Command(name, value)
    assert Command.from_details(json.loads(json.dumps(command.to_details()))) == command


@pytest.mark.parametrize(
    ("details", "says"),
    [
        ({"command": "dance"}, "'dance' is no command; pause, resume"),
        ({}, "'None' is no command"),
        ({"command": ["skip"]}, "is no command"),
        ({"command": "skip", "value": 3}, "takes no value"),
        ({"command": "extend"}, "needs seconds from 1 to 3600, not None"),
        ({"command": "extend", "value": -5}, "needs seconds"),
        ({"command": "extend", "value": True}, "no number"),
        ({"command": "extend", "value": "30"}, "no number"),
        ({"command": "threshold", "value": math.nan}, "needs a number in the unit"),
        ({"command": "threshold", "value": math.inf}, "needs a number in the unit"),
        ({"command": "hold"}, "needs its first and last sample and a cause"),
        ({"command": "hold", "first": 9, "last": 5, "cause": "stale"}, "first and last sample"),
        ({"command": "hold", "first": 5, "last": 9, "cause": "a\tb"}, "and a cause"),
        ({"command": "hold", "first": 5.5, "last": 9, "cause": "stale"}, "no whole numbers"),
        ({"command": "skip", "first": 5, "last": 9}, "names no samples"),
        ({"command": "target-rate", "value": 1.5}, "needs a share from 0.1 to 0.9"),
    ],
)
def test_what_is_no_command_is_refused_in_a_sentence(details: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        Command.from_details(details)
