"""Which board, and how it is connected: ``cyton?serial_port=COM3``.

Responsible for reading what is typed. Not responsible for knowing the boards there are (`driver`).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from neurofeedback.errors import UserError

TEXTS = ("serial_port", "mac_address", "ip_address", "other_info", "serial_number", "file",
         "master_board", "config")  # fmt: skip
NUMBERS = ("ip_port", "ip_protocol", "timeout")


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """A board as typed.

    Parameters
    ----------
    board : str
        Name or number.
    texts : dict of str to str
        Parameters of BrainFlow, and ``config``, which is sent to the board.
    numbers : dict of str to int
        Parameters of BrainFlow that are whole numbers.
    """

    board: str
    texts: dict[str, str]
    numbers: dict[str, int]


def read_query(text: str) -> BoardQuery:
    """Return what was typed.

    Parameters
    ----------
    text : str
        ``BOARD`` or ``BOARD?key=value&key=value``.

    Raises
    ------
    UserError
        If there is no board, or a parameter is unknown or no number where it has to be one.
    """
    board, _, rest = text.partition("?")
    if not board:
        raise UserError("Name the board: brainflow:cyton?serial_port=PORT, for example.")
    texts, numbers = {}, {}
    for key, value in parse_qsl(rest.replace("+", "%2B"), keep_blank_values=True):
        if key in TEXTS:
            texts[key] = value
        elif key not in NUMBERS:
            raise UserError(
                "brainflow:{text} has the unknown parameter {key!r}; there are {known}.",
                text=text, key=key, known=", ".join((*TEXTS, *NUMBERS)),
            )  # fmt: skip
        elif value.isascii() and value.isdigit():
            numbers[key] = int(value)
        else:
            raise UserError(
                "In brainflow:{text}, {key} has to be a whole number.", text=text, key=key
            )
    return BoardQuery(board, texts, numbers)
