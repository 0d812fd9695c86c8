"""The theme applied to Qt: style sheet, fonts and the colours pyqtgraph draws with.

Responsible for turning `gui.theme` into what Qt understands. Not responsible for choosing values.
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtGui, QtWidgets
from neurofeedback.gui.theme import DARK, FONT_FAMILIES, Theme, mix

_SHEET = """
* {{ color: {text}; font-size: {body}px; }}
QMainWindow, QDialog, QMessageBox, #page {{ background: {window}; }}
QLabel {{ background: transparent; }}
QMessageBox QLabel {{ min-width: 260px; padding: 2px 0; }}
#card {{ background: {panel}; border: 1px solid {edge}; border-radius: {radius}px; }}
#plain {{ background: transparent; border: none; }}
#log {{ background: transparent; border: none; padding: 0; color: {muted}; font-size: {small}px; }}
QLabel[role="title"] {{ font-size: {title}px; font-weight: 600; }}
QLabel[role="heading"] {{ color: {muted}; font-size: {small}px; font-weight: 600; }}
QLabel[role="muted"] {{ color: {muted}; font-size: {small}px; }}
QLabel[role="number"] {{ font-size: {number}px; font-weight: 600; }}
QLabel[role="clock"] {{ font-size: {clock}px; font-weight: 300; }}
QLabel[role="error"] {{ color: {caution}; font-weight: 600; }}
QPushButton, QToolButton {{
    background: {raised}; border: 1px solid {line}; border-radius: 6px;
    padding: 7px 12px; min-height: 18px;
}}
QPushButton:hover, QToolButton:hover {{ background: {hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {panel}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {focus}; padding: 6px 11px; }}
QPushButton:disabled {{ color: {faded}; background: {panel}; border-color: {edge}; }}
QPushButton[role="primary"] {{
    background: {focus}; color: {on_accent}; font-weight: 600; border: 1px solid {focus};
}}
QPushButton[role="primary"]:hover {{ background: {focus_hover}; }}
QPushButton[role="primary"]:focus {{ border: 2px solid {text}; }}
QPushButton[role="primary"]:disabled {{
    background: {panel}; color: {faded}; border-color: {edge};
}}
QLineEdit, QComboBox, QListWidget, QPlainTextEdit {{
    background: {field}; border: 1px solid {line}; border-radius: 6px; padding: 6px 8px;
    selection-background-color: {focus}; selection-color: {on_accent};
    placeholder-text-color: {muted};
}}
QLineEdit:focus, QComboBox:focus, QListWidget:focus {{
    border: 2px solid {focus}; padding: 5px 7px;
}}
QLineEdit:disabled, QComboBox:disabled, QListWidget:disabled {{ color: {faded}; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView {{
    background: {raised}; border: 1px solid {line};
    selection-background-color: {focus}; selection-color: {on_accent};
}}
QListWidget::item {{ padding: 6px 4px; border-radius: 4px; }}
QListWidget::item:selected {{ background: {chosen}; color: {text}; }}
QRadioButton {{ spacing: 8px; padding: 3px; border: 2px solid transparent; border-radius: 6px; }}
QRadioButton:focus {{ border: 2px solid {focus}; }}
QRadioButton::indicator {{
    width: 12px; height: 12px; border-radius: 8px; border: 2px solid {muted}; background: {field};
}}
QRadioButton::indicator:checked {{ border-color: {focus}; background: {focus}; }}
QMenuBar {{ background: {window}; color: {muted}; padding: 2px 6px; }}
QMenuBar::item {{ background: transparent; color: {muted}; padding: 4px 8px; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {raised}; color: {text}; }}
QMenu {{ background: {raised}; border: 1px solid {line}; padding: 4px; }}
QMenu::item {{ padding: 6px 28px 6px 16px; border-radius: 4px; }}
QMenu::item:selected {{ background: {focus}; color: {on_accent}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {line}; padding: 4px 6px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {line}; border-radius: 4px; min-height: 24px; }}
QScrollBar::handle:vertical:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QScrollArea {{ background: transparent; border: none; }}
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
QCheckBox {{ spacing: 8px; padding: 3px; border: 2px solid transparent; border-radius: 6px; }}
QCheckBox:focus {{ border: 2px solid {focus}; }}
QCheckBox::indicator {{
    width: 14px; height: 14px; border-radius: 3px; border: 2px solid {muted}; background: {field};
}}
QCheckBox::indicator:checked {{ border-color: {focus}; background: {focus}; }}
"""


def style_sheet(theme: Theme = DARK) -> str:
    """Return the theme as a Qt style sheet."""
    p = theme.palette
    return _SHEET.format(
        **{name: getattr(p, name) for name in p.__slots__},
        small=theme.small, body=theme.body, title=theme.title, number=theme.number,
        clock=theme.clock, radius=theme.radius,
        edge=mix(p.panel, p.line, 0.6), hover=mix(p.raised, p.line, 0.8),
        faded=mix(p.panel, p.muted, 0.6), focus_hover=mix(p.focus, "#ffffff", 0.25),
        chosen=mix(p.field, p.focus, 0.28),
    )  # fmt: skip


def dress(app: QtWidgets.QApplication, theme: Theme = DARK) -> None:
    """Give an application the theme.

    Parameters
    ----------
    app : QApplication
    theme : Theme
    """
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
        ``title, heading, muted, number, clock, error``, or empty for body text.
    wrap : bool
        Whether it may take several lines.

    Returns
    -------
    QLabel
    """
    made = QtWidgets.QLabel(text)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def spaced(layout: QtWidgets.QBoxLayout, margin: int = 0, gap: int = 2) -> None:
    """Set a layout's margin and gap, in steps of the spacing grid."""
    unit = DARK.unit
    layout.setContentsMargins(margin * unit, margin * unit, margin * unit, margin * unit)
    layout.setSpacing(gap * unit)


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
