#!/bin/sh
# Build the wheel, install it far from the checkout, and make one report with what was installed.
#
#   tools/installed.sh CAPTURE
set -eu
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
capture=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT INT TERM

"$python" -m build --quiet --wheel --outdir "$folder/wheel" . >"$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    exit 1
}
cp constraints.txt "$folder"
cd "$folder"
"$python" -m venv environment
environment/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
    --constraint constraints.txt wheel/*.whl

# A home of its own, so that nothing of this user's is found by chance.
mkdir home
HOME=$folder/home WORKBENCH_CACHE_DIR=$folder/home/cache \
    environment/bin/workbench explore "$capture" --output "$folder/out"

page=$(find out -name '*.html' -size +10k | head -n 1)
results=$(find out -name 'results.json' -size +1 | head -n 1)
if [ -z "$page" ] || [ -z "$results" ]; then
    echo "the installed wheel made no page, or no results.json beside it:" >&2
    find out >&2
    exit 1
fi
"$python" -c 'import json, sys; json.load(open(sys.argv[1]))' "$results"
echo "A wheel installed elsewhere made $(basename "$page") and $(basename "$results")."
