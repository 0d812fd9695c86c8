"""What was entered and is not saved yet, where a crash leaves it.

Responsible for keeping drafts of debriefs, questionnaires and notes on this computer, and for
telling which debriefs are missing: a draft is there from the moment a debrief is asked for, or a
note is typed during the session, until it is saved or left out on purpose. Not responsible for
asking, nor for the debrief itself (`app.debrief`).

Drafts lie beside the index, or in the user's state folder where the index is no file: never among
the recordings, which are copied and shared.
"""

from __future__ import annotations

import json
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
from neurofeedback.scales.instrument import Instrument, Response
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


class TextDraft:
    """A text that is being typed, until it is taken over.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

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


def text_draft(root: Path, place: Place | None, name: str) -> TextDraft:
    """Return where a text is kept while it is being typed.

    Parameters
    ----------
    root : Path
        Folder of the recordings.
    place : Place or None
        As for `DraftFile`.
    name : str
        What it is, in letters that a file's name may have.
    """
    return TextDraft(_folder(root, place) / f"{name}.txt")


class SessionNote:
    """A note that is being typed while a session runs: until it is added, its debrief has it.

    Parameters
    ----------
    draft : DraftFile
        Of the session's debrief.
    """

    def __init__(self, draft: DraftFile) -> None:
        self._draft = draft

    def keep(self, text: str) -> None:
        """Keep it as the note of the debrief; see `TextDraft.keep`."""
        if not text.strip():
            self._draft.remove()
            return
        with suppress(UserError):
            self._draft.keep(Draft(note=text))

    def read(self) -> str:
        """Return what was kept; empty for nothing."""
        found = self._draft.read()
        return "" if found is None else found.note


class AnswerDrafts:
    """The answers to questionnaires that are being filled in, until they are kept.

    Parameters
    ----------
    root : Path
        Folder of the recordings.
    place : Place or None
        As for `DraftFile`.
    occasion : str
        Who is asked and when, in letters that a file's name may have.
    """

    def __init__(self, root: Path, place: Place | None, occasion: str) -> None:
        self._root, self._place, self._occasion = root, place, occasion

    def keep(self, response: Response) -> None:
        """Keep the answers so far."""
        answers = list(response.answers)
        empty = all(answer is None for answer in answers)
        self._of(response.instrument).keep("" if empty else json.dumps(answers))

    def read(self, instrument: Instrument) -> Response | None:
        """Return the answers that were given; None without any that can be understood."""
        with suppress(ValueError, TypeError, UserError):
            return Response(instrument, tuple(json.loads(self._of(instrument).read())))
        return None

    def forget(self, instrument: Instrument) -> None:
        """Forget the answers: they are kept elsewhere, or there are none."""
        self._of(instrument).keep("")

    def _of(self, instrument: Instrument) -> TextDraft:
        return text_draft(self._root, self._place, f"{self._occasion}_{instrument.key}")


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
