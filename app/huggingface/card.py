"""The head of a model card: YAML fields, by which a folder in Hugging Face layout says what its other files cannot."""

from __future__ import annotations

from collections.abc import Iterable


def card_head(languages: Iterable[str]) -> str:
    """The head of a card that names the languages of a model."""
    return "---\nlanguage:\n" + "".join(f"- {code}\n" for code in languages) + "---\n"
