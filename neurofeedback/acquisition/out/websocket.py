"""What is fed back, out to web pages and games over WebSocket.

Responsible for a small server in a thread of its own, and for clients that come, go and stop
reading. Not responsible for what of a frame is sent (`news`).

Every message is a JSON object. The first tells what is fed back, then come ``{"marker": "reward"}``
and frames with the names of `news.VALUES` (null where there is no value). A client that comes later
is told the block, and the hold if there is one, at once. One that does not keep up skips the oldest
and is told with ``{"skipped": 12}``; what it sends is thrown away.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import re
import socket
import threading
from collections import deque
from concurrent.futures import Future
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from neurofeedback.acquisition.out.address import Address
from neurofeedback.acquisition.out.news import VALUES, News
from neurofeedback.errors import UserError
from neurofeedback.frames import FeatureDescriptor, FeedbackFrame

WAITING = 1024  # messages for a client that does not keep up; half a minute of feedback
CLOSING_SECONDS = 1.0
_LARGEST = 4096  # bytes of a message of a client, which nobody reads
_BETWEEN = 0.02  # s between two of them
_BUFFER = 65536  # bytes
_FLAGS = ("success", "reward")
# A page of any site on the web could connect to a port of this computer: only those of this
# computer may, files ("null") and programs that are no browsers (no origin).
_OWN_PAGES = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


class WebSocketOutlet:
    """A WebSocket server for any number of clients.

    Parameters
    ----------
    address : Address
        Where to listen. Pages of other computers may connect only if it is open to them.

    Raises
    ------
    UserError
        If nothing can be opened there.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._clients: set[_Client] = set()
        self._attending: set[asyncio.Task[Any]] = set()
        self._hello: str | None = None
        self._standing: list[str] = []
        self._news = News(concealed=True)
        self._ending = asyncio.Event()
        opened: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(opened,), name="websocket-outlet", daemon=True
        )
        self._thread.start()
        try:
            opened.result()
        except OSError as error:
            self._thread.join()
            raise UserError(
                "No WebSocket can be opened at {address}: {why}. Choose another port.",
                address=address,
                why=error.strerror or str(error),
            ) from error

    def begin(self, score: FeatureDescriptor, *, concealed: bool) -> None:
        """Tell clients what is fed back, those that are there and those that will come."""
        facts = {"program": "neurofeedback", "concealed": concealed}
        if not concealed:
            facts |= {"score": score.label, "unit": score.unit, "delay": score.delay}
        self._news = News(concealed=concealed)
        self._soon(self._begin, _json(facts))

    def send(self, frame: FeedbackFrame) -> None:
        """Send one frame; returns at once."""
        sent = self._news.of(frame)
        for marker in sent.markers:
            self._soon(self._spread, _marker(marker))
        if sent.markers:
            self._soon(self._stand, [_marker(marker) for marker in self._news.standing])
        if sent.values is not None:
            self._soon(self._spread, _json(_named(sent.values)))

    def close(self) -> None:
        """Send what clients can still take, and let go of them."""
        self._soon(self._ending.set)
        self._thread.join()

    def _soon(self, do: Any, *arguments: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(do, *arguments)

    # ---- in the server's thread ----------------------------------------------------------------

    def _run(self, opened: Future[None]) -> None:
        try:
            self._loop.run_until_complete(self._serve(opened))
        finally:
            self._loop.close()

    async def _serve(self, opened: Future[None]) -> None:
        pages: list[Origin | re.Pattern[str] | None] = [None, Origin("null"), _OWN_PAGES]
        try:
            server = await serve(
                self._attend,
                self._address.host,
                self._address.port,
                origins=pages if self._address.local else None,
                compression=None,
                max_size=_LARGEST,
                close_timeout=CLOSING_SECONDS,
                logger=_quiet(),
            )
        except OSError as error:
            opened.set_exception(error)
            return
        opened.set_result(None)
        async with server:
            await self._ending.wait()
            for client in self._clients:
                client.end()
            if self._attending:
                await asyncio.wait(self._attending, timeout=CLOSING_SECONDS)

    async def _attend(self, connection: ServerConnection) -> None:
        # The system would keep megabytes for a client that does not read: minutes of old feedback.
        raw = connection.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        client, task = _Client(), asyncio.current_task()
        assert task is not None
        self._clients.add(client)
        self._attending.add(task)
        if self._hello is not None:
            client.give(self._hello)
            for marker in self._standing:
                client.give(marker)
        reading = asyncio.create_task(_ignore(connection))
        try:
            while (text := await client.next()) is not None:
                await connection.send(text)
        except ConnectionClosed:
            pass
        finally:
            reading.cancel()
            self._clients.discard(client)
            self._attending.discard(task)

    def _begin(self, hello: str) -> None:
        self._hello, self._standing = hello, []
        self._spread(hello)

    def _stand(self, markers: list[str]) -> None:
        self._standing = markers

    def _spread(self, text: str) -> None:
        for client in self._clients:
            client.give(text)


def _quiet() -> logging.Logger:
    """Return a logger that prints nothing: whoever connects and fails is told, not the operator."""
    logger = logging.getLogger(__name__)
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    return logger


class _Client:
    """What waits to be sent to one client."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._skipped = 0
        self._news = asyncio.Event()
        self._ended = False

    def give(self, text: str) -> None:
        if len(self._waiting) == WAITING:
            self._waiting.popleft()
            self._skipped += 1
        self._waiting.append(text)
        self._news.set()

    def end(self) -> None:
        self._ended = True
        self._news.set()

    async def next(self) -> str | None:
        """Return the next message, first that some were skipped; None at the end."""
        while not self._waiting:
            if self._ended:
                return None
            self._news.clear()
            await self._news.wait()
        if self._skipped:
            skipped, self._skipped = self._skipped, 0
            return _json({"skipped": skipped})
        return self._waiting.popleft()


async def _ignore(connection: ServerConnection) -> None:
    """Take what a client sends, so that its pings and its goodbye are read.

    Slowly: one that sends without end is made to wait, instead of keeping the interpreter busy.
    """
    async for _ in connection:
        await asyncio.sleep(_BETWEEN)


def _marker(marker: str) -> str:
    return _json({"marker": marker})


def _named(values: tuple[float, ...]) -> dict[str, object]:
    named: dict[str, object] = dict(zip(VALUES, values, strict=True))
    named["sample"] = int(values[0])
    return named | {flag: bool(named[flag]) for flag in _FLAGS}


def _json(message: dict[str, Any]) -> str:
    """Return a message as JSON, which knows no NaN."""
    return json.dumps(
        {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in message.items()
        }
    )
