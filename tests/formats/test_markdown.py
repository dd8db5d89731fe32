from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, settings
from hypothesis import given as given_by
from hypothesis import strategies as st

from app.formats import Inline, Text, parse
from tests.formats.translators import capitals, given, nests, plains, translated, words


@pytest.mark.parametrize(
    ("source", "dictionary", "wanted"),
    [
        (
            "He is a [<u>famous singer</u>](https://example.org/a_(b)) from **Berlin**.",
            {"famous": "berühmter", "singer": "Sänger", "from": "aus"},
            "He is a [<u>berühmter Sänger</u>](https://example.org/a_(b)) aus **Berlin**.",
        ),
        ("Press **Save** or _Cancel_.", {"Save": "Speichern", "or": "oder"}, "Press **Speichern** oder _Cancel_."),
        (
            "| color | The color of the button |\n| size | The size of the text |",
            {"color": "Farbe", "size": "Größe", "of": "von"},
            "| Farbe | The Farbe von the button |\n| Größe | The Größe von the text |",
        ),
        (
            "a | `b` | c \\| d\n:-- | --- | -:\na | b | ![a](b.png)",
            {"a": "eins", "b": "zwei", "c": "drei", "d": "vier"},
            "eins | `b` | drei \\| vier\n:-- | --- | -:\neins | zwei | ![eins](b.png)",
        ),
        (
            "Open your browser at <http://localhost:8080> or mail <a@example.org>",
            {"Open": "Ouvrez", "at": "à", "http": "x", "or": "ou", "a": "x"},
            "Ouvrez your browser à <http://localhost:8080> ou mail <a@example.org>",
        ),
        ("Linux: ``./build.sh `x` ``", {"Linux": "Unter Linux", "x": "y"}, "Unter Linux: ``./build.sh `x` ``"),
        (
            "- [Acme](https://example.com/acme) - Python bindings\n- [x] done",
            {"Acme": "ACME", "acme": "x", "bindings": "Anbindung", "done": "fertig"},
            "- [ACME](https://example.com/acme) - Python Anbindung\n- [x] fertig",
        ),
        ("Text with footnote[^1].", {"Text": "Satz", "footnote": "Fußnote"}, "Satz with Fußnote[^1]."),
        (
            "Text[^note].\n\n[^note]: A text\n    with two lines.\n",
            {"Text": "Satz", "text": "Satz", "note": "x", "lines": "Zeilen"},
            "Satz[^note].\n\n[^note]: A Satz\n    with two\n    Zeilen.\n",
        ),
        (
            "See [the house] and [it][the house].\n\n[the house]: /house 'house'",
            {"house": "Haus", "it": "dies"},
            "See [the Haus][the house] and [dies][the house].\n\n[the house]: /house 'house'",
        ),
        (
            "---\ntitle: house\n---\n# A house {#house}\n\nhouse\n===\n\n    house\n\n```\nhouse\n```\n<!-- house -->",
            {"house": "Haus"},
            "---\ntitle: house\n---\n# A Haus {#house}\n\nHaus\n===\n\n    house\n\n```\nhouse\n```\n<!-- house -->",
        ),
        (
            "The value $x$ of $$x$$ is 5 \\* x.",
            {"x": "y", "value": "Wert"},
            "The Wert $x$ of $$x$$ is 5 \\* y.",
        ),
        (
            '<details><summary>house</summary>\n\nhouse <kbd>house</kbd></details>\n\n<p title="house">\nhouse\n</p>\n',
            {"house": "Haus"},
            '<details><summary>Haus</summary>\n\nHaus <kbd>house</kbd></details>\n\n<p title="Haus">\nHaus\n</p>\n',
        ),
        ("Use &lt;b&gt; or 5&nbsp;km b", {"b": "B", "km": "Kilometer"}, "Use &lt;b&gt; or 5&nbsp;Kilometer B"),
        (
            "{% if name %}\nHello {{ name | upper }}, a name!\n{% endif %}\n",
            {"name": "Name", "if": "wenn", "upper": "groß", "Hello": "Hallo"},
            "{% if name %}\nHallo {{ name | upper }}, a Name!\n{% endif %}\n",
        ),
        (
            "A {% if n %}*cat*{% else %}dog{% endif %} is",
            {"cat": "chat"},
            "A {% if n %}*chat*{% else %}dog{% endif %} is",
        ),
        ("| a {% if n %}b{% endif %} | c |", {"b": "B", "c": "C"}, "| a {% if n %}B{% endif %} | C |"),
        ("Hello {{ *name* }}", {"Hello": "Hallo"}, "Hallo {{ *name* }}"),
        ("> [!NOTE]\n> A NOTE", {"NOTE": "Hinweis"}, "> [!NOTE]\n> A Hinweis"),
        (
            "> [!tip]- A tip\n> a tip\n\n> > [!bug] tip\n> > tip",
            {"tip": "Tipp"},
            "> [!tip]- A Tipp\n> a Tipp\n\n> > [!bug] Tipp\n> > Tipp",
        ),
        (
            "a tip\n:::tip\na tip\n:::\na tip\n\n::: tip A *tip* {open}\r\n\r\n## tip\r\n\r\n:::",
            {"tip": "conseil"},
            "a conseil\n:::tip\na conseil\n:::\na conseil\n\n::: tip A *conseil* {open}\r\n\r\n## conseil\r\n\r\n:::",
        ),
        (
            "- 这个\n  :::note[这个 `note`]{.note}\n  这个\n  :::\n\n"
            ":::: {.这个 x='这个'}\n:::{note} 这个\n这个\n:::\n::::",
            {"这个": "this"},
            "- this\n  :::note[this `note`]{.note}\n  this\n  :::\n\n"
            ":::: {.这个 x='这个'}\n:::{note} this\nthis\n:::\n::::",
        ),
        (
            '!!! note "Une note"\n    Une note\n\n    note\n\n??? note\n\n    note\n\n=== "note"\n\n    - note\n\nnote',
            {"note": "remarque", "Une": "La"},
            '!!! note "La remarque"\n    La remarque\n\n    remarque\n\n??? note\n\n    remarque\n\n'
            '=== "remarque"\n\n    - remarque\n\nremarque',
        ),
        ("??? note ::: note\n\n!!! note", {"note": "Notiz"}, "??? Notiz ::: Notiz\n\n!!! Notiz"),
    ],
)
def test_words_are_translated_and_all_else_stays(source, dictionary, wanted):
    assert translated(source, "markdown", words(**dictionary)) == wanted


