#!/usr/bin/env bash
# install.sh VENV WHAT: make the virtual environment and install WHAT (`.`, `.[torch]` or `.[dev]`) into it, editable.
#
# A CPU needs no torch; with a GPU `.` means `.[torch]`. torch comes first, because the default build for Linux on x86-64 brings
# gigabytes of CUDA libraries. Without a GPU pip is asked for the CPU build of the pinned release; if it knows none, or if there is a
# GPU, uv chooses the build for the machine.
set -euo pipefail
venv=$1 what=$2
torch=2.13.0

if [ ! -x "$venv/bin/python" ]; then
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    { echo "Undertone needs Python 3.11 or newer; name one: make run PYTHON=python3.12" >&2; exit 1; }
  "$PYTHON" -m venv "$venv"
fi
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }

has_gpu() { compgen -G '/dev/nvidia[0-9]*' >/dev/null; }
[ "$what" != . ] || ! has_gpu || what='.[torch]'

if [ "$what" != . ] && ! "$venv/bin/python" -c 'import importlib.metadata as m; m.version("torch")' 2>/dev/null; then
  if has_gpu || ! pip install -q "torch==$torch+cpu" 2>/dev/null; then
    pip install -q uv
    "$venv/bin/uv" pip install -q --python "$venv/bin/python" --torch-backend=auto "torch>=2.9,<3"
  fi
fi
echo "installing ${what} into ${venv}"
pip install -q -e "$what"
