from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.normalize import normalize
from app.text.spans import Protected, protect, restore, runs

ANY_TEXT = st.text(st.characters(exclude_categories=()))
SYNTAX = st.text(st.sampled_from(list("aZ01 .,:/@#<>{}%$`&;()[]-_+='\n😀\u200d中🇩")))


def masked(text: str) -> Protected | None:
    return protect(runs(text))


def spans_of(text: str) -> list[str]:
    return [run.text for run in runs(text) if run.protected]


@pytest.mark.parametrize(
    "span",
    [
        "https://example.org/a_(b)?x=1&y=%20#top", "http://localhost:8000/v1", "www.example.de/pfad",
        "example.com/about", "first.last+tag@mail.example.co.uk",
        "3.5 km", "20 °C", "€1,200.50", "1.200,50 €", "50%", "10:30", "2024-01-31", "2024-01-31T10:30:00Z",
        "v2.1.0",
        "192.168.0.1", "1,000,000", "31.01.2024", "-5 °C", "5-10 %", "+49 30 1234567", "$5", "1 200 000 €",
        "3/4", "7", "5a", "4B", "14h05",
        "{name}", "{0}", "{{ name }}", "${x}", "%s", "%d", "%1$s", "%(name)s", "%-5.2f", "%1", "$1",
        "$HOME", "{% if %}",
        "<b>", "</b>", "<br/>", "<br />", '<a href="https://x.y" class="z">', "<!-- note -->", "&amp;",
        "&#39;", "&#x1F600;",
        "<ph0>", "<ph12>", "</s>", "<s>", "<pad>", "<unk>", "<2de>", "<2zh-Hans>",
        "@user_1", "#hashtag", "`rm -rf x`", "```a b```", "/usr/local/bin", "~/notes.txt", "./run.sh",
        "src/app/main.py",
        "report.pdf", r"C:\Users\me\x.txt",
        "👨\u200d👩\u200d👧\u200d👦", "🇩🇪", "👍🏽", "1️⃣", "❤️",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ":-)", ":)", ";-)", ":D", ":-P", "<3", "xD", "^_^",
    ],
)  # fmt: skip
def test_a_span_is_found_whole(span: str) -> None:
    assert spans_of(f"Look at {span} now") == [span]
    assert spans_of(span) == [span]


@pytest.mark.parametrize(
    "text",
    [
        "A man and a woman, both old; she said: no!",
        "He/she may come and/or go, 'tis well-known.",
        "COVID-19 hit in the 1st year of the 90s, a 5-year plan in 3D.",
        "if a < b and c > d",
        "Ein Satz.Ohne Leerzeichen",
        "Was? (Nein) „Doch“ … und – so",
        "他说：“好的。”然后走了。",
    ],
)
def test_words_and_punctuation_are_left_to_the_model(text: str) -> None:
    assert spans_of(text) == []


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("See https://x.y/z, or (https://x.y/(a)).", ["https://x.y/z", "https://x.y/(a)"]),
        ("Mail me@x.com.", ["me@x.com"]),
        ("It costs 5 €, at 10:30.", ["5 €", "10:30"]),
        ("/usr/bin/python.", ["/usr/bin/python"]),
        ("请访问https://x.y/a。谢谢，有3个人", ["https://x.y/a", "3"]),
        ("les 5 s'est", ["5"]),
        ("<b>{name}</b> has 3 files", ["<b>{name}</b>", "3"]),
        ("Great 😂😂🎉!", ["😂😂🎉"]),
        ("I <3 you > me", ["<3"]),
    ],
)
def test_a_span_ends_where_the_sentence_goes_on(text: str, spans: list[str]) -> None:
    assert spans_of(text) == spans


@given(ANY_TEXT | SYNTAX)
def test_runs_alternate_and_lose_nothing(text: str) -> None:
    found = runs(text)
    assert "".join(run.text for run in found) == text
    assert all(run.text for run in found)
    assert all(a.protected != b.protected for a, b in pairwise(found))


@given(ANY_TEXT | SYNTAX)
def test_an_echoing_model_gives_the_text_back(text: str) -> None:
    protected = masked(text)
    if protected is not None and "  " not in text:
        restored = restore(protected.text, protected.spans)
        assert restored is not None
        assert "".join(restored.split()) == "".join(text.split())


