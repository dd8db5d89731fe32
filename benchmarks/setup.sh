#!/usr/bin/env bash
# setup.sh: the virtual environment of the benchmarks, benchmarks/.venv: the project with its torch, the rivals, matplotlib.
#
# The project comes first, through scripts/install.sh, so that torch is the same build as the service's; then no rival
# may move it. A rival that cannot be installed is told and left out: the others are measured all the same.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=benchmarks/.venv

PYTHON=${PYTHON:-python3} scripts/install.sh "$venv" .
held=$(mktemp)
trap 'rm -f "$held"' EXIT
"$venv/bin/python" -m pip freeze --disable-pip-version-check --exclude-editable | grep -i '^torch==' >"$held"

missing=()
while read -r requirement; do
  echo "installing ${requirement}"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check -c "$held" "$requirement" || missing+=("$requirement")
done < <(grep -v '^#' benchmarks/requirements.txt)
for requirement in "${missing[@]}"; do
  echo "not installed: ${requirement}" >&2
done
