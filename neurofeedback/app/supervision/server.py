"""A small server of one page, for those who have the token.

Responsible for who gets the page. Whoever lacks the token gets nothing, not even what is missing.
Not responsible for what stands on it (`app.supervision.page`).

The token is given once in the address. It becomes a cookie and leaves the address, so that it stays
out of the history and of bookmarks. Browsers send that cookie when somebody follows a link from
another site, such as a mail; nothing can be changed here, so no such link can do harm. Nothing is
encrypted: on a network, a proxy has to do that.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6
from urllib.parse import parse_qs, urlsplit

from neurofeedback.acquisition.out.address import Address
from neurofeedback.errors import UserError
from neurofeedback.recording.files import why

COOKIE = "supervision"
SHORTEST = 16  # letters of a token that somebody chose
_SECONDS = 10.0  # for a client to send its request
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def new_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(24)


class SupervisionServer(ThreadingHTTPServer):
    """Serves the page until `shutdown`.

    Parameters
    ----------
    address : Address
        Where to listen.
    token : str
        Of at least `SHORTEST` letters.
    page : callable
        Makes the page, anew for each request; may raise UserError.

    Raises
    ------
    UserError
        If the token is too short, or nothing can be opened there.
    """

    daemon_threads = True

    def __init__(self, address: Address, token: str, page: Callable[[], str]) -> None:
        if len(token) < SHORTEST:
            raise UserError(
                "The token is too short: it needs at least {n} letters or digits.", n=SHORTEST
            )
        if ":" in address.host:
            self.address_family = AF_INET6
        self._token, self.page = token.encode(), page
        try:
            super().__init__((address.host, address.port), _Handler)
        except OSError as error:
            raise UserError(
                "Nothing can be served at {address}: {reason}.", address=address, reason=why(error)
            ) from error

    def knows(self, given: str) -> bool:
        """Whether a token is the right one; takes as long whatever is wrong with it."""
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token)


class _Handler(BaseHTTPRequestHandler):
    """Answers a request."""

    server: SupervisionServer
    server_version, sys_version = "supervision", ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Send the page to who has the token, and nothing to others."""
        parts = urlsplit(self.path)
        given = parse_qs(parts.query).get("token", [""])[0]
        if parts.path == "/" and given and self.server.knows(given):
            cookie = f"{COOKIE}={given}; HttpOnly; SameSite=Lax; Path=/"
            self._answer(HTTPStatus.SEE_OTHER, headers={"Location": "/", "Set-Cookie": cookie})
        elif parts.path == "/" and self.server.knows(self._cookie()):
            self._page()
        else:
            self._answer(HTTPStatus.NOT_FOUND)

    def _page(self) -> None:
        try:
            text, status = self.server.page(), HTTPStatus.OK
        except UserError as error:
            text, status = str(error), HTTPStatus.SERVICE_UNAVAILABLE
        kind = "html" if status is HTTPStatus.OK else "plain"
        self._answer(status, text.encode(), {"Content-Type": f"text/{kind}; charset=utf-8"})

    def _cookie(self) -> str:
        try:
            found = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
        except CookieError:
            return ""
        return "" if found is None else found.value

    def _answer(
        self, status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, **(headers or {}), "Content-Length": len(body)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing: a request has the token in its address."""
