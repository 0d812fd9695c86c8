"""A field for each setting.

Responsible for the widget, its words, and for handing over a value when it is typed or chosen. Not
responsible for whether it is allowed (`settings.model`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from neurofeedback.gui._qt import QtCore, QtWidgets, Signal
from neurofeedback.gui.style import label
from neurofeedback.gui.widgets import Combo
from neurofeedback.settings.effective import Overruling
from neurofeedback.words.language import languages, own_name, tr

Choices = Sequence[tuple[object, str]]

TEXT_SIZES = (80, 90, 100, 110, 125, 150, 175, 200)  # per cent
DAYS = (1, 7, 14, 21, 28, 30, 60, 90)
MINUTES = (0, 1, 2, 5, 10, 15, 30, 60, 120)


class Field(QtCore.QObject):
    """A setting on the page.

    Parameters
    ----------
    name : str
        How a person reads it; a letter after ``&`` is its key.
    widget : QLineEdit or QComboBox
    hint : str
        What an empty value means, or another remark.
    folder : bool
        Whether a folder can be chosen.
    files : str
        Kinds of files of which one can be chosen, as Qt's file dialog wants them; empty for none.
    other : callable or None
        Words for a value that is not among the choices; by default that it is not here, such as a
        monitor that is unplugged.

    Attributes
    ----------
    set : Signal(object)
        A value that somebody typed or chose.
    """

    set = Signal(object)

    def __init__(
        self,
        name: str,
        widget: QtWidgets.QLineEdit | QtWidgets.QComboBox,
        hint: str = "",
        *,
        folder: bool = False,
        files: str = "",
        other: Callable[[Any], str] | None = None,
    ) -> None:
        super().__init__()
        self.widget = widget
        self.name = QtWidgets.QLabel(name)
        self.name.setBuddy(widget)
        self.overruled = label("", "error", wrap=True)
        self._folder, self._files = folder, files
        self._other = other or (lambda value: tr("{name} (not connected)", name=value))
        self._shown: object = None
        widget.setAccessibleName(name.replace("&", ""))
        widget.setAccessibleDescription(hint)
        widget.setToolTip(hint)
        if isinstance(widget, QtWidgets.QLineEdit):
            widget.setPlaceholderText(hint)
            widget.editingFinished.connect(self.commit)
        else:
            widget.activated.connect(self.commit)

    def add_to(self, grid: QtWidgets.QGridLayout) -> None:
        """Add name, widget and what overrules it as rows of a grid."""
        row = grid.rowCount()
        grid.addWidget(self.name, row, 0)
        grid.addWidget(self.widget, row, 1, 1, 1 if self._chosen else 2)
        if self._chosen:
            choose = QtWidgets.QPushButton(tr("Choose\u2026"))
            choose.setAccessibleName(
                tr("Choose {name}", name=self.name.text().replace("&", "").lower())
            )
            choose.clicked.connect(self._choose)
            grid.addWidget(choose, row, 2)
        grid.addWidget(self.overruled, row + 1, 0, 1, 3)

    def show_value(self, value: object) -> None:
        """Show a value without handing it over."""
        self._shown = value
        widget = self.widget
        with QtCore.QSignalBlocker(widget):
            if isinstance(widget, QtWidgets.QLineEdit):
                widget.setText(str(value))
            else:
                row = widget.findData(value)
                if row < 0:
                    widget.addItem(self._other(value), value)
                    row = widget.count() - 1
                widget.setCurrentIndex(row)

    def show_overruled(self, by: Overruling | None) -> None:
        """Say that the environment overrules it."""
        self.overruled.setVisible(by is not None)
        if by is not None:
            words = tr(
                "{variable} is set on this computer and overrides this setting: {value}",
                variable=by.variable, value=_without_password(by.value),
            )  # fmt: skip
            self.overruled.setText(words)

    @property
    def half_typed(self) -> bool:
        """Whether something stands in it that was not handed over."""
        return self._value() != self._shown

    def commit(self) -> None:
        """Hand over what is typed or chosen, if it is another."""
        value = self._value()
        if value != self._shown:
            self._shown = value
            self.set.emit(value)

    @property
    def _chosen(self) -> bool:
        """Whether a folder or a file can be chosen."""
        return self._folder or bool(self._files)

    def _value(self) -> object:
        widget = self.widget
        if isinstance(widget, QtWidgets.QLineEdit):
            return widget.text().strip()
        return widget.currentData()

    def _choose(self) -> None:
        widget = self.widget
        assert isinstance(widget, QtWidgets.QLineEdit)
        name = self.name.text().replace("&", "")
        dialog = QtWidgets.QFileDialog
        if self._folder:
            chosen = dialog.getExistingDirectory(widget, name, widget.text())
        else:
            chosen, _ = dialog.getOpenFileName(widget, name, widget.text(), self._files)
        if chosen:
            widget.setText(chosen)
            self.commit()


def fields(protocols: Choices, monitors: Sequence[str]) -> dict[str, Field]:
    """Return a field for each setting, by key.

    Parameters
    ----------
    protocols : sequence of (str, str)
        Name and title.
    monitors : sequence of str
    """
    return (
        _places() | _looks(monitors) | _sessions(protocols) | _media()
        | {"lock_minutes": Field(tr("Loc&k after"), _numbers(MINUTES, _minutes), other=_minutes)}
    )  # fmt: skip


def _places() -> dict[str, Field]:
    """Who records, and where recordings and the index are."""
    own = tr("the default folder of this user")
    return {
        "operator": Field(tr("&Operator"), _line(80), tr("your name, for the audit trail")),
        "clinic": Field(tr("&Clinic"), _line(80), tr("for report headers")),
        "recordings": Field(tr("Recordin&gs"), _line(1000), own, folder=True),
        "second_place": Field(
            tr("&If that disk fails"), _line(1000), tr("preferably on another disk"), folder=True
        ),
        "index": Field(
            tr("Inde&x"),
            _line(1000),
            tr("a file, postgresql://… or off; by default a file of this user"),
        ),
    }


def _looks(monitors: Sequence[str]) -> dict[str, Field]:
    """How the windows look, and where the participant's is."""
    themes = [
        ("system", tr("same as the system")),
        ("dark", tr("dark")),
        ("light", tr("light")),
        ("dark-contrast", tr("dark, high contrast")),
        ("light-contrast", tr("light, high contrast")),
    ]
    spoken = [("system", tr("same as the system")), *((c, own_name(c)) for c in languages())]
    screens = [("", tr("second monitor")), *((name, name) for name in monitors)]
    return {
        "theme": Field(tr("&Theme"), _combo(themes)),
        "language": Field(tr("&Language"), _combo(spoken)),
        "text_size": Field(tr("Text &size"), _numbers(TEXT_SIZES, _per_cent), other=_per_cent),
        "monitor": Field(tr("Participant's &monitor"), _combo(screens)),
    }


