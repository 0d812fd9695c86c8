"""What is fed back, out as Open Sound Control (OSC) over UDP.

Responsible for one datagram for each frame and each marker. Not responsible for what of a frame is
sent (`news`). A datagram is sent or it is not, but never waited for, so this needs no thread.
"""

from __future__ import annotations

import socket
from contextlib import suppress

from pythonosc.osc_message_builder import OscMessageBuilder

from neurofeedback.acquisition.out.address import Address
from neurofeedback.acquisition.out.news import News
from neurofeedback.errors import UserError
from neurofeedback.frames import FeatureDescriptor, FeedbackFrame

FEEDBACK = "/neurofeedback/feedback"
MARKER = "/neurofeedback/marker"
# sample, stream time, value, score, threshold, success, reward. Times of a stream are too long for
# single precision; everything else is what every receiver understands.
_TYPES = "idfffii"


class OscOutlet:
    """OSC messages to one address.

    ``/neurofeedback/feedback`` has the values of `news.VALUES` (NaN where there is none), and
    ``/neurofeedback/marker`` a text.

    Parameters
    ----------
    address : Address
        Where to; whether anybody listens there is not known.

    Raises
    ------
    UserError
        If there is no such computer.
    """

    def __init__(self, address: Address) -> None:
        self._news: News | None = None
        try:
            found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise UserError(
                "There is no computer {host!r} to send OSC to.", host=address.host
            ) from error
        family, kind, protocol, _, where = found[0]
        self._where: tuple[object, ...] = where
        self._socket = socket.socket(family, kind, protocol)
        self._socket.setblocking(False)

    def begin(self, score: FeatureDescriptor, *, concealed: bool) -> None:
        """Send from now on."""
        self._news = News(concealed=concealed)

    def send(self, frame: FeedbackFrame) -> None:
        """Send one frame; returns at once."""
        if self._news is None:
            return
        sent = self._news.of(frame)
        for marker in sent.markers:
            self._put(MARKER, "s", (marker,))
        if sent.values is not None:
            self._put(FEEDBACK, _TYPES, sent.values)

    def close(self) -> None:
        """Stop sending."""
        self._news = None
        self._socket.close()

    def _put(self, where: str, types: str, values: tuple[float | str, ...]) -> None:
        message = OscMessageBuilder(where)
        for kind, value in zip(types, values, strict=True):
            message.add_arg(int(value) if kind == "i" else value, kind)
        # A network that is down or full loses a datagram; the sample numbers tell the receiver.
        with suppress(OSError):
            self._socket.sendto(message.build().dgram, self._where)
