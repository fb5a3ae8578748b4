#!/bin/sh
# Resolve every dependency, all extras included, into constraints.txt: bare pins, nothing else.
#
# Python 3.11.0 decides, being the oldest; what only newer ones need besides is added. UV= names a uv
# to resolve with; otherwise one is installed for the moment.
set -eu
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT INT TERM

uv=${UV-$(command -v uv || true)}
if [ -z "$uv" ]; then
    "${PYTHON:-python3}" -m venv "$folder/environment"
    "$folder/environment/bin/python" -m pip install --quiet --disable-pip-version-check uv
    uv=$folder/environment/bin/uv
fi

: >"$folder/pins"
for version in 3.11 3.12 3.13; do
    cp "$folder/pins" "$folder/known"
    "$uv" pip compile --quiet --all-extras --python-version "$version" --constraint "$folder/known" \
        --no-header --no-annotate --output-file "$folder/$version" pyproject.toml >/dev/null
    cat "$folder/known" "$folder/$version" | LC_ALL=C sort -u >"$folder/pins"
done
cp "$folder/pins" constraints.txt
echo "constraints.txt: $(wc -l <constraints.txt) pins" >&2
