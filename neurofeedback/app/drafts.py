"""What was entered after a session and is not saved yet, where a crash leaves it.

Responsible for keeping drafts of debriefs on this computer, and for telling which debriefs are
missing: a draft is there from the moment a debrief is asked for until it is saved or left out on
purpose. Not responsible for asking, nor for the debrief itself (`app.debrief`).

Drafts lie beside the index, or in the user's state folder where the index is no file: never among
the recordings, which are copied and shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from neurofeedback.errors import UserError
from neurofeedback.recording.files import make_folders, replace_text, why
from neurofeedback.recording.layout import PIPELINE, SessionLayout
from neurofeedback.recording.read.glance import was_ended
from neurofeedback.recording.repair.tidy import is_locked
from neurofeedback.store.place import Place, dataset_id
from neurofeedback.study.guesses import Belief, By

FOLDER = "drafts"


class Draft(BaseModel):
    """All that is entered so far.

    Parameters
    ----------
    note : str
    none : bool
        Whether the answer is that there were no adverse effects.
    severities : dict
        Kind of effect to 0 (not at all) ... 3.
    effect_words : str
    strategy : str
        What the participant did to move the display.
    answers : dict
        Key of a scale to its answers, None for each that is missing.
    beliefs, confidence, reasons : dict
        What participant and operator believe the arm was, how sure they are (0..100), and why.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    note: str = ""
    none: bool = False
    severities: dict[str, int] = {}
    effect_words: str = ""
    strategy: str = ""
    answers: dict[str, tuple[int | None, ...]] = {}
    beliefs: dict[By, Belief] = {}
    confidence: dict[By, int] = {}
    reasons: dict[By, str] = {}


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    participant: str
    session: int
    task: str
    run: int
    draft: Draft


class DraftFile:
    """The draft of one session's debrief.

    Parameters
    ----------
    layout : SessionLayout
    place : Place or None
        Of the index; None where it is switched off.

    Attributes
    ----------
    path : Path
    """

    def __init__(self, layout: SessionLayout, place: Place | None) -> None:
        self._layout = layout
        self.path = _folder(layout.root, place) / f"{layout.stem}.json"

    def keep(self, draft: Draft) -> None:
        """Write it in the place of what was kept before.

        Raises
        ------
        UserError
            If it cannot be written; what was kept before is left as it was.
        """
        layout = self._layout
        content = _Content(
            participant=layout.participant,
            session=layout.session,
            task=layout.task,
            run=layout.run,
            draft=draft,
        )
        try:
            make_folders(self.path.parent)
            replace_text(self.path, content.model_dump_json(indent=2) + "\n")
        except OSError as error:
            raise UserError(
                "Your entries cannot be kept as a draft ({path}: {reason}); save them "
                "before you leave the page.",
                path=self.path,
                reason=why(error),
            ) from error

    def read(self) -> Draft | None:
        """Return what was kept; None where there is nothing that can be understood."""
        content = _read(self.path)
        return None if content is None else content.draft

    def remove(self) -> None:
        """Forget it: the debrief is saved, or left out on purpose."""
        with suppress(OSError):
            self.path.unlink()


class NoteDraft:
    """The note about a participant that is being typed, until it is added.

    Parameters
    ----------
    place : Place
        Of the index.
    code : str
        The participant.
    """

    def __init__(self, place: Place, code: str) -> None:
        self._path = _folder(place.dataset, place) / f"note_{code}.txt"

    def keep(self, text: str) -> None:
        """Write it in the place of what was kept before; nothing where it is empty.

        What cannot be written stays in the field alone.
        """
        with suppress(OSError):
            if text.strip():
                make_folders(self._path.parent)
                replace_text(self._path, text)
            else:
                self._path.unlink(missing_ok=True)

    def read(self) -> str:
        """Return what was kept; empty for nothing."""
        with suppress(OSError, ValueError):
            return self._path.read_text(encoding="utf-8")
        return ""


def missing_debriefs(root: Path, place: Place | None) -> list[SessionLayout]:
    """Return the sessions that were to be talked about and have ended, in order of their names.

    Parameters
    ----------
    root : Path
        Folder of the recordings; one without any has none.
    place : Place or None
        As for `DraftFile`.
    """
    if not (root / "derivatives" / PIPELINE).is_dir():
        return []
    return [layout for layout in _drafted(root, place) if _has_ended(layout)]


def _drafted(root: Path, place: Place | None) -> Iterator[SessionLayout]:
    for path in sorted(_folder(root, place).glob("*.json")):
        found = _read(path)
        if found is not None:
            with suppress(UserError):
                yield SessionLayout(root, found.participant, found.session, found.task, found.run)


def _has_ended(layout: SessionLayout) -> bool:
    try:
        return was_ended(layout) and not is_locked(layout)
    except UserError:  # moved aside, or on a disk that is not there
        return False


def _folder(root: Path, place: Place | None) -> Path:
    from platformdirs import user_state_path

    above = (
        user_state_path("neurofeedback", appauthor=False)
        if place is None or place.file is None
        else place.file.parent
    )
    return above / FOLDER / (dataset_id(root) if place is None else place.dataset_id)


def _read(path: Path) -> _Content | None:
    try:
        return _Content.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
