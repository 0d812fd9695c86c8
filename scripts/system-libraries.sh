#!/bin/sh
# Installs the system libraries that Qt needs on Debian and Ubuntu for windows and sound, when some
# are missing.
# As root it installs them; otherwise it prints the exact line. Never fails the caller: without
# them the program still runs as text, and the tests say what they miss.
set -eu
cd "$(dirname "$0")/.."
[ "$(uname -s)" = Linux ] || exit 0

# The list is the program's own, so that both say the same.
packages=$(.venv/bin/python -c 'from neurofeedback.gui.display import DEBIAN_PACKAGES
print(*DEBIAN_PACKAGES)')

missing=$(.venv/bin/python - <<'PY'
import subprocess
from importlib.util import find_spec
from pathlib import Path

qt = Path(find_spec("PySide6").submodule_search_locations[0]) / "Qt"
used = [qt / "plugins/platforms/libqxcb.so", qt / "plugins/platforms/libqoffscreen.so"]
names = ("Gui", "Widgets", "OpenGLWidgets", "Svg", "Multimedia", "Test")
used += [qt / f"lib/libQt6{name}.so.6" for name in names]
lines = []
for library in used:
    lines += subprocess.run(["ldd", library], capture_output=True, text=True).stdout.splitlines()
print(*sorted({line.split()[0] for line in lines if "not found" in line}))
PY
)
fonts=yes
find /usr/share/fonts /usr/local/share/fonts "$HOME/.local/share/fonts" "$HOME/.fonts" \
    -name '*.[ot]tf' 2>/dev/null | grep -q . || fonts=
if [ -z "$missing" ] && [ -n "$fonts" ]; then
    exit 0
fi

echo "Missing for windows and sound: ${missing:-fonts}"
line="apt-get install -y --no-install-recommends $packages"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "Install the packages that hold them; on Debian and Ubuntu they are: $packages" >&2
elif [ "$(id -u)" = 0 ]; then
    # shellcheck disable=SC2086
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive $line -qq; } ||
        echo "That failed; try it by hand: apt-get update && $line" >&2
else
    echo "Run once: sudo apt-get update && sudo $line" >&2
fi
