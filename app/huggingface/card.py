"""The head of a model card: YAML fields with facts that the other files of a folder lack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from app.nets.folder import CARD

# The hub's identifiers of licences that let everybody use a model for every purpose, on conditions such as attribution.
OPEN = re.compile(
    r"(?:apache|mit|bsd|bsl|cc0|cc-by|[al]?gpl|mpl|epl|eupl|isc|unlicense|wtfpl|zlib|afl|artistic|osl|ecl|ncsa|ms-pl"
    r"|odbl|odc-by|pddl|postgresql|cdla)\b(?!.*-n[cd]\b).*"
)
HEAD = re.compile(r"\ufeff?\s*---[ \t]*\r?\n(.*?)\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
MOST_BYTES = 4 << 20  # of a card
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # of plain values


def card_head(fields: Mapping[str, Any]) -> str:
    """The head of a card with these fields; empty where there are none."""
    if not fields:
        return ""
    return f"---\n{yaml.safe_dump(dict(fields), sort_keys=False, allow_unicode=True, width=1000)}---\n"


def head_of(folder: Path) -> dict[str, Any]:
    """The fields at the head of a model's card; empty without a card or with a damaged one."""
    try:
        with (folder / CARD).open("rb") as file:
            match = HEAD.match(file.read(MOST_BYTES).decode("utf-8", "replace"))
        fields = yaml.load(match[1], LOADER) if match else {}
        return dict(fields) if isinstance(fields, dict) else {}
    except Exception:  # values of a wrong form raise errors of many kinds
        return {}


def licence_of(head: Mapping[str, Any]) -> str:
    """The licence that the head of a card names, empty where it names none."""
    named = head.get("license")
    if named == "other":
        named = head.get("license_name") or named
    return ", ".join(str(one) for one in named) if isinstance(named, list) else str(named or "")


def is_open(licence: str) -> bool:
    """Whether everybody may use a model with this licence for every purpose."""
    return all(OPEN.fullmatch(one.strip().lower()) for one in licence.split(","))
