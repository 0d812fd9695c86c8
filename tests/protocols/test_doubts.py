import numpy as np
import pytest
from example_protocol import TEXT

from neurofeedback.frames import Chunk, StreamInfo
from neurofeedback.protocols.file.reading import library, parse_protocol
from neurofeedback.protocols.warnings import warnings_of, window_of
from neurofeedback.signal.pipeline import Pipeline
from neurofeedback.signal.settings import (
    EnvelopeSettings,
    GateSettings,
    MontageSettings,
    PipelineSettings,
    PowerFeature,
)

FOUR = "\n".join(f'[[target.conditions]]\nfeature = "f{i}"' for i in range(3))
POWERS = "\n".join(
    f'[[signal.features]]\nkind = "power"\nname = "f{i}"\nchannels = ["Cz"]' for i in range(3)
)
RULE = 'rule = "target-rate"\ntarget_rate = 0.65\nupdate = "between-blocks"'


def found(*changes: tuple[str, str]) -> dict[str, str]:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return {doubt.key: doubt.text for doubt in warnings_of(parse_protocol(text))}


ENVELOPE = "signal.features.faa.envelope"


@pytest.mark.parametrize(
    ("changes", "key", "says"),
    [
        ([(RULE, 'rule = "continuous"')], "threshold.rule", "hides learning"),
        ([("[threshold]", f"{FOUR}\n[threshold]"), ("[signal.gate]", f"{POWERS}\n[signal.gate]")],
         "target.conditions", "which of 4 conditions"),
        ([("smoothing = 0.25", "smoothing = 30"), ("seconds = 30", "seconds = 20")], ENVELOPE,
         "looks 30.5 s back, longer than the baseline of 20 s"),
        ([("smoothing = 0.25", "smoothing = 5")], f"{ENVELOPE}.smoothing",
         "only about 6 independent values"),
        ([("seconds = 30", "seconds = 12")], f"{ENVELOPE}.estimator", "20 s is the least"),
        ([("band = [8.0, 13.0]", "band = [10, 11]")], f"{ENVELOPE}.length",
         "cannot tell frequencies 1 Hz apart: it takes 1 s"),
        ([("band = [8.0, 13.0]", "band = [70, 90]")], f"{ENVELOPE}.band",
         "at 200 samples a second"),
        ([('kind = "train"', 'kind = "rest"')], "target", "no block is scored"),
        ([("[threshold]", '[[target.inhibits]]\nfeature = "faa"\npercentile = 50\n[threshold]')],
         "target.inhibits", "leaves 50% of the baseline, less than the wanted rate of 65%"),
        ([(RULE, 'rule = "fixed"\nvalue = 0.1')], "threshold.value", "does not fit another"),
        ([("repeat = 5", "repeat = 1"), ("rest = 10.0", "")], "threshold.rule", "only one"),
        ([("seconds = 170", "seconds = 9")], "threshold.rule", "no block is that long"),
        ([('kind = "train"', 'kind = "train"\neyes = "closed"')], "blocks.#2.eyes", "'tone'"),
        ([("dwell = 0.25", "dwell = 10"), ("seconds = 170", "seconds = 10")], "blocks.#2.seconds",
         "no reward can be earned"),
        ([('kind = "baseline"', 'kind = "baseline"\nextend = 10')], "blocks.#1.extend", "waits"),
        ([('kind = "baseline"', 'kind = "baseline"\nrest = 10')], "blocks.#1.rest", "not repeated"),
        ([("[reward]", '[control]\nkind = "time-shifted"\nshift = 60\n[reward]')], "control.shift",
         "feedback will be of 30 s before"),
        ([("[reward]", '[control]\nkind = "yoked"\n[reward]'),
          ('kind = "train"', 'kind = "transfer"')], "control", "the arms do not differ"),
    ],
)  # fmt: skip
def test_what_cannot_succeed_is_told_with_its_key(changes, key, says) -> None:
    assert key in found(*changes)
    assert says in found(*changes)[key]


def test_a_sound_protocol_leaves_no_doubt() -> None:
    assert found() == {}


def test_a_region_that_cannot_be_isolated_must_be_marked() -> None:
    text = library()["sgacc-theta-up"].read_text(encoding="utf-8")
    plain = text.replace("experimental = true\n", "")
    assert "isolates" in str(warnings_of(parse_protocol(plain))[0])
    marked = plain.replace("evidence = ", "experimental = true\nevidence = ", 1)
    assert warnings_of(parse_protocol(marked)) == ()


@pytest.mark.parametrize(("smoothing", "band"), [(0.25, (8, 13)), (2.0, (8, 13)), (0.5, (4, 8))])
def test_values_that_far_apart_have_nothing_in_common(smoothing, band) -> None:
    """Autocorrelation of the features of white noise, as the pipeline computes them."""
    envelope = EnvelopeSettings(band=band, smoothing=smoothing)
    feature = PowerFeature(kind="power", name="x", channels=("Cz",), envelope=envelope)
    gate = GateSettings(amplitude=1e-2, muscle="off", muscle_amplitude="off", line_noise="off")
    info = StreamInfo("amp", "", 250.0, ("Cz",), ("eeg",), ("V",))
    montage = MontageSettings(reference="as-recorded")
    pipeline = Pipeline(info, PipelineSettings(montage=montage, features=(feature,), gate=gate))
    noise = np.random.default_rng(0).normal(scale=1e-5, size=(250 * 400, 1))
    frames = pipeline.process(Chunk(noise, np.arange(len(noise)) / 250.0, 0))
    values = frames.values[[held is None for held in frames.held], 0]
    values = values - values.mean()
    lag = round(window_of(envelope) * 250.0 / pipeline.hop)
    assert abs(np.mean(values[lag:] * values[:-lag])) < 0.15 * values.var()
    assert np.mean(values[lag // 4 :] * values[: -(lag // 4)]) > 0.3 * values.var()
