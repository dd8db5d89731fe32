"""The advice for a missing extra. It does not say `pip install undertone[...]`, because the package index has another
project of that name."""

from __future__ import annotations


def needed(extra: str) -> str:
    return f"the extra {extra}: pip install -e '.[{extra}]' in a checkout, or an image built with EXTRAS={extra}"
