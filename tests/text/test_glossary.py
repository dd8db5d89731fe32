"""Which terms of a glossary a text has."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.chinese import simplified
from app.text.glossary import MAX_TERM_CHARS, MAX_TERMS, Glossary, GlossaryError, Matcher
from app.text.languages import profile_of
from app.text.sentence import analyse


def marked(text: str, code: str, *terms: str) -> str:
    """The sentence, with its terms between brackets."""
    sentence = analyse(text)
    spans = list(Matcher(dict.fromkeys(terms), profile_of(code)).spans(sentence))
    for span in reversed(sentence.with_spans(spans).spans):
        if span.kind == "glossary":
            text = f"{text[: span.start]}[{text[span.start : span.end]}]{text[span.end :]}"
    return text


@pytest.mark.parametrize(
    ("code", "terms", "expected"),
    [
        ("en", ["cart", "cart item"], "[Cart], one [cart item], two [CART items]; a [cart]!"),
        ("en", ["cart"], "Cartoons, carthorse, de_cart, cart-driver, go-cart, https://cart.org/cart"),
        ("en", ["iPhone", "US"], "an [iPhone], two [iPhones], no iphone; us in the [US]"),
        ("en", ["box", "battery", "key", "API"], "[boxes], [batteries], [keys], batterys, [APIs]"),
        ("en", ["new", "news"], "[news]"),
        ("en", ["shop", "can"], "the [shop]'s door, you can't"),
        ("en", ["can't"], "you [can’t] and [can't]"),
        ("en", ["Windows 11", "12 km"], "[Windows 11] and [12 km]"),
        ("en", ["C++", ".NET"], "[C++] or [.NET]"),
        ("de", ["Konto"], "Das [Konto], des Kontos, ein Kontostand"),
        ("fr", ["ordinateur", "fil"], "L'[ordinateur] d’[ordinateur], aujourd'ordinateur, le fils, le [fil]"),
        ("zh", ["购物车", "车"], "我的[购物车]在[车]里。"),
        ("xx", ["straße"], "die [Straße] STRASSE İ [straße]"),
    ],
)
def test_terms_are_whole_words_and_the_longest_wins(code: str, terms: list[str], expected: str) -> None:
    assert marked(expected.replace("[", "").replace("]", ""), code, *terms) == expected


def test_a_term_in_the_other_script_of_chinese() -> None:
    matcher = Matcher({"購物車": "cart"}, profile_of("zh"), simplified)
    sentence = analyse("我的購物車。", simplified)
    assert sentence.with_spans(matcher.spans(sentence)).shown == "我的cart。"


def test_no_rule_has_a_say_over_a_term() -> None:
    sentence = analyse("on March 12")
    given = sentence.with_spans(Matcher({"march": "Marsch"}, profile_of("en")).spans(sentence))
    date = [span.__class__(0, len(sentence.text), "am 12. März", "date") for span in given.spans[:1]]
    assert given.with_spans(date) == given


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({str(n): "x" for n in range(MAX_TERMS + 1)}, "has 1,001 terms; at most 1,000"),
        ({"a" * (MAX_TERM_CHARS + 1): "x"}, "term of the glossary has 201 characters"),
        ({"x": "a" * (MAX_TERM_CHARS + 1)}, "translation of the glossary has 201 characters"),
        ({" \u200b": "x"}, "term of the glossary is empty"),
        ({"x": " "}, "translation of the glossary is empty"),
        ({"x": "a\nb"}, "line break"),
        ({"\ud800a": "x"}, "lone surrogate"),
        ({"": None}, "A word to keep is empty: leave it out"),
    ],
)
def test_a_glossary_that_cannot_be_used_says_why(terms: dict[str, str | None], message: str) -> None:
    with pytest.raises(GlossaryError, match=message):
        Glossary(terms)


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=8), max_size=5))
def test_any_text_with_any_terms(text: str, terms: list[str]) -> None:
    usable = {term: "x" for term in terms if analyse(term).text and len(term.splitlines()) == 1}
    for code in ("en", "fr", "zh"):
        sentence = analyse(text)
        spans = list(Matcher(usable, profile_of(code)).spans(sentence))
        assert all(one.end <= other.start for one, other in pairwise(spans))
        assert all(span.end <= len(sentence.text) for span in spans)


def test_the_time_is_linear() -> None:
    matcher = Matcher({"a" * n + " b": "x" for n in range(1, 200)}, profile_of("en"))
    started = time.process_time()
    list(matcher.find("a " * 10_000))
    assert time.process_time() - started < 5
