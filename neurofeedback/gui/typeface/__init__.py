"""The typeface of the windows: Inter, which comes with the program (licence in ``OFL.txt``).

Responsible for making it known to Qt, so that a window looks the same, and fits, on every system.
Not responsible for sizes and weights (`gui.theme`, `gui.style`).
"""

from __future__ import annotations

import functools
from pathlib import Path

from neurofeedback.gui._qt import QtGui

FOLDER = Path(__file__).parent
FILES = ("Inter-Regular.otf", "Inter-SemiBold.otf")


def emphasise(font: QtGui.QFont, yes: bool = True) -> None:
    """Give a font the heavier of the weights that come with the program, or the usual one.

    Bold is none of them: Qt would smear the letters to make it.
    """
    weight = QtGui.QFont.Weight
    font.setWeight(weight.DemiBold if yes else weight.Normal)


@functools.cache
def load_typeface() -> tuple[str, ...]:
    """Make the typeface known to the application; needs one.

    Returns
    -------
    tuple of str
        Its families; without those of a file that cannot be read, where other fonts stand in.
    """
    numbers = [QtGui.QFontDatabase.addApplicationFont(str(FOLDER / name)) for name in FILES]
    families = (QtGui.QFontDatabase.applicationFontFamilies(n) for n in numbers if n >= 0)
    return tuple(sorted({family for found in families for family in found}))
