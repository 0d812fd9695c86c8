"""The summary of a session as one page for a browser, which needs nothing else.

Responsible for the page: no script, nothing from a network, the plot as vectors, light or dark as
the reader's system is, and paper. Not responsible for figures (`report.summary`) nor for words
(`app.summary_text`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from neurofeedback import __version__
from neurofeedback.app import summary_text as words
from neurofeedback.app.summary_headline import headline, large_figures, title_line
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import QtCore, QtGui
from neurofeedback.gui.summary.plot import paint_summary
from neurofeedback.gui.theme import DARK, LIGHT, Theme
from neurofeedback.recording.files import replace_text, why
from neurofeedback.report.summary_parts import SessionSummary
from neurofeedback.words.language import language, tr

PLOT = (920, 300)  # px
LETTERS = 13
_SHEET = """
:root {{ color-scheme: light dark; {light} }}
@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
@media print {{ :root {{ {light} }} body {{ font-size: 10pt }} section {{ break-inside: avoid }} }}
body {{ margin: 0 auto; max-width: 960px; padding: 24px; background: var(--window);
  color: var(--text); font: 15px/1.45 Inter, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif }}
h1 {{ font-size: 22px; line-height: 1.3; margin: 0 0 4px }}
h2 {{ font-size: 14px; letter-spacing: .04em; text-transform: uppercase; color: var(--muted);
  margin: 0 0 8px }}
p {{ margin: 0 0 6px }}
.muted, footer {{ color: var(--muted) }}
.figures {{ display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0 }}
.figures div {{ flex: 1 1 220px }}
.figures b {{ display: block; font-size: 28px; line-height: 1.2 }}
section, .figures div {{ background: var(--panel); border: 1px solid var(--edge);
  border-radius: 8px; padding: 12px 16px; margin: 0 0 12px; overflow-x: auto }}
.figures div {{ margin: 0 }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ text-align: right; vertical-align: top; padding: 3px 0 3px 14px; font-weight: normal }}
th {{ color: var(--muted) }}
td:first-child, th:first-child {{ text-align: left; padding-left: 0 }}
svg {{ max-width: 100%; height: auto }}
.dark {{ display: none }}
@media screen and (prefers-color-scheme: dark) {{
  .dark {{ display: block }} .light {{ display: none }}
}}
footer {{ font-size: smaller }}
"""


def write_html(summary: SessionSummary, path: Path | str) -> None:
    """Write the summary as a page of HTML; it appears whole or not at all.

    There must be a QGuiApplication.

    Parameters
    ----------
    summary : SessionSummary
    path : path-like
        Replaced if it exists.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    path = Path(path)
    try:
        replace_text(path, html_of(summary))
    except OSError as error:
        raise UserError(
            "{path} cannot be written: {reason}; choose another folder.",
            path=path,
            reason=why(error),
        ) from error


def html_of(summary: SessionSummary) -> str:
    """Return the page."""
    sheet = _SHEET.format(light=_colours(LIGHT), dark=_colours(DARK))
    title = escape(tr("Summary of {name}", name=summary.stem))
    return "\n".join(
        (
            f'<!DOCTYPE html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" '
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f"<title>{title}</title>\n<style>{sheet}</style>\n</head>\n<body>\n<main>",
            *_body(summary),
            f"</main>\n<footer>neurofeedback {escape(__version__)}</footer>\n</body>\n</html>\n",
        )
    )


def _body(summary: SessionSummary) -> Iterator[str]:
    yield f"<h1>{escape(headline(summary))}</h1>"
    yield f'<p class="muted">{escape(title_line(summary))}</p>'
    yield '<div class="figures">'
    for figure in large_figures(summary):
        note = f'<br><span class="muted">{escape(figure.note)}</span>' if figure.note else ""
        yield f"<div><b>{escape(figure.number)}</b>{escape(figure.words)}{note}</div>"
    yield "</div>"
    yield from _section(tr("Recording"), words.trouble_lines(summary))
    plots = "".join(
        f'<div class="{name}">{_plot(summary, theme)}</div>'
        for name, theme in (("light", LIGHT), ("dark", DARK))
    )
    yield from _section(tr("Timeline"), words.measure_lines(summary), plots)
    rows = words.block_rows(summary)
    table = _table(rows, words.block_columns(summary)) if rows else ""
    yield from _section(tr("Blocks"), words.block_notes(summary), table)
    if not summary.concealed:
        true = words.true_reward_lines(summary.true_rewards)
        yield from _section(tr("Reward"), true, _table(words.reward_rows(summary)))
    changes = [[name, number, clarity] for name, number, clarity in words.change_rows(summary)]
    yield from _section(tr("Change within the session"), [], _table(changes))
    yield from _section(tr("Baseline"), words.baseline_lines(summary))
    held = [words.hold_line(summary)]
    yield from _section(tr("Held"), held, _table(words.hold_rows(summary)))
    yield from _section(tr("Electrodes"), words.electrode_lines(summary))
    yield from _section(tr("Debrief"), words.debrief_lines(summary))
    yield from _section(tr("Sampling"), [], _table(words.sampling_rows(summary)))
    yield from _section(tr("Notes and markers"), words.remark_lines(summary))
    fine = words.fine_print(summary)
    yield from _section(tr("What the numbers can and cannot tell you"), fine)


def _section(heading: str, lines: Sequence[str], content: str = "") -> Iterator[str]:
    """Return a section; none where there is nothing in it."""
    said = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    if said or content:
        yield f"<section><h2>{escape(heading)}</h2>{content}{said}</section>"


def _table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    if not rows:
        return ""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    cells = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    return (
        "<table>"
        + "".join(f"<tr>{row}</tr>" for row in ([top] if top else []) + cells)
        + ("</table>")
    )


def _plot(summary: SessionSummary, theme: Theme) -> str:
    """Return the plot of the course as SVG, with its words as text."""
    from PySide6.QtSvg import QSvgGenerator

    buffer = QtCore.QBuffer()
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    box = QtCore.QRectF(0, 0, *PLOT)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setViewBox(box)
    generator.setTitle(tr("Timeline"))
    painter = QtGui.QPainter(generator)
    paint_summary(painter, box, summary, theme.palette, LETTERS)
    painter.end()
    text = bytes(buffer.data().data()).decode("utf-8")
    svg = text[text.index("<svg") :].replace('width="', 'data-width="', 1)
    return re.sub(r'height="[^"]*"', "", svg, count=1)


def _colours(theme: Theme) -> str:
    palette = theme.palette
    names = ("window", "panel", "edge", "text", "muted")
    return " ".join(f"--{name}: {getattr(palette, name)};" for name in names)
