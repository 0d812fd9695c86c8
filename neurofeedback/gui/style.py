"""The theme applied to Qt: style sheet, fonts and the colours pyqtgraph draws with.

Responsible for turning `gui.theme` into what Qt understands. Not responsible for choosing values.
"""

from __future__ import annotations

import html
from pathlib import Path

from neurofeedback.gui._qt import Qt, QtGui, QtWidgets
from neurofeedback.gui.theme import DARK, FONT_FAMILIES, Palette, Theme, current, use
from neurofeedback.gui.typeface import load_typeface
from neurofeedback.words.language import tr
from neurofeedback.words.plain import plain

PICTURES = Path(__file__).parent / "pictures"
_SHEET = """
* {{ color: {text}; font-size: {body}px; }}
QMainWindow, QDialog, QMessageBox, #page {{ background: {window}; }}
QLabel {{ background: transparent; }}
QMessageBox QLabel {{ min-width: {question}px; padding: 2px 0; }}
#card {{ background: {panel}; border: 1px solid {edge}; border-radius: {radius}px; }}
#plain {{ background: transparent; border: none; }}
#log {{
    background: transparent; border: 2px solid transparent; padding: 0;
    color: {muted}; font-size: {small}px;
}}
#log:focus {{ border: 2px solid {focus}; padding: 0; }}
QLabel[role="title"] {{ font-size: {title}px; font-weight: 600; }}
QLabel[role="heading"] {{ color: {muted}; font-size: {small}px; font-weight: 600; }}
QLabel[role="muted"] {{ color: {muted}; font-size: {small}px; }}
QLabel[role="hint"] {{
    background: {chosen}; border: 1px solid {focus}; border-radius: {radius}px; padding: 6px 10px;
}}
QLabel[role="hero"] {{ font-size: {hero}px; font-weight: 600; }}
QLabel[role="number"] {{ font-size: {number}px; font-weight: 600; }}
QLabel[role="clock"] {{ font-size: {clock}px; font-weight: 300; }}
QLabel[role="key"] {{ font-weight: 600; }}
QLabel[role="error"] {{ color: {caution}; font-weight: 600; }}
QPushButton, QToolButton {{
    background: {raised}; border: 1px solid {line}; border-radius: 6px;
    padding: 7px 12px; min-height: {row}px;
}}
QPushButton:hover, QToolButton:hover {{ background: {hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {panel}; }}
QLineEdit > QToolButton {{ background: transparent; border: none; padding: 0; min-height: 0; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {focus}; padding: 6px 11px; }}
QPushButton:disabled {{ color: {faded}; background: {panel}; border-color: {edge}; }}
QToolButton[role="step"] {{ font-size: {title}px; font-weight: 600; padding: 2px; }}
QToolButton[role="step"]:focus {{ padding: 1px; }}
QToolButton[role="quiet"], QPushButton[role="quiet"] {{
    background: transparent; border: 1px solid transparent; color: {muted}; font-size: {small}px;
    padding: 3px 8px;
}}
QToolButton[role="quiet"]:hover, QPushButton[role="quiet"]:hover {{
    background: {hover}; color: {text};
}}
QToolButton[role="quiet"]:focus, QPushButton[role="quiet"]:focus {{
    border: 2px solid {focus}; padding: 2px 7px;
}}
QPushButton[role="primary"] {{
    background: {focus}; color: {on_accent}; font-weight: 600; border: 1px solid {focus};
}}
QPushButton[role="primary"]:hover {{ background: {focus_hover}; }}
QPushButton[role="primary"]:focus {{ border: 2px solid {text}; }}
QPushButton[role="primary"]:disabled {{
    background: {panel}; color: {faded}; border-color: {edge};
}}
QLineEdit, QAbstractSpinBox, QComboBox, QListWidget, QPlainTextEdit, QTextEdit {{
    background: {field}; border: 1px solid {line}; border-radius: 6px; padding: 6px 8px;
    selection-background-color: {focus}; selection-color: {on_accent};
    placeholder-text-color: {muted};
}}
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QListWidget:focus,
QPlainTextEdit:focus, QTextEdit:focus {{
    border: 2px solid {focus}; padding: 5px 7px;
}}
QAbstractSpinBox QLineEdit {{ border: none; background: transparent; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QTableView:focus {{ border: 2px solid {focus}; }}
QLineEdit:disabled, QComboBox:disabled, QListWidget:disabled {{ color: {faded}; }}
QComboBox::drop-down {{ border: none; width: {arrow}px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView {{
    background: {raised}; border: 1px solid {line};
    selection-background-color: {focus}; selection-color: {on_accent};
}}
QAbstractItemView {{ outline: 0; }}
QListWidget::item {{ padding: 6px 4px; border-radius: 4px; }}
QListWidget::item:selected {{ background: {chosen}; color: {text}; }}
QRadioButton {{ spacing: 8px; padding: 3px; border: 2px solid transparent; border-radius: 6px; }}
QRadioButton:focus {{ border: 2px solid {focus}; }}
QRadioButton::indicator {{
    width: {box}px; height: {box}px; border-radius: {half}px;
    border: 2px solid {muted}; background: {field};
}}
QRadioButton::indicator:checked {{ border-color: {focus}; background: {focus}; }}
QCheckBox {{ spacing: 8px; padding: 3px; border: 2px solid transparent; border-radius: 6px; }}
QCheckBox:focus {{ border: 2px solid {focus}; }}
QCheckBox::indicator {{
    width: {box}px; height: {box}px; border-radius: 4px;
    border: 2px solid {muted}; background: {field};
}}
QCheckBox::indicator:checked {{ border-color: {focus}; background: {focus}; }}
QRadioButton:disabled, QCheckBox:disabled {{ color: {faded}; }}
QSlider {{ border: 2px solid transparent; border-radius: 6px; min-height: {slider}px; }}
QSlider:focus {{ border: 2px solid {focus}; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {line}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {focus}; }}
QSlider::handle:horizontal {{
    width: {knob}px; height: {knob}px; margin: -{sink}px 0; border-radius: {half_knob}px;
    background: {text}; border: 2px solid {panel};
}}
QSlider::handle:horizontal:disabled, QSlider::sub-page:horizontal:disabled {{
    background: {faded};
}}
QTabWidget::pane {{ border: 1px solid {edge}; border-radius: {radius}px; top: -1px; }}
QTabBar::tab {{
    background: {panel}; color: {muted}; padding: 7px 14px; margin-right: 4px;
    border: 2px solid {edge}; border-top-left-radius: 6px; border-top-right-radius: 6px;
}}
QTabBar::tab:selected {{ background: {raised}; color: {text}; font-weight: 600; }}
QTabBar::tab:focus {{ border: 2px solid {focus}; }}
QHeaderView::section {{
    background: {raised}; color: {muted}; padding: 5px 8px; border: none;
    border-bottom: 1px solid {line};
}}
QTableView {{
    background: {field}; border: 1px solid {line}; gridline-color: {grid};
    selection-background-color: {chosen}; selection-color: {text};
}}
QFileDialog {{ filedialog-parent-directory-icon: url("{pictures}/to-parent.svg"); }}
QToolButton::menu-indicator {{ image: none; width: 0; }}
QProgressBar {{
    background: {raised}; border: 1px solid {line}; border-radius: 6px; text-align: center;
}}
QProgressBar::chunk {{ background: {chosen}; border-radius: 5px; }}
QMenuBar {{ background: {window}; color: {muted}; padding: 2px 6px; }}
QMenuBar::item {{ background: transparent; color: {muted}; padding: 4px 8px; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {raised}; color: {text}; }}
QMenu {{ background: {raised}; border: 1px solid {line}; padding: 4px; }}
QMenu::item {{ padding: 6px 28px 6px 16px; border-radius: 4px; }}
QMenu::item:selected {{ background: {focus}; color: {on_accent}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {line}; padding: 4px 6px; }}
QScrollBar:vertical {{ background: transparent; width: 13px; margin: 0; }}
QScrollBar::handle:vertical {{
    background: {line}; border-radius: 4px; min-height: 24px; margin-left: 4px;
}}
QScrollBar::handle:vertical:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QScrollBar:horizontal {{ background: transparent; height: 13px; margin: 0; }}
QScrollBar::handle:horizontal {{
    background: {line}; border-radius: 4px; min-width: 24px; margin-top: 4px;
}}
QScrollBar::handle:horizontal:hover {{ background: {muted}; }}
QScrollArea {{ background: transparent; border: 2px solid transparent; }}
QScrollArea:focus {{ border: 2px solid {focus}; border-radius: 6px; }}
#clear {{ background: transparent; }}
QPushButton[role="choice"] {{ text-align: left; }}
QPushButton[role="choice"]:checked {{ background: {chosen}; border-color: {focus}; }}
QPushButton[role="choice"]:checked:focus {{ border-color: {text}; }}
QPushButton[reading="large"] {{ font-size: {number}px; padding: 14px 20px; }}
QPushButton[reading="large"]:focus {{ padding: 13px 19px; }}
QPushButton[reading="middle"], QLabel[role="middle"] {{ font-size: {title}px; }}
QLabel[role="large"] {{ font-size: {number}px; }}
QLabel[role="error"][reading="large"] {{ font-size: {title}px; }}
QPushButton {{ outline: none; }}
"""


