"""Put the application into the menu of a Linux desktop, for this user.

python scripts/desktop_entry.py PROGRAM
"""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DESKTOP = ROOT / "packaging" / "neurofeedback.desktop"
ICON = ROOT / "neurofeedback" / "gui" / "pictures" / "icon.svg"


def main(program: str) -> int:
    path = Path(program).resolve()
    if any(letter in str(path) for letter in '"`$\\'):
        print(f"{path} cannot be named in a menu; move it to a folder of letters", file=sys.stderr)
        return 2
    if not os.access(path, os.X_OK):
        print(f"{path} is not a program; build it with: make installer", file=sys.stderr)
        return 2
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    entry = data / "applications" / DESKTOP.name
    icon = data / "icons" / "hicolor" / "scalable" / "apps" / "neurofeedback.svg"
    for folder in (entry.parent, icon.parent):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ICON, icon)
    quoted = str(path).replace("%", "%%")
    text = DESKTOP.read_text(encoding="utf-8")
    entry.write_text(text.replace("Exec=neurofeedback\n", f'Exec="{quoted}"\n'), encoding="utf-8")
    print(entry)
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python scripts/desktop_entry.py PROGRAM")
    raise SystemExit(main(sys.argv[1]))
