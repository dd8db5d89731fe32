"""Ordinals in digits, as the target of a translation writes them."""

from __future__ import annotations

import pytest

from app.text.languages import profile_of
from app.text.rules.ordinals import RULE
from app.text.rules.rule import Languages
from app.text.sentence import analyse
from tests.text.rules.encoding import WordLengths


def shown(text: str, source: str, target: str) -> str:
    sentence = analyse(text)
    return sentence.with_spans(RULE.replace(sentence, Languages(profile_of(source), profile_of(target)))).shown


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("en", "de", "the 2nd of 31st, an 11th and the 112TH man", "the 2. of 31., an 11. and the 112. man"),
        ("en", "fr", "a 1st and a 43rd", "a 1er and a 43e"),
        ("en", "zh", "the 8th time", "the 第8 time"),
        ("de", "en", "das 11. Kind im 2. Haus", "das 11th Kind im 2nd Haus"),
        ("de", "fr", "wurde 4. und unser 21. Fest", "wurde 4e und unser 21e Fest"),
        ("fr", "de", "la 1re et la 12e, au XVIe siècle", "la 1. et la 12., au 16. siècle"),
        ("fr", "en", "les 3èmes, le 13ième, le 21e", "les 3rd, le 13th, le 21st"),
        ("zh", "en", "第6次，第四十一个人，21世纪，二十一世纪，10周年", "6th次，41st人，21st世纪，21st世纪，10th周年"),
        # No ordinals in digits.
        ("en", "de", "5 stops, 3rds, v2.1st, first", "5 stops, 3rds, v2.1st, first"),
        ("de", "en", "Sie ist 30. Er ist 31. Version 2.3. Das", "Sie ist 30. Er ist 31. Version 2.3. Das"),
        ("fr", "en", "12 est, Me Vinet, le Xe2", "12 est, Me Vinet, le Xe2"),
        ("zh", "en", "第二次，第5章，3个世纪，第一百二十", "第二次，第5章，3个世纪，第一百二十"),
        ("en", "es", "the 3rd", "the 3rd"),
    ],
)  # fmt: skip
def test_ordinals(source: str, target: str, text: str, expected: str) -> None:
    assert shown(text, source, target) == expected


@pytest.mark.parametrize(
    ("target", "translation", "is_accepted"),
    [
        ("de", "das fünfte Haus", True),
        ("de", "das 5. Haus", True),
        ("de", "die fünf Häuser", False),
        ("de", "das Haus", False),
        ("fr", "la 5ème maison", True),
        ("fr", "la 5th maison", False),
        ("zh", "第五栋房子", True),
        ("zh", "五栋房子", False),
    ],
)
def test_a_model_may_read_them_where_its_translation_says_them(
    target: str, translation: str, is_accepted: bool
) -> None:
    languages, sentence = Languages(profile_of("en"), profile_of(target)), analyse("the 5th house")
    masked = sentence.with_spans(RULE.replace(sentence, languages))
    proposal = RULE.propose(masked, languages, WordLengths(masked))
    assert proposal is not None
    assert proposal.sentence == sentence
    assert proposal.accepts is not None
    assert proposal.accepts("", translation) is is_accepted
    assert RULE.propose(sentence, languages, WordLengths(sentence)) is None
