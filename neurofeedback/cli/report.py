"""``neurofeedback report``: the account of a session, as text, JSON or a page of PDF.

Responsible for the command and for how the account looks as text. Not responsible for figures
(`report.account`), words (`gui.account.words`) nor the page (`gui.account.pdf`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurofeedback.cli.options import AsJson

if TYPE_CHECKING:
    from rich.table import Table

    from neurofeedback.report.account import SessionAccount


def report(
    session: Annotated[
        Path, typer.Argument(metavar="SESSION", help="Folder of the session, or any file of it.")
    ],
    pdf: Annotated[
        Path | None, typer.Option("--pdf", metavar="FILE", help="Write one page of PDF there.")
    ] = None,
    as_json: AsJson = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Re-run the session first, and say what came of it.")
    ] = False,
) -> None:
    """Give account of a session on one page: blocks, reward, holds, baseline, change."""
    from neurofeedback.cli.console import answer_json, say
    from neurofeedback.report.account import session_account

    account = session_account(session, _verified(session, quiet=as_json) if verify else "")
    if as_json:
        answer_json(account.to_dict())
    elif pdf is None:
        show(account)
    if pdf is not None:
        _print(account, pdf)
        say(f"Written: {pdf}")


def _verified(session: Path, *, quiet: bool) -> str:
    from neurofeedback.cli.console import progress_bar
    from neurofeedback.session.verify import verify_session

    with progress_bar("Verifying", quiet=quiet) as progress:
        found = verify_session(session, lambda done, total: progress(done / max(total, 1)))
    if found.ok:
        return f"Verified: {found.n_frames} frames found again by a re-run, bit for bit."
    return f"Not verified: {found.problems[0]}"


def _print(account: SessionAccount, path: Path) -> None:
    """Write the PDF; that needs no display."""
    import os

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from neurofeedback.gui.account.pdf import write_pdf
    from neurofeedback.gui.app import application

    application()
    write_pdf(account, path)


def show(account: SessionAccount) -> None:
    """Print the account for a person."""
    from neurofeedback.cli.console import answer, stdout
    from neurofeedback.gui.account import words
    from neurofeedback.gui.account.headline import headline, title_line

    answer(title_line(account))
    answer(headline(account))
    for line in [*words.trouble_lines(account), *words.measure_lines(account)]:
        answer(line)
    rows = words.block_rows(account)
    if rows:
        answer("")
        stdout().print(_table(rows, words.block_columns(account)))
    for line in words.block_notes(account):
        answer(line)
    for name, number, clarity in words.change_rows(account):
        answer(f"{name}: {number}; {clarity}.")
    for title, lines in (
        ("reward", [": ".join(row) for row in words.reward_rows(account)]),
        ("baseline", words.baseline_lines(account)),
        ("held", [words.hold_line(account), *map("  ".join, words.hold_rows(account))]),
        ("electrodes", words.electrode_lines(account)),
        ("notes and markers", words.remark_lines(account)),
        ("what the numbers say, and what not", words.fine_print(account)),
    ):
        if lines:
            answer("\n" + title)
        for line in lines:
            answer(line)


def _table(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for i, name in enumerate(columns):
        table.add_column(name, justify="right" if i else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    return table
