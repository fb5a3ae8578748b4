#!/bin/sh
# Make the virtual environment, unless it is already what pyproject.toml and constraints.txt ask for.
#
#   tools/setup.sh LEVEL FOLDER      LEVEL is core (to make reports) or all (to work on the project)
#
# PYTHON names the interpreter to use; otherwise the first of the usual names that is new enough is
# taken. uv does the installing where it is found, pip elsewhere; UV= (empty) keeps uv out of it.
set -eu

level=$1
venv=$2
cd "$(dirname "$0")/.."

case $level in
    core) what=. ;;
    all) what='.[test,dev,lab,sql]' ;;
    *) echo "tools/setup.sh: the level is core or all, not $level" >&2; exit 2 ;;
esac

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

wanted="$(pwd -P) $(cat pyproject.toml constraints.txt | cksum)"
if new_enough "$venv/bin/python"; then
    for stamp in "$venv/.workbench-$level" "$venv/.workbench-all"; do
        if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
            exit 0
        fi
    done
fi

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        new_enough "$PYTHON" && echo "$PYTHON"
        return
    fi
    # The constraints were resolved on 3.11, so it comes first.
    for name in python3.11 python3.12 python3.13 python3.14 python3 python; do
        if new_enough "$name"; then
            echo "$name"
            return
        fi
    done
    return 1
}

no_python() {
    echo "This project needs Python 3.11 or newer, and none was found." >&2
    for name in ${PYTHON:-python3 python}; do
        if version=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); then
            echo "  $name is Python $version" >&2
        else
            echo "  $name does not run" >&2
        fi
    done
    echo "Install one (on Debian and Ubuntu: apt install python3.11 python3.11-venv), or name one:" >&2
    echo "  make PYTHON=/path/to/python3.12 ..." >&2
    exit 1
}

uv=${UV-$(command -v uv || true)}
if ! new_enough "$venv/bin/python"; then
    # A folder is replaced only if it is an environment, one whose interpreter is gone or too old.
    if [ -e "$venv" ] && [ ! -f "$venv/pyvenv.cfg" ]; then
        echo "$venv is there and no virtual environment: move it away, or name another folder:" >&2
        echo "  make VENV=/path/to/folder ..." >&2
        exit 1
    fi
    python=$(find_python) || python=
    # uv can bring a Python of its own.
    if [ -z "$python" ] && { [ -z "$uv" ] || [ -n "${PYTHON:-}" ]; }; then
        no_python
    fi
    rm -rf -- "$venv"
    echo "Making $venv with ${python:-a Python that uv brings}" >&2
    if [ -n "$uv" ]; then
        "$uv" venv --quiet --python "${python:-3.11}" "$venv"
    else
        "$python" -m venv "$venv"
    fi
fi

if [ -n "$uv" ]; then
    echo "Installing the project and what it needs with uv" >&2
    "$uv" pip install --quiet --python "$venv/bin/python" --constraint constraints.txt --editable "$what"
else
    echo "Installing the project and what it needs with pip: a minute or two the first time" >&2
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null
    "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
        --constraint constraints.txt --editable "$what"
fi
echo "$wanted" >"$venv/.workbench-$level"
