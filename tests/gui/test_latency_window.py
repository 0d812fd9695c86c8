"""The way to the screen, measured with a real window."""

from neurofeedback.gui.desk.check_page import CheckPage
from neurofeedback.session.check import prepare_check


def test_the_signal_check_has_a_button(qtbot, monkeypatch) -> None:
    from neurofeedback.acquisition.synthetic import SyntheticSource
    from neurofeedback.gui.desk import check_page
    from neurofeedback.protocols.file.reading import load_protocol

    monkeypatch.setattr(check_page, "MEASURE_SECONDS", 1.0)
    runner = prepare_check(SyntheticSource(), load_protocol("faa-demo"))
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
