"""More streams on a computer than LSL finds.

Responsible for saying so. Not responsible for finding streams (`acquisition.lsl.streams`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from neurofeedback.acquisition.lsl.settings import n_ports
from neurofeedback.words.message import Message

PORTS_OF_OUTLET = 2


def crowd(infos: Iterable[Any]) -> Message | None:
    """Say so if there are so many outlets on a computer that others may be hidden.

    Each takes two of the ports that liblsl looks at. One without is found by multicast alone, which
    brings a question to one of the programs on a computer.

    Parameters
    ----------
    infos : iterable of pylsl.StreamInfo
        All that are found.
    """
    uids: dict[str, set[str]] = {}
    for info in infos:
        uids.setdefault(info.hostname(), set()).add(info.uid())
    ports = n_ports()
    for host, found in uids.items():
        if len(found) >= ports // PORTS_OF_OUTLET:
            return Message(
                "There are {n} streams on {computer}, as many as LSL finds with {ports} ports: "
                "others may be hidden. End programs that send, or set PortRange in the section "
                "[ports] of lsl_api.cfg to {more} for all programs.",
                n=len(found), computer=host, ports=ports, more=4 * ports,
            )  # fmt: skip
    return None
