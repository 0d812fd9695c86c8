from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.donor import Donor, measures_of
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_station_key

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PASSPHRASE = "correct horse"


def trial(kind: str = "yoked", shift: float = 10.0) -> ProtocolSpec:
    """Return a protocol whose baseline of 10 s is as long as the shift."""
    fields = load_protocol("faa-demo").model_dump(mode="json")
    fields["control"] = {"kind": kind, "shift": shift}
    return ProtocolSpec.model_validate(fields)


def some_donor(name: str, seed: int = 0) -> Donor:
    random = np.random.default_rng(seed)
    return Donor(
        name,
        measures_of(trial()),
        0.032,
        random.standard_normal((300, 1)),
        random.standard_normal((2000, 1)),
        np.arange(2000) % 100 == 0,
        70.0,
    )


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Study]:
    def make(kind: str = "yoked", shift: float = 10.0, **changes: object) -> Study:
        settings: dict[str, object] = {
            "strata": [],
            "size": 4,
            "blocks": [4],
            "seed": 5,
            "station_key": tmp_path / "station.key",
            "unblinding_key": tmp_path / "keeper" / "unblinding.pem",
            "passphrase": PASSPHRASE,
            "now": NOW,
        }
        settings |= changes
        spec = trial(kind, shift)
        return Study.create(tmp_path / "study", "Trial one", spec, **settings)  # type: ignore[arg-type]

    return make


@pytest.fixture
def station_key(tmp_path: Path) -> Callable[[], bytes]:
    return lambda: load_station_key(tmp_path / "station.key")


@pytest.fixture
def now() -> datetime:
    return NOW
