"""The example page, run with what a session really sends: its script, without a browser."""

from __future__ import annotations

import json
import re
import socket
from contextlib import closing
from pathlib import Path

import pytest
from out_frames import FRAMES, MARKERS, SCORE
from PySide6.QtQml import QJSEngine
from websockets.sync.client import connect

from neurofeedback.acquisition.out.address import LOOPBACK, Address
from neurofeedback.acquisition.out.websocket import WebSocketOutlet

pytestmark = pytest.mark.usefixtures("qapp")
PAGE = Path(__file__).parents[2] / "docs" / "examples" / "feedback_page.html"
# As much of a browser as the page uses.
BROWSER = """
function element() {
    const classes = {};
    return {style: {}, textContent: "", classes: classes,
            classList: {toggle: (name, on) => { classes[name] = on; }}};
}
var elements = {disc: element(), text: element()}, warnings = [], sockets = [], waiting = [];
var document = {getElementById: id => elements[id]};
var setTimeout = (what, ms) => { waiting.push(what); };
console = {warn: text => { warnings.push(text); }};
function WebSocket(url) { this.url = url; sockets.push(this); }
"""
SHOWN = ("elements.text.textContent", "elements.disc.style.transform", "elements.disc.classes.held")


def sent() -> list[str]:
    """Return what a client hears of the frames."""
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        address = Address(LOOPBACK, found.getsockname()[1])
    with closing(WebSocketOutlet(address)) as outlet:
        outlet.begin(SCORE, concealed=False)
        with connect(f"ws://{address}") as client:
            heard = [str(client.recv(timeout=10))]
            for one in FRAMES:
                outlet.send(one)
            heard += [str(client.recv(timeout=10)) for _ in range(len(FRAMES) + len(MARKERS))]
    return heard


class Page:
    """The page's script in a browser of its own."""

    def __init__(self) -> None:
        self._engine = QJSEngine()
        (script,) = re.findall(r"<script>(.*)</script>", PAGE.read_text(), re.DOTALL)
        self.run(BROWSER + script)

    def run(self, code: str) -> object:
        result = self._engine.evaluate(code)
        assert not result.isError(), result.toString()
        return result.toVariant()

    def hear(self, text: str) -> None:
        self.run(f"sockets[sockets.length - 1].onmessage({{data: {json.dumps(text)}}})")


def test_the_page_shows_what_a_session_sends() -> None:
    page, shown = Page(), []
    for text in sent():
        page.hear(text)
        if "sample" in json.loads(text):
            words, scale = (
                page.run("elements.text.textContent"),
                page.run("elements.disc.style.transform"),
            )
            shown.append((words, scale, page.run("elements.disc.classes.held")))
    assert shown == [
        ("block 1 baseline", None, True),
        ("block 2 train", "scale(0.8)", False),
        ("reward", "scale(0.8)", False),
        ("hold amplitude F3", "scale(0.8)", False),
        ("hold over", "scale(0.8)", False),
    ]
    page.hear(json.dumps({"skipped": 12}))
    assert page.run("warnings") == ["12 messages were skipped"]


def test_the_page_waits_for_the_next_session() -> None:
    page = Page()
    page.hear(sent()[1])
    page.run("sockets[0].onclose()")
    assert page.run("elements.text.textContent") == "Waiting for a session"
    page.run("waiting[0]()")
    assert page.run("sockets.length") == 2
    assert str(page.run("sockets[1].url")).startswith("ws://localhost:")
