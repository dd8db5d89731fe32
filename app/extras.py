"""What to do where the packages of an extra are missing. Not by name: the package index has another `undertone`."""

from __future__ import annotations


def needed(extra: str) -> str:
    return f"the extra {extra}: pip install -e '.[{extra}]' in a checkout, or an image built with EXTRAS={extra}"
