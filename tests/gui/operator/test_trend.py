from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.gui.operator.trend import REDRAW_EVERY, TrendPlot, turning_points

VALUES = st.sampled_from([0.0, 0.5, 1.0, np.nan])


@given(st.lists(VALUES, max_size=40))
def test_the_line_through_the_turning_points_is_the_line_through_all(values: list[float]) -> None:
    whole = np.array(values)
    bends = turning_points(whole)
    at = np.arange(whole.size)
    if not whole.size:
        assert not bends.size
        return
    between = np.interp(at, bends, whole[bends])
    np.testing.assert_array_equal(np.where(np.isin(at, bends), whole, between), whole)


def test_a_threshold_that_rests_needs_two_points() -> None:
    assert turning_points(np.full(2000, 0.5)).tolist() == [0, 1999]
    steps = np.repeat([np.nan, 0.2, 0.4], [5, 5, 5])
    assert turning_points(steps).tolist() == [0, 4, 5, 9, 10, 14]


def test_redrawing_for_hours_keeps_nothing(qtbot, session) -> None:
    plot = TrendPlot(session.score)
    qtbot.addWidget(plot)
    plot.resize(400, 200)
    plot.show()
    for i in range(40):
        plot.add_frames([session.frame(reward=i % 5 == 0)])
        for _ in range(REDRAW_EVERY):
            plot.redraw()
        plot.grab()
    assert plot._rewards.data.size == 8
    assert len(plot._rewards.fragmentAtlas) == 1
