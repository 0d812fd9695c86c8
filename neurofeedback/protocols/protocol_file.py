"""Protocol files: TOML text to a protocol, and the protocols that come with the program.

Responsible for reading files that may hold anything and for refusing them in sentences a person can
act on. Not responsible for what a protocol may say (`protocols.spec`).
"""

from __future__ import annotations

import difflib
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from neurofeedback.errors import UserError
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.signal.settings import Settings


def library() -> dict[str, Path]:
    """Return the protocols that come with the program, name to file, in order of name."""
    folder = Path(str(resources.files("neurofeedback.protocols") / "library"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def load_protocol(name_or_path: str) -> ProtocolSpec:
    """Read a protocol from the library by name, or from a TOML file by path.

    Parameters
    ----------
    name_or_path : str
        ``faa-up``, or a path ending in ``.toml``.

    Returns
    -------
    ProtocolSpec

    Raises
    ------
    UserError
        If there is no such protocol, the file cannot be read, or what it says is refused; the
        sentence names every refused key.
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        known = library()
        if name_or_path not in known:
            near = difflib.get_close_matches(name_or_path, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise UserError(
                f"There is no protocol {name_or_path!r}.{hint} Known: {', '.join(known)}; "
                "or give the path of a .toml file."
            )
        path = known[name_or_path]
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UserError(f"The protocol file {path} cannot be read: {reason}.") from error
    return parse_protocol(text, where=str(path))


def parse_protocol(text: str, *, where: str = "the protocol") -> ProtocolSpec:
    """Read a protocol from TOML text; see `load_protocol`."""
    try:
        fields = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"{where} is not valid TOML: {error}.") from error
    try:
        return ProtocolSpec.model_validate(fields)
    except ValidationError as error:
        problems = "; ".join(_sentence(e) for e in error.errors())
        raise UserError(f"{where} is refused: {problems}.") from error


def _sentence(error: ErrorDetails) -> str:
    loc = _without_tags(error["loc"])
    key = ".".join(str(p) for p in loc) or "protocol"
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(loc[-1]), _known_keys(ProtocolSpec), n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        return f"unknown key {key!r}{hint}"
    given = _short(error.get("input"))
    message = error["msg"].removeprefix("Value error, ")
    if message[1:2].islower():  # but not the name of a channel
        message = message[0].lower() + message[1:]
    return f"key {key!r}: {message}{given}"


def _short(value: Any) -> str:
    return f" (given {value!r})" if isinstance(value, str | int | float) else ""


def _known_keys(model: type[Settings]) -> set[str]:
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}


def _without_tags(loc: tuple[int | str, ...]) -> list[int | str]:
    """Leave out the kinds that pydantic names where a kind decides what keys are allowed."""
    return [
        part
        for i, part in enumerate(loc)
        if not (loc[i - 1 : i] == ("threshold",) or loc[max(0, i - 2) : i - 1] == ("features",))
    ]
