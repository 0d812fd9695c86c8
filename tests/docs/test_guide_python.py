"""The Python examples of the user guide, run on a session."""

import re
from pathlib import Path

import pytest

from tests.golden.readings import unpacked

GUIDE = Path(__file__).parents[2] / "docs" / "user-guide.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_runs(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked("plain", tmp_path / "recordings")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MNE_BROWSER_BACKEND", "matplotlib")
    exec(compile(example.replace("sub-p01", "sub-P01"), str(GUIDE), "exec"), {})


def test_there_is_one() -> None:
    assert EXAMPLES
