"""The guide in a window of its own, beside the page that it speaks of.

Responsible for the list of sections, for showing one, and for links between them. Not responsible
for the text (`app.help.guide`). A link to somewhere else is shown, not followed: no network is
needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from neurofeedback.app.help.guide import Section, guide_folder, page, sections
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.help.places import Place
from neurofeedback.gui.style import label, spaced, tip
from neurofeedback.gui.theme import current
from neurofeedback.words.language import language, tr

Button = tuple[str, Callable[[], object]]
SIZE = (980, 680)  # px, at the usual size of text
LIST = 260
_AT = Qt.ItemDataRole.UserRole


class GuideText(QtWidgets.QTextBrowser):
    """A page of the guide; its pictures are as wide as there is room."""

    def loadResource(self, kind: int, name: QtCore.QUrl | str) -> object:  # noqa: N802
        """Load a picture of the guide's own folder; of anywhere else nothing."""
        path = guide_folder() / QtCore.QUrl(name).toString()
        if kind != QtGui.QTextDocument.ResourceType.ImageResource.value or not path.is_file():
            return None
        image = QtGui.QImage(str(path))
        widest = max(self.viewport().width() - 8 * current().unit, 100)
        if image.width() <= widest:
            return image
        return image.scaledToWidth(widest, Qt.TransformationMode.SmoothTransformation)


class GuideWindow(QtWidgets.QDialog):
    """The guide.

    Parameters
    ----------
    parent : QWidget
    buttons : sequence of (str, callable)
        What else helps: words and what is done.
    """

    def __init__(self, parent: QtWidgets.QWidget, buttons: Sequence[Button] = ()) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Guide"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._page = ("", "")  # file and language
        self.list = QtWidgets.QListWidget()
        self.list.setAccessibleName(tr("Sections of the guide"))
        self.list.setMaximumWidth(current().px(LIST))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.text = GuideText()
        self.text.setAccessibleName(tr("Guide"))
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        self.message = label("", "muted", wrap=True)
        for section in sections():
            item = QtWidgets.QListWidgetItem("   " * (section.level - 1) + section.shown)
            item.setToolTip(tip(section.shown))
            item.setData(_AT, section)
            self.list.addItem(item)
        self.list.currentItemChanged.connect(lambda item, _: self._show_item(item))
        self._compose(buttons)

    def _compose(self, buttons: Sequence[Button]) -> None:
        outer = QtWidgets.QVBoxLayout(self)
        spaced(outer, margin=3, gap=2)
        columns = QtWidgets.QSplitter()
        columns.addWidget(self.list)
        columns.addWidget(self.text)
        columns.setStretchFactor(1, 1)
        outer.addWidget(columns, 1)
        row = QtWidgets.QHBoxLayout()
        spaced(row, gap=2)
        for words, do in buttons:
            button = QtWidgets.QPushButton(words)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, do=do: do())
            row.addWidget(button)
        row.addWidget(self.message, 1)
        self.leave = QtWidgets.QPushButton(tr("Close (Esc)"))
        self.leave.clicked.connect(self.accept)
        row.addWidget(self.leave)
        outer.addLayout(row)
        theme, room = current(), self.screen().availableSize()
        wanted = QtCore.QSize(*(theme.px(side) for side in SIZE))
        self.resize(wanted.boundedTo(room * 0.92))

    def show_place(self, place: Place) -> None:
        """Show a section; where there is none of that heading, the beginning of its file.

        Parameters
        ----------
        place : (str, str)
            File and English heading.
        """
        found = self._sections()
        rows = range(len(found))
        fitting = [row for row in rows if (found[row].file, found[row].heading) == place]
        fitting += [row for row in rows if found[row].file == place[0]]
        if fitting:
            self.list.setCurrentRow(fitting[0])
        else:
            self.text.setPlainText(tr("The guide is missing from this installation."))
        self.text.setFocus()

    def _show_item(self, item: QtWidgets.QListWidgetItem | None) -> None:
        if item is None:
            return
        section: Section = item.data(_AT)
        if (section.file, section.language) != self._page:
            self._page = (section.file, section.language)
            self.text.setMarkdown(page(*self._page))
            self._space()
        english = section.language == "en" and language() != "en"
        self.message.setText(tr("This part of the guide is in English only.") if english else "")
        self._scroll_to(section.shown)

    def _sections(self) -> list[Section]:
        return [self.list.item(row).data(_AT) for row in range(self.list.count())]

    def _space(self) -> None:
        """Set paragraphs apart, which Markdown leaves to whoever shows it."""
        block = self.text.document().begin()
        while block.isValid():
            cursor = QtGui.QTextCursor(block)
            if cursor.currentTable() is None and block.textList() is None:
                form = block.blockFormat()
                form.setTopMargin((4 if form.headingLevel() else 2) * current().unit)
                cursor.setBlockFormat(form)
            block = block.next()

    def _scroll_to(self, heading: str) -> None:
        block = self.text.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and block.text() == heading:
                layout = self.text.document().documentLayout()
                top = layout.blockBoundingRect(block).top()
                self.text.verticalScrollBar().setValue(int(top))
                return
            block = block.next()

    def _follow(self, link: QtCore.QUrl) -> None:
        """Go to a section of the guide; of anywhere else, show the address."""
        file, anchor = link.path() or self._page[0], link.fragment()
        for section in self._sections():
            anchors = (_anchor(section.heading), _anchor(section.shown))
            if section.file == file and (not anchor or anchor in anchors):
                self.show_place((section.file, section.heading))
                return
        self.message.setText(tr("This is outside the guide: {address}", address=link.toString()))


def _anchor(heading: str) -> str:
    """Return how a heading is linked to."""
    kept = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")
