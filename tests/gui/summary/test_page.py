"""The page of a session's summary, its words, and the sheet of paper."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from accessible import problems
from PySide6.QtPdf import QPdfDocument
from summary_sessions import blinded, protocol, trained

from neurofeedback.app import summary_text as words
from neurofeedback.app.summary_headline import headline, title_line
from neurofeedback.app.summary_numbers import DASH, signed, unit_words, with_error
from neurofeedback.errors import UserError
from neurofeedback.gui._qt import Qt, QtCore, QtGui, QtWidgets
from neurofeedback.gui.style import dress
from neurofeedback.gui.summary.page import SummaryPage, default_pdf
from neurofeedback.gui.summary.pdf import write_pdf
from neurofeedback.gui.summary.plot import paint_summary
from neurofeedback.gui.summary.scale import Scale, tick_step
from neurofeedback.gui.theme import DARK, LIGHT
from neurofeedback.recording.layout import SessionLayout
from neurofeedback.report.summary import session_summary
from neurofeedback.report.summary_parts import Block, Remark


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory):
    folder = trained(tmp_path_factory.mktemp("page"), notes={60.0: "yawns"})
    return session_summary(folder)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory):
    return session_summary(blinded(tmp_path_factory.mktemp("sealed")))


@pytest.fixture
def make_page(qtbot):
    def make(summary, **options):
        page = SummaryPage(summary, **options)
        qtbot.addWidget(page)
        page.resize(1366, 768)
        page.show()
        return page

    return make


def all_words(page):
    return "\n".join(found.text() for found in page.findChildren(QtWidgets.QLabel))


def press(page, key):
    for button in page.findChildren(QtWidgets.QPushButton):
        if button.shortcut() == QtGui.QKeySequence(key):
            button.click()
            return
    raise AssertionError(f"no button has the key {key}")


def pages_of(path: Path) -> tuple[int, QtCore.QSizeF, str]:
    document = QPdfDocument()
    document.load(str(path))
    found = document.pageCount(), document.pagePointSize(0), document.getAllText(0).text()
    document.close()
    return found


def squeezed(text):
    return "".join(text.split())


def test_the_page_says_what_was_done_in_plain_words(summary, make_page):
    page = make_page(summary)
    said = page.headline.text()
    assert said.startswith("Session finished. 3 rounds of training with")
    assert f"{summary.rewards} rewards" in said
    assert "target 50 %" in said
    text = all_words(page)
    for block in summary.trained():
        assert with_error(block.mean, block.error) in text
    assert "0:60" not in text
    assert "yawns" in text
    assert "read as relatively greater left activity" in text
    assert "does not diagnose depression" in text
    assert "reference average of 8" in text
    assert page.plot.accessibleDescription().startswith("Baseline: ")


@pytest.mark.parametrize("theme", [DARK, LIGHT.scaled(200)], ids=["plain", "twice as large"])
def test_it_can_be_read_and_used_without_a_mouse(summary, make_page, theme, qapp):
    dress(qapp, theme)
    page = make_page(summary)
    qapp.processEvents()
    found = problems(page)
    dress(qapp, DARK)
    assert found == []


def test_keys_leave_print_and_begin_anew(summary, make_page, tmp_path, qtbot):
    opened = []
    target = tmp_path / "summary.pdf"
    page = make_page(summary, ask=lambda parent, proposed: target, open_folder=opened.append)
    press(page, "Ctrl+P")
    assert target.exists()
    assert str(target) in page.message.text()
    press(page, "Ctrl+O")
    assert opened == [Path(summary.folder)]
    with qtbot.waitSignal(page.new_session):
        press(page, "Ctrl+N")
    with qtbot.waitSignal(page.closed):
        press(page, "Ctrl+W")


def test_giving_up_the_file_writes_nothing(summary, make_page, tmp_path):
    page = make_page(summary, ask=lambda parent, proposed: None)
    press(page, "Ctrl+P")
    assert page.message.text() == ""


def test_the_file_is_proposed_by_the_name_of_the_session(summary):
    assert default_pdf(summary).name == f"{SessionLayout.find(summary.folder).stem}_summary.pdf"


def test_what_cannot_be_written_is_said_on_the_page(summary, make_page, tmp_path):
    target = tmp_path / "nowhere" / "summary.pdf"
    page = make_page(summary, ask=lambda parent, proposed: target)
    press(page, "Ctrl+P")
    assert "cannot be written" in page.message.text()
    assert page.message.property("role") == "error"
    with pytest.raises(UserError, match="cannot be written"):
        write_pdf(summary, target)


def test_the_page_scrolls_by_keyboard(summary, make_page, qtbot):
    page = make_page(summary)
    page.resize(1000, 500)
    page.body.setFocus()
    qtbot.keyClick(page.body, Qt.Key.Key_PageDown)
    assert page.body.verticalScrollBar().value() > 0


@pytest.mark.usefixtures("qapp")
def test_the_paper_is_one_page_of_a4_with_the_same_words(summary, tmp_path):
    path = tmp_path / "summary.pdf"
    write_pdf(summary, path)
    n_pages, size, text = pages_of(path)
    assert n_pages == 1
    assert (round(size.width()), round(size.height())) == (595, 842)
    found = squeezed(text)
    for said in (
        headline(summary),
        title_line(summary),
        *words.measure_lines(summary),
        *words.fine_print(summary),
        *(cell for row in words.block_rows(summary) for cell in row),
        *words.baseline_lines(summary),
        *words.electrode_lines(summary),
        *words.remark_lines(summary),
    ):
        assert squeezed(said) in found
    data = path.read_bytes()
    assert b"/FontFile2" in data, "fonts are in the file"
    assert b"/Subtype /Image" not in data, "nothing is a picture"
    assert [p.name for p in tmp_path.iterdir()] == ["summary.pdf"], "nothing is left beside it"


@pytest.mark.usefixtures("qapp")
def test_however_much_there_is_it_stays_one_page_and_says_what_is_missing(summary, tmp_path):
    blocks = tuple(
        Block(k, "train", 1, "time", 3.0 * k, 3.0, 3.0, 0.1, 0.2, False, 0.0, 0.1, 0.6, 3)
        for k in range(150)
    )
    remarks = tuple(Remark(float(k), "note", f"note {k} " * 30) for k in range(100))
    damage = ("A sentence about damage that goes on for a while. " * 8,)
    sentences = ("A limit that has to be told at some length. " * 120,)
    crowded = replace(
        summary, blocks=blocks, remarks=remarks, course=(), damage=damage, sentences=sentences
    )
    path = tmp_path / "crowded.pdf"
    write_pdf(crowded, path)
    n_pages, _, text = pages_of(path)
    assert n_pages == 1
    assert "more" in text
    assert "149" not in text


def test_of_a_blinded_session_the_page_and_the_paper_say_that_it_is(sealed, make_page, tmp_path):
    page = make_page(sealed)
    text = all_words(page)
    assert "Part of a blinded study: feedback is sealed." in page.headline.text()
    for told in ("rewards", "threshold", "REWARD", "CHANGE"):
        assert told not in text
    write_pdf(sealed, tmp_path / "sealed.pdf")
    _, _, printed = pages_of(tmp_path / "sealed.pdf")
    assert "feedbackissealed" in squeezed(printed)
    assert "threshold" not in printed


def test_a_session_without_a_sample_has_a_page(summary, make_page, tmp_path):
    empty = replace(
        summary, seconds=0.0, status="crashed", through=False, blocks=(), holds=(), course=(),
        changes=(), baseline=None, electrodes=None, measure=None, rewards=0, success_rate=None,
        remarks=(), sentences=(),
    )  # fmt: skip
    page = make_page(empty)
    assert "Nothing was recorded." in page.headline.text()
    write_pdf(empty, tmp_path / "empty.pdf")
    assert pages_of(tmp_path / "empty.pdf")[0] == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "crashed"}, "interrupted and is not yet recovered"),
        ({"status": "aborted", "reason": "tired", "through": False}, "after 7 of 7 blocks (tired)"),
        ({"status": "recovered"}, "and recovered"),
    ],
)
def test_how_it_ended_is_said(summary, changes, said):
    assert said in headline(replace(summary, **changes))


def test_numbers_are_written_with_sign_and_error():
    assert signed(-0.12345) == "\u22120.123"
    assert signed(-0.0001) == "0.000"
    assert signed(None) == signed(float("nan")) == DASH
    assert with_error(0.5, 0.25) == "+0.500 \u00b1 0.250"
    assert unit_words("ln V^2") == "ln V\u00b2"


def test_scale_and_ticks():
    scale = Scale(-1.0, 1.0, 100.0, 0.0)
    assert scale.at(0.0) == 50.0
    assert scale.ticks(0.5) == [-1.0, -0.5, 0.0, 0.5, 1.0]
    for low, high in ((-0.1, 0.13), (-28.0, -27.2), (0.0, 3000.0)):
        n = len(Scale(low, high, 0, 1).ticks(tick_step(low, high)))
        assert 3 <= n <= 8


def painted(summary, palette) -> np.ndarray:
    image = QtGui.QImage(800, 300, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtGui.QColor(palette.panel))
    painter = QtGui.QPainter(image)
    paint_summary(painter, QtCore.QRectF(0, 0, 800, 300), summary, palette, 12)
    painter.end()
    pixels = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(300, 800, 4)
    return pixels[:, :, 2::-1].copy()


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_the_plot_has_its_marks_in_the_colours_of_the_theme(summary, theme):
    pixels = painted(summary, theme.palette)

    def count(colour):
        wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        return int((np.abs(pixels.astype(int) - wanted).sum(axis=2) < 30).sum())

    assert count(theme.palette.focus) > 4 * 40  # a diamond and its bar for each block
    assert count(theme.palette.caution) > 200  # the threshold


@pytest.mark.usefixtures("qapp")
def test_of_a_blinded_session_the_plot_shows_only_when_the_blocks_were(sealed):
    course = session_summary(sealed.folder)
    assert np.array_equal(painted(sealed, DARK.palette), painted(course, DARK.palette))
    pixels = painted(sealed, DARK.palette).astype(int)
    caution = [int(DARK.palette.caution[i : i + 2], 16) for i in (1, 3, 5)]
    assert not (np.abs(pixels - caution).sum(axis=2) < 30).any()


def test_a_block_that_was_repeated_is_called_so():
    blocks = [
        Block(1, "train", attempt, "time", 0.0, 1.0, 1.0) for attempt in (1, 2)
    ] + [Block(3, "train", 1, "time", 0.0, 1.0, 1.0)]  # fmt: skip
    assert words.block_names(blocks) == ["Training 1", "Training 1, repeated", "Training 2"]


def test_measured_only(make_page, tmp_path):
    fields = protocol().model_dump(mode="json")
    spec = protocol(target=None, blocks=[{"kind": "baseline", "seconds": 12.0}],
                    signal=fields["signal"])  # fmt: skip
    summary = session_summary(trained(tmp_path, spec, seconds=30.0))
    page = make_page(summary)
    assert "No training; 0:1" in page.headline.text()
    assert "measured, not trained" in all_words(page)
