"""A baseline as it is seen from its end on.

Responsible for what the end of a baseline hands to the protocol where it changed how features are
computed. Not responsible for finding it (`signal.learning`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofeedback.events import EventKind
from neurofeedback.frames import FloatArray


@dataclass(frozen=True, slots=True)
class Refit:
    """What became of the baseline when its end changed how features are computed.

    Parameters
    ----------
    values : ndarray, shape (n_clean, n_used)
        Clean values over the baseline, as they are computed from now on.
    joints : ndarray of bool, shape (n_clean,)
        Whether a frame does not follow directly on the one before.
    reports : sequence of (EventKind, dict)
        What to log of it: kinds and details of events, as plain JSON types.
    """

    values: FloatArray
    joints: NDArray[np.bool_]
    reports: Sequence[tuple[EventKind, dict[str, Any]]]
