"""The page for a browser at the end of a session: a terminal sees how far it is."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from summary_sessions import trained

from neurofeedback.recording.layout import SessionLayout

KEEP = "import sys; from pathlib import Path; from neurofeedback.cli.sessions.report import " \
       "keep_page; keep_page(Path(sys.argv[1]))"  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_sees_what_it_waits_for(tmp_path: Path) -> None:
    folder = trained(tmp_path, seconds=60.0)
    page = SessionLayout.find(folder).report
    page.unlink(missing_ok=True)
    outer, inner = pty.openpty()
    env = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    child = subprocess.Popen([sys.executable, "-c", KEEP, str(folder)], stderr=inner, env=env)
    os.close(inner)
    said = b""
    while True:
        try:
            part = os.read(outer, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        said += part
    assert child.wait() == 0
    assert b"Writing the page for a browser" in said
    assert b"90%" in said
    assert page.is_file()
