"""The strip of blocks above the traces."""

from neurofeedback.gui.operator.block_strip import BlockStrip
from neurofeedback.protocols.file.reading import load_protocol
from neurofeedback.protocols.run.schedule import BlockProgress


def test_a_block_that_is_extended_says_how_long_it_has_become(qtbot) -> None:
    strip = BlockStrip(list(load_protocol("faa-demo").iter_blocks()))
    qtbot.addWidget(strip)
    strip.show_progress(BlockProgress(1, 4, "train", 8.0, 20.0, 0.7, 0.1))
    assert strip.words(1) == "Training 1 0:20"
    strip.show_progress(BlockProgress(1, 4, "train", 8.0, 260.0, 0.7, 0.1))
    assert strip.words(1) == "Training 1 4:20"
    assert strip.words(3) == "Training 2 0:20"
