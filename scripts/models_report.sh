#!/bin/sh
# Fills the tables of docs/models.md from the models and corpora at hand: scripts/models_report.sh DATA
set -eu
cd "$(dirname "$0")/.."
exec "${UNDERTONE:-.venv/bin/undertone}" evaluate --all --runtime onnx --data "${1:?folder of the corpora}" --output docs/models.md