COLOURS = (*Palette.__slots__, "edge", "hover", "faded", "focus_hover", "chosen")


def style_sheet(theme: Theme | None = None) -> str:
    """Return a theme, by default the one in use, as a Qt style sheet."""
    theme = current() if theme is None else theme
    return _SHEET.format(
        **{name: getattr(theme.palette, name) for name in COLOURS},
        small=theme.small, body=theme.body, title=theme.title, number=theme.number,
        clock=theme.clock, hero=theme.hero, radius=theme.radius,
        row=theme.px(18), box=theme.px(12), half=theme.px(12) // 2 + 2, arrow=theme.px(24),
        slider=theme.px(24), knob=theme.px(14), half_knob=theme.px(14) // 2 + 2,
        pictures=PICTURES.as_posix(), sink=theme.px(14) // 2, question=theme.px(260),
    )  # fmt: skip


def dress(app: QtWidgets.QApplication, theme: Theme = DARK) -> None:
    """Make a theme the one in use and give it to the application.

    Parameters
    ----------
    app : QApplication
    theme : Theme
    """
    use(theme)
    load_typeface()
    app.setStyle("Fusion")
    font = QtGui.QFont(list(FONT_FAMILIES))
    font.setPixelSize(theme.body)
    font.setHintingPreference(QtGui.QFont.HintingPreference.PreferNoHinting)
    app.setFont(font)
    app.setPalette(_qt_palette(theme))
    app.setStyleSheet(style_sheet(theme))


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QtWidgets.QLabel:
    """Make a label in one of the theme's roles.

    Parameters
    ----------
    text : str
    role : str
        ``title, heading, muted, number, hero, clock, key, hint, error``, or empty for body text.
    wrap : bool
        Whether it may take several lines.

    Returns
    -------
    QLabel
    """
    made = QtWidgets.QLabel(plain(text))
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def tip(text: str) -> str:
    """Return a tooltip that shows a text as it is: Qt reads markup from what looks like it."""
    shown = plain(text)
    if "<" not in shown:
        return shown
    lines = "<br>".join(html.escape(line) for line in shown.split("\n"))
    return f"<span>{lines}</span>"


