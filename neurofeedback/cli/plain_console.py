"""A terminal on which text is shown and never obeyed.

Responsible for what Rich is given to print. Not responsible for who prints (`cli.console`).
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from neurofeedback.words.plain import plain


class PlainConsole(Console):
    """A console that makes control characters in texts visible; its own still work."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Return what is shown of something, see `rich.console.Console.render`."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(plain(segment.text), segment.style)
