"""What can be set, and what each setting may be.

Responsible for the settings of one profile, for the profiles of a workstation, and for refusing a
value with one sentence. Not responsible for the file (`settings.store`), for the environment, which
wins (`settings.effective`), nor for what a setting does.

All values are frozen: a change makes a new one, which is what undo goes back by.
"""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from neurofeedback.errors import UserError
from neurofeedback.words.language import languages
from neurofeedback.words.lists import either
from neurofeedback.words.message import Message

VERSION: Final = 1
FIRST_PROFILE = "Standard"
MOST_PROFILES = 50

_LONGEST = 1000
_SCHEMES = ("sqlite", "postgresql", "postgresql+psycopg", "postgres")


def _one_line(value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise ValueError("it is no text")
    text = value.strip()
    if len(text) > longest or any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise ValueError("it is too long or has characters that cannot be shown")
    return text


def _name(value: Any) -> str:
    return _one_line(value, 80)


def _profile_name(value: Any) -> str:
    text = _one_line(value, 40)
    if not text:
        raise ValueError("it is empty")
    return text


def _folder(value: Any) -> str:
    text = _one_line(value, _LONGEST)
    if text and not Path(os.path.expanduser(text)).is_absolute():
        raise ValueError("it is relative")
    return text


def _index(value: Any) -> str:
    text = _one_line(value, _LONGEST)
    scheme, separator, rest = text.partition("://")
    if not separator:
        return text if text in ("", "off") else _folder(text)
    if scheme not in _SCHEMES or not rest:
        raise ValueError("it is no address of a database")
    if ":" in rest.rpartition("@")[0]:
        raise ValueError("it holds a password")
    return text


def _language(value: object) -> object:
    if value != "system" and value not in languages():
        raise ValueError("there is no catalogue for it")
    return value


Name = Annotated[str, BeforeValidator(_name)]
ProfileName = Annotated[str, BeforeValidator(_profile_name)]
Language = Annotated[str, BeforeValidator(_language)]
Folder = Annotated[str, BeforeValidator(_folder)]
IndexAddress = Annotated[str, BeforeValidator(_index)]


class Settings(BaseModel):
    """The settings of one profile.

    Parameters
    ----------
    recordings, second_place : str
        Folders, absolute or from ``~``; empty for the user's own.
    index : str
        ``off``, a file or a PostgreSQL address without password; empty for the user's own.
    operator, clinic : str
        Names; the operator's goes into the audit trail.
    theme : {'system', 'dark', 'light', 'dark-contrast', 'light-contrast'}
    language : str
        ``system``, or the code of a language that there is a catalogue for.
    text_size : int
        Per cent.
    lock_minutes : int
        Minutes without a key or the mouse until the screen is locked; 0 for never.
    protocol : str
        Name or file of the protocol that is chosen at first; empty for that of the last session.
    scale_days : int
        Days after which a questionnaire is due again.
    monitor : str
        Name of the participant's monitor; empty for the second one.
    music, picture, film : str
        Files of the clinic's own for the participant's display, absolute or from ``~``; empty for
        none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    recordings: Folder = ""
    second_place: Folder = ""
    index: IndexAddress = ""
    operator: Name = ""
    clinic: Name = ""
    theme: Literal["system", "dark", "light", "dark-contrast", "light-contrast"] = "system"
    language: Language = "system"
    text_size: int = Field(default=100, ge=80, le=200)
    lock_minutes: int = Field(default=15, ge=0, le=240)
    protocol: Annotated[str, BeforeValidator(lambda v: _one_line(v, _LONGEST))] = ""
    scale_days: int = Field(default=14, ge=1, le=365)
    monitor: Name = ""
    music: Folder = ""
    picture: Folder = ""
    film: Folder = ""


KEYS = tuple(Settings.model_fields)

_ALLOWED = {
    "recordings": Message(
        "an absolute folder or one that starts with ~, or nothing for "
        "the default folder of the user"
    ),
    "second_place": Message(
        "an absolute folder or one that starts with ~, or nothing "
        "for the default folder of the user"
    ),
    "index": Message(
        "off, an absolute file or one that starts with ~, "
        "postgresql://USER@HOST/DATABASE without a password (which belongs in "
        "~/.pgpass), or nothing for the default file of the user"
    ),
    "operator": Message("a name of at most 80 characters on one line"),
    "clinic": Message("a name of at most 80 characters on one line"),
    "theme": Message("system, dark, light, dark-contrast or light-contrast"),
    "language": either(["system", *languages()]),
    "text_size": Message("a whole number of percent from 80 to 200"),
    "lock_minutes": Message("a whole number of minutes from 0 (never) to 240"),
    "protocol": Message("the name of a protocol or the path of a .toml file, on one line"),
    "scale_days": Message("a whole number of days from 1 to 365"),
    "monitor": Message("the name of a monitor on one line, or nothing for the second monitor"),
    "music": Message("an absolute WAV file or one that starts with ~, or nothing"),
    "picture": Message("an absolute PNG or JPEG file or one that starts with ~, or nothing"),
    "film": Message("an absolute video file or one that starts with ~, or nothing"),
}


class Workstation(BaseModel):
    """The profiles of a workstation, one of them in use.

    Parameters
    ----------
    version : int
        Of the form of the file.
    active : str
        Name of the profile in use.
    profiles : mapping of str to Settings
        At least one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: Literal[1] = VERSION
    active: ProfileName = FIRST_PROFILE
    profiles: Mapping[ProfileName, Settings] = Field(
        default_factory=lambda: {FIRST_PROFILE: Settings()}, max_length=MOST_PROFILES
    )

    @model_validator(mode="after")
    def _active_exists(self) -> Workstation:
        if self.active not in self.profiles:
            raise ValueError("the active profile is none of the profiles")
        return self

    @property
    def settings(self) -> Settings:
        """The settings in use."""
        return self.profiles[self.active]

    def with_value(self, key: str, value: Any) -> Workstation:
        """Return the workstation after one setting of the profile in use was changed.

        Raises
        ------
        UserError
            If there is no such setting, or the value is refused.
        """
        return self._with({**self.profiles, self.active: with_value(self.settings, key, value)})

    def using(self, name: str) -> Workstation:
        """Return the workstation with another profile in use.

        Raises
        ------
        UserError
            If there is none of that name.
        """
        if name not in self.profiles:
            raise UserError(
                "There is no profile {name!r}; there are: {known}.",
                name=name[:40],
                known=", ".join(self.profiles),
            )
        return self._with(self.profiles, name)

    def adding(self, name: str) -> Workstation:
        """Return the workstation with a copy of the profile in use under a new name, in use.

        Raises
        ------
        UserError
            If the name is refused or taken.
        """
        wanted = _free_name(name, self.profiles)
        if len(self.profiles) >= MOST_PROFILES:
            raise UserError(
                "There are already {most} profiles, which is the maximum.", most=MOST_PROFILES
            )
        return self._with({**self.profiles, wanted: self.settings}, wanted)

    def renaming(self, name: str) -> Workstation:
        """Return the workstation with the profile in use under another name.

        Raises
        ------
        UserError
            If the name is refused or another's.
        """
        if name.strip() == self.active:
            return self
        wanted = _free_name(name, [n for n in self.profiles if n != self.active])
        profiles = {wanted if n == self.active else n: s for n, s in self.profiles.items()}
        return self._with(profiles, wanted)

    def removing(self) -> Workstation:
        """Return the workstation without the profile in use; the first that is left is in use then.

        Raises
        ------
        UserError
            If it is the only one.
        """
        left = {n: s for n, s in self.profiles.items() if n != self.active}
        if not left:
            raise UserError("This is the only profile, and a workstation needs one.")
        return self._with(left, next(iter(left)))

    def _with(self, profiles: Mapping[str, Settings], active: str | None = None) -> Workstation:
        return Workstation(active=active or self.active, profiles=profiles)


def with_value(settings: Settings, key: str, value: Any) -> Settings:
    """Return settings with one of them changed.

    Parameters
    ----------
    settings : Settings
    key : str
        One of `KEYS`.
    value : Any
        As the setting has it, or as text: that of a number is read as one.

    Raises
    ------
    UserError
        If there is no such setting, or the value is refused; one sentence.
    """
    if key not in KEYS:
        raise UserError(unknown_key(key))
    if isinstance(value, str) and Settings.model_fields[key].annotation is int:
        text = value.strip()
        value = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text
    try:
        return Settings.model_validate({**settings.model_dump(), key: value})
    except ValidationError as error:
        raise UserError(refused(key, value)) from error


def _free_name(name: str, taken: Iterable[str]) -> str:
    try:
        wanted = _profile_name(name)
    except ValueError as error:
        raise UserError("A profile needs a name of 1 to 40 characters on one line.") from error
    if wanted.casefold() in {other.casefold() for other in taken}:
        raise UserError("A profile {wanted!r} exists already; choose another name.", wanted=wanted)
    return wanted


def unknown_key(key: str) -> Message:
    """Return the sentence that refuses a setting that does not exist."""
    return Message("There is no setting {key}; {hint}", key=_shown(key), hint=_hint(key))


def refused(key: str, value: Any) -> Message:
    """Return the sentence that refuses a value; a password is not repeated."""
    hidden = key == "index" and "://" in str(value)
    return Message(
        "The setting {key!r} cannot be {value}: give {allowed}.",
        key=key, value=Message("this address") if hidden else _shown(value), allowed=_ALLOWED[key],
    )  # fmt: skip


def _hint(key: str) -> Message:
    near = difflib.get_close_matches(key, KEYS, n=1)
    if near:
        return Message("did you mean {name!r}?", name=near[0])
    return Message("there are: {known}.", known=", ".join(KEYS))


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool) else type(value).__name__
    return text if len(text) <= 60 else f"{text[:57]}..."