def spaced(layout: QtWidgets.QBoxLayout, margin: int = 0, gap: int = 2) -> None:
    """Set a layout's margin and gap, in steps of the spacing grid."""
    unit = current().unit
    layout.setContentsMargins(margin * unit, margin * unit, margin * unit, margin * unit)
    layout.setSpacing(gap * unit)


def answers(dialog: QtWidgets.QDialog, yes: QtWidgets.QPushButton) -> QtWidgets.QHBoxLayout:
    """Return the last row of a dialog: a button that leaves it, and the one that Enter presses."""
    row = QtWidgets.QHBoxLayout()
    spaced(row, gap=2)
    row.addStretch(1)
    cancel = QtWidgets.QPushButton(tr("Cancel  (Esc)"))
    cancel.setAutoDefault(False)
    cancel.clicked.connect(dialog.reject)
    row.addWidget(cancel)
    yes.setProperty("role", "primary")
    yes.setDefault(True)
    row.addWidget(yes)
    return row


def _qt_palette(theme: Theme) -> QtGui.QPalette:
    p, role = theme.palette, QtGui.QPalette.ColorRole
    palette = QtGui.QPalette()
    for which, colour in (
        (role.Window, p.window), (role.Base, p.field), (role.AlternateBase, p.panel),
        (role.Button, p.raised), (role.Text, p.text), (role.WindowText, p.text),
        (role.ButtonText, p.text), (role.PlaceholderText, p.muted), (role.Highlight, p.focus),
        (role.HighlightedText, p.on_accent), (role.ToolTipBase, p.raised),
        (role.ToolTipText, p.text), (role.Link, p.focus),
    ):  # fmt: skip
        palette.setColor(which, QtGui.QColor(colour))
    return palette
