"""The page for supervision, served by the command."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from store_parts import begin
from typer.testing import CliRunner

from neurofeedback.cli.main import app


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_the_page_is_served_on_this_computer_until_it_is_interrupted(tmp_path):
    begin(tmp_path / "data").finalize("completed", "end")
    port = free_port()
    command = [sys.executable, "-m", "neurofeedback", "supervise", "--at", f"127.0.0.1:{port}",
               "--out", str(tmp_path / "data"), "--index", str(tmp_path / "i.sqlite3")]  # fmt: skip
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "NEUROFEEDBACK_LANGUAGE": "de"}
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        address = process.stdout.readline().strip()
        assert address.startswith(f"http://127.0.0.1:{port}/?token=")
        token = address.partition("token=")[2]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/")
        assert connection.getresponse().status == 404
        connection.close()
        connection.request("GET", "/", headers={"Cookie": f"supervision={token}"})
        assert '<html lang="de">' in connection.getresponse().read().decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130


def test_other_computers_are_let_in_only_when_asked(tmp_path):
    asked = ["supervise", "--at", "0.0.0.0:8765", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 2
    assert "--to-network" in done.output
    token = tmp_path / "token"
    token.write_text("short\n")
    begin(tmp_path / "data").finalize("completed", "end")
    done = CliRunner().invoke(
        app,
        ["supervise", "--token-file", str(token), "--out", str(tmp_path / "data"),
         "--index", str(tmp_path / "i.sqlite3")],
    )  # fmt: skip
    assert done.exit_code == 2
    assert "too short" in done.output
