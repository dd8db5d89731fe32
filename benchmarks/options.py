"""The options that several benchmarks share."""

from __future__ import annotations

import argparse
from typing import Any


def parsed(parser: argparse.ArgumentParser, **quick: Any) -> argparse.Namespace:
    """The options of the command line, with `--quick`, which puts `quick` in the place of the defaults."""
    shown = ", ".join(f"--{name.replace('_', '-')} {value}" for name, value in quick.items())
    parser.add_argument("--quick", action="store_true", help=f"under three minutes: {shown}, where not given otherwise")
    given, _ = parser.parse_known_args()
    if given.quick:
        parser.set_defaults(**quick)
    return parser.parse_args()
