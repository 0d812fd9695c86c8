"""An amplifier of BrainFlow, chosen at the stream step."""

import pytest

from neurofeedback.app.services import Services
from neurofeedback.gui.desk.dialogs.board import BoardDialog
from neurofeedback.gui.desk.stream_page import StreamPage


def dialog_of(page: StreamPage) -> BoardDialog:
    page.board.click()
    assert page.dialog is not None
    return page.dialog


def test_a_board_is_chosen_with_its_connection(qtbot) -> None:
    page = StreamPage(list, lambda: ["cyton", "ganglion"])
    qtbot.addWidget(page)
    dialog = dialog_of(page)
    dialog.board.setCurrentText("ganglion")
    dialog.fields["serial_port"].setText(" /dev/ttyACM0 ")
    dialog.fields["mac_address"].setText("e7:1a:11")
    dialog.choose.click()
    assert page.chosen == "brainflow:ganglion?serial_port=/dev/ttyACM0&mac_address=e7:1a:11"
    assert page.list.currentItem().text().startswith("ganglion\n")


def test_a_connection_of_any_letters_is_read_back(qtbot) -> None:
    pytest.importorskip("brainflow.board_shim", reason="needs the extra brainflow")
    from neurofeedback.acquisition.boards.query import read_query

    page = StreamPage(list, lambda: ["cyton"])
    qtbot.addWidget(page)
    dialog = dialog_of(page)
    dialog.fields["serial_port"].setText("/dev/tty a&b=c+%20")
    dialog.choose.click()
    typed = page.chosen.removeprefix("brainflow:")
    assert read_query(typed).texts == {"serial_port": "/dev/tty a&b=c+%20"}


def test_without_the_extra_none_is_offered(qtbot) -> None:
    page = StreamPage(list, None)
    qtbot.addWidget(page)
    page.show()
    assert not page.board.isVisible()


def test_the_program_offers_every_board_of_brainflow(tmp_path) -> None:
    pytest.importorskip("brainflow.board_shim", reason="needs the extra brainflow")
    list_boards = Services(tmp_path).list_boards
    assert list_boards is not None
    assert {"cyton", "ganglion", "synthetic", "muse_s"} <= set(list_boards())
