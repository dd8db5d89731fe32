"""Units and currencies, as the target of a translation writes them."""

from __future__ import annotations

import pytest

from app.text.languages import profile_of
from app.text.rules import rules
from app.text.rules.amounts import RULE
from app.text.rules.rule import Languages
from app.text.sentence import Sentence, analyse
from tests.text.rules.encoding import WordLengths


def written(text: str, source: str, target: str) -> Sentence:
    sentence, languages = analyse(text), Languages(profile_of(source), profile_of(target))
    return sentence.with_spans(span for rule in rules() for span in rule.replace(sentence, languages))


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("en", "de", "€5, $3.50, £1,200.50, US$7, CHF 20", "5 €, 3,50 $, 1.200,50 £, 7 US$, 20 CHF"),
        ("en", "fr", "€5 and 20%", "5\u00a0€ and 20\u00a0%"),
        ("en", "zh", "€5, $3.50, £2, CHF 20, 20%", "5欧元, 3.50美元, 2英镑, 20瑞士法郎, 20%"),
        ("en", "de", "3.5 million dollars, $3.5 million", "3,5 Millionen Dollar, 3,5 Millionen Dollar"),
        ("en", "de", "€2 bn", "2 Milliarden Euro"),
        ("en", "fr", "$3.5 million, 2 million euros", "3,5 millions de dollars, 2 millions d'euros"),
        ("en", "zh", "3.5 million dollars, $3.5 million", "350万美元, 350万美元"),
        ("en", "de", "twenty euros, 5 miles, 1 mile, 3 kg, 12 °C", "20 Euro, 5 Meilen, 1 Meile, 3 kg, 12 °C"),
        ("en", "fr", "1.5 miles, 60 miles per hour", "1,5 mile, 60 miles à l'heure"),
        ("de", "en", "5 €, 1.200,50 $, 20 %, 1,5 Mio. €, 20 CHF", "€5, $1,200.50, 20%, €1.5 million, CHF 20"),
        ("de", "en", "3 Meilen, zwei Kilometern, 20 Franken", "3 miles, 2 kilometers, 20 Swiss francs"),
        ("fr", "de", "trois millions de dollars, 1 200,50 $", "3 Millionen Dollar, 1.200,50 $"),
        ("zh", "en", "5欧元，三千五百万元，￥30，五十块钱", "5 euros，35 million yuan，¥30，50 yuan"),
        ("zh", "en", "高1米65，一米八，2米1的床", "高1.65 meters，一米八，2.1 meters的床"),
        ("zh", "fr", "5元3件，3米20个", "5 yuans 3件，3 mètres 20个"),
        ("en", "fr", "$3bn, 4bn, $1.5tn", "3 milliards de dollars, 4 milliards, 1,5 billion de dollars"),
        ("zh", "en", "价格是８５０元", "价格是850 yuan"),
        ("en", "de", "４．５ ｋｇ", "4,5 kg"),
        ("en", "de", "THEY PAID 5 DOLLARS", "THEY PAID 5 DOLLAR"),
    ],
)  # fmt: skip
def test_amounts(source: str, target: str, text: str, expected: str) -> None:
    assert written(text, source, target).shown == expected


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("en", "$5-10, $5k, $HOME, version 5 meters, 5 pounds, 3/5 miles, five-dollar bill"),
        ("zh", "两块蛋糕，五米饭，3克拉，5元旦"),
    ],
)
def test_these_are_left_to_the_model(source: str, text: str) -> None:
    sentence, languages = analyse(text), Languages(profile_of(source), profile_of("de"))
    assert RULE.replace(sentence, languages) == []


def test_a_model_may_read_words_but_no_signs() -> None:
    sentence = written("It costs $5 for 1,500 miles.", "en", "de")
    assert sentence.masked == "It costs <ph0> for <ph1>."
    proposal = RULE.propose(sentence, Languages(profile_of("en"), profile_of("de")), WordLengths(sentence))
    assert proposal is not None
    assert proposal.sentence.masked == "It costs <ph0> for <ph1> miles."
    assert proposal.sentence.shown == "It costs 5 $ for 1.500 miles."
