"""Why feedback is held: a cause, and where it was seen.

Responsible for the causes there are and for how one stands in files and events. Not responsible for
finding one (`signal.pipeline`, `protocols.evaluator`) nor for saying it to a person (`app.states`).
"""

from __future__ import annotations

from dataclasses import dataclass

STALE = "stale"  # samples come late, or none at all; the time of such a hold does not count
ALONE = ("settling", "paused", "gap", "rebuilt", STALE, "rate", "repeated", "unit")
AT_A_CHANNEL = (
    "not a number", "railed", "flat", "amplitude", "gradient", "line noise", "muscle", "blink",
)  # fmt: skip
AT_ELECTRODES = ("bridge", "no signal")  # see `session.contact`
LIVE_CAUSES = (STALE, "rate", "repeated", "unit", *AT_ELECTRODES)
REGION = "region"

_EXPLAINS, _PERCENT = " explains ", " %"


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a frame must not be used.

    ``str(hold)`` is how it is written: ``settling``, ``amplitude F3``,
    ``region pgACC explains 3 %``.

    Parameters
    ----------
    cause : str
        One of `ALONE`, `AT_A_CHANNEL`, `AT_ELECTRODES` or `REGION`; any other text is a cause of a
        version that this one does not know.
    channel : str
        Where it was seen: a channel (of a bridge, two: ``F3-F4``), or the name of a region; empty
        for causes that stand alone.
    percent : int or None
        Of a region alone: how much it explains of the power at the electrodes.
    """

    cause: str
    channel: str = ""
    percent: int | None = None

    def __str__(self) -> str:
        """Return how it is written."""
        if self.percent is not None:
            return f"{self.cause} {self.channel}{_EXPLAINS}{self.percent}{_PERCENT}"
        return f"{self.cause} {self.channel}" if self.channel else self.cause

    @classmethod
    def read(cls, text: str) -> Hold:
        """Read what ``str`` gives; what is not known becomes a cause as it stands.

        Parameters
        ----------
        text : str
        """
        for cause in (*AT_A_CHANNEL, *AT_ELECTRODES):
            channel = text.removeprefix(f"{cause} ")
            if channel and channel != text:
                return cls(cause, channel)
        region, explains, share = text.removesuffix(_PERCENT).rpartition(_EXPLAINS)
        name, percent = region.removeprefix(f"{REGION} "), _whole(share)
        hold = cls(REGION, name, percent)
        known = explains and name and percent is not None and str(hold) == text
        return hold if known else cls(text)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
