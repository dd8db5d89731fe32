"""The documents of this repository, with capitals for a translation, compared by other parsers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import compare_structure  # noqa: E402
import document_structure  # noqa: E402

from tests.formats.packages import book, members, open_document, package, word_document  # noqa: E402

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("app/web/**/*.html"))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_keeps_its_structure(path):
    format = compare_structure.SUFFIXES[path.suffix]
    assert compare_structure.difference(path.read_text("utf-8"), format) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>a</p>", "<p>a</p><p>"),
        ("<p class=a>a</p>", "<p class=b>a</p>"),
        ("<pre>a</pre>", "<pre>A</pre>"),
        ("<p>a</p><!-- b -->", "<p>a</p><!-- c -->"),
    ],
)
def test_the_comparison_sees_changes_of_html(one, other):
    assert compare_structure.html_events(one) != compare_structure.html_events(other)


@pytest.mark.parametrize(("one", "other"), [("*a*", "\\*a\\*"), ("`a`", "`A`"), ("[a](b)", "[a](c)"), ("- a", "a")])
def test_the_comparison_sees_changes_of_markdown(one, other):
    assert compare_structure.markdown_events(one) != compare_structure.markdown_events(other)


@pytest.mark.parametrize(
    ("format", "one", "other"),
    [
        ("html", "<p>Good <b>day</b></p>", "<p>Guten Tag</p>"),
        ("markdown", "Press **Save**.", "Press Save."),
        ("messages", "{n, plural, one {# day} other {# days}}", "{n, plural, einer {# Tag} other {# Tage}}"),
        ("messages", "%d files", "Dateien"),
        ("srt", "1\n00:00:01,0 --> 00:00:02,0\nGood\nday", "1\n00:00:01,0 --> 00:00:02,0\nGuten Tag"),
        ("json", '{"a": "{n} days"}', '{"a": "Tage"}'),
        ("csv", "a,b\nday,1\n", "a,b\nTag,2\n"),
        ("po", 'msgid "%d day"\nmsgstr ""\n', 'msgid "%d day"\nmsgstr "Tag"\n'),
        (
            "android",
            '<resources><string name="a">a <b>b</b></string></resources>',
            '<resources><string name="a">a</string></resources>',
        ),
        ("properties", "a=%d days\n#b\n", "a=Tage\n#b\n"),
        ("properties", "a=day\n", "b=Tag\n"),
        ("text", "a\n\nb", "a\nb"),
    ],
)
def test_the_comparison_sees_what_is_lost(format, one, other):
    assert document_structure.difference(one.encode(), one.encode(), format) == ""
    assert document_structure.difference(one.encode(), other.encode(), format) != ""


@pytest.mark.parametrize(
    ("format", "data", "member", "one", "other"),
    [
        ("docx", word_document(), "word/document.xml", b"<w:b/>", b"<w:i/>"),
        ("docx", word_document(), "word/document.xml", b'w:anchor="top"', b'w:anchor="end"'),
        ("docx", word_document(), "word/document.xml", b"<w:tab/>", b""),
        ("docx", word_document(), "word/styles.xml", b"Heading", b"Title"),
        ("odt", open_document(), "content.xml", b"http://example.org", b"http://example.com"),
        ("odt", open_document(), "content.xml", b"<text:line-break/>", b""),
        ("odt", open_document(), "content.xml", b"This is ", b""),
        ("epub", book(), "OEBPS/text/chapter 1.xhtml", b"<b>big</b>", b"big"),
        ("epub", book(), "OEBPS/text/chapter 1.xhtml", b'id="p1"', b'id="p2"'),
        ("epub", book(), "OEBPS/i.png", b"PNG", b"png"),
    ],
)
def test_the_comparison_sees_what_is_lost_of_a_package(
    format: str, data: bytes, member: str, one: bytes, other: bytes
) -> None:
    changed = {
        name: content.replace(one, other, 1) if name == member else content for name, content in members(data).items()
    }
    assert changed != members(data)
    again = package(members(data), stored="mimetype")
    assert document_structure.difference(again, again, format) == ""
    found = document_structure.difference(again, package(changed, stored="mimetype"), format)
    assert bool(found) is (one != b"This is ")  # words may change
