"""Documents that nobody would write: each is refused, or comes back byte for byte, in time linear in its size."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import pairwise
from xml.etree import ElementTree

import polib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from webvtt import srt, vtt
from webvtt.models import Caption

from app.formats import FormatError, Text, parse

# Pieces that mean something to a format, put together at random.
PIECES = {
    "messages": (
        "{ } {n, plural, one {# item} other {# items}} {g, select, other { # '' ' '{' '}' {{name}} {0} {x!r:>{w}} %s %1$s"  # noqa: E501
        " %'d %% % %(n)s %L1 %n $t( ) @:a.b @:(c) | \\n \\t \\u00e9 \\ud83d\\ude00 \\ud800 \\\" \\' \\ <b> </b> <br/> <x>"  # noqa: E501
        " &amp; &nbsp; &lt; & _File &File && C:\\Program C:\\n [[ ]] ### ⏎ word Wort, 你好 it's one. two 😀"
    ),
    "srt": (
        "⏎ ⏎⏎ 1 2 00:00:01,000 --> 00:00:02,000 --> {\\an8} <i> </i> <v⇥Anna> </v> word When the (door closes) [laughs]"
        " - - ♪ ... one. two? 你好 \\N & &amp; <3 {\\i1} {\\i0} 1⏎00:00:01,000⇥-->⇥00:00:02,000⏎word"
    ),
    "vtt": (
        "WEBVTT ⏎ ⏎⏎ 1 00:01.000 --> 00:04.000⇥align:start NOTE STYLE REGION <i> </i> <v⇥Anna> </v> <c.x> </c> word When"  # noqa: E501
        " <00:00:01.000> (door closes) - ♪ one. 你好 & &amp; &lt; < > 00:01.000⇥-->⇥00:04.000⏎word"
    ),
    "csv": 'a,b ; ⇥ | " "" "a,b" ⏎ "two⏎lines" word name 1.5 2024-01-01 {name} %s \\n it\'s 你好,好 \r, http://x.y/z',
    "json": (
        '{ } [ ] "a": "b" , : "Good⇥morning" "\\u00e9" "\\n" "\\ud800" "\\/" 1 -1.5e3 true null NaN ⏎ {"a":⇥"It⇥is"}'
        ' ["{n,⇥plural,⇥other⇥{#⇥x}}"] "id": " \\'
    ),
    "po": (
        '⏎ ⏎⏎ msgid⇥"word" msgid⇥"" msgstr⇥"" msgid_plural⇥"words" msgstr[0]⇥"" msgstr[1]⇥"" "more\\n"⏎ #,⇥c-format⏎'
        ' #~⇥msgid⇥"x" #|⇥msgid⇥"old" #:⇥a.c:1 #⇥comment msgctxt⇥"menu"⏎ ⏎msgid⇥"a⇥%s"⏎msgstr⇥""⏎ " \\ \\" msgstr[12]⇥""'  # noqa: E501
        ' ⏎msgid⇥"a"⏎msgid_plural⇥"as"⏎msgstr[0]⇥""⏎ "Plural-Forms:⇥nplurals=99;⇥plural=n>1;\\n"'
    ),
    "xliff": (
        "<xliff> </xliff> <trans-unit> </trans-unit> <segment> </segment> <source> </source> <target> </target> <target/>"  # noqa: E501
        ' <g⇥id="1"> </g> <x/> <ph>%s</ph> <bpt⇥id="1">&lt;b&gt;</bpt> <ept⇥id="1"/> word words ⏎⇥ &amp; &#233; &x; <![CDATA['  # noqa: E501
        ' ]]> <!--⇥c⇥--> <mrk⇥mtype="protected">Acme</mrk> translate="no" <trans-unit><source>It⇥is</source></trans-unit>'  # noqa: E501
    ),
    "android": (
        "<resources> </resources> <string> </string> <item> </item> <b> </b> <xliff:g⇥id='1'>%s</xliff:g> word It\\'s %1$s"  # noqa: E501
        ' " \\" \\n &amp; &#160; <![CDATA[ ]]> <!--⇥c⇥--> @string/x <string>One⇥word</string> <br/> <?pi?>'
    ),
}
DOCUMENTS = {
    "srt": "1\n00:00:01,000 --> 00:00:02,000\n{}",
    "vtt": "WEBVTT\n\n00:01.000 --> 00:04.000\n{}",
    "csv": 'name,text\n1,"{}"\n',
    "json": '{{"a": "{}"}}',
    "po": 'msgid "{}"\nmsgstr ""\n',
    "xliff": "<xliff><trans-unit><source>{}</source></trans-unit></xliff>",
    "android": "<resources><string>{}</string></resources>",
    "messages": "{}",
}


def assembled(format: str) -> st.SearchStrategy[str]:
    pieces = [p.replace("⏎", "\n").replace("⇥", " ") for p in PIECES[format].split(" ")]
    piece = st.sampled_from([*pieces, " ", "\r\n", "\t", "\ufeff", "\0", "\u2028"]) | st.text(max_size=4)
    body = st.lists(piece, max_size=25).map("".join)
    return body | body.map(lambda text: DOCUMENTS[format].replace("{{", "{").replace("}}", "}").replace("{}", text))


@pytest.mark.parametrize("format", PIECES)
def test_a_document_comes_back_byte_for_byte(format: str) -> None:
    @settings(max_examples=250)
    @given(assembled(format))
    @example("")
    @example("\r")
    def check(source: str) -> None:
        try:
            document = parse(source, format)
        except FormatError:
            return
        assert document.render(document.texts) == source
        assert all(any(map(str.isalpha, text.plain)) for text in document.texts)
        for text in document.texts:
            assert all(0 <= i.start <= i.end <= len(text.plain) for i in text.inlines)
            assert all(a.start <= b.start for a, b in pairwise(text.inlines))
            assert all(b.start >= a.end or b.end <= a.end for a, b in pairwise(text.inlines))

    check()


def values(source: str, format: str) -> list[str]:
    """The values of a document as a parser of its format reads them."""
    if format == "json":
        return list(json.loads(source).values())
    if format == "csv":
        return [cell for row in csv.reader(io.StringIO(source, newline="")) for cell in row]
    if format == "po":
        return [entry.msgstr for entry in polib.pofile("\n" + source)]
    if format in ("xliff", "android"):
        root = ElementTree.fromstring(source)
        texts = ["".join(element.itertext()) for element in root.iter("target" if format == "xliff" else "string")]
        return texts if format == "xliff" else [re.sub(r"\\(.)", r"\1", text) for text in texts]
    return ["\n".join(map(str, caption.lines)) for caption in captions(source, format)]


def captions(source: str, format: str) -> list[Caption]:
    return srt.parse(source.split("\n")) if format == "srt" else vtt.parse(source.split("\n")).captions


@pytest.mark.parametrize("format", [name for name in PIECES if name != "messages"])
def test_a_translation_cannot_leave_its_place(format: str) -> None:
    """Whatever words a translator gives, the document parses again, and they are what it reads there."""

    @settings(max_examples=150)
    @given(st.text(min_size=1, max_size=30), st.data())
    @example("a \" ' < & > ]]> --> , ; {x} %s # \\ \\n end", None)
    def check(words: str, data: st.DataObject | None) -> None:
        words = f"word {' '.join(words.split())} word"
        if format in ("xliff", "android") and not all(c.isprintable() for c in words):
            return
        source = DOCUMENTS[format].replace("{{", "{").replace("}}", "}").replace("{}", "Some words here.")
        options: dict[str, object] = {"overwrite": True} if format in ("po", "xliff") else {}
        document = parse(source, format)
        rendered = document.render([Text(words)])
        again = parse(rendered, format, **options)
        assert again.render(again.texts) == rendered
        assert len(rendered.splitlines()) >= len(source.splitlines())
        if format == "vtt":
            words = words.replace("&", "&amp;").replace("<", "&lt;")
        assert words.replace("-->", "→") in [value.replace("-->", "→") for value in values(rendered, format)]

    check()


SIZE = 30_000  # characters
HOSTILE = {
    "messages": [
        "{",
        "{a",
        "'",
        "''",
        "'{'",
        "{n,plural,other{",
        "{{",
        "%",
        "%(",
        "$t(",
        "<a ",
        "<b>",
        "</b>",
        "&",
        "&a",
        "\\",
        "\\n",
        "\n",
        "@:",
        "[[",
        "C:\\a",
        "a ",
        "a\n",
        "{a}",
        "<b>a",
        "{0",
        "&File ",
        "_",
        "%s",
        "a|",
        "###",
    ],
    "srt": [
        "1\n",
        "1\n00:00:01,000 --> 00:00:02,000\n",
        "1\n00:00:01,000 --> 00:00:02,000\na\n\n",
        "<",
        "<i>",
        "(a)",
        "\n",
        "0",
        "{\\",
    ],
    "vtt": ["00:01.000 --> 00:04.000\n", "00:01.000 --> 00:04.000\na b\n\n", "<i>", "(a", "-->", "NOTE\n", "\n", "& "],
    "csv": ['"', '""', ",", "a,", '"a"\n', "\n", 'a"', "a b,c d\n", "\r"],
    "json": ["[", '{"a":', '"', '["a",', "1", " ", '"a b"\n', "[1]\n", "\\"],
    "po": [
        'msgid "a"\nmsgstr ""\n',
        '"a"\n',
        "#, fuzzy\n",
        "# a\n",
        'msgid ""\n"a"\n',
        "msgid",
        '#~ msgid "a"\n',
        "\\",
    ],
    "xliff": ["<a>", "<trans-unit><source>", "<xliff>", "&amp;", "<source>a</source>", "<x/>", "a ", "<trans-unit>"],
    "android": ["<b>", "<string>", "<item>", "&lt;", "a ", "<string>a b</string>", "<string>&amp;", '"', "\\'"],
}
WRAPPED = {
    "srt": "1\n00:00:01,000 --> 00:00:02,000\n{}",
    "vtt": "WEBVTT\n\n00:01.000 --> 00:04.000\n{}",
    "json": '["{}"]',
    "po": 'msgid ""\n"{}"\nmsgstr ""\n',
    "xliff": "<xliff><trans-unit><source>{}</source></trans-unit></xliff>",
    "android": "<resources>{}</resources>",
    "csv": '"{}"',
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("format", "piece"), [(f, piece) for f, pieces in HOSTILE.items() for piece in pieces])
def test_large_documents_take_linear_time(format: str, piece: str) -> None:
    """The bound is that of the test: time that grows with the square of the size would pass it many times over."""
    body = piece * (SIZE // len(piece))
    for source in (body, WRAPPED.get(format, "{}").replace("{}", body)):
        try:
            document = parse(source, format)
        except FormatError:
            continue
        translations = [Text(text.plain + "s", text.inlines) for text in document.texts]
        assert document.render(document.texts) == source
        document.render(translations)
