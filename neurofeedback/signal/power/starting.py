"""The estimator without a baseline: in a session's first seconds, or for good.

Responsible for the design that is used until something is fitted. Not responsible for fitting
(`signal.power.fitting`) nor for what is known of other people (`signal.power.prior`).
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.signal.power.estimators import PowerDesign, cfir, pooled_posterior
from neurofeedback.signal.power.prior import Prior
from neurofeedback.signal.power.settings import EnvelopeSettings


def starting_design(
    envelope: EnvelopeSettings, channel: str, prior: Prior | None, sfreq: float, hop: int
) -> PowerDesign:
    """Design what is used without a baseline.

    Parameters
    ----------
    envelope : EnvelopeSettings
    channel : str
        Of the 10-20 system; any other is taken as the mean of all.
    prior : Prior or None
        Whose spectrum stands in for the participant's own; None for an analytic filter.
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    """
    if prior is None or not prior.starts(envelope):
        return cfir(envelope, sfreq, hop)
    return pooled_posterior(envelope, sfreq, hop, prior.freqs, prior.density(channel))


def starting_designs(
    columns: Sequence[tuple[str, EnvelopeSettings]],
    picks: Sequence[str],
    prior: Prior | None,
    sfreq: float,
    hop: int,
) -> list[PowerDesign]:
    """Design what is used without a baseline for columns of power.

    Parameters
    ----------
    columns : sequence of (str, EnvelopeSettings)
        The signal of each column, and how its power is estimated.
    picks : sequence of str
        Signals that are channels; spectra are known of no others.
    prior : Prior or None
    sfreq : float
        Sampling rate in Hz.
    hop : int
        Samples in a hop.
    """
    made: dict[tuple[EnvelopeSettings, str | None], PowerDesign] = {}
    found = []
    for signal, envelope in columns:
        theirs = prior is not None and signal in picks and prior.starts(envelope)
        # Columns of one analytic filter are run together: the last bits depend on that.
        key = envelope, signal if theirs else None
        if key not in made:
            made[key] = starting_design(envelope, signal, prior if theirs else None, sfreq, hop)
        found.append(made[key])
    return found
