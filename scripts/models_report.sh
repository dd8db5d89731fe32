#!/bin/sh
# scripts/models_report.sh DATA: writes the tables and plots of docs/models.md from models/, the corpora and runs/
set -eu
cd "$(dirname "$0")/.."
exec "${UNDERTONE:-.venv/bin/undertone}" evaluate --all --runtime onnx --data "${1:?folder of the corpora}" --output docs/models.md
