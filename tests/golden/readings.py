"""What the program says of the golden sessions and of its own protocols, by its public commands.

``python -m tests.golden.readings`` writes anew what the tests compare with; when that may be done
stands in README.md.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import platform
import tarfile
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import neurofeedback

HERE = Path(__file__).resolve().parent
NAMES = sorted(
    name
    for path in HERE.glob("*.tar.xz")
    # A trial's session needs its key: `test_concealed`.
    if not (name := path.name.removesuffix(".tar.xz")).startswith("concealed")
)
PROTOCOLS = HERE / "protocols.json.xz"
MADE_ON = HERE / "made-on.json"
ASKED = (("explain",), ("explain", "--json"), ("show",), ("show", "--json"), ("show", "--toml"))
TERMINAL = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1", "NEUROFEEDBACK_INDEX": "off"}


def machine() -> dict[str, Any]:
    """Return what the last bits of a number may depend on, besides the program."""
    return {
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "mne": version("mne"),
        "machine": platform.machine(),
        "system": platform.system(),
        "simd": np.show_config(mode="dicts")["SIMD Extensions"].get("found", []),
        "threads": os.environ.get("OPENBLAS_NUM_THREADS"),
    }


def must_equal(found: Any, golden: Any, what: str, made_on: dict[str, Any] | None = None) -> None:
    """Fail where something differs from what is golden; skip where that may be the machine's doing.

    Parameters
    ----------
    made_on : dict or None
        What `machine` returned where it was made; by default where the readings were.
    """
    different = list(differences(found, golden))
    if not different:
        return
    then, now = made_on or json.loads(MADE_ON.read_text()), machine()
    said = f"{what} differs in {len(different)} places, first " + "; ".join(different[:3])
    elsewhere = [f"{key} {then[key]} then, {now[key]} now" for key in now if now[key] != then[key]]
    if elsewhere:
        pytest.skip(f"Made elsewhere, so the last bits may differ ({'; '.join(elsewhere)}): {said}")
    pytest.fail(said)


def differences(found: Any, golden: Any, where: str = "") -> Iterator[str]:
    """Yield where two values as JSON has them differ, and how."""
    if isinstance(found, dict) and isinstance(golden, dict) and list(found) == list(golden):
        for key in golden:
            yield from differences(found[key], golden[key], f"{where}/{key}")
    elif isinstance(found, list) and isinstance(golden, list) and len(found) == len(golden):
        for i, pair in enumerate(zip(found, golden, strict=True)):
            yield from differences(*pair, f"{where}/{i}")
    elif type(found) is not type(golden) or found != golden:
        then, now = _from_the_first_difference(repr(golden), repr(found))
        yield f"{where}: {then} has become {now}"


def _from_the_first_difference(a: str, b: str, length: int = 150) -> tuple[str, str]:
    start = max(len(os.path.commonprefix([a, b])) - 20, 0)
    return a[start : start + length], b[start : start + length]


def invoke(*arguments: object) -> Result:
    """Run a command in a terminal of 100 columns, without an index."""
    from neurofeedback.cli.main import app

    return CliRunner(env=TERMINAL).invoke(app, [*map(str, arguments)], catch_exceptions=False)


def command(*arguments: object) -> str:
    """Return what a command answers; it must succeed."""
    done = invoke(*arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def unpacked(name: str, folder: Path) -> Path:
    """Unpack a golden session; return its folder."""
    with tarfile.open(HERE / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "sub-P01" / "ses-01"


def reading(session: Path) -> dict[str, Any]:
    """Return all that is read of a session, without its place and versions, as JSON has it."""
    report = json.loads(command("report", session, "--json"))
    del report["folder"]
    return {"report": report, "read_session": _data(session)}


def _data(session: Path) -> dict[str, Any]:
    data = neurofeedback.read_session(session)
    annotations = data.raw.annotations
    return {
        "channels": data.raw.ch_names,
        "samples": _digest(data.raw.get_data()),
        "times": _digest(data.times),
        "features": _table(data.features),
        "display": _table(data.display),
        "events": [event.to_json() for event in data.events],
        "annotations": [
            [float(a["onset"]), float(a["duration"]), str(a["description"])] for a in annotations
        ],
        "remarks": [str(remark) for remark in data.remarks],
    }


def _table(table: np.ndarray) -> dict[str, str]:
    """Return a digest of each column, by name."""
    return {name: _digest(table[name]) for name in table.dtype.names}


def _digest(array: np.ndarray) -> str:
    content = "\n".join(map(str, array.tolist())).encode()
    return f"{array.shape} {hashlib.sha256(content).hexdigest()[:16]}"


def protocol_answers() -> dict[str, str]:
    """Return what is said of each protocol that comes with the program, command to answer."""
    names = [card["name"] for card in json.loads(command("protocols", "list", "--json"))]
    asked = [(verb, name, *options) for name in names for verb, *options in ASKED]
    asked += [("list",), ("list", "--json")]
    return {" ".join(words): command("protocols", *words) for words in asked}


def golden_protocol_answers() -> dict[str, str]:
    answers: dict[str, str] = json.loads(lzma.decompress(PROTOCOLS.read_bytes()))
    return answers


def main() -> None:
    MADE_ON.write_text(json.dumps(machine(), indent=1) + "\n")
    for name in NAMES:
        with tempfile.TemporaryDirectory() as folder:
            found = reading(unpacked(name, Path(folder)))
        text = json.dumps(found, indent=1, ensure_ascii=False)
        (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    answers = json.dumps(protocol_answers(), indent=1, ensure_ascii=False)
    PROTOCOLS.write_bytes(lzma.compress(answers.encode(), preset=9))


if __name__ == "__main__":
    main()
