#!/usr/bin/env bash
# setup.sh: the virtual environment of the benchmarks, benchmarks/.venv: the project with its torch, the peers, matplotlib.
#
# The project comes first, through scripts/install.sh, so that torch is the same build as the service's, and no peer may
# change it. A peer that cannot be installed is reported and skipped; the others can be measured nevertheless.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=benchmarks/.venv

PYTHON=${PYTHON:-python3} scripts/install.sh "$venv" '.[torch]'
pinned=$(mktemp)
trap 'rm -f "$pinned"' EXIT
"$venv/bin/python" -m pip freeze --disable-pip-version-check --exclude-editable | grep -i '^torch==' >"$pinned"

missing=()
while read -r requirement; do
  echo "installing ${requirement}"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check -c "$pinned" "$requirement" || missing+=("$requirement")
done < <(grep -v '^#' benchmarks/requirements.txt)
for requirement in "${missing[@]}"; do
  echo "not installed: ${requirement}" >&2
done
