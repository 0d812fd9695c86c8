"""The protocol step: presets as cards, with delay, noise and limits of the chosen one.

Responsible for finding a protocol among many and for showing what it does and cannot do. Not
responsible for the words (`gui.desk.protocol_words`) nor for running it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets, Signal
from neurofeedback.gui.desk.protocol_words import card_line, changed_since, facts_of, matches
from neurofeedback.gui.style import label, spaced, tip
from neurofeedback.gui.theme import current
from neurofeedback.gui.widgets import Card, Combo
from neurofeedback.protocols.spec import ProtocolSpec
from neurofeedback.session.explain.protocol import Explanation
from neurofeedback.words.language import tr

SPEC = Qt.ItemDataRole.UserRole
EXPLAIN_AFTER_MS = 120  # only what is looked at for a moment is worked out


class ProtocolPage(QtWidgets.QWidget):
    """The list of protocols and what is known of the chosen one.

    Parameters
    ----------
    protocols : sequence of (str, ProtocolSpec)
        Name and content.
    explain : callable
        Returns what a protocol does on a usual montage; may take half a second.
    strata : sequence of str
        Of the study, where it has several: the participant's is asked for.

    Attributes
    ----------
    changed : Signal()
        Another protocol was chosen.
    form_asked : Signal()
        A protocol is to be made.
    """

    changed = Signal()
    form_asked = Signal()

    def __init__(
        self,
        protocols: Sequence[tuple[str, ProtocolSpec]],
        explain: Callable[[ProtocolSpec], Explanation],
        strata: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._strata = Combo()
        self._strata.addItems([tr("stratum: as before, or choose one"), *strata])
        self._strata.setAccessibleName(tr("Stratum of the participant in the study"))
        self._strata.setVisible(bool(strata))
        self._protocols = dict(protocols)
        self._explain = explain
        self._known: dict[str, Explanation] = {}
        self._last: ProtocolSpec | None = None
        self.search = QtWidgets.QLineEdit()
        self.list = QtWidgets.QListWidget()
        self.new = QtWidgets.QPushButton(tr("New protocol\u2026  (Ctrl+N)"))
        self.refused = label("", "error", wrap=True)
        self.title, self.warning = label("", "title", wrap=True), label("", "error", wrap=True)
        self.since = label("", "muted", wrap=True)
        self._facts = QtWidgets.QVBoxLayout()
        self._later = QtCore.QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(EXPLAIN_AFTER_MS)
        self._later.timeout.connect(self._show_explanation)
        self._compose()
        self._fill()
        self.search.textChanged.connect(self._filter)
        self.list.currentItemChanged.connect(lambda *_: self._show())
        self.setFocusProxy(self.list)

    def _compose(self) -> None:
        columns = QtWidgets.QHBoxLayout(self)
        spaced(columns, gap=4)
        left = Card(tr("PROTOCOLS"))
        self.search.setPlaceholderText(tr("Search (Ctrl+F): alpha, theta, F3 \u2026"))
        self.search.setAccessibleName(tr("Search among protocols"))
        self.search.setClearButtonEnabled(True)
        self.list.setAccessibleName(tr("Protocols"))
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.new.setShortcut("Ctrl+N")
        self.new.clicked.connect(self.form_asked)
        self.refused.hide()
        left.add(self.search, self.list, self._strata, self.refused, self.new)
        left.body.setStretchFactor(self.list, 1)
        beside = QtWidgets.QVBoxLayout()
        beside.setContentsMargins(2, 2, 2, 2)  # as the frame of the area on the right
        beside.addWidget(left)
        columns.addLayout(beside, 5)
        about = Card(tr("WHAT IT DOES, AND WHAT IT CANNOT DO"))
        about.add(self.title, self.warning, self.since)
        spaced(self._facts, gap=2)
        about.body.addLayout(self._facts)
        about.body.addStretch(1)
        scroll = QtWidgets.QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setAccessibleName(tr("About the chosen protocol"))
        scroll.setWidget(about)
        columns.addWidget(scroll, 6)
        find = QtGui.QShortcut(QtGui.QKeySequence.StandardKey.Find, self)
        find.activated.connect(self.search.setFocus)

    def _fill(self) -> None:
        for name, spec in self._protocols.items():
            item = QtWidgets.QListWidgetItem(card_line(spec))
            item.setData(SPEC, name)
            item.setToolTip(tip(name))
            self.list.addItem(item)

    def add(self, name: str, spec: ProtocolSpec) -> None:
        """Offer one more protocol, and choose it."""
        self._protocols[name] = spec
        self.list.clear()
        self._fill()
        self.choose(name, self._last)

    def show_refused(self, sentences: Sequence[str]) -> None:
        """Say which files are not offered, and why."""
        self.refused.setText("\n".join(sentences))
        self.refused.setVisible(bool(sentences))

    def _filter(self, text: str) -> None:
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setHidden(not matches(self._protocols[item.data(SPEC)], text))
        shown = [r for r in range(self.list.count()) if not self.list.item(r).isHidden()]
        named = [r for r in shown if text.lower() in self.list.item(r).text().lower()]
        here = self.list.currentRow()
        if here not in (named or shown):  # a name is meant rather than a description
            self.list.setCurrentRow((named or shown or [-1])[0])

    # -- what is chosen -------------------------------------------------------------------------

    @property
    def name(self) -> str | None:
        """Name of the chosen protocol."""
        item = self.list.currentItem()
        return None if item is None else str(item.data(SPEC))

    @property
    def spec(self) -> ProtocolSpec | None:
        """The chosen protocol."""
        return None if self.name is None else self._protocols[self.name]

    @property
    def stratum(self) -> str | None:
        """The chosen stratum; None where none was chosen."""
        return self._strata.currentText() if self._strata.currentIndex() > 0 else None

    def choose(self, name: str, last: ProtocolSpec | None = None) -> None:
        """Choose a protocol by name.

        Parameters
        ----------
        name : str
            The first one is taken where there is none of that name.
        last : ProtocolSpec or None
            As it was when the participant had it last.
        """
        self._last = last
        names = list(self._protocols)
        self.search.clear()
        self._strata.setCurrentIndex(0)
        self.list.setCurrentRow(names.index(name) if name in names else 0)
        self._show()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Let the arrows of the search line move in the list."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.list.setFocus()
            QtWidgets.QApplication.sendEvent(self.list, event)
        else:
            super().keyPressEvent(event)

    def _show(self) -> None:
        spec = self.spec
        self.title.setText(tr(spec.title) if spec else tr("No protocol matches the search."))
        self.warning.setText(
            tr("Experimental: the measure it trains is itself uncertain.")
            if spec and spec.experimental
            else ""
        )
        self.warning.setVisible(bool(self.warning.text()))
        self.since.setText(changed_since(self._last, spec) if spec else "")
        self.since.setVisible(bool(self.since.text()))
        self._put(facts_of(spec, self._known.get(self.name or "")) if spec else [])
        if spec is not None and self.name not in self._known:
            self._later.start()
        self.changed.emit()

    def _show_explanation(self) -> None:
        """Work out delay, noise and leakage of the chosen protocol, once."""
        name, spec = self.name, self.spec
        if name is None or spec is None:
            return
        if name not in self._known:
            self._known[name] = self._explain(spec)
        self._put(facts_of(spec, self._known[name]))

    def _put(self, facts: Sequence[tuple[str, str]]) -> None:
        while (item := self._facts.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for heading, words in facts:
            head = label(heading, "heading")
            head.setContentsMargins(0, 2 * current().unit, 0, 0)
            self._facts.addWidget(head)
            self._facts.addWidget(label(words, wrap=True))