@pytest.mark.parametrize("prefix", ["> ", "  ", "    ", "> > "])
def test_a_sentence_over_several_lines_is_one_text_and_wraps_again(prefix):
    first = {"  ": "- ", "    ": "1.  "}.get(prefix, prefix)
    source = f"{first}When the rain\n{prefix}stopped *we\n{prefix}went* home.\n\nnext"
    assert plains(source, "markdown") == ["When the rain stopped we went home.", "next"]
    text = Text("Als der Regen aufhörte, gingen wir nach Hause.", (Inline(24, 34, "*", "*"),))
    wrapped = f"{first}Als der Regen\n{prefix}aufhörte, *gingen\n{prefix}wir* nach\n{prefix}Hause.\n\nnext"
    assert translated(source, "markdown", given(text, Text("next"))) == wrapped


@pytest.mark.parametrize(
    ("source", "translation", "wanted"),
    [
        ("Hello world", "1986. Ein Jahr", "1986\\. Ein Jahr"),
        ("Hello world", "- Ein Jahr", "\\- Ein Jahr"),
        ("Hello world", "# Ein Jahr", "\\# Ein Jahr"),
        ("# Hello world", "1986. Ein - Jahr", "# 1986. Ein - Jahr"),
        ("Hello world", "5 * 3 und snake_case [x] & so < 4", "5 * 3 und snake_case [x] & so < 4"),
        ("Hello world", "so *oder* so", "so \\*oder\\* so"),
        ("Hello world", "[so](x)", "\\[so\\](x)"),
        ("Hello world", "ein <b> und &copy;", "ein \\<b> und \\&copy;"),
        ("| Hello |\n|---|\n| world |", "a | b", "| a \\| b |\n|---|\n| a \\| b |"),
        ("Hello world", "eine\n\n# Zeile", "eine  # Zeile"),
        ("Hello world", "C:\\*", "C:\\\\\\*"),
    ],
)
def test_no_word_of_a_translation_becomes_a_mark(source, translation, wanted):
    assert translated(source, "markdown", given(*[translation] * len(plains(source, "markdown")))) == wanted


