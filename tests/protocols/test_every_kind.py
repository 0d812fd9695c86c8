"""Every kind of feature and every threshold rule through all that uses them, in two languages."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.frames import FeatureDescriptor
from neurofeedback.protocols.rules import ThresholdSettings
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.protocols.warnings import warnings_of
from neurofeedback.session.explain.protocol import explain
from neurofeedback.session.explain.protocol_words import trained_in_words
from neurofeedback.session.explain.simulate import shortened, simulate
from neurofeedback.session.offline import chunks_of
from neurofeedback.signal.features import Feature
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.words.message import Message

IAF = {"individual": "alpha"}
FITTED = {"estimator": "auto", "band": IAF}
SLOW = {"length": 0.2, "band": [8.0, 10.0], "smoothing": 4.0}  # every doubt about a band
FEATURES: dict[str, dict[str, Any]] = {
    "asymmetry": {"kind": "asymmetry", "left": ["F3"], "right": ["F4"], "envelope": FITTED},
    "several pairs": {
        "kind": "asymmetry", "left": ["AF3"], "right": ["AF4"], "form": "ratio",
        "alternatives": [{"left": ["F3", "F7"], "right": ["F4", "F8"]}], "envelope": SLOW,
    },
    "power": {
        "kind": "power", "channels": ["FCz"], "alternatives": [["Fz", "Cz"]],
        "envelope": {"estimator": "posterior", "band": [4.0, 60.0]},
    },
    "roi": {"kind": "roi", "roi": "sgACC", "method": "LCMV", "least_share": 0.02},
    "sLORETA": {"kind": "roi", "roi": "pgACC", "method": "sLORETA", "envelope": FITTED},
}  # fmt: skip
RULES: dict[str, dict[str, Any]] = {
    "target-rate": {"rule": "target-rate"},
    "never": {"rule": "target-rate", "update": "never"},
    "fixed": {"rule": "fixed", "value": 0.1},
    "percentile": {"rule": "percentile", "percentile": 40.0},
    "mean-sd": {"rule": "mean-sd", "k": 0.1},
    "staircase": {"rule": "staircase"},
    "continuous": {"rule": "continuous", "window": 10.0},
    "manual": {"rule": "manual"},
}
ENGLISH = set(
    "the of and is are be been it its they them this that which with without by from for to at on "
    "or not no nothing than until while once only more less least most above below each every "
    "power threshold reference average channels channel clean rewarded reward pairs against mean "
    "ratio share spectrum between seconds value values noise first second high low "
    "enough minutes protocol participant".split()
)


def spec_of(feature: dict[str, Any], rule: dict[str, Any], **sections: Any) -> ProtocolSpec:
    return ProtocolSpec.model_validate({
        "version": 1, "name": "made-up", "title": "Alpha",
        "signal": {"features": [{"name": "x", **feature}], "asr": {"seconds": 20.0}},
        "target": {
            "conditions": [{"feature": "x"}],
            "inhibits": [{"feature": "x", "percentile": 50.0}, {"feature": "x", "value": 1e3}],
        },
        "threshold": rule,
        "blocks": [{"kind": "baseline", "seconds": 30.0}, {"kind": "train", "seconds": 15.0}],
        **sections,
    })  # fmt: skip


SPECS = {
    **{name: spec_of(feature, RULES["target-rate"]) for name, feature in FEATURES.items()},
    **{name: spec_of(FEATURES["power"], rule) for name, rule in RULES.items()},
}


def test_no_kind_and_no_rule_is_left_out() -> None:
    kinds = {get_args(c.model_fields["kind"].annotation)[0] for c in _members(Feature)}
    rules = {get_args(c.model_fields["rule"].annotation)[0] for c in _members(ThresholdSettings)}
    assert kinds == {feature["kind"] for feature in FEATURES.values()}
    assert rules == {rule["rule"] for rule in RULES.values()}


@pytest.mark.parametrize("name", SPECS)
def test_it_says_everything_in_german(name: str) -> None:
    source = SyntheticSource(n_channels=32, seed=1, speed=math.inf)
    info = replace(source.open(), name="EEG")
    spec = SPECS[name]
    said = [*_texts(explain(spec, info, display_delay=0.03)), trained_in_words(spec)]
    said += [doubt.message for doubt in warnings_of(spec)]
    said += [f.declared_in_words for f in spec.signal.features]
    pipeline = Pipeline(info, spec.signal)
    said += _described(pipeline.descriptors)
    for chunk in chunks_of(source):
        pipeline.frames(pipeline.push(chunk), keep=True)
        if chunk.stop_sample > 30.0 * info.sfreq:
            break
    fit = pipeline.fit()
    if fit is not None:
        said += [*_described(fit.descriptors), *(region.words for region in fit.regions)]
        said += [fit.alpha.words] if fit.alpha is not None else []
    assert len(said) > 20
    left = {text: words for text in said if (words := _english_in(text))}
    assert left == {}


@pytest.mark.parametrize("name", SPECS)
def test_it_can_be_tried_on_a_participant(name: str) -> None:
    found = simulate(shortened(SPECS[name], 15.0), learner=True, n_channels=32)
    assert found.ended == "completed"
    assert found.blocks[-1].threshold is not None
    assert {text: _english_in(text) for text in found.warnings if _english_in(text)} == {}


def _members(union: Any) -> tuple[Any, ...]:
    return get_args(get_args(union)[0])


def _texts(found: Any) -> Iterator[Message]:
    """Every message in an explanation, also in what it holds."""
    if isinstance(found, Message):
        yield found
    elif isinstance(found, dict):
        yield from _texts([*found.keys(), *found.values()])
    elif isinstance(found, list | tuple):
        for item in found:
            yield from _texts(item)
    elif hasattr(found, "__dataclass_fields__"):
        yield from _texts([getattr(found, name) for name in found.__dataclass_fields__])


def _described(descriptors: tuple[FeatureDescriptor, ...]) -> list[Message]:
    return [text for d in descriptors for text in (d.label, d.unit, d.note)]  # type: ignore[misc]


def _english_in(text: Message) -> set[str]:
    german = re.sub(r"\w+(\.[\w#-]+)+", "", text.in_language("de"))  # keys such as display.sound
    return set(re.findall(r"[a-z]+", german.lower())) & ENGLISH
