"""Changing the settings, with a way back.

Responsible for what a page of settings does: each change is checked, written at once and can be
undone. Not responsible for how it looks. Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from neurofeedback.settings.effective import Overruling, overruling
from neurofeedback.settings.history import History
from neurofeedback.settings.model import Settings, Workstation
from neurofeedback.settings.store import load, save, settings_path


class SettingsEditor:
    """The settings of a workstation while somebody changes them.

    Parameters
    ----------
    path : Path or None
        The file; that of this user by default.
    environ : mapping or None
        The environment; that of the process by default.

    Attributes
    ----------
    path : Path
        The file.
    problem : Message or None
        Why the file was refused, one sentence; None if there is none or it is in order.
    kept : Path or None
        Where a refused file was kept when the first change was written.
    """

    def __init__(self, path: Path | None = None, environ: Mapping[str, str] | None = None) -> None:
        self.path = path or settings_path()
        loaded = load(self.path)
        self.problem = loaded.problem
        self.kept: Path | None = None
        self._environ = environ
        self._history: History[Workstation] = History(loaded.workstation)

    @property
    def workstation(self) -> Workstation:
        """All profiles."""
        return self._history.value

    @property
    def settings(self) -> Settings:
        """The settings in use."""
        return self.workstation.settings

    @property
    def overruled(self) -> dict[str, Overruling]:
        """The settings that the environment overrules, by key."""
        return overruling(self._environ)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone change to make again."""
        return self._history.can_redo

    def set(self, key: str, value: object) -> bool:
        """Change a setting of the profile in use; return whether it is another now.

        Raises
        ------
        UserError
            If it is refused, or cannot be written: then it holds until the program ends.
        """
        return self._take(self.workstation.with_value(key, value))

    def use(self, profile: str) -> bool:
        """Use another profile; see `set`."""
        return self._take(self.workstation.using(profile))

    def add(self, profile: str) -> bool:
        """Use a copy of the profile under a new name; see `set`."""
        return self._take(self.workstation.adding(profile))

    def rename(self, profile: str) -> bool:
        """Give the profile in use another name; see `set`."""
        return self._take(self.workstation.renaming(profile))

    def remove(self) -> bool:
        """Remove the profile in use; see `set`."""
        return self._take(self.workstation.removing())

    def undo(self) -> bool:
        """Take the last change back; return whether there was one.

        Raises
        ------
        UserError
            If it cannot be written.
        """
        changed = self.can_undo
        self._history.undo()
        if changed:
            self._save()
        return changed

    def redo(self) -> bool:
        """Make an undone change again; see `undo`."""
        changed = self.can_redo
        self._history.redo()
        if changed:
            self._save()
        return changed

    def _take(self, workstation: Workstation) -> bool:
        changed = self._history.change(workstation)
        if changed:
            self._save()
        return changed

    def _save(self) -> None:
        self.kept = save(self.workstation, self.path) or self.kept
        self.problem = None
