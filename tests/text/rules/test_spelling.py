from __future__ import annotations

import pytest

from app.text.languages import NEUTRAL
from app.text.rules.rule import Languages
from app.text.rules.spelling import RULE
from app.text.sentence import analyse
from tests.text.rules.encoding import WordLengths


@pytest.mark.parametrize(
    ("text", "protected"),
    [
        ("I met Mr. Nguyễn, in the park.", ["Nguyễn"]),  # without the comma
        ("“Nguyễn”", ["Nguyễn"]),
        ("a ễ ễb c", ["ễ ễb"]),
        ("aễ", ["aễ"]),
        ("一ễ二", ["ễ"]),
        ("ễ 5 ễ", ["ễ", "5", "ễ"]),
        ("x" * 60, ["x" * 60]),
        ("iiiiiiiiiiiiiit is it", ["iiiiiiiiiiiiiit"]),
        ("all is known", []),
    ],
)
def test_words_that_the_vocabulary_cannot_spell_are_protected(text: str, protected: list[str]) -> None:
    sentence = analyse(text)
    spans = RULE.protect(sentence, Languages(NEUTRAL, NEUTRAL), WordLengths(sentence, unknown="ễ"))
    assert [span.replacement for span in sentence.with_spans(spans).spans] == protected
