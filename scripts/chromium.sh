#!/usr/bin/env bash
# chromium.sh: install Debian's Chromium where there is no browser, for `make test-page`. Fails where it cannot: a page that no
# browser has seen is not tested.
set -euo pipefail
for name in "${CHROMIUM:-chromium}" chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
root=()
[ "$(id -u)" -eq 0 ] || root=(sudo -n)
if ! { command -v apt-get >/dev/null && "${root[@]}" apt-get -o Acquire::Retries=3 update -qq &&
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get -o Acquire::Retries=3 install -y -qq --no-install-recommends chromium >/dev/null; }; then
  echo "No Chromium, and it cannot be installed here: install it, or name a browser in the variable CHROMIUM." >&2
  exit 1
fi
