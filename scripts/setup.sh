#!/bin/sh
# Makes .venv with the package and everything its tests need. Safe to run again.
# Uses uv where it is installed, else Python's own venv and pip. A new .venv gets the very files that
# requirements.lock names; where these cannot be had, what pyproject.toml allows, and says so.
set -eu
cd "$(dirname "$0")/.."

extras=${1:-}                      # "" to run the program, "test", or "test,installer" to build it
what=.; [ -z "$extras" ] || what=".[$extras]"
stamp=.venv/.ready-${extras:-run}

enough=$stamp
[ -n "$extras" ] || enough="$stamp .venv/.ready-test"
for ready in $enough .venv/.ready-test,installer; do
    if [ -e "$ready" ] && [ -z "$(find pyproject.toml -newer "$ready")" ]; then
        exit 0
    fi
done

find_python() {
    for name in python3 python3.13 python3.12 python3.11 python3.14 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"; return
        fi
    done
    echo "Python 3.11 or newer is needed and was not found; install it, or uv (https://docs.astral.sh/uv/), and try again." >&2
    exit 1
}

unlocked="The versions of requirements.lock cannot be had here; installing what pyproject.toml allows ..."

if command -v uv >/dev/null 2>&1; then
    if [ ! -x .venv/bin/python ]; then
        uv venv --quiet --python '>=3.11' .venv
        uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock ||
            echo "$unlocked" >&2
    fi
    uv pip install --quiet --python .venv/bin/python --editable "$what"
    touch "$stamp"
    exit 0
fi

python=$(find_python)
new=
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    new=yes
    rm -rf .venv
    if ! "$python" -m venv .venv 2>/dev/null; then
        # Debian without python3-venv has no ensurepip. Root can have it; for others a pip that is
        # there can fill a bare venv.
        rm -rf .venv
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            echo "Installing Debian's python3-venv ..."
            { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } >/dev/null 2>&1 || true
        fi
    fi
    if [ ! -d .venv ] && ! "$python" -m venv .venv 2>/dev/null; then
        rm -rf .venv
        "$python" -m venv --without-pip .venv
        if ! "$python" -m pip --python .venv/bin/python install --quiet pip; then
            echo "This Python cannot make a virtual environment with pip. On Debian or Ubuntu: sudo apt-get update && sudo apt-get install -y python3-venv" >&2
            exit 1
        fi
    fi
fi
echo "Installing into .venv (once; about 1.1 GB) ..."
pip=".venv/bin/python -m pip install --quiet --disable-pip-version-check"
if [ -n "$new" ]; then
    $pip --require-hashes --requirement requirements.lock || echo "$unlocked" >&2
fi
$pip --editable "$what"
touch "$stamp"
