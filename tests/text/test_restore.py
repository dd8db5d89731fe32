"""What goes on with a sentence behind a span or a cut."""

from __future__ import annotations

import pytest

from app.text.languages import profile_of
from app.text.restore import continued


@pytest.mark.parametrize(
    ("source", "target", "translation", "expected"),
    [
        ("的人", "en", " The people", " the people"),
        ("del mundo", "fr", "Le monde", "le monde"),
        ("们去", "en", "I go", "I go"),
        ("巴黎", "en", "Paris", "Paris"),
        ("NASA的", "en", "NASA's", "NASA's"),
        ("Menschen hier", "en", "The people", "the people"),
        ("von The Who", "en", "The Who", "The Who"),
        ("of them", "de", "Von ihnen", "Von ihnen"),
        ("español", "en", "Spanish", "Spanish"),
        ("的", "zh", "的", "的"),
        ("的", "en", "", ""),
    ],
)
def test_what_goes_on_with_a_sentence_begins_with_a_small_letter(
    source: str, target: str, translation: str, expected: str
) -> None:
    assert continued(translation, source, profile_of(target)) == expected
