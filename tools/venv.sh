#!/bin/sh
# Makes .venv beside the Makefile and installs requirements.txt in it; does nothing when that is done already.
# PYTHON=/path/to/python chooses the interpreter; otherwise the first usable Python 3.10 to 3.13 is taken.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv="$root/.venv"
wanted="$root/requirements.txt"
installed="$venv/requirements.installed"

works() { # an interpreter of a supported version that can make virtual environments
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3.10 python3 python \
        "$HOME"/.pyenv/versions/3.1[0123]*/bin/python}; do
        if works "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "error: Python 3.10 to 3.13 with its venv module was expected, none was found (looked for: ${PYTHON:-python3.10" \
        "to python3.13, python3, python}); install one (Debian: apt-get install python3 python3-venv) or name it:" \
        "make PYTHON=/path/to/python" >&2
    exit 1
}

if ! works "$venv/bin/python"; then
    python=$(find_python)
    echo "making $venv with $("$python" --version) ($python)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi
if ! cmp -s "$wanted" "$installed"; then
    echo "installing the pinned packages of requirements.txt in $venv (TensorFlow is among them: 600 MB, a minute or two)"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted" || {
        echo "error: the packages of requirements.txt could not be installed; see pip's message above" >&2
        exit 1
    }
    cp "$wanted" "$installed"
fi
