"""Short names of weekdays and months beside each other, as the target of a translation writes them."""

from __future__ import annotations

import pytest

from app.text.languages import profile_of
from app.text.rules.rule import Languages
from app.text.rules.short_names import RULE
from app.text.sentence import analyse


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("en", "de", "Open Wed-Fri, Thurs & Sat.", "Open Mi-Fr, Do und Sa."),
        ("en", "fr", "Mon–Tue/Sun are free, Apr-Jun too", "Lun.–mar./dim. are free, avr.-juin too"),
        ("en", "zh", "Fri & Sat, Oct-Dec", "周五和周六, 10月-12月"),
        ("de", "en", "Mo.–Do. zu, Di-Mi.", "Mon–Thu zu, Tue-Wed."),
        ("fr", "de", "mar-jeu et Sam. - Dim. ici", "Di-Do et Sa - So ici"),
        ("zh", "fr", "周三-星期五", "mer.-ven."),
        # No such names, or one alone.
        ("en", "de", "The Sun sat-in. May I? Mon-key, Sat", "The Sun sat-in. May I? Mon-key, Sat"),
        ("de", "en", "So-so, Do it, Mi-Fu", "So-so, Do it, Mi-Fu"),
        ("fr", "en", "la mer, mar-mite", "la mer, mar-mite"),
        ("en", "es", "Mon-Fri", "Mon-Fri"),
    ],
)
def test_short_names(source: str, target: str, text: str, expected: str) -> None:
    sentence = analyse(text)
    spans = RULE.replace(sentence, Languages(profile_of(source), profile_of(target)))
    assert sentence.with_spans(spans).shown == expected


@pytest.mark.parametrize("language", ["en", "de", "fr", "zh"])
def test_every_name_is_read_as_it_is_written(language: str) -> None:
    for target in ("en", "de", "fr", "zh"):
        here, there = profile_of(language), profile_of(target)
        for (_, first), (_, last) in zip(here.short_names, there.short_names, strict=True):
            text = f"{first}-{first}"
            (span,) = RULE.replace(analyse(text), Languages(here, there))
            assert span.replacement.rstrip(".") == f"{last}-{last}".rstrip(".")
