#!/bin/sh
# Make .venv, install what serving, training or developing (its tests and checks) needs, and the program
# itself as a link to this checkout. Does nothing the second time.
set -eu
cd "$(dirname "$0")/.."
what="${1:-}"
case "$what" in
    serve) files="requirements-serve.txt" ;;
    train) files="requirements-serve.txt requirements.txt" ;;
    dev) files="requirements-serve.txt requirements.txt requirements-dev.txt" ;;
    *) echo "usage: tools/setup.sh serve|train|dev" >&2; exit 2 ;;
esac

usable='
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(3)
import bz2, ctypes, lzma, sqlite3, ssl, zlib
try:
    import ensurepip, venv
except ImportError:
    sys.exit(4)
'

# Prints the first Python that will do, or says what is missing.
find_python() {
    without_venv=""
    for python in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if "$python" -c "$usable" 2>/dev/null; then
            echo "$python"
            return
        elif [ $? -eq 4 ]; then
            without_venv="${without_venv:-$python}"
        fi
    done
    if [ -n "$without_venv" ]; then
        echo "$without_venv has no venv module. On Debian, install it and start again:" >&2
        echo "    sudo apt install python3-venv" >&2
    else
        echo "MonaSieve needs Python 3.11, 3.12 or 3.13, and found none." \
             "On Debian 12 or later, install it and start again:" >&2
        echo "    sudo apt install python3 python3-venv" >&2
    fi
    return 1
}

install_chromium() {
    for browser in chromium chromium-browser google-chrome; do
        if command -v "$browser" >/dev/null; then return; fi
    done
    install_from_debian chromium
}

# Installs a package of Debian's that the tests in the browser need.
install_from_debian() {
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then as_root="sudo -n"; fi
    echo "Installing Debian's $1 for the tests in the browser."
    if ! { $as_root apt-get update -q && $as_root apt-get install -y -q "$1"; }; then
        echo "The tests in the browser need $1. Install it and start again:" >&2
        echo "    sudo apt install $1" >&2
        return 1
    fi
}

# Installs what the tests in the browser take from the npm registry, with the checksums of its lock file.
install_from_npm() {
    if ! command -v npm >/dev/null; then install_from_debian npm; fi
    if cmp -s tests/browser/package-lock.json .venv/npm/installed-package-lock.json; then return; fi
    mkdir -p .venv/npm
    cp tests/browser/package.json tests/browser/package-lock.json .venv/npm
    npm ci --prefix .venv/npm --ignore-scripts --no-audit --no-fund
    cp tests/browser/package-lock.json .venv/npm/installed-package-lock.json
}

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    python=$(find_python)
    echo "Making .venv with $("$python" --version)."
    "$python" -m venv --clear .venv
fi

# Installs with pip, and prints the name and size of each package that it fetches.
install() {
    rm -f .venv/install-failed
    { .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off "$@" ||
        touch .venv/install-failed; } |
        sed -un -e '/\.metadata/d' \
            -e 's/^ *Downloading \([^-/]*\)-\([^-]*\)-[^ ]* \((.*)\)$/    \1 \2 \3/p'
    [ ! -e .venv/install-failed ]
}

# Beside each file lies what was installed last, so that neither a fresh checkout's file times matter
# nor which part came first.
changed=""
for file in $files constraints.txt pyproject.toml; do
    cmp -s "$file" ".venv/installed-$file" || changed="yes"
done
if [ -n "$changed" ]; then
    case "$what" in
        serve) echo "Installing what serving and sieving need (about 270 MB the first time):" ;;
        *) echo "Installing the requirements, with TensorFlow (about 2 GB the first time):" ;;
    esac
    set -- -c constraints.txt
    for file in $files; do set -- "$@" -r "$file"; done
    install "$@"
    install --no-deps --editable .
    for file in $files constraints.txt pyproject.toml; do cp "$file" ".venv/installed-$file"; done
fi

if [ "$what" = "dev" ]; then
    install_chromium
    install_from_npm
fi
