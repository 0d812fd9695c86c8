#!/bin/sh
# Installs the system libraries that Qt needs on Debian and Ubuntu for windows and sound, when some
# are missing.
# As root it installs them; otherwise it prints the exact line. Never fails the caller: without
# them the program still runs as text, and the tests say what they miss.
set -eu
cd "$(dirname "$0")/.."
[ "$(uname -s)" = Linux ] || exit 0

packages="fonts-dejavu-core libdbus-1-3 libegl1 libfontconfig1 libfreetype6 libgl1 libglib2.0-0
libpulse0 libx11-xcb1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0
libxcb-render-util0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1
libxkbcommon-x11-0 libxkbcommon0"

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
line="apt-get install -y --no-install-recommends $(echo $packages)"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "Install the packages that hold them; on Debian and Ubuntu they are: $(echo $packages)" >&2
elif [ "$(id -u)" = 0 ]; then
    # shellcheck disable=SC2086
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive $line -qq; } ||
        echo "That failed; try it by hand: $line" >&2
else
    echo "Run once: sudo $line" >&2
fi
