"""Decimal and thousand marks, as the target of a translation writes them."""

from __future__ import annotations

import pytest

from app.text.languages import profile_of
from app.text.rules.number_marks import RULE
from app.text.rules.rule import Languages
from app.text.sentence import analyse


def written(text: str, source: str, target: str) -> str:
    sentence = analyse(text)
    return sentence.with_spans(RULE.replace(sentence, Languages(profile_of(source), profile_of(target)))).shown


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("de", "en", "CO2 aus Autos: 3.400.118 kg", "CO2 aus Autos: 3,400,118 kg"),
        ("de", "en", "1,5 km, 0,75 Liter, 0,125 Liter, 3,14159", "1.5 km, 0.75 Liter, 0.125 Liter, 3.14159"),
        ("de", "en", "1.250 Euro oder 1.250,50 €.", "1,250 Euro oder 1,250.50 €."),
        ("de", "en", "1,5–2,5 km, -1,5 °C", "1.5–2.5 km, -1.5 °C"),
        ("de", "fr", "1.250,5 kg", "1\u202f250,5 kg"),
        ("en", "de", "1,250.50 kg for $1,250, 1,000,000 men", "1.250,50 kg for $1.250, 1.000.000 men"),
        ("en", "de", "3.5 km, 3.5%, 2.5 percent, 1.10 dollars", "3,5 km, 3,5%, 2,5 percent, 1,10 dollars"),
        ("en", "fr", "1,250.50 €", "1\u202f250,50 €"),
        ("en", "de", "it fell by 0.25 to 2.71828, -0.5", "it fell by 0,25 to 2,71828, -0,5"),
        ("zh", "fr", "增加了0.75", "增加了0,75"),
        ("fr", "en", "3 400 118 kg, 1\u202f250,50 €, 1,5 km", "3,400,118 kg, 1,250.50 €, 1.5 km"),
        ("zh", "de", "重3.5 kg，共1,250元", "重3,5 kg，共1.250元"),
    ],
)
def test_marks_follow_the_target(source: str, target: str, text: str, expected: str) -> None:
    assert written(text, source, target) == expected


@pytest.mark.parametrize(
    ("source", "target", "text"),
    [
        ("en", "de", "Python 3.11, version 1,250 and 2.1, at 10.30, 1.250 kg, 555-0199, 192.168.1.1, v2.1.0"),
        ("en", "fr", "Rust 0.8, version 0.25, section 0.1, release 2.71828, .5, 0.1.2"),
        ("en", "de", "2024-01-31, 12/03/2024, 1,2,3, 12,34, see section 2.5 miles, 10:30, 1998"),
        ("de", "en", "31.01.2024, 192.168.100.200, Version 1.250, 1,250 Liter, 1.2.3, 030.123.456, 12.34.56, 1.5"),
        ("fr", "en", "06 12 34 56 78, 10 000 20, tél. 555 123 456, 1,250 kg"),
        ("en", "zh", "1,250.50 kg"),
        ("en", "es", "3.5 km"),
    ],
)
def test_what_leaves_a_doubt_stays(source: str, target: str, text: str) -> None:
    assert written(text, source, target) == text
