"""The kinds of features that a protocol may declare.

A kind is one class in one file: its settings, the band powers that it needs, how they become
values, its words and its checks; see `base.FeatureKind`. The union below is all that lists them.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from neurofeedback.signal.features.asymmetry import AsymmetryFeature, Sides
from neurofeedback.signal.features.base import FeatureKind
from neurofeedback.signal.features.power import PowerFeature
from neurofeedback.signal.features.roi import RoiFeature

__all__ = ["AsymmetryFeature", "Feature", "FeatureKind", "PowerFeature", "RoiFeature", "Sides"]

Feature = Annotated[AsymmetryFeature | PowerFeature | RoiFeature, Field(discriminator="kind")]
