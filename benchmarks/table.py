"""A table that is printed and written to JSON."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Table:
    """Title, columns and rows."""

    title: str
    columns: list[str]
    rows: list[list[object]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Add a row."""
        self.rows.append([c.item() if hasattr(c, "item") else c for c in cells])

    def to_dict(self) -> dict[str, object]:
        """Return the table as plain JSON types."""
        return {
            "title": self.title,
            "rows": [dict(zip(self.columns, row, strict=True)) for row in self.rows],
        }

    def text(self) -> str:
        """Return the table as aligned text."""
        body = [self.columns, *([_short(c) for c in row] for row in self.rows)]
        widths = [max(len(row[i]) for row in body) for i in range(len(self.columns))]
        lines = [
            "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(cells))
            for cells in (list(zip(row, widths, strict=True)) for row in body)
        ]
        return "\n".join([self.title, "-" * len(lines[0]), *lines, ""])


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)
