"""What the signal check says beside its lights: how late the picture is, and impedances."""

from typing import ClassVar

from neurofeedback.gui._qt import Qt
from neurofeedback.gui.desk.check_page import CheckPage
from neurofeedback.session.check import prepare_check


def test_the_signal_check_has_a_button(qtbot, monkeypatch) -> None:
    from neurofeedback.acquisition.synthetic import SyntheticSource
    from neurofeedback.gui.desk import check_page
    from neurofeedback.protocols.file.reading import load_protocol

    monkeypatch.setattr(check_page, "MEASURE_SECONDS", 1.0)
    runner, _ = prepare_check(SyntheticSource(), load_protocol("faa-demo"))
    runner.start()
    page = CheckPage(runner)
    qtbot.addWidget(page)
    page.show()
    page.start()
    page.measure.click()
    assert not page.measure.isEnabled()
    qtbot.waitUntil(lambda: page.latency.isVisible(), timeout=20_000)
    assert "to screen" in page.latency.text()
    assert page.measure.isEnabled()
    page.stop()
    runner.wait()


def test_the_signal_check_shows_impedances(qtbot) -> None:
    from neurofeedback.acquisition.synthetic import SyntheticSource
    from neurofeedback.protocols.file.reading import load_protocol

    class Measured(SyntheticSource):
        impedances: ClassVar = {"F3": 4200.0, "Cz": 81_000.0}

    runner, _ = prepare_check(Measured(), load_protocol("faa-demo"))
    runner.start()
    page = CheckPage(runner)
    qtbot.addWidget(page)
    page.show()
    page.start()
    qtbot.waitUntil(lambda: page.impedances.isVisible(), timeout=20_000)
    assert "Cz (81)" in page.impedances.text()
    page.stop()
    runner.wait()


def test_the_keys_that_the_traces_name_work_in_the_signal_check(qtbot) -> None:
    from neurofeedback.acquisition.synthetic import SyntheticSource
    from neurofeedback.protocols.file.reading import load_protocol

    runner, _ = prepare_check(SyntheticSource(), load_protocol("faa-demo"))
    runner.start()
    page = CheckPage(runner)
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
    qtbot.keyClick(page, Qt.Key.Key_V)
    assert page.traces.view.montage.words == "average reference"
    qtbot.keyClick(page, Qt.Key.Key_H)
    qtbot.waitUntil(page.traces.filter.menu_of_corners.isVisible)
    page.traces.filter.menu_of_corners.close()
    page.stop()
    runner.wait()
