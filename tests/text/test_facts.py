"""Which facts of a sentence a translation changes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.facts import compare
from app.text.languages import profile_of
from app.text.rules.rule import Languages


def kinds(source: str, target: str, text: str, translation: str) -> list[str]:
    warnings = compare(text, translation, Languages(profile_of(source), profile_of(target)))
    assert all(one.sentence == text and one.detail for one in warnings)
    return sorted({one.kind for one in warnings})


@pytest.mark.parametrize(
    ("source", "target", "text", "translation", "expected"),
    [
        ("en", "de", "I paid $1,500.50 for 3 books.", "Ich habe 1.500,50 $ für drei Bücher bezahlt.", []),
        ("en", "de", "The meeting is on March 12 at 3 pm.", "Das Treffen ist am 12. März um 15 Uhr.", []),
        ("en", "de", "We met at half past two.", "Wir trafen uns um halb drei.", []),
        ("de", "fr", "Wir treffen uns um Viertel vor eins.", "On se voit à une heure moins le quart.", []),
        ("en", "de", "We met at half past two.", "Wir trafen uns um halb zwei.", ["date"]),
        ("en", "de", "The meeting is on March 12 at 9 am.", "Das Treffen ist am 12. März um 9 Uhr.", []),
        ("en", "fr", "It costs 2 million euros.", "Cela coûte 2 millions d'euros.", []),
        ("en", "zh", "2.5 million people live here.", "这里有250万人。", []),
        ("en", "zh", "On May 5, 2011 we met at 3 pm.", "2011年5月5日下午3点我们见面。", []),
        ("zh", "en", "三月十二号有两只狗。", "There are two dogs on March 12.", []),
        ("fr", "en", "Le 3 mai, 15 % des gens dorment.", "On May 3, 15% of the people sleep.", []),
        ("de", "en", "Es ist 5 Kilometer weit.", "It is 5 km away.", []),
        ("en", "de", "See https://example.org/a?b=3 now.", "Sieh jetzt https://example.org/a?b=3.", []),
        ("en", "de", "I met Mr. Nguyen's wife.", "Ich traf die Frau von Herrn Nguyen.", []),
        ("en", "zh", "We met at two in the afternoon.", "我们下午两点见面。", []),
        ("zh", "en", "他去年八月回来的。", "He came back last August.", []),
        ("fr", "en", "Il vient en mars.", "He comes in May.", ["date"]),
        ("en", "de", "100 people were on the 3rd floor.", "Hundert Menschen waren im dritten Stock.", []),
        ("en", "zh", "He has 25 dogs.", "他有二十五只狗。", []),
        ("en", "de", "I paid 1,500 euros.", "Ich habe 1.800 Euro bezahlt.", ["number"]),
        ("en", "de", "There are 3 dogs.", "Es gibt Hunde.", ["number"]),
        ("en", "de", "There are dogs.", "Es gibt 12 Hunde.", ["number"]),
        ("en", "de", "It costs 2 billion.", "Es kostet 2 Millionen.", ["number"]),
        ("en", "de", "The meeting is on March 12.", "Das Treffen ist am 12. Mai.", ["date"]),
        ("en", "fr", "Come at 3 pm.", "Viens à 16 heures.", ["date"]),
        ("en", "de", "It is 5 miles away.", "Es ist 5 Kilometer entfernt.", ["unit"]),
        ("en", "fr", "It costs $5.", "Cela coûte 5 euros.", ["unit"]),
        ("en", "zh", "It costs 5 dollars.", "它花了5欧元。", ["unit"]),
        ("en", "de", "See https://example.org/a now.", "Sieh jetzt.", ["link"]),
        ("en", "de", "I met Mr. Nguyen today.", "Ich traf heute Herrn Newman.", ["name"]),
        ("en", "zh", "my iPhone 15 Pro Max", "我的iPhone 15 生产最大", ["name"]),
        ("en", "fr", "Open YouTube on the PlayStation 5", "Ouvrez YouTube sur la PlayStation 5", []),
        ("de", "en", "Das MacBook Air kaputt, die SchülerInnen", "The MacBook Air is broken, the pupils", []),
        ("en", "de", "a GitHub repo of AcmeCorp", "ein Github-Repo von Akmekorp", ["name"]),
        ("zh", "en", "他九点五十分来的。", "He came at ten to nine.", ["date"]),
        ("zh", "en", "他九点五十分来的。", "He came at ten to ten.", []),
        ("zh", "en", "王先生和李女士住在上海。", "Mr. Wang and Li live in Shanghai.", ["name"]),
        ("zh", "en", "张医生不在，史密斯先生在。", "Dr. Zhang is not here, Mr. Smith is.", []),
        ("zh", "en", "约翰·李先生", "John", []),
        ("en", "zh", "I love Harry Potter.", "我喜欢Hry Potter。", ["name"]),
        ("en", "zh", "I love Harry Potter.", "我喜欢哈利·波特。", []),
        ("en", "zh", "We use Macs.", "我们用Mac。", []),
        ("en", "zh", "I love Harry Potter.", "我喜欢Harry Potter。", []),
        ("en", "zh", "Mr. Smith met Dr. Hill.", "史密斯先生会见了Hill医生。", []),
        ("en", "zh", "My friend Mr. Young reads.", "我的朋友先生在读书。", ["name"]),
        ("en", "zh", "Dr. Stone and Mrs. Baker", "Stone女士和Baker女士", ["name"]),
        ("en", "zh", "I met Mr. Nguyen today.", "我今天见到了阮先生。", []),
        ("fr", "en", "soixante-dix personnes", "sixty people", ["number"]),
        ("fr", "en", "soixante-dix personnes", "70 people", []),
        ("en", "de", "twenty-five thousand cars", "fünfundzwanzigtausend Autos", []),
        ("en", "de", "twenty-five thousand cars", "zweiundfünfzigtausend Autos", ["number"]),
        ("de", "zh", "dreihundertzwölf Leute", "三百一十二人", []),
        ("zh", "de", "三百二十人", "dreihundertzwölf Leute", ["number"]),
        ("en", "de", "There are three dogs.", "Es gibt zwei Hunde.", ["number"]),
        ("en", "de", "I saw two of them.", "Ich sah beide.", []),
        ("de", "en", "Ich warte seit anderthalb Stunden.", "I have waited for 1.5 hours.", []),
        ("de", "en", "Er kam um 6.30 Uhr.", "He came at 6:30.", []),
        ("fr", "en", "Il vient avant 17:00.", "He comes before 5:00.", []),
        ("en", "fr", "He left at 6:30.", "Il est parti à 7 h 30.", ["date"]),
        ("en", "de", "It takes 3 hours.", "Es dauert 3 Tage.", ["unit"]),
        ("en", "zh", "It costs ¥500.", "它要500元。", []),
        ("en", "zh", "It costs 5 pounds sterling.", "它要5英镑。", []),
        ("en", "de", "It weighs 5 pounds.", "Es wiegt 5 Pfund.", []),
        ("en", "de", "60 miles per hour", "60 Kilometer pro Stunde", ["unit"]),
        ("zh", "en", "这本书卖五十欧元。", "This book costs 50 dollars.", ["unit"]),
        ("de", "en", "Frau Meier ist krank.", "Mr. Meier is ill.", ["name"]),
        ("de", "en", "Frau Meier ist krank.", "Ms Meier is ill.", []),
        ("fr", "en", "M. Petit et Mme Martin", "Mr. Petit and Mr. Martin", ["name"]),
        ("de", "en", "Seine Frau Anna kocht.", "His wife Anna cooks.", []),
        ("de", "en", "Herr Präsident, danke!", "Mr. President, thank you!", []),
        ("de", "en", "Frau Dr. Sommer kommt.", "Dr. Sommer is coming.", []),
        ("en", "de", "red, green, blue and white", "rot, grün und weiß", ["item"]),
    ],
)
def test_facts(source: str, target: str, text: str, translation: str, expected: list[str]) -> None:
    assert kinds(source, target, text, translation) == expected


@pytest.mark.parametrize(
    ("source", "target", "text", "translation", "differs"),
    [
        ("en", "de", "He does not sleep.", "Er schläft.", True),
        ("en", "zh", "I totally disagree with you.", "我完全同意你的看法。", True),
        ("en", "zh", "I totally disagree with you.", "我完全不同意你的看法。", False),
        ("en", "de", "She dislikes him.", "Sie mag ihn nicht.", False),
        ("en", "fr", "I disagree.", "Je suis d'accord.", True),
        ("en", "de", "He sleeps.", "Er schläft nicht.", True),
        ("en", "fr", "I don't like it.", "Je l'aime.", True),
        ("fr", "en", "Il ne dort jamais.", "He sleeps.", True),
        ("en", "zh", "I never sleep.", "我睡觉。", True),
        ("zh", "en", "他没有睡觉。", "He is sleeping.", True),
        ("en", "de", "He does not sleep.", "Er schläft nicht.", False),
        ("en", "de", "It is not possible.", "Das ist unmöglich.", False),
        ("en", "fr", "He isn't here.", "Il n'est pas là.", False),
        ("en", "de", "It's nice, isn't it?", "Es ist schön, oder?", False),
        ("de", "en", "Das ist kein Problem.", "That is no problem.", False),
        ("zh", "en", "这个不错，非常好。", "This is good, very good.", False),
        ("zh", "en", "他差不多到了，对不起。", "He is almost here, sorry.", False),
        ("fr", "en", "Personne ne le sait.", "Nobody knows it.", False),
        ("en", "de", "Nobody knows it.", "Niemand weiß es.", False),
        ("xx", "en", "Foo.", "It is not.", False),
    ],
)
def test_negation(source: str, target: str, text: str, translation: str, differs: bool) -> None:
    assert kinds(source, target, text, translation) == (["negation"] if differs else [])


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text(text: str, translation: str) -> None:
    for source, target in (("en", "de"), ("fr", "en"), ("zh", "en"), ("en", "zh"), ("xx", "yy")):
        kinds(source, target, text, translation)


@pytest.mark.parametrize(
    "text", ["1 " * 5_000, "n't " * 3_000, "ne " * 5_000, "1.1," * 4_000, "Mr. A " * 3_000, "不" * 9_000]
)
def test_the_time_is_bounded(text: str) -> None:
    started = time.process_time()
    for source, target in (("en", "de"), ("fr", "en"), ("zh", "en")):
        kinds(source, target, text, text)
    assert time.process_time() - started < 10
