"""Ordinals of placeholders, as the target of a translation writes them."""

from __future__ import annotations

import pytest

from app.text.languages import profile_of
from app.text.rules.placeholder_ordinals import RULE
from app.text.rules.rule import Languages
from app.text.sentence import analyse


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("en", "fr", "the {n}th of {{ m }}rd, {0}st and {k1}nd", "the {n}e of {{ m }}e, {0}er and {k1}e"),
        ("en", "zh", "{n}th", "第{n}"),
        ("de", "en", "der {n}. Tag", "der {n}th Tag"),
        ("de", "fr", "{k0}.", "{k0}e"),
        ("fr", "de", "le {n}er, la {n}ème", "le {n}., la {n}."),
        ("fr", "en", "la {n}re, la {n}ère, la {n}e", "la {n}st, la {n}st, la {n}th"),
        ("zh", "en", "这是第{n}次", "这是{n}th次"),
        # No ordinals.
        ("en", "de", "{n}the, {n} th, {n}s, <b>th", "{n}the, {n} th, {n}s, <b>th"),
        ("de", "en", "Es sind {n}. Danke", "Es sind {n}. Danke"),
        ("zh", "en", "第{n}章，有{n}个", "第{n}章，有{n}个"),
        ("en", "es", "the {n}rd", "the {n}rd"),
    ],
)
def test_ordinals_of_placeholders(source: str, target: str, text: str, expected: str) -> None:
    sentence = analyse(text)
    languages = Languages(profile_of(source), profile_of(target))
    assert sentence.with_spans(RULE.replace(sentence, languages)).shown == expected
