"""Text that is not what it looks like, and limits at which all is an artefact, are refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from neurofeedback.errors import UserError
from neurofeedback.protocols.file.reading import load_protocol, parse_protocol
from neurofeedback.protocols.file.writing import to_toml
from neurofeedback.protocols.spec import ProtocolSpec

HIDDEN = ["\u202e", "\x07", "\x1b", "\u2066", "\u2028", "\ufeff", "\x9b"]


def changed(path: str, value: object) -> dict[str, Any]:
    fields = load_protocol("faa-demo").model_dump(mode="json")
    inner: Any = fields
    *above, last = path.split(".")
    for key in above:
        inner = inner[int(key) if key.isdigit() else key]
    inner[last] = value
    return fields


@pytest.mark.parametrize("character", HIDDEN)
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("title", "up{}down"),
        ("description", "up{}down"),
        ("limits", "up{}down"),
        ("signal.features.0.left", ["F3{}"]),
        ("instructions.texts", {"calm": {"en": "Rest{}."}}),
    ],
)
def test_characters_that_are_not_seen_are_refused(character: str, path: str, value: Any) -> None:
    text = _put(value, character)
    with pytest.raises(ValidationError, match=rf"U\+{ord(character):04X}"):
        ProtocolSpec.model_validate(changed(path, text))


def test_the_sentence_names_line_key_and_character() -> None:
    text = to_toml(load_protocol("faa-demo")).replace('title = "', 'title = "\\u202E', 1)
    with pytest.raises(UserError, match=r"line \d+: key 'title': has.*U\+202E.*leave it out"):
        parse_protocol(text)


def test_text_of_several_lines_and_other_scripts_is_welcome() -> None:
    for text in (
        "one\n\ttwo",
        "\u00fcbung",
        "\u05d0\u05dc\u05e4\u05d0",
        "\u0627\u0644\u0641\u0627",
    ):
        assert ProtocolSpec.model_validate(changed("description", text)).description == text


@pytest.mark.parametrize(
    "key",
    ["amplitude", "reference_amplitude", "gradient", "reference_gradient", "rail", "blink",
     "clipped_seconds", "line_noise", "muscle_amplitude"],
)  # fmt: skip
def test_a_limit_that_nothing_can_keep_is_refused_with_its_range(key: str) -> None:
    with pytest.raises(ValidationError, match="greater than or equal"):
        ProtocolSpec.model_validate(changed(f"signal.gate.{key}", 1e-300))


def test_a_flat_that_everything_is_is_refused() -> None:
    with pytest.raises(ValidationError, match="less than or equal"):
        ProtocolSpec.model_validate(changed("signal.gate.flat", 1e-4))


def _put(value: Any, character: str) -> Any:
    if isinstance(value, str):
        return value.format(character)
    if isinstance(value, list):
        return [_put(item, character) for item in value]
    return {key: _put(item, character) for key, item in value.items()}
