"""What the rows of the traces show: channels from front to back, or differences of them.

Responsible for which montages a stream allows, and for their rows. For display only: nothing that
is recorded or computed knows of it. Not responsible for drawing (`gui.operator.traces`).

References
----------
Hjorth (1975), doi:10.1016/0013-4694(75)90056-5, the Laplacian as the difference to the nearest
electrodes. ACNS (2016), Guideline 3, doi:10.1097/WNP.0000000000000317, the longitudinal chains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from neurofeedback.acquisition.electrodes import positions
from neurofeedback.frames import FloatArray, StreamInfo
from neurofeedback.words.language import later

_NAME = re.compile(r"(Fp|AF|FT|FC|F|TP|CP|T|C|PO|P|O|I)(z|\d+)")
_FROM_THE_FRONT = {"Fp": 0, "AF": 1, "F": 2, "FT": 3, "FC": 3, "T": 4, "C": 4, "TP": 5, "CP": 5,
                   "P": 6, "PO": 7, "O": 8, "I": 9}  # fmt: skip
_NEW_NAMES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
_CHAINS = ("Fp1 F7 T7 P7 O1", "Fp1 F3 C3 P3 O1", "Fz Cz Pz", "Fp2 F4 C4 P4 O2", "Fp2 F8 T8 P8 O2")
NEIGHBOURS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the traces.

    Parameters
    ----------
    label : str
    channels : tuple of int
        Those it is made of, the main one first.
    weights : tuple of float
        What each is multiplied with.
    """

    label: str
    channels: tuple[int, ...]
    weights: tuple[float, ...] = (1.0,)

    def of(self, samples: FloatArray) -> FloatArray:
        """Return the row, shape (n_times,), of samples of all channels."""
        if self.weights == (1.0,):
            return samples[:, self.channels[0]]
        return np.asarray(samples[:, list(self.channels)] @ np.array(self.weights))


@dataclass(frozen=True, slots=True)
class Montage:
    """All rows, and what they are called together.

    Parameters
    ----------
    words : str
    rows : tuple of Row
    """

    words: str
    rows: tuple[Row, ...]


def montages(info: StreamInfo) -> list[Montage]:
    """Return what a stream can be shown as, as it is recorded first.

    Parameters
    ----------
    info : StreamInfo

    Returns
    -------
    list of Montage
        What needs electrodes that are not there is left out.
    """
    order = from_front_to_back(info.ch_names)
    eeg = [i for i in order if i in info.eeg]
    names = {_NEW_NAMES.get(info.ch_names[i], info.ch_names[i]): i for i in eeg}
    others = tuple(Row(info.ch_names[i], (i,)) for i in order if i not in eeg)
    found = [Montage(later("as recorded"), tuple(Row(info.ch_names[i], (i,)) for i in order))]
    for words, least, rows in (
        (later("average reference"), 8, _average(info, eeg)),
        (later("bipolar, front to back"), 3, list(_bipolar(names))),
        (later("Laplacian"), 8, list(_laplacian(names))),
    ):
        if len(rows) >= least:
            found.append(Montage(words, (*rows, *others)))
    return found


def from_front_to_back(names: Sequence[str]) -> list[int]:
    """Return the channels in the order of the head: front to back, in each row left to right.

    Names that are no places stand last, in the order they have.
    """

    def place(index: int) -> tuple[int, int, int]:
        match = _NAME.fullmatch(_NEW_NAMES.get(names[index], names[index]))
        if match is None:
            return len(_FROM_THE_FRONT), 0, index
        number = 0 if match[2] == "z" else int(match[2])
        return _FROM_THE_FRONT[match[1]], -number if number % 2 else number, index

    return sorted(range(len(names)), key=place)


def _average(info: StreamInfo, eeg: Sequence[int]) -> list[Row]:
    share = -1.0 / max(len(eeg), 1)
    return [
        Row(info.ch_names[i], (i, *(j for j in eeg if j != i)),
            (1.0 + share, *[share] * (len(eeg) - 1)))
        for i in eeg
    ]  # fmt: skip


def _bipolar(names: dict[str, int]) -> Iterator[Row]:
    for chain in _CHAINS:
        there = chain.split()
        for front, back in zip(there, there[1:], strict=False):
            if front in names and back in names:
                yield Row(f"{front}-{back}", (names[front], names[back]), (1.0, -1.0))


def _laplacian(names: dict[str, int]) -> Iterator[Row]:
    known = {name: positions()[name] for name in names if name in positions()}
    for name, place in known.items():
        near = sorted((n for n in known if n != name), key=lambda n: -float(known[n] @ place))
        near = near[:NEIGHBOURS]
        if len(near) == NEIGHBOURS:
            channels = (names[name], *(names[n] for n in near))
            yield Row(name, channels, (1.0, *[-1.0 / NEIGHBOURS] * NEIGHBOURS))
