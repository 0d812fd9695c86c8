"""The summary for a browser: all in one file, without a script or a network, and nothing sealed."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from summary_sessions import blinded, trained

from neurofeedback.app.summary_headline import large_figures
from neurofeedback.errors import UserError
from neurofeedback.gui.summary.html import html_of, write_html
from neurofeedback.report.summary import session_summary
from neurofeedback.report.summary_parts import Remark
from neurofeedback.words.language import set_language

VOID = {"meta", "br"}


class Outline(HTMLParser):
    """Tags, what they point to, and the words of a page; every tag must be closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v or "" for k, v in attrs if k in ("src", "href", "xlink:href", "action")]
        assert not any(k.startswith("on") for k, _ in attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v or "" for k, v in attrs if k in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    return session_summary(trained(tmp_path_factory.mktemp("html"), notes={60.0: "yawns"}))


def test_it_needs_nothing_else_and_says_the_figures_first(qapp, summary, tmp_path: Path) -> None:
    write_html(summary, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Outline(text)
    assert page.tags.count("svg") == 2
    assert not {"script", "iframe", "link", "object", "form"} & set(page.tags)
    assert [link for link in page.links if not link.startswith("#")] == []
    assert "url(http" not in text
    assert "default-src 'none'" in text
    said = " ".join(page.words)
    figures = large_figures(summary)
    assert len(figures) == 3
    places = [said.index(figure.number) for figure in figures]
    assert max(places) < said.index("Timeline")
    assert "yawns" in said


def test_hostile_words_are_words(qapp, summary) -> None:
    evil = '<script>alert(1)</script><img src=x onerror="y">'
    text = html_of(replace(summary, remarks=(Remark(1.0, "note", evil),), title=evil))
    assert "script" not in Outline(text).tags
    assert "img" not in Outline(text).tags


def test_in_german_and_with_decimal_commas(qapp, summary) -> None:
    set_language("de")
    try:
        text = html_of(summary)
    finally:
        set_language("en")
    assert '<html lang="de">' in text
    assert re.search(r"<b>[+\u2212]\d+,\d+ ", text)


def test_of_a_blinded_session_nothing_is_told(qapp, tmp_path: Path) -> None:
    sealed = session_summary(blinded(tmp_path))
    figures = large_figures(sealed)
    assert [figure.words for figure in figures] == ["Clean data"]
    said = " ".join(Outline(html_of(sealed)).words)
    assert "Past the threshold" not in said
    assert "blinded study" in said


def test_what_cannot_be_written_is_said(qapp, summary, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write_html(summary, tmp_path / "missing" / "page.html")
