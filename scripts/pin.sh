#!/usr/bin/env bash
# pin.sh: write deploy/constraints.txt, the releases that the image is built of, extras included: the newest that
# pyproject.toml allows beside the torch that the Dockerfile names. Build and test the image after it (make test-container).
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"${PYTHON:-python3}" -m venv "$tools/venv"
"$tools/venv/bin/python" -m pip install -q --disable-pip-version-check "uv>=0.8,<1"
sed -n 's/^ARG TORCH_VERSION=/torch==/p' Dockerfile >"$tools/torch.txt"
{
  echo "# Written by scripts/pin.sh."
  "$tools/venv/bin/uv" pip compile -q pyproject.toml --extra otel --extra hf --extra ct2 --extra ray --constraint "$tools/torch.txt" --no-header --no-annotate \
    --python-version 3.11 --python-platform x86_64-manylinux_2_28
} >"$tools/constraints.txt"
mv "$tools/constraints.txt" deploy/constraints.txt
