"""Music whose loudness follows the value, from a file of the user.

Responsible for reading a WAV file and for a loop without a seam. Not responsible for loudness
(`gui.participant.tones`). Knows no Qt.
"""

from __future__ import annotations

import math
import struct
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurofeedback.errors import UserError
from neurofeedback.gui.participant.tones import HOP, N_SIDES, FloatHop, Samples
from neurofeedback.recording.files import why

SHORTEST, LONGEST = 2.0, 900.0
USED = 180.0  # s of it are played; read while a session begins, so it must not take long
SEAM = 0.5
USUAL_RMS = 0.25  # of the peak that is allowed; louder files are turned down to it
_FULL = 32767.0


class Loop:
    """Samples that go round without a seam: the end goes over into the beginning at even power.

    Parameters
    ----------
    samples : ndarray of float, shape (n_times, 2)
        At least `SHORTEST` seconds.
    rate : int
        Samples per second.
    """

    def __init__(self, samples: NDArray[np.floating], rate: int) -> None:
        seam = round(SEAM * rate)
        self._length = len(samples) - seam
        # The first time round begins after the seam, where the end is not heard yet.
        self._begin = seam
        angle = np.pi / 2 * (np.arange(seam) + 0.5)[:, None] / seam
        loop = samples - samples.mean(axis=0, dtype=np.float64).astype(samples.dtype)
        loop[:seam] = np.sin(angle) * loop[:seam] + np.cos(angle) * loop[self._length :]
        loop = loop[: self._length]
        peak = float(np.abs(loop).max())
        rms = math.sqrt(float(np.mean(np.square(loop))))
        scale = min(1.0 / peak, USUAL_RMS / rms) if peak > 0 else 0.0
        # Half the memory of floats: three minutes are 35 MB.
        stored = np.round(loop * (scale * _FULL)).astype(np.int16)
        self._stored = np.concatenate([stored, stored[:HOP]])

    def hop(self, start: int, value: FloatHop) -> Samples:
        """Return the next samples; the value changes nothing but their loudness."""
        at = (self._begin + start) % self._length
        return (self._stored[at : at + HOP] / _FULL).astype(np.float32)


def read_music(path: Path, rate: int) -> Loop:
    """Read a WAV file.

    Parameters
    ----------
    path : Path
        One or two channels are heard, of any sampling rate; the first `USED` seconds.
    rate : int
        Samples per second that are wanted.

    Returns
    -------
    Loop

    Raises
    ------
    UserError
        If the file cannot be read or is too short or too long.
    """
    from scipy.io import wavfile
    from scipy.signal import resample_poly

    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", wavfile.WavFileWarning
            )  # remarks on titles and the like
            own_rate, data = wavfile.read(path)
    except OSError as error:
        raise UserError(
            "The music {path} cannot be read: {reason}.", path=path, reason=why(error)
        ) from error
    # SciPy stumbles over a file without a format or samples.
    except (ValueError, EOFError, UnboundLocalError, struct.error) as error:
        raise UserError(
            "The music {path} is not a WAV file that can be read.", path=path
        ) from error
    seconds = len(data) / own_rate
    if not SHORTEST <= seconds <= LONGEST:
        raise UserError(
            "The music {path} lasts {seconds:.1f} s; give a file of {shortest:g} s to "
            "{longest:g} min, which is played in a loop.",
            path=path,
            seconds=seconds,
            shortest=SHORTEST,
            longest=LONGEST / 60,
        )
    samples = _as_stereo(data[: round(USED * own_rate)])
    if own_rate != rate:
        common = math.gcd(own_rate, rate)
        samples = resample_poly(samples, rate // common, own_rate // common, axis=0)
    return Loop(samples, rate)


def _as_stereo(data: NDArray[np.integer | np.floating]) -> NDArray[np.float32]:
    """Return the first two channels as floats; one channel twice."""
    columns = data.reshape(len(data), -1)[:, :N_SIDES]
    samples = columns.astype(np.float32)
    if data.dtype == np.uint8:
        samples -= 128.0
    # Whatever full scale is: a loop finds its own peak.
    samples = np.nan_to_num(samples, posinf=0.0, neginf=0.0)
    return np.repeat(samples, N_SIDES // samples.shape[1], axis=1)
