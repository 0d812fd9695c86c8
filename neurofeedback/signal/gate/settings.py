"""The declared settings of the artefact gate.

Responsible for which limits may be set and what each means. Not responsible for looking at samples
(`samples`, `artifact_filters`).

Units are volts, seconds and hertz.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from neurofeedback.signal.settings_base import Off, Settings


class GateSettings(Settings):
    """When samples count as bad and feedback must hold.

    The least a limit may be is what no amplifier can stay below: there, all would be an artefact.
    None switches a criterion off where it is allowed; a protocol file, which has no None, uses the
    word ``off``.

    Attributes
    ----------
    amplitude : float
        Largest deviation in V of a feature's referenced channel from its mean over the last second.
    reference_amplitude : float
        The same for every other channel that enters the reference, in V.
    flat : float
        A channel that moves less than this (V, peak to peak in each hop) for `flat_seconds` is
        flat.
    flat_seconds : float
        Time after which such a channel is flat, in s.
    rail : float or None
        A sample this far from 0 V or farther is railed; see the amplifier's data sheet. Channels
        that are clipped below it are also found, see `clipped_seconds`.
    clipped_seconds : float or None
        A channel whose every hop for this long, in s, touches exactly the highest (or lowest) value
        of the last two seconds is railed.
    gradient : float or None
        Largest change in V of a feature's referenced channel from one sample to the next; in
        streams faster than 250 Hz, from one sample to that 4 ms later. The step of an electrode
        that comes loose has the same height at any rate, so the limit does not depend on the rate.
        The default is 20 mV/s at 250 Hz and above; brain waves stay below 5.
    reference_gradient : float or None
        The same for every other channel that enters the reference, in V.
    mains : {'auto', 'none', 50, 60}
        Frequency of the mains in Hz; ``auto`` checks both and excludes both from `muscle`.
    line_noise : float or None
        Largest ratio of the amplitude at the mains frequency to the amplitude at 4-40 Hz, at the
        channels of the features.
    muscle : float or None
        Largest ratio of the amplitude at 20-40 and 45-60 Hz, off the mains, to the lower quartile
        of the last `muscle_memory` seconds, at F7, F8, T7 and T8 (T3, T4) where the stream has any
        of them, else at the channels of the features.
    muscle_floor : float
        Amplitude in V (RMS) that is never muscle, whatever the ratio.
    muscle_amplitude : float or None
        Amplitude in V (RMS) that is always muscle.
    muscle_memory : float
        Length in s of this memory. It is long, so that a slow rise of muscle tone does not count as
        normal.
    blink : float or None
        Largest rise in V of a frontal channel (Fp1, Fp2, Fpz, AF7, AF8) below 8 Hz within 0.6 s;
        of an EOG channel, largest change either way.
    """

    amplitude: float = Field(default=100e-6, ge=1e-6, le=1e-2)
    reference_amplitude: float = Field(default=300e-6, ge=1e-6, le=1e-1)
    flat: float = Field(default=1e-7, ge=0.0, le=1e-5)
    flat_seconds: float = Field(default=0.2, gt=0.0, le=10.0)
    rail: Annotated[float | None, Off] = Field(default=None, ge=1e-4, le=10.0)
    clipped_seconds: Annotated[float | None, Off] = Field(default=0.1, ge=0.02, le=2.0)
    gradient: Annotated[float | None, Off] = Field(default=80e-6, ge=1e-6, le=1e-1)
    reference_gradient: Annotated[float | None, Off] = Field(default=240e-6, ge=1e-6, le=1e-1)
    mains: Literal["auto", "none", 50, 60] = "auto"
    line_noise: Annotated[float | None, Off] = Field(default=2.0, ge=0.05, le=1e3)
    muscle: Annotated[float | None, Off] = Field(default=3.0, gt=1.0, le=1e3)
    muscle_floor: float = Field(default=6e-6, ge=0.0, le=1e-2)
    muscle_amplitude: Annotated[float | None, Off] = Field(default=30e-6, ge=1e-6, le=1e-2)
    muscle_memory: float = Field(default=600.0, ge=20.0, le=7200.0)
    blink: Annotated[float | None, Off] = Field(default=100e-6, ge=1e-5, le=1e-2)
