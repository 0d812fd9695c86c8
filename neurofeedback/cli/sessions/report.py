"""``neurofeedback report``: the summary of a session, as text, JSON, PDF or HTML.

Responsible for the command and for how the summary looks as text. Not responsible for figures
(`report.summary`), words (`app.summary_text`) nor the page (`gui.summary.pdf`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from neurofeedback.app import summary_text as words
from neurofeedback.app.summary_headline import headline, title_line
from neurofeedback.app.summary_messages import with_messages
from neurofeedback.cli.console import answer, answer_json, progress_bar, say, stdout
from neurofeedback.cli.options import AsJson, SessionPath
from neurofeedback.errors import UserError
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.recording.read.reader import SessionReader
from neurofeedback.report.summary import session_summary
from neurofeedback.session.verification.verify import verify_session
from neurofeedback.trial.checklist import session_checklist
from neurofeedback.trial.checklist_page import checklist_parts
from neurofeedback.trial.page import to_markdown
from neurofeedback.trial.session_figures import setup_of
from neurofeedback.words.message import Message

if TYPE_CHECKING:
    from neurofeedback.report.summary import SessionSummary


READING = 0.9  # share of the time


def report(
    session: SessionPath,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", metavar="FILE", help="Write a one-page PDF.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page for a browser, all in one file."),
    ] = None,
    take_home: Annotated[
        Path | None,
        typer.Option(
            "--take-home", metavar="FILE", help="Write a page for the participant, as a PDF."
        ),
    ] = None,
    checklist: Annotated[
        bool,
        typer.Option(
            "--checklist",
            help="Answer the items of the CRED-nf checklist that one session answers instead.",
        ),
    ] = False,
    as_json: AsJson = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Re-run the session first and report the result.")
    ] = False,
) -> None:
    """Summarise a session on one page: blocks, reward, holds, baseline, change."""
    if checklist:
        _answer_checklist(session, as_json=as_json)
        return
    summary = session_summary(session, _verified(session, quiet=as_json) if verify else "")
    if as_json:
        answer_json(summary.to_dict())
    elif pdf is None and take_home is None and html is None:
        show(summary)
    for path, kind in ((pdf, "pdf"), (html, "html"), (take_home, "take_home")):
        if path is not None:
            _print(summary, path, kind)
            say(f"Written: {path}")


def _answer_checklist(session: Path, *, as_json: bool) -> None:
    """Answer what of the checklist protocol and stream of a session tell; see `study checklist`."""
    reader = SessionReader(session)
    found = session_checklist(reader.start.protocol, setup_of(reader.start))
    if as_json:
        answer_json([one.to_dict() for one in found])
    else:
        answer(to_markdown(checklist_parts(reader.layout.stem, found)).rstrip("\n"))


def _verified(session: Path, *, quiet: bool) -> str:

    with progress_bar("Verifying", quiet=quiet) as progress:
        found = verify_session(session, lambda done, total: progress(done / max(total, 1)))
    if found.ok and not found.exact:
        return Message(
            "Verified: {n} frames found again by a re-run, equal within rounding.",
            n=found.n_frames,
        )
    if found.ok:
        return Message(
            "Verified: {n} frames found again by a re-run, bit for bit.", n=found.n_frames
        )
    return Message("Not verified: {problem}", problem=found.problems[0])


def _print(summary: SessionSummary, path: Path, kind: str) -> None:
    """Write a page of a kind; that needs no display."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from neurofeedback.gui.application import application
    from neurofeedback.gui.summary.html import write_html
    from neurofeedback.gui.summary.pdf import write_pdf
    from neurofeedback.gui.summary.take_home import write_take_home

    application()
    writers = {"pdf": write_pdf, "html": write_html, "take_home": write_take_home}
    writers[kind](with_messages(summary), path)


def keep_page(folder: Path) -> None:
    """Write the page for a browser beside a session's log, as the windows do at its end.

    Where it cannot be written it is said why; the session is what it is.
    """
    try:
        path = SessionLayout.find(folder).report
        with progress_bar("Writing the page for a browser") as progress:
            # Reading takes nearly all of the time; the page is written from what was read.
            summary = session_summary(folder, progress=lambda done: progress(READING * done))
            _print(summary, path, "html")
    except UserError as error:
        say(f"There is no page for a browser: {error}", style="dim")


def show(summary: SessionSummary) -> None:
    """Print the summary for a person."""
    answer(title_line(summary))
    answer(headline(summary))
    for line in [*words.trouble_lines(summary), *words.measure_lines(summary)]:
        answer(line)
    rows = words.block_rows(summary)
    if rows:
        answer("")
        stdout().print(_table(rows, words.block_columns(summary)))
    for line in words.block_notes(summary):
        answer(line)
    for name, number, clarity in words.change_rows(summary):
        answer(f"{name}: {number}; {clarity}.")
    for title, lines in (
        (
            "reward",
            [
                *(": ".join(row) for row in words.reward_rows(summary)),
                *words.true_reward_lines(summary.true_rewards),
            ],
        ),
        ("baseline", words.baseline_lines(summary)),
        ("held", [words.hold_line(summary), *map("  ".join, words.hold_rows(summary))]),
        ("electrodes", words.electrode_lines(summary)),
        ("sampling", [": ".join(row) for row in words.sampling_rows(summary)]),
        ("notes and markers", words.remark_lines(summary)),
        ("what the numbers can and cannot tell you", words.fine_print(summary)),
    ):
        if lines:
            answer("\n" + title)
        for line in lines:
            answer(line)


def _table(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> Table:

    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, name in enumerate(columns):
        table.add_column(name, justify="right" if i else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    return table
