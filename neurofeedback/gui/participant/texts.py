"""What is written on the participant's display.

Responsible for the words of each mode, and for the protocol's own instructions. Not responsible for
painting them. Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Sequence

from neurofeedback.protocols.spec import Block, ProtocolSpec
from neurofeedback.session.display import Mode
from neurofeedback.words.language import language as language_in_use
from neurofeedback.words.language import later, tr, tr_n

LEAST_SECONDS = 6.0  # an instruction stands so long while there is feedback to look at,
LETTERS_A_SECOND = 15.0  # or as long as it takes to read

WORDS = {
    Mode.WAITING: later("We will start in a moment"),
    Mode.BASELINE: later("Please relax and look at the point"),
    Mode.FEEDBACK: "",
    Mode.HELD: later("Waiting for a clear signal"),
    Mode.REST: later("Rest. You may move and blink."),
    Mode.TRANSFER: later("Go on as before, without the picture"),
    Mode.PAUSED: later("Paused"),
    Mode.STALE: later("One moment please"),
    Mode.FINISHED: later("Finished. Thank you."),
}
EYES_CLOSED = later("Please relax with your eyes closed")
OF_THE_BLOCK = (Mode.BASELINE, Mode.FEEDBACK, Mode.REST, Mode.TRANSFER)


class Texts:
    """Words for each mode, and instructions for each block.

    Parameters
    ----------
    blocks : sequence of Block
        The schedule.
    instructions : sequence of str
        One for each block; empty for none.
    """

    def __init__(self, blocks: Sequence[Block] = (), instructions: Sequence[str] = ()) -> None:
        self._blocks = tuple(blocks)
        self._instructions = tuple(instructions)

    @classmethod
    def of(cls, spec: ProtocolSpec, language: str | None = None) -> Texts:
        """Return the texts of a protocol in a language, by default the one of the windows.

        Where a translation is missing, the English one.
        """
        chosen_language = language_in_use() if language is None else language
        blocks = list(spec.iter_blocks())
        known = spec.instructions.texts
        told = [known[b.instruction] if b.instruction is not None else {} for b in blocks]
        chosen = [t.get(chosen_language, t.get("en", "")) for t in told]
        return cls(blocks, [" ".join(text.split()) for text in chosen])

    def text(self, mode: Mode, block: int, seconds: float, gathered: int = 0) -> str:
        """Return what to write.

        Parameters
        ----------
        mode : Mode
            What is displayed.
        block : int
            Index of the block, -1 before the first.
        seconds : float
            Time since the block began, s.
        gathered : int
            Rewards to be told of in a rest and at the end; 0 tells nothing.
        """
        known = 0 <= block < len(self._blocks)
        if mode in OF_THE_BLOCK and known and self._instructions[block]:
            told = self._instructions[block]
            reading = max(LEAST_SECONDS, len(told) / LETTERS_A_SECOND)
            return told if mode is not Mode.FEEDBACK or seconds < reading else ""
        if mode is Mode.BASELINE and known and self._blocks[block].eyes == "closed":
            return tr(EYES_CLOSED)
        return tr(WORDS[mode]) + _result(mode, gathered)


def _result(mode: Mode, gathered: int) -> str:
    """Return a quiet line of how it went; empty where there is nothing good to say."""
    if not gathered or mode not in (Mode.REST, Mode.FINISHED):
        return ""
    if mode is Mode.REST:
        return "\n" + tr_n("{n} star in this round", "{n} stars in this round", gathered)
    return "\n" + tr_n("You have gathered {n} star.", "You have gathered {n} stars.", gathered)


DEFAULT_TEXTS = Texts()