@pytest.mark.parametrize(
    ("source", "plain", "start", "end", "wanted"),
    [
        ("Say **hello** now", "说“你好”吧", 1, 5, "说“**你好**”吧"),
        ("Say _hello_ now", "xhallox", 1, 6, "x*hallo*x"),
        ("Say ~~hello~~ now", "说“吧", 1, 2, "说<del>“</del>吧"),
    ],
)
def test_marks_that_would_be_none_at_their_new_place(source, plain, start, end, wanted):
    mark = parse(source, "markdown").texts[0].inlines[0]
    text = Text(plain, (Inline(start, end, mark.before, mark.after),))
    assert translated(source, "markdown", given(text)) == wanted


@pytest.mark.parametrize(
    ("source", "plain", "words", "translation", "wanted"),
    [
        ("**注意：**请看。", "注意：请看。", (0, 5), "Note: Look.", "**Note:** Look."),
        ("**注意：**请看。", "注意：请看。", (0, 3), "注意：看吧。", "**注意**：看吧。"),
        ("看！~~不行。~~请看", "看！不行。请看", (6, 9), "Look! No. Look", "Look! ~~No.~~ Look"),
        ("他说*“好”*然后走", "他说“好”然后走", (8, 14), 'He said "good" and left', 'He said *"good"* and left'),
        ("說***《書》***，好", "說《書》，好", (5, 9), "Read Book, yes", "Read ***Book***, yes"),
        ("**[房子](x)**很大", "房子很大", (0, 9), "The house is big", "**[The house](x)** is big"),
        ("> **一，**二\n> 和三", "一，二 和三", (0, 4), "One, two and three", "> **One,**\n> two and\n> three"),
        ("この**「犬」**です", "この「犬」です", (10, 13), "This is a dog", "This is a **dog**"),
    ],
)
def test_emphasis_beside_marks_of_texts_without_spaces(source, plain, words, translation, wanted):
    """Read as it is meant, written as CommonMark reads it."""
    text = parse(source, "markdown").texts[0]
    assert text.plain == plain
    moved = tuple(replace(one, start=words[0], end=words[1]) for one in text.inlines)
    assert translated(source, "markdown", given(Text(translation, moved))) == wanted
    assert plains(wanted, "markdown") == [translation]


@pytest.mark.parametrize(
    "source", ["2**，3", "二** 三**，", "`**注意：**请`", "\\**注意：\\**请", "*注意：\n\n*请", "注意\ue000**：请**。"]
)
def test_what_is_no_emphasis_beside_marks(source):
    assert all(one.kept for text in parse(source, "markdown").texts for one in text.inlines)


def test_a_byte_order_mark_is_no_word():
    source = "\ufeff# A house\n\nhouse"
    assert plains(source, "markdown") == ["A house", "house"]
    assert translated(source, "markdown", words(house="Haus")) == "\ufeff# A Haus\n\nHaus"


def test_elements_go_where_the_translation_has_them():
    source = 'A *red* [house](/x "t") with `code` and ![a tree](y) so[^1] on.\n'
    text = parse(source, "markdown").texts[0]
    red, link, code, tree, note = text.inlines
    target = Text(
        "Das Haus (code) mit dem roten.",
        (
            Inline(4, 8, link.before, link.after),
            Inline(10, 14, code.before, code.after, kept=True),
            Inline(20, 20, tree.before, tree.after),
            Inline(24, 29, red.before, red.after),
            Inline(29, 29, note.before, note.after),
        ),
    )
    assert translated(source, "markdown", given(target, Text("ein Baum"))) == (
        'Das [Haus](/x "t") (`code`) mit ![ein Baum](y) dem *roten*[^1].\n'
    )


