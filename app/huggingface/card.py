"""The head of a model card: YAML fields, by which a folder in Hugging Face layout says what its other files cannot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from app.nets.folder import CARD

# Identifiers of licences, as the hub writes them, that let everybody use a model for every purpose, on conditions such
# as naming the authors.
OPEN = re.compile(
    r"(?:apache|mit|bsd|bsl|cc0|cc-by|[al]?gpl|mpl|epl|eupl|isc|unlicense|wtfpl|zlib|afl|artistic|osl|ecl|ncsa|ms-pl"
    r"|odbl|odc-by|pddl|postgresql|cdla)\b(?!.*-n[cd]\b).*"
)


def card_head(languages: Iterable[str]) -> str:
    """The head of a card that names the languages of a model."""
    return "---\nlanguage:\n" + "".join(f"- {code}\n" for code in languages) + "---\n"


def head_of(folder: Path) -> dict[str, Any]:
    """The fields at the head of a model's card; none where there is no card, a damaged one, or no library for them."""
    try:
        from huggingface_hub.repocard import metadata_load

        return dict(metadata_load(folder / CARD) or {})
    except Exception:  # of many kinds, none documented
        return {}


def licence_of(head: Mapping[str, Any]) -> str:
    """The licence that the head of a card names, empty where it names none."""
    named = head.get("license")
    if named == "other":
        named = head.get("license_name") or named
    return ", ".join(str(one) for one in named) if isinstance(named, list) else str(named or "")


def is_open(licence: str) -> bool:
    """Whether everybody may use a model of this licence for every purpose."""
    return all(OPEN.fullmatch(one.strip().lower()) for one in licence.split(","))
