"""Protocol files: TOML text to a protocol, and the protocols that come with the program.

Responsible for reading files that may hold anything and for refusing them quickly and in sentences
a person can act on. Not responsible for what a protocol may say (`protocols.spec`) nor for the
sentences about single keys (`protocols.file.problems`).
"""

from __future__ import annotations

import codecs
import difflib
import re
import stat
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from neurofeedback.errors import UserError
from neurofeedback.protocols.file.problems import Problem, RefusedProtocol, problems_of, shown
from neurofeedback.protocols.file.schema import place_at
from neurofeedback.protocols.file.toml_lines import key_lines
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.words.message import Message

LARGEST = 256 * 1024  # bytes; the largest protocol of the library has 5 kB
DEEPEST = 32  # tables within tables; a protocol has 5
MOST_DOTS = 200  # in a line: reading a key takes time that grows with the square of its parts
TOML_SAYS = {  # what tomllib says most often; anything else it says stays English
    "Invalid value": Message("invalid value"),
    "Invalid statement": Message("invalid statement"),
    "Unclosed array": Message("unclosed array"),
    "Unterminated string": Message("unterminated string"),
    "Cannot overwrite a value": Message("cannot overwrite a value"),
    "Expected '=' after a key in a key/value pair": Message(
        "expected '=' after a key in a key/value pair"
    ),
    "Expected newline or end of document after a statement": Message(
        "expected newline or end of document after a statement"
    ),
}


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
        If there is no such protocol or the file cannot be read.
    RefusedProtocol
        If what it says is refused; it holds every problem.
    """
    path = find_protocol(name_or_path)
    return parse_protocol(read_text(path), where=_named(path))


def find_protocol(name_or_path: str) -> Path:
    """Return the file of a protocol; see `load_protocol`.

    Raises
    ------
    UserError
        If a name is given that the library does not have.
    """
    path = Path(name_or_path)
    known = library()
    if path.suffix.lower() == ".toml" or name_or_path in known:
        return known.get(name_or_path, path)
    near = difflib.get_close_matches(name_or_path, known, n=1)
    if near:
        raise UserError(
            "There is no protocol {name!r}. Did you mean {near!r}? Known: {known}; or give the "
            "path of a .toml file.",
            name=name_or_path,
            near=near[0],
            known=", ".join(known),
        )
    raise UserError(
        "There is no protocol {name!r}. Known: {known}; or give the path of a .toml file.",
        name=name_or_path,
        known=", ".join(known),
    )


def read_text(path: Path) -> str:
    """Read a protocol file that may be anything.

    Parameters
    ----------
    path : Path
        A regular file of at most 256 kB, UTF-8, with or without a byte order mark.

    Returns
    -------
    str

    Raises
    ------
    UserError
        If it is anything else.
    """
    try:
        status = path.stat()  # before it is opened: a pipe would wait, a device never end
        if not stat.S_ISREG(status.st_mode):
            if stat.S_ISDIR(status.st_mode):
                raise UserError(
                    "The protocol file {path} cannot be read: it is a folder.", path=_named(path)
                )
            raise UserError(
                "The protocol file {path} cannot be read: it is not an ordinary file.",
                path=_named(path),
            )
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise UserError(
            "The protocol file {path} cannot be read: {reason}.",
            path=_named(path),
            reason=_reason(error),
        ) from error
    if len(content) > LARGEST:
        raise UserError(
            "The protocol file {path} is too large: a protocol has at most {most} kB.",
            path=_named(path),
            most=LARGEST // 1024,
        )
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UserError(
            "The protocol file {path} is UTF-16 text; save it as UTF-8.", path=_named(path)
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            "The protocol file {path} cannot be read: line {line} is not UTF-8 text.",
            path=_named(path),
            line=line,
        ) from error


def renamed(spec: ProtocolSpec, name: str) -> ProtocolSpec:
    """Return a protocol under another name.

    Raises
    ------
    UserError
        If it cannot be called so.
    """
    try:
        return ProtocolSpec.model_validate({**spec.model_dump(), "name": name})
    except ValidationError as error:
        wanted = place_at(("name",), {}).allowed
        raise UserError(
            "A protocol cannot be called {name}: {wanted}.", name=shown(name), wanted=wanted
        ) from error


def write_new(path: Path, text: str) -> None:
    """Write a protocol file that does not exist yet; nothing is left behind if that fails.

    Raises
    ------
    UserError
        If there is a file already, or it cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            try:
                file.write(text)
                file.flush()
            except BaseException:
                path.unlink()
                raise
    except FileExistsError as error:
        raise UserError(
            "{path} exists already; give another name or file.", path=_named(path)
        ) from error
    except (OSError, ValueError) as error:
        raise UserError(
            "{path} cannot be written: {reason}.", path=_named(path), reason=_reason(error)
        ) from error


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return Message("its path holds a NUL")


