"""The page on the protocol file says what the program does."""

import importlib.util
import re
from pathlib import Path

from neurofeedback.protocols.file.reading import parse_protocol
from neurofeedback.protocols.warnings import warnings_of
from neurofeedback.session.explain.protocol import refusal

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "protocol-file.md").read_text(encoding="utf-8")


def test_the_reference_is_that_of_the_model() -> None:
    """Where this fails: python docs/make_protocol_reference.py."""
    path = DOCS / "make_protocol_reference.py"
    spec = importlib.util.spec_from_file_location("make_protocol_reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.updated(PAGE) == PAGE


def test_the_example_is_a_protocol_that_runs() -> None:
    from neurofeedback.acquisition.synthetic import SyntheticSource

    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    spec = parse_protocol(text, where="the example")
    assert warnings_of(spec) == ()
    assert refusal(spec, SyntheticSource().open()) is None
