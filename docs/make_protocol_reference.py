"""Write the reference in ``docs/protocol-file.md`` from the docstrings of the model.

    python docs/make_protocol_reference.py

Run it after you add a setting or change its description; a test compares the two.
"""

from collections.abc import Iterator
from pathlib import Path

from neurofeedback.protocols.file.reference import KeyDoc, TableDoc, describe_file

PAGE = Path(__file__).with_name("protocol-file.md")
BEGIN, END = "<!-- reference: begin -->", "<!-- reference: end -->"


def reference() -> str:
    """Return the reference as Markdown."""
    return "\n".join(line for table in describe_file() for line in _table(table))


def updated(page: str) -> str:
    """Return the page with the current reference."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{reference()}\n{END}{after}"


def _table(table: TableDoc) -> Iterator[str]:
    opening, closing = ("[[", "]]") if table.many else ("[", "]")
    header = f"`{opening}{table.path}{closing}`" if table.path else "Top of the file"
    kind = f" with `{table.kind}`" if table.kind else ""
    yield f"### {header}{kind}"
    yield ""
    if table.path:
        yield _cell(table.meaning)
        yield ""
    if table.keys:
        yield "| key | meaning | allowed | default |"
        yield "|---|---|---|---|"
        yield from map(_row, table.keys)
        yield ""


def _row(doc: KeyDoc) -> str:
    unit = f" ({doc.unit})" if doc.unit else ""
    default = f"`{doc.default}`" if doc.default else ("required" if doc.required else "none")
    return f"| `{doc.key}` | {_cell(doc.meaning)} | {_cell(doc.allowed)}{unit} | {default} |"


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
