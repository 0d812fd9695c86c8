"""What is seen while the program starts.

Responsible for a picture on the screen before anything heavy is loaded. Not responsible for what is
loaded, nor for the first page (`gui.desk.window`).
"""

from __future__ import annotations

from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.application import ICON
from neurofeedback.gui.theme import current
from neurofeedback.words.language import tr

WIDTH, HEIGHT = 360, 200  # px, at the usual size of text
PICTURE = 88
LONGEST = 200  # ms to wait for the window system


class Splash(QtWidgets.QLabel):
    """The program's picture and name; it neither takes the keyboard nor stays above others.

    Not a `QSplashScreen`: showing one waits for a second (Qt 6.10, 6.11), in vain.
    """

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.SplashScreen | Qt.WindowType.FramelessWindowHint)
        self.setPixmap(_picture())
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle(tr("Neurofeedback"))

    def show_at_once(self) -> None:
        """Show it in the middle of the screen, painted, before this returns."""
        middle = QtGui.QGuiApplication.primaryScreen().availableGeometry().center()
        self.adjustSize()
        self.move(middle - self.rect().center())
        self.show()
        waited = QtCore.QElapsedTimer()
        waited.start()
        while not self.windowHandle().isExposed() and not waited.hasExpired(LONGEST):
            QtWidgets.QApplication.processEvents()
        self.repaint()
        QtWidgets.QApplication.processEvents()


def _picture() -> QtGui.QPixmap:
    theme = current()
    ratio = QtGui.QGuiApplication.primaryScreen().devicePixelRatio()
    size = QtCore.QSize(theme.px(WIDTH), theme.px(HEIGHT))
    made = QtGui.QPixmap(size * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(QtGui.QColor(theme.palette.window))
    painter = QtGui.QPainter(made)
    side = theme.px(PICTURE)
    icon = QtGui.QIcon(str(ICON)).pixmap(QtCore.QSize(side, side), ratio)
    painter.drawPixmap((size.width() - side) // 2, theme.px(30), icon)
    font = QtGui.QFont(painter.font())
    font.setPixelSize(theme.title)
    painter.setFont(font)
    painter.setPen(QtGui.QColor(theme.palette.text))
    below = QtCore.QRect(0, theme.px(30) + side, size.width(), size.height() - theme.px(30) - side)
    words = tr("Neurofeedback is starting\u2026")
    painter.drawText(below, Qt.AlignmentFlag.AlignCenter, words)
    painter.setPen(QtGui.QColor(theme.palette.line))
    painter.drawRect(0, 0, size.width() - 1, size.height() - 1)
    painter.end()
    return made