def _named(path: Path) -> str:
    """Write a path so that it stays one line, whatever it holds."""
    return str(path) if str(path).isprintable() else repr(str(path))


def parse_protocol(text: str, *, where: str = "the protocol") -> ProtocolSpec:
    """Read a protocol from TOML text.

    Parameters
    ----------
    text : str
        The whole file.
    where : str
        What to call it in sentences.

    Returns
    -------
    ProtocolSpec

    Raises
    ------
    RefusedProtocol
        If it is not TOML, or what it says is refused; it holds every problem.
    """
    fields = _parsed(text, where)
    try:
        # Strict: a number in quotes is a mistake. Arrays become tuples, as the model has them.
        return ProtocolSpec.model_validate(_with_tuples(fields), strict=True)
    except ValidationError as error:
        problems = problems_of(error, fields, key_lines(text, fields))
        raise RefusedProtocol(where, problems) from error


def _parsed(text: str, where: str) -> dict[str, Any]:
    """Read TOML that may be made to take long; nothing here does."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MOST_DOTS:
            text = Message("there are more than {most} dots", most=MOST_DOTS)
            problem = Problem(text, line=number)
            raise RefusedProtocol(where, [problem])
    try:
        fields = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RefusedProtocol(where, [_not_toml(str(error), text)]) from error
    except RecursionError as error:
        raise RefusedProtocol(where, [_too_deep()]) from error
    except ValueError as error:  # Python refuses to read it, and does not say where it stands
        digits = re.search(r"\d[\d_]{4000}", text)
        at = None if digits is None else text.count("\n", 0, digits.start()) + 1
        problem = Problem(Message("a number has thousands of digits"), line=at)
        raise RefusedProtocol(where, [problem]) from error
    if _depth_exceeds(fields, DEEPEST):
        raise RefusedProtocol(where, [_too_deep()])
    return fields


def _not_toml(message: str, text: str) -> Problem:
    """Make a problem of what tomllib says, such as ``Invalid value (at line 3, column 5)``."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message)
    if found is None:
        return Problem(Message("it is not valid TOML: {reason}", reason=message))
    says, line, column = found.groups()
    reason = TOML_SAYS.get(says, f"{says[:1].lower()}{says[1:]}")
    if line is None:
        at_end = Message("it is not valid TOML: {reason}, at the end of the file", reason=reason)
        return Problem(at_end, line=text.rstrip().count("\n") + 1)
    return Problem(
        Message("it is not valid TOML: {reason}, at column {column}", reason=reason, column=column),
        line=int(line),
    )


def _too_deep() -> Problem:
    return Problem(
        Message("it holds tables or arrays more than {most} deep in each other", most=DEEPEST)
    )


def _depth_exceeds(fields: Mapping[str, Any], most: int) -> bool:
    level: list[Any] = [fields]
    for _ in range(most):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, Mapping):
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        level = inner
    return any(isinstance(value, Mapping | list) for value in level)


def _with_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_tuples(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return tuple(_with_tuples(inner) for inner in value)
    return value
