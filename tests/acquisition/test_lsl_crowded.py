"""More outlets on a computer than liblsl looks for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lsl_network import settings_of

pytestmark = pytest.mark.lsl
SCRIPT = Path(__file__).parents[1] / "support" / "crowded_network.py"


def said_with(n: int, folder: Path) -> dict[str, object]:
    """Return what is said of a stream beside so many others, with the 32 ports of liblsl."""
    settings = folder / "lsl_api.cfg"
    text = settings_of(f"crowded-{os.getpid()}", 30_000 + os.getpid() % 60 * 32, 32)
    settings.write_text(text, "ascii")
    environment = os.environ | {"LSLAPICFG": str(settings)}
    done = subprocess.run(
        [sys.executable, SCRIPT, str(n)],
        env=environment, capture_output=True, text=True, timeout=90, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_a_sender_that_stalls_among_many_is_kept(tmp_path: Path) -> None:
    said = said_with(40, tmp_path)
    assert said["connected"]
    assert said["before"]
    assert said["after"]
    assert said["refused"] is None
    assert "as many as LSL finds with 32 ports" in str(said["lost"])
    assert "No LSL stream that matches 'never-there' was found" in str(said["none"])
    assert "set PortRange in the section [ports] of lsl_api.cfg to 128" in str(said["none"])