FRAGMENTS = ["\n", "\n\n", "\r\n", " ", "  \n", "\\\n", "    ", "\t", "> ", ">", "- ", "* ", "+ ", "1. ", "12) ", "# "]
FRAGMENTS += ["## ", " #", "===", "---", "***", "```", "~~~", "`", "``", "*", "**", "_", "__", "~~", "~", "[", "]"]
FRAGMENTS += ["](x)", '](<a b> "t")', "![", "[foo]", "[foo]: /x\n", "[a][foo]", "[foo][]", "[^1]", "[^1]: ", "<b>"]
FRAGMENTS += ["</b>", "<code>", "</code>", "<br>", "<!-- ", "-->", "<div>\n", "</div>\n", '<p title="A t">', "&nbsp;"]
FRAGMENTS += ["<http://a.b>", "&lt;b&gt;", "&amp;", "&", "\\*", "\\", "\\[", "$", "$$", "| a | b |\n|---|---|\n| c |\n"]
FRAGMENTS += [": ", "{#id}", "- [ ] ", "[x] ", "[[", "[[a|b]]", "![alt](x)", "![a *b*][foo]", "> [!NOTE]\n", "+++\n"]
FRAGMENTS += [
    "---\na: b\n---\n",
    "\x00",
    "\u2028",
    "\xa0",
    "😀",
    "你好",
    "Hello",
    "world",
    "good night.",
    "und Köln",
    "”",
]
FRAGMENTS += ["“", "a", "b", "x_y", "5 * 3", "\ud800", "<script>", "</script>", "{{ x }}", "{% y %}", "{{"]
HOSTILE = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=40).map("".join)


@settings(max_examples=150)
@given_by(HOSTILE)
@example("](x)*> \u2028[^1]*")
def test_the_same_texts_give_the_very_source(source):
    document = parse(source, "markdown")
    assert document.render(document.texts) == source
    assert all(nests(text) for text in document.texts)
    # White space that Markdown does not know, such as U+2028, may stand between words and an empty element at the end.
    assert all(text.plain == text.plain.strip() or text.inlines for text in document.texts)


@settings(max_examples=150)
@given_by(HOSTILE)
def test_other_words_change_nothing_else(source):
    document = parse(source, "markdown")
    wanted = [capitals(text) for text in document.texts]
    again = parse(document.render(wanted), "markdown").texts
    assert [_letters(text) for text in again] == [_letters(text) for text in wanted]


def _letters(text: Text) -> str:
    return "".join(text.plain.replace("|", "").split())


@pytest.mark.parametrize(
    "piece", [">", "> a\n", "- a\n", "[", "![", "[A](", "*", "**A ", "*AB*", "``A", "$A", "<b>", "|"]
)
def test_deep_and_long_documents(piece):
    source = piece * (20_000 // len(piece))
    assert translated(source, "markdown", lambda text: text) == source


def test_a_line_that_is_a_link_is_a_text_of_its_own() -> None:
    assert plains("It stands at  \nhttps://example.org/x", "markdown")[0] == "It stands at"


def test_a_link_that_is_named_like_its_target_stays() -> None:
    source = "- [Foo-kit](https://example.org/foo-kit) - for old trees\n- [Old-new](https://example.org/x) - trees"
    texts = parse(source, "markdown").texts
    kept = [text.plain[one.start : one.end] for text in texts for one in text.inlines if one.kept]
    assert kept == ["Foo-kit"]


def test_each_link_of_a_row_is_a_text_of_its_own():
    source = "[Start](/) · [**Over** ons](/a) |\n[![huis](h.png)](/h) [Taal]\n\n[Taal]: /taal\n"
    assert [text.plain for text in parse(source, "markdown").texts] == ["Start", "Over ons", "huis", "Taal"]
    dictionary = {"Start": "Home", "Over": "About", "ons": "us", "huis": "house", "Taal": "Language"}
    wanted = "[Home](/) · [**About** us](/a) |\n[![house](h.png)](/h) [Language][Taal]\n\n[Taal]: /taal\n"
    assert translated(source, "markdown", words(**dictionary)) == wanted
    assert len(parse("[Start](/) of [Taal](/taal)", "markdown").texts) == 1


def test_pipes_between_spaces_bound_texts():
    source = "| rood \\| groen | blauw |\n"
    assert [text.plain for text in parse(source, "markdown").texts] == ["rood", "groen", "blauw"]
    assert [text.plain for text in parse("Nieuws | Onze *winkel | hier*", "markdown").texts] == [
        "Nieuws",
        "Onze winkel | hier",
    ]
