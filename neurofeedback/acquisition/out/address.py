"""Where feedback is sent to.

Responsible for reading an address and for refusing one that leaves this computer unless that is
wanted. Not responsible for sending.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from neurofeedback.errors import UserError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Address:
    """A computer and a port.

    Parameters
    ----------
    host : str
        Name or number of the computer.
    port : int
        1 to 65535.
    """

    host: str
    port: int

    @property
    def local(self) -> bool:
        """Whether it cannot be reached from another computer; a name other than localhost can."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.casefold() == "localhost"

    def __str__(self) -> str:
        """``127.0.0.1:9000`` or ``[::1]:9000``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_address(text: str, option: str, *, to_network: bool) -> Address:
    """Return the address that was typed.

    Parameters
    ----------
    text : str
        ``PORT``, ``HOST:PORT`` or ``[IPv6]:PORT``; this computer where there is no host.
    option : str
        Where it was typed, for the error.
    to_network : bool
        Whether it may be another computer, or be open to others.

    Raises
    ------
    UserError
        If it is no address, or leaves this computer without being allowed to.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or LOOPBACK
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise UserError(
            "{option} needs a port from 1 to 65535, or HOST:PORT, not {text!r}.",
            option=option,
            text=text,
        )
    address = Address(host, int(port))
    if not (address.local or to_network):
        raise UserError(
            "{option} {address} would make the feedback readable for other computers. If that is "
            "wanted, add --to-network.",
            option=option,
            address=address,
        )
    return address
