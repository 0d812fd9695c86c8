"""A table to say which electrode each channel is.

Responsible for showing channels with their labels and for what is entered. Not responsible for
what a name may be (`acquisition.given_names`) nor for where names are kept (`settings.amplifiers`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress

from neurofeedback.acquisition.electrodes import positions, standard_montage
from neurofeedback.acquisition.given_names import load_montage
from neurofeedback.acquisition.naming import electrode_name
from neurofeedback.errors import UserError
from neurofeedback.frames import StreamInfo
from neurofeedback.gui._qt import Qt, QtCore, QtWidgets
from neurofeedback.gui.forms.keeping import Draft, Keeping
from neurofeedback.gui.style import label, spaced
from neurofeedback.words.language import tr
from neurofeedback.words.message import message_of

WIDTH, HEIGHT = 27, 30  # in lines of text
MONTAGES = ("openbci8", "openbci", "biosemi16", "biosemi32", "biosemi64", "biosemi128",
            "GSN-HydroCel-64_1.0", "GSN-HydroCel-128")  # fmt: skip


class NamesDialog(QtWidgets.QDialog):
    """Asks which electrode each channel is.

    Parameters
    ----------
    parent : QWidget
    info : StreamInfo
        The amplifier, under the names that it has now.
    keep : callable
        Takes the names by number of the channel, from 1; may raise UserError.
    draft : Draft, optional
        Where what is entered is kept until it is saved or given up.
    """

    def __init__(
        self,
        parent: QtWidgets.QWidget,
        info: StreamInfo,
        keep: Callable[[Mapping[int, str]], object],
        draft: Draft | None = None,
    ) -> None:
        super().__init__(parent)
        self._labels = info.labels or info.ch_names
        self._keep = keep
        self.setWindowTitle(tr("Electrodes of {name}", name=info.name))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        common = standard_montage(19)
        rest = sorted(set(positions()) - set(common), key=str.casefold)
        self._known = QtCore.QStringListModel(["", *common, *rest], self)
        self.fields = [self._field(name, i) for i, name in enumerate(info.ch_names)]
        self.montage = QtWidgets.QComboBox()
        self.message = label("", "error", wrap=True)
        self._compose()
        if draft is not None:
            self._keep_typing(draft)

    def _field(self, name: str, i: int) -> QtWidgets.QComboBox:
        field = QtWidgets.QComboBox()
        field.setEditable(True)
        field.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
        field.setModel(self._known)
        field.setAccessibleName(
            tr("Electrode of channel {n}, {label}", n=i + 1, label=self._labels[i])
        )
        field.setCurrentText(electrode_name(name) or "")
        return field

    def _keep_typing(self, draft: Draft) -> None:
        """Keep what is entered, and show what a crash left of this amplifier."""
        with suppress(ValueError, AttributeError):
            left = json.loads(draft.read() or "{}")
            if left.get("labels") == list(self._labels):
                for field, name in zip(self.fields, left["names"], strict=True):
                    field.setCurrentText(str(name))

        def keep() -> None:
            names = [field.currentText() for field in self.fields]
            draft.keep(json.dumps({"labels": list(self._labels), "names": names}))

        def settle() -> None:
            keeping.stop()
            draft.keep("")

        keeping = Keeping(keep, self)
        for field in self.fields:
            field.currentTextChanged.connect(lambda _: keeping.changed())
        self.finished.connect(lambda _: settle())

    def _compose(self) -> None:
        column = QtWidgets.QVBoxLayout(self)
        spaced(column, margin=5, gap=2)
        line = self.fontMetrics().height()
        self.resize(WIDTH * line, HEIGHT * line)
        about = tr(
            "Choose the electrode of each channel, or a montage. A channel without an electrode is "
            "left out of the EEG. The names are remembered for this amplifier."
        )
        column.addWidget(label(about, "muted", wrap=True))
        self.montage.setAccessibleName(tr("Montage"))
        self.montage.addItems([tr("Fill in a montage\u2026"), *MONTAGES])
        self.montage.activated.connect(self._fill)
        column.addWidget(self.montage)
        self.table = QtWidgets.QTableWidget(len(self.fields), 2)
        self.table.setAccessibleName(tr("Channels and their electrodes"))
        self.table.setHorizontalHeaderLabels([tr("channel"), tr("electrode")])
        self.table.setSelectionMode(QtWidgets.QTableWidget.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setStretchLastSection(True)
        for row, (channel, field) in enumerate(zip(self._labels, self.fields, strict=True)):
            item = QtWidgets.QTableWidgetItem(f"{row + 1}  {channel}")
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.table.setItem(row, 0, item)
            self.table.setCellWidget(row, 1, field)
        self.table.resizeColumnToContents(0)
        column.addWidget(self.table, 1)
        column.addWidget(self.message)
        row_of_buttons = QtWidgets.QHBoxLayout()
        spaced(row_of_buttons, gap=2)
        clear, cancel = (QtWidgets.QPushButton(t) for t in (tr("Clear"), tr("Cancel  (Esc)")))
        self.save = QtWidgets.QPushButton(tr("Save  (Enter)"))
        self.save.setProperty("role", "primary")
        self.save.setDefault(True)
        for button, do in ((clear, self.clear), (cancel, self.reject), (self.save, self.submit)):
            button.setAutoDefault(button is self.save)
            button.clicked.connect(do)
            row_of_buttons.addWidget(button)
        column.addLayout(row_of_buttons)
        self.setFocusProxy(self.fields[0])

    @property
    def names(self) -> dict[int, str]:
        """What is entered, by number of the channel, from 1."""
        texts = [field.currentText().strip() for field in self.fields]
        return {number: text for number, text in enumerate(texts, start=1) if text}

    def clear(self) -> None:
        """Take all names away; nothing is kept before it is saved."""
        for field in self.fields:
            field.setCurrentText("")

    def submit(self) -> None:
        """Keep the names, or say why not."""

        def keep() -> None:
            self._keep(self.names)
            self.accept()

        self._trying(keep)

    def _fill(self, at: int) -> None:
        def fill() -> None:
            found = load_montage(MONTAGES[at - 1]).resolve(self._labels, self.windowTitle())
            for i, field in enumerate(self.fields):
                field.setCurrentText(found.get(i, ""))

        if at > 0:
            self._trying(fill)

    def _trying(self, do: Callable[[], object]) -> None:
        self.message.setText("")
        try:
            do()
        except UserError as error:
            self.message.setText(tr(message_of(error)))
