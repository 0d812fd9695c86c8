"""The file of settings.

Responsible for reading a file that may hold anything, for writing it so that it is always whole,
and for keeping a file aside that was refused. Not responsible for what may be set
(`settings.model`).

It is TOML that a person may edit; what a person wrote into it beside the settings (comments, order)
stays. A file that is refused gives the defaults and one sentence; it is left where it is, to be
mended, and is kept aside under another name before anything else is written in its place.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from neurofeedback.errors import UserError
from neurofeedback.recording.files import make_folders, replace_text, why
from neurofeedback.settings.model import (
    KEYS,
    VERSION,
    Settings,
    Workstation,
    refused,
    unknown_key,
)
from neurofeedback.words.message import Message

LARGEST = 64 * 1024  # bytes
MOST_DOTS = 60  # in a line: reading a key takes time that grows with the square of its parts
HEADER = "Settings of neurofeedback. What is not named here is as the program comes."


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found.

    Parameters
    ----------
    workstation : Workstation
        From the file, or the defaults.
    problem : Message or None
        Why the file was refused, one sentence; None if there is none or it is in order.
    """

    workstation: Workstation
    problem: Message | None = None


def settings_path() -> Path:
    """Return where the settings of this user lie."""
    from platformdirs import user_config_path

    return user_config_path("neurofeedback", appauthor=False) / "settings.toml"


def load(path: Path | None = None) -> Loaded:
    """Read the settings; never raises.

    Parameters
    ----------
    path : Path or None
        The file; that of this user by default. It need not exist.
    """
    file = path or settings_path()
    try:
        text = _read(file)
        return Loaded(Workstation() if text is None else parse(text))
    except UserError as error:
        problem = Message(
            "The defaults are used instead of the settings in {file}: {problem}",
            file=file, problem=error,
        )  # fmt: skip
        return Loaded(Workstation(), problem)


def parse(text: str) -> Workstation:
    """Read settings from TOML.

    Raises
    ------
    UserError
        If it is something else, or says something that is refused; one sentence.
    """
    fields = _fields(text)
    version = fields.get("version")
    if isinstance(version, int) and version > VERSION:
        raise UserError("they were written by a later version of this program; update it.")
    try:
        return Workstation.model_validate(fields)
    except ValidationError as error:
        raise UserError(_sentence(error)) from error


def save(workstation: Workstation, path: Path | None = None) -> Path | None:
    """Write the settings; a reader finds the old or the new file, whole.

    Parameters
    ----------
    workstation : Workstation
    path : Path or None
        The file; that of this user by default.

    Returns
    -------
    Path or None
        Where a file that was refused is kept, if there was one.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    file = path or settings_path()
    try:
        make_folders(file.parent)
        text, kept = _written(workstation, file)
        replace_text(file, text)
    except OSError as error:
        raise UserError(
            "The settings cannot be written to {file}: {reason}.", file=file, reason=why(error)
        ) from error
    return kept


def change(
    doing: Callable[[Workstation], Workstation], path: Path | None = None
) -> tuple[Workstation, Path | None]:
    """Read the settings, change them and write them.

    Returns
    -------
    Workstation
        As it is now.
    Path or None
        See `save`.

    Raises
    ------
    UserError
        If the change is refused or cannot be written.
    """
    workstation = doing(load(path).workstation)
    return workstation, save(workstation, path)


def _read(file: Path) -> str | None:
    """Return the text of a file that may be anything; None if there is none."""
    try:
        status = file.stat()  # before it is opened: a pipe would wait, a device never end
        if not stat.S_ISREG(status.st_mode):
            raise UserError("it is not an ordinary file.")
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError("{reason}.", reason=why(error)) from error
    if len(content) > LARGEST:
        raise UserError("the file is larger than {largest} kB.", largest=LARGEST // 1024)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError("line {line} is not UTF-8 text.", line=line) from error


def _fields(text: str) -> dict[str, Any]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MOST_DOTS:
            raise UserError(
                "line {number} has more than {most} dots.", number=number, most=MOST_DOTS
            )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError("it is not valid TOML: {reason}.", reason=str(error)[:120]) from error
    except (RecursionError, ValueError) as error:  # a number with thousands of digits
        raise UserError("it contains something that cannot be read.") from error


def _sentence(error: ValidationError) -> Message:
    """Return what is wrong first, with where it stands."""
    problem = error.errors()[0]
    where = [str(part) for part in problem["loc"] if part != "[key]"]
    if len(where) == 3 and where[0] == "profiles":
        key = where[2]
        profile = where[1][:40]
        if key in KEYS:
            return Message(
                "profile {profile!r}: the setting {key!r} cannot be {value}: give {allowed}.",
                profile=profile, **refused(key, problem["input"]).fields,
            )  # fmt: skip
        return Message(
            "profile {profile!r}: there is no setting {key}; {hint}",
            profile=profile, **unknown_key(key).fields,
        )  # fmt: skip
    if problem["type"] == "extra_forbidden":
        return Message("there is no {key!r}; only version, active and profiles.", key=where[0][:40])
    if not where:
        return Message("the active profile is none of the profiles.")
    return Message("{key!r} is not valid.", key=".".join(where)[:60])


def _written(workstation: Workstation, file: Path) -> tuple[str, Path | None]:
    """Return what is to be in the file, and where a refused one was kept."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    fresh = tomlkit.document()
    fresh.add(tomlkit.comment(HEADER))
    try:
        old = _read(file)
        if old is None:
            return _filled(fresh, workstation), None
        parse(old)
        text = _filled(tomlkit.parse(old), workstation)
        if parse(text) == workstation:
            return text, None
        return _filled(fresh, workstation), None  # written in a way that cannot be kept up
    except (UserError, TOMLKitError):
        return _filled(fresh, workstation), _keep_aside(file)


def _filled(document: Any, workstation: Workstation) -> str:
    import tomlkit

    document["version"] = workstation.version
    document["active"] = workstation.active
    if "profiles" not in document:
        document["profiles"] = tomlkit.table(is_super_table=True)
    profiles: MutableMapping[str, Any] = document["profiles"]
    for name in [name for name in profiles if name not in workstation.profiles]:
        del profiles[name]
    for name, settings in workstation.profiles.items():
        if name not in profiles:
            profiles[name] = tomlkit.table()
        _fill(profiles[name], settings)
    text: str = tomlkit.dumps(document)
    return text


def _fill(table: MutableMapping[str, Any], settings: Settings) -> None:
    """Write what differs from the defaults, and what is named already."""
    values: Mapping[str, Any] = settings.model_dump()
    for key, field in Settings.model_fields.items():
        if key in table or values[key] != field.default:
            if table.get(key) != values[key]:
                table[key] = values[key]


def _keep_aside(file: Path) -> Path | None:
    """Move a refused file to a name of its own, beside."""
    for number in count(1):
        kept = file.with_name(f"{file.name}.refused-{number}")
        if not os.path.lexists(kept):
            with suppress(FileNotFoundError):
                os.rename(file, kept)
                return kept
            return None
    raise AssertionError("there are names without end")
