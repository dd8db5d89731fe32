"""Short names of weekdays and months beside each other, as the target language writes them: "Mon-Fri" is "Mo-Fr" in
German. A model lets them stand, and alone such a name may be another word ("Sun", "May")."""

from __future__ import annotations

import re
from functools import cache

from app.text.characters import LETTER
from app.text.languages import profile_of
from app.text.rules.rule import Languages, Rule
from app.text.sentence import Sentence
from app.text.spans import Span


def short_names(sentence: Sentence, languages: Languages) -> list[Span]:
    """The short names of a sentence with a dash, a slash or an ampersand between them."""
    names, target = languages.source.short_names, languages.target
    if not names or not target.short_names:
        return []
    one, several = patterns(languages.source.code)

    def written(match: re.Match[str]) -> str:
        return target.short_names[int((match.lastgroup or "n0")[1:])][1]

    gap = " " if target.spaced else ""
    found: list[Span] = []
    for match in several.finditer(sentence.text):
        text = re.sub(" ?& ?", f"{gap}{target.joints[0]}{gap}", match.group())
        found.append(Span(*match.span(), one.sub(written, text), "short names"))
    return found


@cache
def patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """One name, of which the group that matches tells the place, and several beside each other."""
    names = [pattern for pattern, _ in profile_of(language).short_names]
    end = rf"(?!{LETTER})(?:\.(?!\s*\Z))?"  # a full stop that ends the sentence stays
    one = "|".join(f"(?P<n{place}>{pattern})" for place, pattern in enumerate(names))
    name = rf"(?<!{LETTER})(?:{'|'.join(names)}){end}"
    return re.compile(rf"(?:{one})(?!{LETTER})\.?"), re.compile(rf"{name}(?: ?[-–/&] ?{name}){{1,11}}")


RULE = Rule(replace=short_names)
