"""Names of weekdays and months beside each other, as the target of a translation writes them."""

from __future__ import annotations

import pytest

from app.text.languages import profile_of
from app.text.rules.calendar_names import RULE
from app.text.rules.rule import Languages
from app.text.sentence import analyse


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("en", "de", "Open Wed-Fri, Thurs & Sat.", "Open Mi-Fr, Do und Sa."),
        ("en", "fr", "Mon–Tue/Sun are free, Apr-Jun too", "Lun.–mar./dim. are free, avr.-juin too"),
        ("en", "zh", "Fri & Sat, Oct-Dec", "周五和周六、10月-12月"),
        ("de", "en", "Mo.–Do. zu, Di-Mi.", "Mon–Thu zu, Tue-Wed."),
        ("fr", "de", "mar-jeu et Sam. - Dim. ici", "Di-Do und Sa - So ici"),
        ("zh", "fr", "周三-周五", "mer.-ven."),
        ("en", "zh", "on Monday, Friday, and Sunday", "on 星期一、星期五和星期日"),
        ("de", "fr", "Mai, Juni, Dezember", "Mai, juin, décembre"),
        ("fr", "en", "lundi / jeudi", "Monday / Thursday"),
        ("zh", "de", "星期二、星期六和十一月", "Dienstag, Samstag und November"),
        ("en", "fr", "Monday, Tuesday or Friday and Sunday", "Monday, Tuesday or Friday and Sunday"),
        ("en", "de", "Mon-Fri 8-6, Sat closed, in May", "Mo-Fr 8-6, Sa closed, in May"),
        ("de", "en", "Mo-Fr offen, Sa.", "Mon-Fri offen, Sat."),
        # No such names, or one alone.
        ("en", "de", "The Sun sat-in. May I? Mon-key, Sat", "The Sun sat-in. May I? Mon-key, Sat"),
        ("de", "en", "So-so, Do it, Mi-Fu", "So-so, Do it, Mi-Fu"),
        ("fr", "en", "la mer, mar-mite", "la mer, mar-mite"),
        ("en", "es", "Mon-Fri", "Mon-Fri"),
    ],
)
def test_rows_of_names(source: str, target: str, text: str, expected: str) -> None:
    sentence = analyse(text)
    spans = RULE.replace(sentence, Languages(profile_of(source), profile_of(target)))
    assert sentence.with_spans(spans).shown == expected


@pytest.mark.parametrize("language", ["en", "de", "fr", "zh"])
def test_every_name_is_read_as_it_is_written(language: str) -> None:
    for target in ("en", "de", "fr", "zh"):
        here, there = profile_of(language), profile_of(target)
        for first, last in zip(here.full_names, there.full_names, strict=True):
            (span,) = RULE.replace(analyse(f"in {first}/{first}"), Languages(here, there))
            assert span.replacement == f"{last}/{last}"
        for (_, first), (_, last) in zip(here.short_names, there.short_names, strict=True):
            if first not in here.full_names:
                (span,) = RULE.replace(analyse(f"in {first}-{first} "), Languages(here, there))
                assert span.replacement.rstrip(".") == f"{last}-{last}".rstrip(".")
