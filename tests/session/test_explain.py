import pytest

from neurofeedback.acquisition.synthetic import SyntheticSource
from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.protocols.protocol_file import library, load_protocol, parse_protocol
from neurofeedback.session.explain import explain


@pytest.mark.parametrize("name", library())
@pytest.mark.parametrize("n_channels", [19, 64])
def test_every_protocol_of_the_library_explains_itself(name: str, n_channels: int) -> None:
    info = SyntheticSource(n_channels=n_channels, sfreq=250.0).open()
    spec = load_protocol(name)
    found = explain(spec, info, display_delay=0.07)
    (trained,) = [f for f in found.features if f.trained]
    assert trained.name == spec.trained.feature
    assert trained.delay == pytest.approx(sum(trained.parts.values()))
    assert trained.parts["display"] == 0.07
    assert 0 < trained.window < 30
    assert trained.hold_after > 0
    assert f"{n_channels} EEG channels, 250 Hz" in found.montage
    assert found.limits
    assert found.to_dict()["features"][0]["name"]


def test_the_parts_are_those_declared() -> None:
    text = library()["faa-up"].read_text()
    text = text.replace("delay = 0.04", "delay = 0.1").replace("smoothing = 0.25", "smoothing = 2")
    info = SyntheticSource(sfreq=250.0).open()
    (feature,) = explain(parse_protocol(text), info, display_delay=0.0).features
    assert feature.parts == {
        "filter": 0.1, "half of the smoothing": 1.0, "half a hop": 0.016, "display": 0.0,
    }  # fmt: skip
    assert feature.window > 2.0
    assert feature.hold_after == pytest.approx(0.5 + 2.0, abs=0.1)


def test_a_montage_that_does_not_serve_is_refused() -> None:
    info = StreamInfo("two", "", 250.0, ("O1", "O2"), ("eeg",) * 2, ("V",) * 2)
    with pytest.raises(UserError, match="no channel F3"):
        explain(load_protocol("faa-up"), info, display_delay=0.0)
