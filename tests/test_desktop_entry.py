"""What a desktop is told of the application: its entry in the menu and its icon."""

import configparser
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
ENTRY = ROOT / "packaging" / "neurofeedback.desktop"
ICON = ROOT / "neurofeedback" / "gui" / "pictures" / "icon.svg"
SCRIPT = ROOT / "scripts" / "desktop_entry.py"


def read(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # keys differ by case
    parser.read(path, encoding="utf-8")
    return parser["Desktop Entry"]


def test_the_entry_names_what_a_desktop_needs():
    entry = read(ENTRY)
    assert entry["Type"] == "Application"
    assert entry["Terminal"] == "false"
    assert all(entry[key] for key in ("Name", "Comment", "Exec", "Icon"))
    assert entry["Categories"].endswith(";")


def test_the_icon_is_square_and_holds_nothing_from_elsewhere():
    root = ElementTree.parse(ICON).getroot()
    assert root.get("width") == root.get("height")
    assert "href" not in ICON.read_text()


def install(program: Path, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, program],
        env=os.environ | {"XDG_DATA_HOME": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_put_into_the_menu_of_the_user(tmp_path):
    program = tmp_path / "my programs" / "neurofeedback"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    data = tmp_path / "share"
    assert install(program, data).returncode == 0
    entry = read(data / "applications" / "neurofeedback.desktop")
    assert entry["Exec"] == f'"{program}"'
    icon = data / "icons" / "hicolor" / "scalable" / "apps" / f"{entry['Icon']}.svg"
    assert icon.read_bytes() == ICON.read_bytes()


def test_a_program_that_is_not_there_is_told(tmp_path):
    done = install(tmp_path / "none", tmp_path / "share")
    assert done.returncode == 2
    assert "make installer" in done.stderr
    assert not (tmp_path / "share").exists()
