"""A film that comes out of the mist.

The mist opens as far as the value says, as in `image`, over a moving picture; the film's own sound
grows with the value. The film stands still in every hold, rest and pause, and begins anew when it
is over. QtMultimedia is loaded when a film is.
"""

from __future__ import annotations

from pathlib import Path

from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui
from neurofeedback.gui.participant.picture import Picture
from neurofeedback.gui.participant.scenes.image import ImageScene, filling, mist
from neurofeedback.gui.participant.tones import loudness
from neurofeedback.session.display import Mode

WIDEST = 960  # pixels of a frame; more cannot be made misty 30 times a second


class VideoScene(ImageScene):
    """See the module.

    Parameters
    ----------
    file : Path
        Any film that the system can play.
    volume : float
        Of its sound at the value 1, 0..1.

    Raises
    ------
    UserError
        If there is no such file, or films cannot be played here.
    """

    def __init__(self, file: Path, volume: float = 0.5) -> None:
        super().__init__()
        if not file.is_file():
            raise UserError("The film {file} is not there; northern lights are shown.", file=file)
        try:
            from PySide6 import QtMultimedia
        except ImportError as error:
            raise UserError(
                "The film {file} cannot be shown, because QtMultimedia could not be loaded "
                "({reason}); northern lights are shown.",
                file=file, reason=str(error),
            ) from error  # fmt: skip
        self._volume = volume
        self._moves = False
        self._misty = QtGui.QPixmap()
        self._sink = QtMultimedia.QVideoSink()
        self._sink.videoFrameChanged.connect(self._take)
        self._sound = QtMultimedia.QAudioOutput()
        self._player = QtMultimedia.QMediaPlayer()
        self._player.setVideoSink(self._sink)
        self._player.setAudioOutput(self._sound)
        self._player.setLoops(QtMultimedia.QMediaPlayer.Loops.Infinite)
        self._player.setSource(QtCore.QUrl.fromLocalFile(str(file)))
        self._player.pause()  # shows its first frame
        self._states = QtMultimedia.QMediaPlayer.PlaybackState

    @property
    def playing(self) -> bool:
        """Whether the film moves."""
        return self._player.playbackState() == self._states.PlayingState

    def moving_area(self, rect: QtCore.QRect) -> QtCore.QRect:
        """Return everything: the mist moves with the film."""
        return rect

    def paint(self, painter: QtGui.QPainter, rect: QtCore.QRectF, picture: Picture) -> None:
        """Let the film move or stand still, and paint it."""
        moves = picture.mode is Mode.FEEDBACK
        if moves != self._moves:
            self._moves = moves
            (self._player.play if moves else self._player.pause)()
        self._sound.setVolume(self._volume**2 * loudness(picture.level) if moves else 0.0)
        if not self._misty.isNull():
            painter.drawPixmap(rect, self._misty, QtCore.QRectF(self._misty.rect()))
        super().paint(painter, rect, picture)

    def background(self, size: QtCore.QSize) -> QtGui.QImage:
        """Return northern lights, until the film has a frame."""
        self._size = size.scaled(WIDEST, WIDEST, Qt.AspectRatioMode.KeepAspectRatio)
        return super().background(size)

    def close(self) -> None:
        """Let the film go."""
        self._player.stop()

    def _take(self, frame: object) -> None:
        """Take over the next frame of the film."""
        image = frame.toImage()  # type: ignore[attr-defined]
        if image.isNull() or not hasattr(self, "_size"):
            return
        whole = filling(image, self._size)
        self._clear = QtGui.QPixmap.fromImage(whole)
        self._misty = QtGui.QPixmap.fromImage(mist(whole))
