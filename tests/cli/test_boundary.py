import errno

import pytest
import typer
from typer.testing import CliRunner

from neurofeedback.cli import boundary
from neurofeedback.errors import UserError


def app_that_raises(error: BaseException) -> typer.Typer:
    app = typer.Typer(cls=boundary.Boundary, pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise error

    @app.command()
    def other() -> None:
        pass

    return app


def test_a_users_mistake_is_one_sentence_and_status_2():
    outcome = CliRunner().invoke(app_that_raises(UserError("The [file] is odd: mend it.")), "fail")
    assert outcome.exit_code == 2
    assert outcome.stderr == "The [file] is odd: mend it.\n"
    assert outcome.stdout == ""


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.EFBIG]
)
def test_a_refusal_of_the_system_is_one_sentence_and_status_2(number):
    refusal = OSError(number, "Strerror", "/some/where")
    outcome = CliRunner().invoke(app_that_raises(refusal), "fail")
    assert outcome.exit_code == 2
    assert outcome.stderr.startswith("/some/where: strerror; ")
    assert outcome.stderr.count("\n") == 1


def test_a_defect_leaves_a_log_with_the_traceback_and_status_1(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("platformdirs.user_log_path", lambda _: tmp_path / "logs")
    monkeypatch.setattr("sys.argv", ["neurofeedback", "fail"])
    with pytest.raises(SystemExit) as leaving:
        boundary.run_guarded(app_that_raises(ZeroDivisionError("oh")))
    assert leaving.value.code == 1
    stderr = capsys.readouterr().err
    (log,) = (tmp_path / "logs").iterdir()
    assert str(log) in stderr
    assert "Traceback" not in stderr
    assert "ZeroDivisionError: oh" in log.read_text()


def test_a_log_folder_that_cannot_be_made_falls_back(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr("platformdirs.user_log_path", lambda _: blocked / "logs")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    path = boundary.write_crash_log(ValueError("x"))
    assert path.parent == tmp_path
    assert "ValueError: x" in path.read_text()


def test_ctrl_c_is_one_word_and_status_130():
    outcome = CliRunner().invoke(app_that_raises(KeyboardInterrupt()), "fail")
    assert outcome.exit_code == 130
    assert outcome.stderr == "Interrupted.\n"