def _sessions(protocols: Choices) -> dict[str, Field]:
    """Which protocol is chosen first, and when questionnaires are due."""
    first = [("", tr("same as in the last session")), *protocols]
    return {
        "protocol": Field(tr("Protocol chosen &first"), _combo(first)),
        "scale_days": Field(tr("Scales &due after"), _numbers(DAYS, _days), other=_days),
    }


def _media() -> dict[str, Field]:
    """Files of the clinic that feedback is made of."""
    kinds = {
        "music": (tr("M&usic"), tr("for protocols with music"), f"{tr('Music')} (*.wav)"),
        "picture": (
            tr("Im&age"), tr("for the scene image"), f"{tr('Pictures')} (*.png *.jpg *.jpeg)",
        ),
        "film": (
            tr("Vid&eo"), tr("for the scene video"),
            f"{tr('Films')} (*.mp4 *.mkv *.mov *.avi *.webm *.m4v)",
        ),
    }  # fmt: skip
    return {
        key: Field(name, _line(1000), hint, files=files)
        for key, (name, hint, files) in kinds.items()
    }


def _per_cent(number: int) -> str:
    return tr("{n} %", n=number)


def _days(number: int) -> str:
    return tr("1 day") if number == 1 else tr("{n} days", n=number)


def _minutes(number: int) -> str:
    if number == 0:
        return tr("never")
    if number == 1:
        return tr("1 minute without keyboard or mouse input")
    return tr("{n} minutes without keyboard or mouse input", n=number)


def _line(longest: int) -> QtWidgets.QLineEdit:
    line = QtWidgets.QLineEdit()
    line.setMaxLength(longest)
    return line


def _combo(choices: Choices) -> Combo:
    combo = Combo()
    combo.setSizeAdjustPolicy(
        QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
    )
    combo.setMinimumContentsLength(12)
    for value, words in choices:
        combo.addItem(words, value)
    return combo


def _numbers(numbers: Sequence[int], words: Callable[[int], str]) -> Combo:
    return _combo([(number, words(number)) for number in numbers])


def _without_password(value: str) -> str:
    """Return an address without the part before its host."""
    scheme, separator, rest = value.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if separator else value