@given(SYNTAX)
def test_every_span_comes_back_whatever_the_spacing(text: str) -> None:
    protected = masked(text)
    if protected is not None:
        shuffled = " ".join(f"<ph{n}>" for n in reversed(range(len(protected.spans))))
        restored = restore(f"x {shuffled} y", protected.spans)
        assert restored is not None
        assert all(span.text in restored for span in protected.spans)


def test_placeholders_are_numbered_as_they_occur() -> None:
    protected = masked("On 5 May {name} paid 5 to @bob")
    assert protected is not None
    assert protected.text == "On <ph0> May <ph1> paid <ph2> to <ph3>"
    assert [span.text for span in protected.spans] == ["5", "{name}", "5", "@bob"]


def test_more_spans_than_placeholders_cannot_be_masked() -> None:
    assert masked(" a ".join("1234567890")) is not None
    assert masked(" a ".join("12345678901")) is None


def test_a_forged_placeholder_comes_back_as_text() -> None:
    protected = masked("Put <ph1> before 7")
    assert protected is not None
    assert protected.text == "Put <ph0> before <ph1>"
    assert restore("Setze <ph0> vor <ph1>", protected.spans) == "Setze <ph1> vor 7"


@pytest.mark.parametrize("translation", ["Hallo", "<ph0> <ph0> <ph1>", "<ph0> <ph1> <ph2>", "<ph0> <ph2>", "<ph0>"])
def test_a_model_that_miscounts_is_found_out(translation: str) -> None:
    protected = masked("{a} likes {b}")
    assert protected is not None
    assert restore(translation, protected.spans) is None


@pytest.mark.parametrize(
    ("source", "translation", "expected"),
    [
        ("(see https://x.y)", "(siehe <ph0>)", "(siehe https://x.y)"),
        ("(see https://x.y)", "( siehe <ph0> )", "( siehe https://x.y)"),
        ("Hello {name}, hi.", "Hallo <ph0> , hi .", "Hallo {name}, hi ."),
        ("Hello {name}, hi.", "Hallo<ph0>, hi.", "Hallo {name}, hi."),
        ("{name} comes", "<ph0>kommt", "{name} kommt"),
        ('Open "%s" now', 'Öffne " <ph0> " jetzt', 'Öffne "%s" jetzt'),
        ("A <b>big</b> dog", "Ein <ph0> großer <ph1> Hund", "Ein <b>großer</b> Hund"),
        ("A <b>big</b> dog", "Ein<ph0>großer<ph1>Hund", "Ein <b>großer</b> Hund"),
        ("Visit https://x.y today", "今天请访问<ph0>看看", "今天请访问https://x.y看看"),
        ("Visit https://x.y today", "今天请访问 <ph0> 看看", "今天请访问 https://x.y 看看"),
        ("Do you want {name}?", "Voulez-vous <ph0> ?", "Voulez-vous {name} ?"),
        ("{a} {b} now", "<ph1><ph0>jetzt", "{b} {a} jetzt"),
        ("10 km of {road}", "<ph0> von <ph1>", "10 km von {road}"),
        ("今天有3个人", "There are <ph0>people today", "There are 3 people today"),
    ],
)  # fmt: skip
def test_white_space_beside_a_span(source: str, translation: str, expected: str) -> None:
    protected = masked(source)
    assert protected is not None
    assert restore(translation, protected.spans) == expected


def test_normalising_keeps_placeholders_and_never_sees_spans() -> None:
    protected = masked("Set  \u200b“20\u00a0°C” in `a  b`")
    assert protected is not None
    assert normalize(protected.text) == 'Set "<ph0>" in <ph1>'
    assert restore(normalize(protected.text), protected.spans) == 'Set "20\u00a0°C" in `a  b`'


HOSTILE = [
    "a", "1", "1 ", "1.", "a.", "a/", "/a", "<a ", "<a =", "<", "{", "{{a", "`", "`a", "http://",
    "http://(", "a@", "a-",
    "#", "#a", "😂", "👨\u200d", "%", "%%", "$", "1,", "1 000 ", "1-1", ":", ":(", "+1 ", "_", "&a", "A:\\",
    "€",
    "a.b-c/", "🇩", "[(", "/中", "1'", "__a", ".a", "\u0301",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("start", ["", "1 ", "`", "http://x"])
def test_hostile_texts_do_not_stall(start: str, unit: str) -> None:
    text = start + unit * (30_000 // len(unit))
    assert "".join(run.text for run in runs(text)) == text
