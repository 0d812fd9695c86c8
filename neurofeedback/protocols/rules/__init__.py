"""The rules by which a threshold is found and moved.

A rule is one class in one file: its settings, where the threshold starts, what moves it, its words
and its checks; see `base.ThresholdRule`. The union below is all that lists them:

| rule        | at the end of a baseline          | later                                       |
|-------------|-----------------------------------|---------------------------------------------|
| target-rate | target rate of the baseline       | target rate of each training block          |
| percentile  | target rate of the baseline       | nothing                                     |
| fixed       | the value                         | nothing                                     |
| mean-sd     | mean + k SD of the baseline       | nothing                                     |
| staircase   | target rate of the baseline       | a step after an easy or hard training block |
| continuous  | target rate of the baseline's end | target rate of the last moments, each frame |
| manual      | target rate of the baseline       | the operator                                |
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from neurofeedback.protocols.rules.base import Rate, ThresholdRule, Training
from neurofeedback.protocols.rules.continuous import Continuous
from neurofeedback.protocols.rules.fixed import Fixed
from neurofeedback.protocols.rules.manual import Manual
from neurofeedback.protocols.rules.mean_sd import MeanSd
from neurofeedback.protocols.rules.percentile import Percentile
from neurofeedback.protocols.rules.staircase import Staircase
from neurofeedback.protocols.rules.target_rate import TargetRate

__all__ = [
    "Continuous",
    "Fixed",
    "Manual",
    "MeanSd",
    "Percentile",
    "Rate",
    "Staircase",
    "TargetRate",
    "ThresholdRule",
    "ThresholdSettings",
    "Training",
]

ThresholdSettings = Annotated[
    TargetRate | Fixed | Percentile | MeanSd | Staircase | Continuous | Manual,
    Field(discriminator="rule"),
]
