"""``neurofeedback study status`` and ``check``: whether a study is in order.

Responsible for the commands alone; see `study.ledgers` and `session.verification.delivery` for
what they find.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from neurofeedback.app.sessions import index_address
from neurofeedback.cli.console import answer, answer_json, progress_bar, say
from neurofeedback.cli.options import AsJson, IndexAt
from neurofeedback.cli.records.passphrase import passphrase
from neurofeedback.cli.study.options import (
    Folder,
    KeyFile,
    PassphraseFile,
    defect_if,
    show_differences,
)
from neurofeedback.errors import UserError
from neurofeedback.session.verification.delivery import check_deliveries, feedback_shown
from neurofeedback.store.known_end import study_starts
from neurofeedback.study.claims import Claim, recorded_claims
from neurofeedback.study.folder import Study
from neurofeedback.study.keys import load_private_key
from neurofeedback.words.message import Message


def status(
    folder: Folder,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR",
            help="Dataset with sessions, to compare with the ledger of places; can be repeated.",
        ),
    ] = None,
    index: IndexAt = None,
    as_json: AsJson = False,
) -> None:
    """Report the progress of recruitment and whether the ledgers are whole; nothing of the arms."""
    study = Study(folder)
    on_disk = [claim for each in data or () for claim in recorded_claims(each, study.identity)]
    claims = on_disk + [c for each in data or () for c in _started(each, study.identity, index)]
    recorded = {claim.folder for claim in on_disk} if data else None
    shown = dict(one for each in data or () for one in _shown(each, claims))
    found = {**study.status(claims, recorded), "feedback_shown": shown}
    if as_json:
        answer_json(found)
        defect_if(found["problems"])
        return
    answer(f"{found['name']} ({found['protocol']}): {found['sessions']} sessions")
    for label, counts in found["strata"].items():
        answer(f"  {label}: {counts['taken']} of {counts['places']} places taken")
    if found["withdrawn"]:
        answer(f"  withdrawn: {', '.join(found['withdrawn'])}")
    answer(f"  donors: {found['donors']}")
    for entry in found["unblindings"]:
        whom = entry["participant"] or "all"
        how = entry.get("how", "key")
        answer(f"  unblinded ({whom}; {how}) by {entry['who']}, {entry['when']}: {entry['reason']}")
    for folder_of, sentences in shown.items():
        for sentence in sentences:
            say(f"{folder_of}: {sentence}", style="yellow")
    for problem in found["problems"]:
        say(problem, style="red")
    defect_if(found["problems"])


def _shown(data: Path, claims: Sequence[Claim]) -> Iterator[tuple[str, list[Message]]]:
    """Yield the sessions whose feedback the operator was shown, and what the log says of it."""
    for folder in dict.fromkeys(claim.folder for claim in claims):
        with suppress(UserError):  # it lies in another dataset, or is damaged: told by `check`
            sentences = [each.sentence for each in feedback_shown(data / folder)]
            if sentences:
                yield folder, sentences


def _started(data: Path, study: str, where: str | None) -> Iterator[Claim]:
    """Yield what the audit trail of a dataset says of a study."""
    for start in study_starts(data, study, where=index_address(where)):
        participant = start.folder.partition("/")[0].removeprefix("sub-")
        yield Claim.of(start.folder, participant, start.study)


def check(
    folder: Folder,
    key: KeyFile,
    data: Annotated[Path, typer.Option(metavar="DIR", help="Dataset with the sessions.")],
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Check that every session was given what was allocated to it, without revealing the arms."""
    study = Study(folder)
    private = load_private_key(key, passphrase(passphrase_file))
    allocated = study.allocated(private)
    with progress_bar("Comparing", quiet=as_json) as progress:
        checks = check_deliveries(
            allocated, private, data, lambda done, total: progress(done / max(total, 1))
        )
    differing = [found for found in checks if found.differences]
    if as_json:
        answer_json(
            {
                "ok": not differing,
                "sessions": {found.folder: list(found.differences) for found in checks},
                "feedback_shown": {c.folder: list(c.shown) for c in checks if c.shown},
            }
        )
    else:
        show_differences(differing)
        for found in checks:
            for shown in found.shown:
                say(f"{found.folder}: {shown}", style="yellow")
        answer(f"{len(checks) - len(differing)} of {len(checks)} sessions are as allocated.")
    defect_if(differing)
