"""Choosing among streams by a query, without a network."""

from __future__ import annotations

import numpy as np
import pytest

from neurofeedback.acquisition.lsl.streams import Metadata, StreamSummary, select

STREAMS = [
    StreamSummary("amp", "EEG", "id-1", "here", "u1", 8, 250.0),
    StreamSummary("amp", "eeg", "id-2", "there", "u2", 8, 250.0),
    StreamSummary("gaze", "Gaze", "id=3", "here", "u3", 2, 60.0),
    StreamSummary("amp-annotations", "annotations", "id-1", "here", "u4", 1, 0.0),
    StreamSummary("a:b", "Misc", "", "here", "u5", 1, 10.0),
]


@pytest.mark.parametrize(
    ("query", "uids"),
    [
        ("", "u1 u2"),
        ("amp", "u1 u2"),
        ("id-1", "u1"),
        ("id=3", "u3"),
        ("a:b", "u5"),
        ("name=gaze", "u3"),
        ("type:EEG", "u1 u2"),
        ("type=gaze", "u3"),
        ("source_id=id-2", "u2"),
        ("hostname=there", "u2"),
        ("uid=u1", "u1"),
        ("amp-annotations", ""),
        ("nothing", ""),
        ("colour=red", ""),
        ("name=AMP", ""),
    ],
)
def test_a_query_means_these_streams(query: str, uids: str) -> None:
    assert [s.uid for s in select(STREAMS, query)] == uids.split()


def metadata(**changes: object) -> Metadata:
    fields: dict[str, object] = {
        "name": "amp",
        "source_id": "id",
        "kind": "EEG",
        "sfreq": 250.0,
        "labels": ("F3", "F4"),
        "ch_types": ("EEG", "EEG"),
        "units": ("uV", "uV"),
    }
    return Metadata(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"kind": "eeg"}, "type"),
        ({"sfreq": 500.0}, "500 Hz instead of 250 Hz"),
        ({"labels": ("O1", "O2")}, "O1, O2 instead of F3, F4"),
        ({"labels": ("F3",)}, "channels"),
        ({"units": ("V", "V")}, "V, V instead of uV, uV"),
        ({"ch_types": ("EEG", "EOG")}, "types"),
    ],
)
def test_any_difference_makes_another_stream(changes: dict[str, object], word: str) -> None:
    assert metadata().differences(metadata()) == []
    assert any(word in said for said in metadata().differences(metadata(**changes)))


def test_long_lists_of_channels_are_cut_in_messages() -> None:
    many = metadata(labels=tuple(f"E{i}" for i in np.arange(64)))
    assert len(" ".join(metadata().differences(many))) < 200
