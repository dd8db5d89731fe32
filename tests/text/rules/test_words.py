"""Abbreviations, numbers in words, titles in capitals, and words in the letters of the target."""

from __future__ import annotations

import pytest

from app.text.languages import profile_of
from app.text.rules import abbreviations, capitals, number_words, own_script, places
from app.text.rules.rule import Languages
from app.text.sentence import analyse
from tests.text.rules.encoding import WordLengths


def languages(source: str, target: str) -> Languages:
    return Languages(profile_of(source), profile_of(target))


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("de", "en", "ggf. evtl. mind. 3, i. d. R. Tee", "if necessary possibly at least 3, as a rule Tee"),
        ("de", "en", "Nüsse o. ä., s. u., z.Zt. zu", "Nüsse or similar, see below, currently zu"),
        ("de", "fr", "Kap. 3, Art. 5 Abs. 2, 44 v. Chr., Tel. 030", "Chap. 3, art. 5 al. 2, 44 av. J.-C., tél. 030"),
        ("fr", "en", "chap. 2, art. 7, 50 apr. J.-C., tél. : 01, svp", "ch. 2, art. 7, 50 AD, tel. : 01, please"),
        ("en", "de", "min. 3, max. 5 w/o tea w/ milk, 44 BC", "mind. 3, max. 5 ohne tea mit milk, 44 v. Chr."),
        ("en", "zh", "max. 5, tel. 5, min. later", "最多 5, 电话 5, min. later"),
        ("en", "de", "½ tsp of salt, 2 tbsp oil; see fig. 3, figs.", "½ TL of salt, 2 EL oil; see Abb. 3, figs."),
        ("de", "fr", "1 TL Salz, 2 EL Öl, Abb. 3, TL", "1 c. à c. Salz, 2 c. à s. Öl, fig. 3, TL"),
        ("fr", "en", "1 c. à soupe d'huile, 2 c. à c. de sel", "1 tbsp d'huile, 2 tsp de sel"),
        ("en", "zh", "2 tsp salt, Fig. 3", "2 茶匙 salt, 图 3"),
        ("en", "de", "No. 5, e.g. apples, i.e. fruit, etc.", "Nr. 5, z. B. apples, d. h. fruit, usw."),
        ("de", "en", "Das ist z.B. bzw. d. h. ein, vgl. S. 12 ff.", "Das ist e.g. or i.e. ein, cf. p. 12 ff."),
        ("de", "fr", "Es gab u. a. Tee, u.a.m.", "Es gab entre autres Tee, u.a.m."),
        ("fr", "de", "MM. Petit et Vian", "Die Herren Petit et Vian"),
        ("fr", "en", "av. Foch, n° 5, p. ex. Paris, c.-à-d. ici", "Ave. Foch, no. 5, e.g. Paris, i.e. ici"),
        ("de", "fr", "Nr. 7 inkl. Frühstück", "N° 7 incl. Frühstück"),
        ("en", "zh", "approx. 5 people, e.g. me", "约 5 people, 例如 me"),
        ("en", "de", "No. I said no. The casino. Pp. and no.", "No. I said no. The casino. Pp. and no."),
    ],
)  # fmt: skip
def test_abbreviations(source: str, target: str, text: str, expected: str) -> None:
    sentence = analyse(text)
    assert sentence.with_spans(abbreviations.RULE.replace(sentence, languages(source, target))).shown == expected


@pytest.mark.parametrize(
    ("source", "target", "text", "masked"),
    [
        ("fr", "en", "soixante-dix personnes", "70 personnes"),
        ("de", "en", "Dreihundertzwölf Leute", "312 Leute"),
        ("zh", "en", "三百二十人", "320人"),
        ("en", "de", "two dogs in twenty-five houses", "two dogs in 25 houses"),
    ],
)  # fmt: skip
def test_numbers_in_words(source: str, target: str, text: str, masked: str) -> None:
    sentence = analyse(text)
    found = sentence.with_spans(number_words.RULE.replace(sentence, languages(source, target)))
    assert found.shown == masked
    proposal = number_words.RULE.propose(found, languages(source, target), WordLengths(found))
    assert proposal is not None
    assert proposal.sentence.shown == text


@pytest.mark.parametrize(
    ("source", "target", "text", "kept"),
    [
        ("en", "zh", "My friend 小明 lives in 上海.", ["小明", "上海"]),
        ("zh", "en", "我用iPhone 15 Pro在Starbucks拍照", ["iPhone 15 Pro", "Starbucks"]),
        ("zh", "de", "卡拉OK和T恤", []),
        ("en", "de", "My friend lives in Köln.", []),
    ],
)
def test_words_in_the_letters_of_the_target(source: str, target: str, text: str, kept: list[str]) -> None:
    sentence = analyse(text)
    spans = own_script.RULE.protect(sentence, languages(source, target), WordLengths(sentence))
    assert [span.replacement for span in spans] == kept


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("en", "Show All Files In This Folder", "Show all files in this folder"),
        ("fr", "Afficher Tous Les Fichiers Du Dossier", "Afficher tous les fichiers du dossier"),
        ("en", "All German Trains Leave On Monday", "All German trains leave on Monday"),
        ("en", "New York City Hotels", None),
        ("en", "The Rolling Stones played all their songs", None),
        ("en", "I Love You So Much More.", None),
        ("de", "Alle Dateien Des Ordners Hier Zeigen", None),
    ],
)
def test_titles_in_capitals(source: str, text: str, expected: str | None) -> None:
    sentence = analyse(text)
    proposal = capitals.RULE.propose(sentence, languages(source, "en"), WordLengths(sentence))
    assert (proposal.sentence.text if proposal else None) == expected


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("de", "en", "Sie wohnt in Essen, er aus Gießen.", "Sie wohnt in Essen, er aus Giessen."),
        ("en", "zh", "I live in Reading, near Bath.", "I live in 雷丁, near 巴斯."),
        ("en", "de", "from Nice to Tours", "from Nizza to Tours"),
        ("fr", "zh", "Il habite à Angers", "Il habite à 昂热"),
        # Words
        ("de", "zh", "beim Essen, in Halle 3, Essen", "beim Essen, in Halle 3, Essen"),
        ("en", "zh", "in reading, in Reading Week, nice", "in reading, in Reading Week, nice"),
        ("en", "es", "in Bath", "in Bath"),
    ],
)
def test_towns(source: str, target: str, text: str, expected: str) -> None:
    sentence = analyse(text)
    assert sentence.with_spans(places.RULE.replace(sentence, languages(source, target))).shown == expected
